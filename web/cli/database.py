"""``shenhou db``: the database's schema."""

from __future__ import annotations

import typer

from engine.config import read_settings
from migrations import newest_revision, upgrade
from web.cli.installation import connect, find_revision
from web.cli.output import Json, print_json, print_line

app = typer.Typer(help="The database's schema.", no_args_is_help=True)


@app.command("upgrade")
def upgrade_database(as_json: Json = False) -> None:
    """Create the tables, or bring them up to date; safe to repeat, and safe while another process does the same."""
    before, applied = bring_up_to_date()
    if as_json:
        print_json({"before": before, "applied": applied, "revision": newest_revision()})
    elif applied:
        print_line(f"The database is now at revision {applied[-1]}.")
    else:
        print_line(f"The database is at revision {before} already.")


def bring_up_to_date() -> tuple[str | None, list[str]]:
    """Upgrade the configured database: the revision before, and those applied."""
    database = connect(read_settings())
    try:
        before = find_revision(database)
        return before, upgrade(database) if before != newest_revision() else []
    finally:
        database.dispose()
