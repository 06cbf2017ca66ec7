"""Cases for the desk's tests: scenarios of the pack, played on the application's own runtime and left as they stand."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from engine import db
from engine import tables as t
from engine.clock import FixedClock
from engine.config import CODE_ROOT
from engine.packs import read_pack
from engine.runtime import Runtime
from tasks.registers import fill
from tasks.scenarios.player import Player
from tasks.scenarios.preparing import prepare
from tasks.scenarios.reading import Script, read_script
from tasks.scenarios.schema import Step
from tasks.scenarios.stage import Stage

FOLDER = CODE_ROOT / "tests" / "scenarios" / "hunan"


def play_until(runtime: Runtime, name: str, until: str = "", *, occurrence: int = 1, report: Any = None) -> str:
    """Play a scenario up to, and without, the step that does ``until`` for the nth time; the id of its open case."""
    script = read_script((FOLDER / f"{name}.yaml").read_bytes(), f"{name}.yaml")
    stage = _set_up(runtime, script)
    player = Player(stage, _reported(script, report), lambda _: None)
    player._begin()
    for number, step in enumerate(script.scenario.steps):
        if _named(step) == until and (occurrence := occurrence - 1) == 0:
            break
        player._take(number, step)
    stage.clock.advance(timedelta(seconds=1))
    return player.case_id


def _set_up(runtime: Runtime, script: Script) -> Stage:
    """On the release that is published already, unless the scenario needs another or channels that fail."""
    scenario, clock = script.scenario, runtime.clock
    assert isinstance(clock, FixedClock)
    if scenario.switches or scenario.channels:
        return prepare(runtime, read_pack(scenario.pack, CODE_ROOT / "processes", CODE_ROOT / "forms"), script)
    clock.move_to(scenario.now)
    with runtime.database.begin() as connection:
        fill(connection, runtime.sealer, scenario.people)
    return Stage(runtime, clock, scenario.region or "430000")


def _named(step: Step) -> str:
    """What a step is about: its element, job or message."""
    given = step.model_dump(by_alias=True)
    return next((str(given[kind]) for kind in ("do", "fill", "tell", "job", "wait") if given.get(kind)), "")


def _reported(script: Script, report: Any) -> Script:
    if report is None:
        return script
    whole = {**(script.scenario.report or {}), **report}
    return replace(script, scenario=script.scenario.model_copy(update={"report": whole}))


def code_of(runtime: Runtime, case_id: str) -> str:
    """What people call the case."""
    with db.reading(runtime.database) as connection:
        return str(connection.execute(sa.select(t.cases.c.code).where(t.cases.c.id == case_id)).scalar_one())


def find_task(runtime: Runtime, case_id: str, element: str, path: str = "") -> str:
    """The id of an open task of the case, the one whose values go to a path that ends so."""
    c = t.user_tasks.c
    query = sa.select(c.id, c.facts_path).where(c.case_id == case_id, c.element_id == element, c.status == "open")
    with db.reading(runtime.database) as connection:
        return next(str(row.id) for row in connection.execute(query) if row.facts_path.endswith(path))


class Statements:
    """Counts what the database is asked while it is open: ``with Statements(engine) as asked: …; asked.count``."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine, self.count = engine, 0
        self.seen: list[str] = []

    def __enter__(self) -> Statements:
        sa.event.listen(self._engine, "before_cursor_execute", self._note)
        return self

    def __exit__(self, *_: object) -> None:
        sa.event.remove(self._engine, "before_cursor_execute", self._note)

    def _note(self, _connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        self.count += 1
        self.seen.append(statement)
