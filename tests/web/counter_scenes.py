"""Cases of Hunan for the pages of counter and supervision: scenarios played on the test's own database."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine import db
from engine import tables as t
from engine.clock import FixedClock, from_text, to_text
from engine.config import CODE_ROOT
from engine.runtime import Runtime
from tasks import tables as d
from tasks.adapters import make_resources
from tasks.registers import fill
from tasks.scenarios.player import Player
from tasks.scenarios.preparing import set_up_channels
from tasks.scenarios.reading import read_script
from tasks.scenarios.schema import Step
from tasks.scenarios.stage import Stage
from tasks.settings import read_outside
from tests.integration.conftest import KEYS
from tests.templates import Templates

SCENARIOS = CODE_ROOT / "tests" / "scenarios" / "hunan"


@dataclass(frozen=True)
class Scene:
    """A case as a scenario left it."""

    id: str
    code: str
    name: str
    number: str


def play(runtime: Runtime, clock: FixedClock, file: str, until: Callable[[Player, Step], bool] | None = None) -> Scene:
    """Play a scenario, to its end or to before the first step of which ``until`` is true; the case stays open.

    The clock stands at the scenario's time afterwards, so that sign-ins come after.
    """
    script = read_script((SCENARIOS / file).read_bytes(), file)
    scenario = script.scenario
    clock.move_to(scenario.now)
    with runtime.database.begin() as connection:
        fill(connection, runtime.sealer, scenario.people)
    set_up_channels(runtime, scenario.channels)
    player = Player(Stage(runtime, clock, scenario.region or "430000"), script, lambda _: None)
    player._begin()
    for number, step in enumerate(scenario.steps):
        if until is not None and until(player, step):
            break
        player.line = script.line_of("steps", number)
        player._take(number, step)
    return scene_of(runtime, player.case_id)


def scene_of(runtime: Runtime, case_id: str) -> Scene:
    with db.reading(runtime.database) as connection:
        case = connection.execute(sa.select(t.cases).where(t.cases.c.id == case_id)).one()
    told = runtime.sealer.open(bytes(case.sealed), case_id)["deceased"]
    return Scene(case_id, case.code, told.get("name", ""), told.get("id_number", ""))


def is_held(player: Player, _step: Step) -> bool:
    """Stop as soon as the body is frozen."""
    return _has(player, d.holds, d.holds.c.released_at.is_(None))


def is_certified(player: Player, _step: Step) -> bool:
    return _has(player, d.certificates, d.certificates.c.status == "valid")


def awaits(element: str) -> Callable[[Player, Step], bool]:
    """Stop as soon as a user task of that name is open."""
    c = t.user_tasks.c
    return lambda player, _step: _has(player, t.user_tasks, sa.and_(c.element_id == element, c.status == "open"))


def _has(player: Player, table: sa.Table, where: sa.ColumnElement[bool]) -> bool:
    with db.reading(player.stage.runtime.database) as connection:
        query = sa.select(sa.literal(1)).select_from(table).where(table.c.case_id == player.case_id, where)
        return connection.execute(query).first() is not None


# -- scenes that many tests of a module begin with ---------------------------------------------------------------------

Awaited = Mapping[str, tuple[str, str]]
"""By the name of a fixture: the scenario, and the user task at which it stops."""


def staged(request: pytest.FixtureRequest, plain: Path, scenes: Awaited) -> Path:
    """The database ``plain``, or what is made of it once in a run: with the scene for whose fixture the test asks."""
    asked = next((name for name in scenes if name in request.fixturenames), None)
    if asked is None:
        return plain
    templates: Templates = request.getfixturevalue("templates")
    file, element = scenes[asked]
    made = templates.made(f"{Path(file).stem}.{element}", lambda folder: _stage(folder, plain, file, element))
    return made / plain.name


def _stage(folder: Path, plain: Path, file: str, element: str) -> None:
    shutil.copy(plain, folder)
    clock = FixedClock("2026-01-01T00:00:00+08:00")
    runtime = Runtime(db.connect(f"sqlite:///{folder / plain.name}"), KEYS, clock=clock)
    runtime.resources.update(make_resources(runtime.database, runtime.sealer, runtime.clock, read_outside({})))
    scene = play(runtime, clock, file, awaits(element))
    runtime.close()
    (folder / "scene.json").write_text(json.dumps({"now": to_text(clock.now()), "scene": asdict(scene)}))


def find_scene(template: Path, clock: FixedClock) -> Scene:
    """The scene of what ``staged`` has made; the clock stands where it stood at the scene's end."""
    told = json.loads((template.parent / "scene.json").read_text())
    clock.move_to(from_text(told["now"]))
    return Scene(**told["scene"])
