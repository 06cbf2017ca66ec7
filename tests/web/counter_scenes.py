"""Cases of Hunan for the pages of counter and supervision: scenarios played on the test's own database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from engine import db
from engine import tables as t
from engine.clock import FixedClock
from engine.config import CODE_ROOT
from engine.runtime import Runtime
from tasks import tables as d
from tasks.registers import fill
from tasks.scenarios.player import Player
from tasks.scenarios.preparing import set_up_channels
from tasks.scenarios.reading import read_script
from tasks.scenarios.schema import Step
from tasks.scenarios.stage import Stage

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
