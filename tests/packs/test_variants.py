"""P-5: a case keeps the rules under which it began, whatever is published meanwhile."""

from __future__ import annotations

import sqlalchemy as sa

from engine import tables as t
from engine.db import reading
from engine.runtime import Runtime
from tasks.scenarios.player import play
from tasks.scenarios.preparing import prepare, with_switches
from tasks.scenarios.reading import Script, read_script
from tests.packs.conftest import SCENARIOS, checkout
from tests.packs.test_random_walks import open_stage
from tests.packs.walker import Walk


def test_a_case_keeps_the_release_that_it_began_on(own_runtime: Runtime) -> None:
    pack = checkout("hunan")
    stage = open_stage(own_runtime, pack)
    walk = Walk(stage, "hunan", 4)
    walk.report()
    changed = with_switches(pack, {"application.window": "P1M"})
    open_stage(own_runtime, changed)
    assert changed.digest != pack.digest
    walk.submit(first=True)
    assert release_of(own_runtime, walk.case_id) == pack.digest
    newer = Walk(stage, "hunan", 5)
    newer.report()
    assert release_of(own_runtime, newer.case_id) == changed.digest


def release_of(runtime: Runtime, case_id: str) -> str:
    with reading(runtime.database) as connection:
        return str(connection.execute(sa.select(t.cases.c.release_id).where(t.cases.c.id == case_id)).scalar_one())


def test_a_switch_changes_what_a_scenario_meets(own_runtime: Runtime) -> None:
    """What a scenario expects hangs on the pack, not on the player."""
    path = SCENARIOS / "hunan/10-second-order.yaml"
    script = read_script(path.read_bytes(), path.name)
    refusing = script.scenario.model_copy(update={"switches": {"C-03": "refuse"}})
    changed = Script(refusing, script.file, script.document)
    difference = play(prepare(own_runtime, checkout("hunan"), changed), changed).difference
    assert difference is not None
    assert "hpf_withdraw" in difference.expected
