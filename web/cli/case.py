"""``shenhou case``: the verbs of a case, for operators and scripts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import orjson
import typer

from engine import audit, cases, db, inbox
from engine.errors import Conflict, NotFound
from engine.messages import publish_message
from engine.packs import list_packs
from forms import path_text
from tasks.migrating import move
from web.cli.case_reading import find_case_id, find_case_of, find_release_id, read_case
from web.cli.inputs import JSON_HELP, read_object
from web.cli.installation import acting_as, open_installation, operator
from web.cli.outcome import tell_case
from web.cli.output import Json, plain, print_fields, print_json, print_line, print_rows
from web.services import Services

app = typer.Typer(help="Cases: start, look, act.", no_args_is_help=True)

Case = Annotated[str, typer.Argument(help="A case's id or code.")]
Key = Annotated[str | None, typer.Option(help="Idempotency key: the same key takes effect once.")]
As = Annotated[str, typer.Option("--as", help="Act as a member of this group (police.officer), not as the operator.")]
_TABLES = {
    "instances": ("id", "process_id", "status", "started_at"),
    "user_tasks": ("id", "name", "form_id", "assignee", "due_at"),
    "jobs": ("id", "type", "status", "retries_left", "due_at"),
    "timers": ("id", "element_id", "due_at"),
    "messages": ("id", "element_id", "name", "correlation_key"),
    "incidents": ("id", "element_id", "kind", "message"),
}


@app.command("start")
def start(
    pack: Annotated[str, typer.Argument(help="Code of a published pack.")],
    message: Annotated[str, typer.Option(help="Name of the message that starts it; else the main process.")] = "",
    process: Annotated[str, typer.Option(help="Id of the process to start instead of the main one.")] = "",
    region: Annotated[str, typer.Option(help="Six-digit code of the place; the pack's by default.")] = "",
    payload: Annotated[str | None, typer.Option(help=f"The message's variables. {JSON_HELP}")] = None,
    facts: Annotated[str | None, typer.Option(help=f"Facts to begin with. {JSON_HELP}")] = None,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Open a case on the pack's current release and run it until it waits."""
    given, known = read_object(payload, "--payload"), read_object(facts, "--facts")
    with open_installation() as own:
        with _telling_unpublished(own, pack):
            case_id = cases.start(
                own.runtime,
                operator(),
                pack,
                region=region,
                process_id=process,
                message=message,
                payload=given,
                facts=known,
                key=key,
            )
        tell_case(own, case_id, as_json=as_json)


@app.command("show")
def show(case: Case, as_json: Json = False) -> None:
    """Show a case: where it stands and what it waits for. Sealed facts are named, never shown."""
    with open_installation() as own, db.reading(own.database) as connection:
        found = read_case(connection, own.runtime, find_case_id(connection, case))
    if as_json:
        print_json(found)
        return
    print_fields(found["case"])
    print_line(f"\nfacts: {orjson.dumps(found['facts']).decode()}")
    print_line(f"sealed: {', '.join(found['sealed']) or 'nothing'}")
    for name, columns in _TABLES.items():
        if found[name]:
            print_line(f"\n{name.replace('_', ' ')}")
            print_rows(columns, [[row[column] for column in columns] for row in found[name]], none="")


