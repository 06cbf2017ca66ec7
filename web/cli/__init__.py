"""The command line: one file a subject, all of them hung on one application here.

Exit codes: 0 done, 1 refused or findings, 2 used wrongly or set up wrongly, 130 interrupted.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer

from engine.errors import ConfigError, ShenhouError
from web.cli import (
    audit,
    case,
    database,
    demo,
    doctor,
    incidents,
    jobs,
    keys,
    localities,
    output,
    pack_compare,
    pack_docs,
    pack_guide,
    pack_migrate,
    pack_new,
    packs,
    serving,
    simulate,
    users,
)

REFUSED, MISUSED = 1, 2

app = typer.Typer(
    name="shenhou",
    help="Shenhou (身后): runs the procedure after a person's death as packs of BPMN, DMN and forms.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode="markdown",  # paragraphs are wrapped anew
)
_GROUPS = {
    "packs": packs.app,
    "case": case.app,
    "jobs": jobs.app,
    "incidents": incidents.app,
    "users": users.app,
    "localities": localities.app,
    "audit": audit.app,
    "keys": keys.app,
    "db": database.app,
}
for _name, _group in _GROUPS.items():
    app.add_typer(_group, name=_name)
packs.app.command("compare")(pack_compare.compare)
packs.app.command("guide")(pack_guide.guide)
packs.app.command("docs")(pack_docs.docs)
packs.app.command("migrate")(pack_migrate.migrate)
packs.app.command("new")(pack_new.new)
app.command("serve")(serving.serve)
app.command("worker")(serving.worker)
app.command("doctor")(doctor.doctor)
app.command("simulate")(simulate.simulate)
app.command("demo")(demo.demo)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; a refusal is one sentence on stderr, or JSON where asked for."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        typer.main.get_command(app)(given, prog_name="shenhou")
    except ShenhouError as error:
        output.print_error(error, as_json="--json" in given)
        return MISUSED if isinstance(error, ConfigError) else REFUSED
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else REFUSED
    return 0
