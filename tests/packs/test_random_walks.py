"""Random walks through every pack: a few here, 500 with ``SHENHOU_SOAK=1``, others by ``SHENHOU_SEED``.

A failure names its seed and the way that led to it.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace

import pytest

from engine.clock import FixedClock
from engine.packs import Pack
from engine.releases import publish
from engine.runtime import Runtime
from tasks import guards
from tasks.scenarios.preparing import set_up_channels
from tasks.scenarios.stage import Stage
from tasks.triggers import TRIGGERS
from tests.packs.conftest import PACKS, checkout
from tests.packs.walker import BEGINS, Broken, Walk

SOAK = os.environ.get("SHENHOU_SOAK") == "1"
SEED = int(os.environ.get("SHENHOU_SEED", "20261122"))
WALKS = 250 if SOAK else 2  # of each pack on each kind of database
BATCH = 10 if SOAK else 2


@pytest.mark.soak
@pytest.mark.parametrize("first", range(0, WALKS, BATCH))
@pytest.mark.parametrize("pack", PACKS)
def test_no_walk_breaks_an_invariant_and_every_case_comes_to_its_end(runtime: Runtime, pack: str, first: int) -> None:
    stage = open_stage(runtime, checkout(pack))
    for seed in range(SEED + first, SEED + first + BATCH):
        print(f"seed {seed}")
        Walk(stage, pack, seed).walk()


def open_stage(runtime: Runtime, pack: Pack) -> Stage:
    clock = runtime.clock
    assert isinstance(clock, FixedClock)
    clock.move_to(BEGINS)
    with runtime.database.connect() as connection, connection.begin():
        publish(connection, pack, "walks", clock.now(), check=lambda _: [])
    set_up_channels(runtime, {})
    return Stage(runtime, clock, pack.manifest.region or "")


def test_a_diagram_without_the_gate_is_caught(own_runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the diagram's gate open, the second lock picked and the triggers gone, the walks themselves must see it."""
    without_triggers(own_runtime)
    monkeypatch.setattr(guards, "_check_disposable", lambda *_: None)
    stage = open_stage(own_runtime, ungated(checkout("hunan")))
    with pytest.raises(Broken, match=r"INV-[138]"):
        for seed in range(SEED, SEED + 60):
            Walk(stage, "hunan", seed).walk()


def ungated(pack: Pack) -> Pack:
    """The pack with a funeral diagram whose gate asks nothing."""
    drawn = pack.files["funeral.bpmn"].decode()
    opened, count = re.subn(r"=\s*case\.certificate\.valid[^<]*", "=true", drawn)
    assert count == 1, "the gate is drawn otherwise now"
    return replace(pack, files={**pack.files, "funeral.bpmn": opened.encode()})


def without_triggers(runtime: Runtime) -> None:
    with runtime.database.connect() as connection, connection.begin():
        for trigger in TRIGGERS:
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {trigger.name}")
