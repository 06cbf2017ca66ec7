"""``shenhou jobs``: what waits for somebody outside, and reporting what they answered."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Literal

import typer

from engine import db, jobs
from engine.clock import to_text
from web.cli.case_reading import find_case_id, find_case_of, list_jobs
from web.cli.inputs import JSON_HELP, read_object
from web.cli.installation import open_installation, operator
from web.cli.outcome import tell_case
from web.cli.output import Json, print_json, print_rows

app = typer.Typer(help="Jobs: taking and reporting them in place of a system outside.", no_args_is_help=True)

Job = Annotated[str, typer.Argument(help="A job's id, from `jobs lease`.")]
Lease = Annotated[str, typer.Argument(help="The lease that `jobs lease` gave with it.")]
Status = Literal["available", "leased", "dead", "completed", "thrown", "cancelled"]
_COLUMNS = ("id", "type", "case_code", "element_id", "status", "retries_left", "due_at", "error")


@app.command("list")
def list_all(
    type_: Annotated[str, typer.Option("--type", help="Only of this type.")] = "",
    status: Annotated[Status, typer.Option(help="Only in this state.")] = "available",
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
    as_json: Json = False,
) -> None:
    """List jobs, the longest due first."""
    with open_installation() as own, db.reading(own.database) as connection:
        found = list_jobs(connection, status, type_, limit)
    if as_json:
        print_json(found)
    else:
        print_rows(_COLUMNS, [[row[name] for name in _COLUMNS] for row in found], none=f"No job is {status}.")


@app.command("lease")
def lease(
    type_: Annotated[str, typer.Argument(metavar="TYPE", help="The type of job, as diagrams name it.")],
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many at most.")] = 1,
    seconds: Annotated[float, typer.Option(min=1, help="How long they are kept for you.")] = 600,
    case: Annotated[str, typer.Option(help="Only of this case: its code or id.")] = "",
    as_json: Json = False,
) -> None:
    """Take jobs of a type that are due, with what they hold, for a time in which nobody else gets them.

    A job that is not reported in that time goes back, and has lost one of its attempts.
    """
    with open_installation() as own:
        with db.reading(own.database) as connection:
            case_id = find_case_id(connection, case) if case else ""
        held = jobs.lease(own.runtime, [type_], operator().id, limit=limit, seconds=seconds, case_id=case_id)
    if as_json:
        print_json([{**asdict(one.job), "lease": one.token, "until": to_text(one.until)} for one in held])
        return
    rows = [(one.job.id, one.token, one.job.element_id, dict(one.job.inputs), dict(one.job.headers)) for one in held]
    print_rows(("id", "lease", "element", "inputs", "headers"), rows, none=f"No job of type {type_} is due.")


@app.command("complete")
def complete(
    job: Job,
    lease: Lease,
    variables: Annotated[str | None, typer.Option(help=f"What it gave. {JSON_HELP}")] = None,
    as_json: Json = False,
) -> None:
    """Report a job done, with the variables that it gave."""
    given = read_object(variables, "--variables")
    with open_installation() as own:
        jobs.complete(own.runtime, job, lease, given, actor=operator())
        with db.reading(own.database) as connection:
            case_id = find_case_of(connection, "job", job)
        tell_case(own, case_id, as_json=as_json)


@app.command("fail")
def fail(
    job: Job,
    lease: Lease,
    message: Annotated[str, typer.Option(help="Why, for whoever looks into it.")],
    final: Annotated[bool, typer.Option("--final", help="Try no more: an incident at once.")] = False,
    as_json: Json = False,
) -> None:
    """Report that an attempt failed: it is tried again later, and is an incident when its attempts are spent."""
    with open_installation() as own:
        jobs.fail(own.runtime, job, lease, message, final=final, actor=operator())
        with db.reading(own.database) as connection:
            case_id = find_case_of(connection, "job", job)
        tell_case(own, case_id, as_json=as_json)


@app.command("throw")
def throw(
    job: Job,
    lease: Lease,
    code: Annotated[str, typer.Argument(help="The error's code, as the diagram catches it.")],
    message: Annotated[str, typer.Option(help="What a person should read about it.")] = "",
    as_json: Json = False,
) -> None:
    """End a job with an error that the diagram catches; uncaught it is an incident."""
    with open_installation() as own:
        jobs.throw_error(own.runtime, job, lease, code, message, actor=operator())
        with db.reading(own.database) as connection:
            case_id = find_case_of(connection, "job", job)
        tell_case(own, case_id, as_json=as_json)
