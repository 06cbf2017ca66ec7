"""``shenhou incidents``: what stopped, and trying it again."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from engine import cases, db
from web.cli.case_reading import find_case_of, list_incidents, read_case
from web.cli.installation import open_installation, operator
from web.cli.outcome import summary_of, tell_case
from web.cli.output import Json, print_json, print_line, print_rows

app = typer.Typer(help="What stopped, and trying it again.", no_args_is_help=True)

Status = Literal["open", "resolved", "cancelled"]


@app.command("list")
def list_all(
    status: Annotated[Status, typer.Option(help="Only in this state.")] = "open",
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
    as_json: Json = False,
) -> None:
    """List incidents, the oldest first; exit code 1 while one is open."""
    with open_installation() as own, db.reading(own.database) as connection:
        found = list_incidents(connection, status, limit)
    if as_json:
        print_json(found)
    else:
        columns = ("id", "case_code", "element_id", "kind", "message", "raised_at")
        print_rows(columns, [[row[name] for name in columns] for row in found], none=f"No incident is {status}.")
    raise typer.Exit(1 if found and status == "open" else 0)


@app.command("retry")
def retry(
    incident: Annotated[str, typer.Argument(help="An incident's id.")],
    retries: Annotated[int, typer.Option(min=1, max=100, help="Attempts that a job gets.")] = 3,
    as_json: Json = False,
) -> None:
    """Try again what the incident stopped: step the token anew, or give the job more attempts."""
    with open_installation() as own:
        cases.retry_incident(own.runtime, operator(), incident, retries=retries)
        with db.reading(own.database) as connection:
            case_id = find_case_of(connection, "incident", incident)
            found = read_case(connection, own.runtime, case_id)
        if as_json:
            print_json({"id": incident, "retried": True, "case": summary_of(found)})
            return
        print_line("It was tried again.")
        tell_case(own, case_id, as_json=False)
