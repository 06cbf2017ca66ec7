"""``shenhou audit``: whether anybody changed what was recorded."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import orjson
import typer

from engine import audit, db
from engine.errors import InvalidInput
from web.cli.case_reading import find_case_id
from web.cli.installation import open_installation
from web.cli.output import Json, print_json, print_line, print_rows, write_file

app = typer.Typer(help="The audit chain of every case.", no_args_is_help=True)


@app.command("verify")
def verify(
    case: Annotated[str | None, typer.Option(help="Only the case of this id or code.")] = None,
    anchor: Annotated[Path | None, typer.Option(help="A file of `audit anchor` to compare with.")] = None,
    as_json: Json = False,
) -> None:
    """Recompute the chains; exit code 1 and the place of each break when one does not hold."""
    anchored = _read_anchor(anchor) if anchor else {}
    with open_installation() as own, db.reading(own.database) as connection:
        case_id = find_case_id(connection, case) if case else None
        breaks = list(audit.verify(connection, own.settings.keys.audit, case_id))
        breaks += audit.check_anchor(connection, anchored)
    if as_json:
        print_json({"intact": not breaks, "breaks": breaks})
    elif breaks:
        print_rows(("case", "line", "what is wrong"), [(b.case_id, b.seq, b.reason) for b in breaks], none="")
    else:
        print_line("Every chain holds.")
    raise typer.Exit(1 if breaks else 0)


@app.command("anchor")
def write_anchor(
    file: Annotated[Path, typer.Argument(help="Where to write; keep it away from the database.")],
    as_json: Json = False,
) -> None:
    """Write the length and head of every chain to FILE, to be compared with later."""
    with open_installation() as own, db.reading(own.database) as connection:
        anchored = audit.anchor(connection)
    write_file(file, orjson.dumps(anchored, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS), "FILE")
    if as_json:
        print_json({"cases": len(anchored), "file": str(file)})
    else:
        print_line(f"{len(anchored)} chains anchored in {file}.")


def _read_anchor(file: Path) -> dict[str, tuple[int, str]]:
    try:
        return {str(case): (int(seq), str(head)) for case, (seq, head) in orjson.loads(file.read_bytes()).items()}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise InvalidInput({"anchor": [f"{file} is not a file of `shenhou audit anchor`: {error}"]}) from None
