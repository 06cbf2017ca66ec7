"""Originals that the window sees after acceptance, once for all items: nothing waits for them any more (C-23, C-32)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from engine import db
from engine import tables as t
from engine.actors import Actor
from engine.clock import to_text
from engine.runtime import Runtime
from tasks import tables as d
from tasks.scenarios.player import Player
from tasks.scenarios.preparing import prepare
from tasks.scenarios.reading import read_script
from tests.packs.conftest import SCENARIOS, checkout
from web.window import originals

CLERK = Actor("window", frozenset({"window.clerk"}), "620000")


def accepted(runtime: Runtime) -> str:
    """A case whose items wait for three originals; its id."""
    path = SCENARIOS / "tianshui" / "01-home-all-items.yaml"
    script = read_script(path.read_bytes(), path.name)
    player = Player(prepare(runtime, checkout("tianshui"), script), script, lambda _: None)
    player._begin()
    for number, step in enumerate(script.scenario.steps):
        if getattr(step, "fill", None) == "decide_item[hukou_cancel]":
            break
        player._take(number, step)
    return player.case_id


def rows(runtime: Runtime, table: sa.Table, *where: Any) -> list[Any]:
    with db.reading(runtime.database) as connection:
        return list(connection.execute(sa.select(table).where(*where)))


def test_what_the_window_sees_ends_the_wait_and_takes_the_late_marks_back(own_runtime: Runtime) -> None:
    runtime, case_id = own_runtime, accepted(own_runtime)
    waiting = (t.user_tasks.c.case_id == case_id, t.user_tasks.c.element_id == "cure_materials")
    late = {"id": "a" * 32, "case_id": case_id, "item": "hukou_cancel", "kind": "deferred_uncured"}
    with runtime.database.begin() as connection:
        connection.execute(d.supervision.insert().values(noted_at=to_text(runtime.clock.now()), **late))
    assert [row.status for row in rows(runtime, t.user_tasks, *waiting)] == ["open"]

    assert len(originals.verify(runtime, CLERK, case_id, ["M03"])) == 1
    assert [row.status for row in rows(runtime, t.user_tasks, *waiting)] == ["open"], "two are still to be shown"
    assert len(originals.verify(runtime, CLERK, case_id, ["M01Y", "M02Y", "M03"])) == 2

    assert [row.status for row in rows(runtime, t.user_tasks, *waiting)] == ["cancelled"]
    deferred = (d.materials.c.case_id == case_id, d.materials.c.status == "deferred")
    assert rows(runtime, d.materials, *deferred) == []
    (mark,) = rows(runtime, d.supervision, d.supervision.c.id == late["id"])
    assert mark.cleared_at is not None
