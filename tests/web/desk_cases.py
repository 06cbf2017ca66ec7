"""Cases for the desk's tests: scenarios of the pack, played on the application's own runtime and left as they stand."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

import tasks  # noqa: F401 - registers every worker
from engine import db
from engine import tables as t
from engine.actors import SYSTEM
from engine.clock import FixedClock
from engine.config import CODE_ROOT
from engine.execution import execute
from engine.packs import read_pack
from engine.runtime import Runtime
from engine.unit import Unit
from tasks import tables as d
from tasks.adapters import make_resources
from tasks.registers import fill
from tasks.scenarios.player import Player
from tasks.scenarios.preparing import prepare
from tasks.scenarios.reading import Script, read_script
from tasks.scenarios.schema import Step
from tasks.scenarios.stage import Stage
from tasks.settings import read_outside
from tests.integration.conftest import KEYS
from tests.templates import Templates

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
    return next((str(given[kind]) for kind in ("do", "fill", "message", "job", "wait", "retry") if given.get(kind)), "")


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


# -- the database that the desk's tests begin with --------------------------------------------------------------------

SCENES = {
    "deciding": ("01-home-all-items", "decide_item[survivor_benefit]"),
    "frozen": ("06-late-referral", "review_death"),
    "at_window": ("08-family-payee", "review_application"),
}
PAYLOAD = '"><img src=x onerror=alert(1)><script>alert(2)</script>{{7*7}}'


@pytest.fixture(scope="module")
def web_template(web_template: Path, templates: Templates) -> Path:
    """The usual database with a case at each of ``SCENES``; their ids lie beside it."""
    return templates.made("desk", lambda folder: _play_scenes(Path(shutil.copy(web_template, folder)))) / "shenhou.db"


def _play_scenes(path: Path) -> None:
    runtime = Runtime(db.connect(f"sqlite:///{path}"), KEYS, clock=FixedClock("2026-01-01T00:00:00+08:00"))
    runtime.resources.update(make_resources(runtime.database, runtime.sealer, runtime.clock, read_outside({})))
    played = {scene: play_until(runtime, name, until) for scene, (name, until) in SCENES.items()}
    runtime.close()
    path.with_suffix(".json").write_text(json.dumps(played))


@pytest.fixture
def played(web_template: Path) -> dict[str, str]:
    """The ids of the cases by scene."""
    found: dict[str, str] = json.loads(web_template.with_suffix(".json").read_text())
    return found


def multiply(runtime: Runtime, case_id: str, times: int) -> None:
    """Put ``times`` more cases beside one, each with its own copies of the open tasks, items and filings."""
    ids = [uuid4().hex for _ in range(times)]
    with runtime.database.begin() as connection:
        case = connection.execute(sa.select(t.cases).where(t.cases.c.id == case_id)).one()._asdict()
        sealed = runtime.sealer.open(bytes(case["sealed"]), case_id)
        copies = [
            {**case, "id": new, "code": f"SH-COPY-{new[:12].upper()}", "sealed": runtime.sealer.seal(sealed, new)}
            for new in ids
        ]
        connection.execute(t.cases.insert(), copies)
        _copy(connection, d.filings, case_id, ids)
        _copy(connection, d.items, case_id, ids, filing_id=None)
        _copy(connection, t.user_tasks, case_id, ids, t.user_tasks.c.status == "open")


def _copy(connection: sa.Connection, table: sa.Table, old: str, ids: list[str], *where: Any, **changed: Any) -> None:
    rows = [row._asdict() for row in connection.execute(sa.select(table).where(table.c.case_id == old, *where))]
    fresh = "id" in table.c
    copies = [
        {**row, **changed, "case_id": new, **({"id": uuid4().hex} if fresh else {})} for new in ids for row in rows
    ]
    if copies:
        connection.execute(table.insert(), copies)


def overwrite_sealed(runtime: Runtime, case_id: str, values: dict[str, Any], path: str) -> None:
    """Put sealed facts into a case past every form: what a page must bear whoever let it in."""

    def body(unit: Unit) -> None:
        unit.lock(case_id)
        unit.write_sealed(values, path)
        unit.finish("message", "case", {})

    execute(runtime, SYSTEM, body)
