"""``shenhou simulate``: play scenarios of a pack, and say where one differs from what it expects."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import sqlalchemy as sa
import typer
from rich.console import Console
from rich.markup import escape

from engine import db
from engine import tables as t
from engine.config import CODE_ROOT, read_settings
from engine.errors import Conflict, InvalidInput, NotFound, PackInvalid
from engine.keyring import draw_keys, read_keys
from engine.packs import Pack
from engine.runtime import Runtime
from migrations import upgrade
from tasks.scenarios.coverage import read_coverage, tabulate
from tasks.scenarios.player import Played, play
from tasks.scenarios.preparing import open_runtime, prepare
from tasks.scenarios.reading import COVERAGE_NAME, Script, find_scripts, read_scripts
from tasks.scenarios.timeline import Entry
from web.cli.output import Json, print_json, print_line, print_rows
from web.cli.packs import check_checkout, read_checkout

SCENARIOS = CODE_ROOT / "tests" / "scenarios"
_STYLES = {"refused": "yellow", "opens": "cyan"}


def simulate(
    pack: Annotated[str, typer.Argument(help="Code of a pack of the checkout.")],
    scenario: Annotated[list[Path] | None, typer.Option(help="A scenario file; may be repeated.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every scenario of the pack in tests/scenarios.")] = False,
    database: Annotated[
        str | None, typer.Option(help="An empty database to play in; a temporary SQLite file by default.")
    ] = None,
    coverage: Annotated[bool, typer.Option("--coverage", help="Print which requirement is proved where.")] = False,
    as_json: Json = False,
) -> None:
    """Play scenarios through the engine's public commands and show what happens.

    The checkout's pack is checked and published in a database of its own; nothing outside it is touched. Ends at the
    first difference of each scenario, with what was expected, what was found and the line, and with exit code 1.
    """
    if coverage:
        _tell_coverage(pack, as_json=as_json)
        return
    scripts, read = _find_scripts(pack, scenario or [], every=every), read_checkout(read_settings(), pack)
    with _open_runtime(database) as runtime:
        problems = check_checkout(read, runtime.feel)
        if any(problem.severity == "error" for problem in problems):
            raise PackInvalid(problems)
        told = Teller(quiet=as_json, short=len(scripts) > 1)
        played = [_play_one(runtime, read, script, told) for script in scripts]
    failed = [one for one in played if one.difference]
    if as_json:
        print_json({"pack": pack, "failed": len(failed), "scenarios": [_as_json(one) for one in played]})
    else:
        print_line(f"{len(played) - len(failed)} of {len(played)} scenarios went as expected.")
    raise typer.Exit(1 if failed else 0)


class Teller:
    """Shows scenarios as they are played: one alone in full, several in a line each, a difference always in full."""

    def __init__(self, *, quiet: bool, short: bool) -> None:
        self._quiet, self._short = quiet, short
        self._console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else 10_000)

    def begin(self, script: Script) -> None:
        if not self._quiet and not self._short:
            self._print(f"{script.scenario.scenario}  ({script.file})", "bold")

    def entry(self, entry: Entry) -> None:
        if not self._quiet and not self._short:
            self._entry(entry)

    def _entry(self, entry: Entry) -> None:
        for number, line in enumerate(entry.lines()):
            word = line.split(maxsplit=1)[0].rstrip(":") if number else ""
            self._print(line, _STYLES.get(word, "dim" if number else ""))

    def end(self, played: Played) -> None:
        if self._quiet:
            return
        script, difference = played.script, played.difference
        if self._short:
            mark, style = ("differs", "bold red") if difference else ("as expected", "green")
            self._print(f"{script.file}: {script.scenario.scenario}: {mark}", style)
            for entry in played.timeline if difference else ():
                self._entry(entry)
        if difference:
            self._print(f"{difference.file}:{difference.line}: not as expected", "bold red")
            self._print(f"  expected: {difference.expected}", "bold red")
            self._print(f"  found:    {difference.found}", "bold red")

    def _print(self, text: str, style: str = "") -> None:
        self._console.print(escape(text), style=style or None, highlight=False, soft_wrap=True)


def _play_one(runtime: Runtime, pack: Pack, script: Script, told: Teller) -> Played:
    told.begin(script)
    played = play(prepare(runtime, pack, script), script, told.entry)
    told.end(played)
    return played


def _tell_coverage(pack: str, *, as_json: bool) -> None:
    """Exit code 1 while a requirement of the list has no proof."""
    listing = SCENARIOS / pack / COVERAGE_NAME
    if not listing.is_file():
        raise NotFound("coverage list of pack", pack)
    scripts = read_scripts(find_scripts(SCENARIOS / pack))
    lines = tabulate(scripts, read_coverage(listing.read_bytes(), listing.name))
    if as_json:
        print_json({line.requirement: line.proofs for line in lines})
    else:
        rows = [(line.requirement, "\n".join(line.proofs) or "NOTHING") for line in lines]
        print_rows(("requirement", "proved by"), rows, none="")
    raise typer.Exit(1 if any(not line.proofs for line in lines) else 0)


def _find_scripts(pack: str, files: list[Path], *, every: bool) -> list[Script]:
    if bool(files) == every:
        raise typer.BadParameter("name one or more files, or --all", param_hint="--scenario")
    for file in files:
        if not file.is_file():
            raise typer.BadParameter(f"{file} cannot be read", param_hint="--scenario")
    scripts = read_scripts(files or find_scripts(SCENARIOS / pack))
    if not scripts:
        raise NotFound("scenarios of pack", pack)
    strays = [f"{script.file} 属于流程包 {script.scenario.pack}" for script in scripts if script.scenario.pack != pack]
    if strays:
        raise InvalidInput({"pack": strays})
    return scripts


@contextmanager
def _open_runtime(url: str | None) -> Iterator[Runtime]:
    """A runtime on a database with every table and no case, with keys of its own."""
    keys = read_keys(draw_keys(), dict.fromkeys(("data", "audit", "secret"), "SHENHOU_DATA_KEY"))
    with tempfile.TemporaryDirectory(prefix="shenhou-simulate-") as folder:
        engine = db.connect(url or f"sqlite:///{Path(folder) / 'scenarios.db'}")
        runtime = open_runtime(engine, keys)
        try:
            upgrade(engine)
            _demand_empty(engine, url)
            yield runtime
        finally:
            runtime.close()


def _demand_empty(engine: sa.Engine, url: str | None) -> None:
    """Invented deaths do not belong among real ones."""
    with db.reading(engine) as connection:
        if connection.execute(sa.select(t.cases.c.id).limit(1)).first() is not None:
            shown = sa.make_url(url or "").render_as_string(hide_password=True)
            raise Conflict("database", shown, "not empty: scenarios are played where no case is")


def _as_json(played: Played) -> dict[str, Any]:
    scenario, difference = played.script.scenario, played.difference
    told: dict[str, Any] = {"file": played.script.file, "scenario": scenario.scenario, "covers": scenario.covers}
    told["timeline"] = [entry.as_json() for entry in played.timeline]
    told["difference"] = None
    if difference is not None:
        found = {"line": difference.line, "expected": difference.expected, "found": difference.found}
        told["difference"] = found
    return told