@app.command("tasks")
def list_tasks(
    case: Annotated[str, typer.Argument(help="A case's id or code; without it, of all cases.")] = "",
    group: Annotated[str, typer.Option(help="Only for this candidate group.")] = "",
    assignee: Annotated[str, typer.Option(help="Only held by this person.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
    as_json: Json = False,
) -> None:
    """List open user tasks, the most urgent first."""
    with open_installation() as own:
        case_id = _find(own, case) if case else ""
        query = inbox.Query(case_id=case_id, group=group, assignee=assignee, limit=limit)
        found = inbox.list_open(own.runtime, operator(), query)
    names = ("id", "case_code", "name", "form_id", "assignee", "due_at")
    if as_json:
        shown = (*names, "case_id", "process_id", "element_id")
        print_json([{name: getattr(row, name) for name in shown} for row in found])
    else:
        print_rows(names, [[getattr(row, name) for name in names] for row in found], none="Nothing is open.")


@app.command("complete")
def complete(
    user_task: Annotated[str, typer.Argument(help="A user task's id, from `case tasks`.")],
    values: Annotated[str | None, typer.Option(help=f"What the form is submitted with. {JSON_HELP}")] = None,
    group: As = "",
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Submit the form of a user task; exit code 1 with the messages by field when the form refuses."""
    given = read_object(values, "--values")
    with open_installation() as own:
        with db.reading(own.database) as connection:
            case_id = find_case_of(connection, "user task", user_task)
            actor = acting_as(connection, case_id, group)
        cases.complete_user_task(own.runtime, actor, user_task, given, key=key)
        tell_case(own, case_id, as_json=as_json)


@app.command("form")
def show_form(
    user_task: Annotated[str, typer.Argument(help="A user task's id, from `case tasks`.")], as_json: Json = False
) -> None:
    """Show what the form of a user task asks for: keys, kinds, options."""
    with open_installation() as own:
        form = inbox.read_form(own.runtime, operator(), user_task)
    fields: list[dict[str, Any]] = [
        {
            "key": path_text(field.path),
            "label": field.label,
            "kind": field.kind,
            "required": field.required,
            "options": {str(option.value): option.label for option in field.options},
            "in_list": list(field.lists),
        }
        for field in form.fields.values()
    ]
    if as_json:
        print_json({"form": form.id, "fields": fields})
        return
    for field in fields:
        field["options"] = ", ".join(f"{value} {label}" for value, label in field["options"].items())
    names = ("key", "label", "kind", "required", "options")
    print_rows(names, [[row[name] for name in names] for row in fields], none="The form only asks to be submitted.")


@app.command("message")
def message(
    case: Case,
    name: Annotated[str, typer.Argument(help="The message's name.")],
    payload: Annotated[str | None, typer.Option(help=f"Its variables. {JSON_HELP}")] = None,
    correlation_key: Annotated[str | None, typer.Option(help="Only a wait with this key, or none, gets it.")] = None,
    group: As = "",
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Tell a case something: delivered to who waits, else it starts what is drawn for it, else it is kept."""
    given = read_object(payload, "--payload")
    with open_installation() as own:
        with db.reading(own.database) as connection:
            case_id = find_case_id(connection, case)
            actor = acting_as(connection, case_id, group)
        outcome = publish_message(own.runtime, actor, case_id, name, given, correlation_key=correlation_key, key=key)
        if as_json:
            print_json(outcome)
            return
        if outcome.started:
            print_line(f"It started the process instance {outcome.started}.")
        elif outcome.kept:
            print_line("Nothing in the case waits for it yet; it is kept until something does.")
        else:
            print_line(f"Delivered to {outcome.delivered} that waited for it.")
        tell_case(own, case_id, as_json=False)


@app.command("history")
def history(case: Case, as_json: Json = False) -> None:
    """List what was done to a case, by whom and when: its audit chain."""
    with open_installation() as own, db.reading(own.database) as connection:
        case_id = find_case_id(connection, case)
        lines = audit.history(connection, case_id)
        notes = audit.notes_of(connection, own.runtime.sealer, case_id)
    if as_json:
        told = ({**plain(row), "detail": orjson.loads(row.detail), "note": notes.get(row.seq)} for row in lines)
        print_json(list(told))
        return
    rows = [(row.seq, row.at, row.actor, row.verb, row.subject, row.detail, notes.get(row.seq, "")) for row in lines]
    print_rows(("line", "at", "actor", "verb", "subject", "detail", "note"), rows, none="")


@app.command("cancel")
def cancel(
    case: Case, reason: Annotated[str, typer.Option(help="Why; it stays in the audit.")], as_json: Json = False
) -> None:
    """End a case with everything that runs in it."""
    with open_installation() as own:
        case_id = _find(own, case)
        cases.cancel(own.runtime, operator(), case_id, reason)
        tell_case(own, case_id, as_json=as_json)


@app.command("migrate")
def migrate(
    case: Case,
    release: Annotated[
        str, typer.Argument(help="Number of a release of the case's pack, or its id or how that begins.")
    ],
    rename: Annotated[str | None, typer.Option(help=f'{{"process": {{"old id": "new id"}}}}. {JSON_HELP}')] = None,
    as_json: Json = False,
) -> None:
    """Go on with an open case under another release; refused with the list of what cannot be mapped.

    A frozen case is not moved. For all open cases of a pack there is shenhou packs migrate.
    """
    mapping = read_object(rename, "--rename")
    if not all(isinstance(ids, dict) and all(isinstance(new, str) for new in ids.values()) for ids in mapping.values()):
        raise typer.BadParameter('takes {"process": {"old id": "new id"}}', param_hint="--rename")
    with open_installation() as own:
        case_id = _find(own, case)
        with db.reading(own.database) as connection:
            release_id = find_release_id(connection, case_id, release)
        move(own.runtime, operator(), case_id, release_id, mapping)
        tell_case(own, case_id, as_json=as_json)


def _find(own: Services, case: str) -> str:
    with db.reading(own.database) as connection:
        return find_case_id(connection, case)


@contextmanager
def _telling_unpublished(own: Services, pack: str) -> Iterator[None]:
    """A pack that lies in the checkout is not unknown: it only has no release yet."""
    try:
        yield
    except NotFound as error:
        if error.kind == "pack" and pack in list_packs(own.settings.processes_dir):
            raise Conflict("pack", pack, f"not published yet: shenhou packs publish {pack}") from None
        raise
