"""推送失败: pushes that nobody took, in the queue of those who see the case, until the operator tries again."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from engine import tables as t
from engine.clock import FixedClock
from engine.runtime import Runtime
from tasks import tables as d
from tests.web.conftest import Browser
from tests.web.counter_scenes import Scene, play
from tests.web.test_desk_lists import counts

Open = Callable[..., Browser]
QUEUE = "/desk/?queue=push_failed"


@pytest.fixture
def failed(runtime: Runtime, clock: FixedClock) -> Scene:
    """A case one of whose pushes was tried until nothing was left of its attempts."""

    def has_incident(player: Any, _step: Any) -> bool:
        return bool(player.state.open_incidents)

    return play(runtime, clock, "22-push-fails.yaml", has_incident)


def dead(rows: Any) -> list[Any]:
    return [row for row in rows(t.jobs, type="outbox.deliver") if row.status == "dead"]


def test_dead_push_is_listed_with_its_receiver_and_its_fault(browsers: Open, failed: Scene, rows: Any) -> None:
    page = browsers("window-clerk").get(QUEUE).text
    assert counts(page)["push_failed"] == len(dead(rows)) == 1
    assert failed.code in page
    assert failed.name not in page
    [push] = [row for row in rows(d.outbox, kind="push") if row.id in dead(rows)[0].inputs]
    assert f"/desk/cases/{failed.code}/pushes" in page
    cells = re.findall(r'<td(?: class="[^"]*")? data-label="(?:步骤|持有人)">(.*?)</td>', page, re.DOTALL)
    assert len(cells) == 2
    assert f"已试{dead(rows)[0].attempts}次，对方没有接收" in cells[0]
    assert push.subject not in "".join(cells), "a push is named in words"
    assert push.receiver not in "".join(cells), "and so is who should have it"


def test_queue_of_others_is_empty(browsers: Open, failed: Scene, runtime: Runtime) -> None:
    with runtime.database.begin() as connection:
        connection.execute(t.users.update().where(t.users.c.login == "window-clerk").values(region="440000"))
    for login in ("window-clerk", "operator"):
        page = browsers(login).get(QUEUE).text
        assert counts(page)["push_failed"] == 0
        assert failed.code not in page


def test_push_that_is_tried_again_leaves_the_queue(browsers: Open, failed: Scene, rows: Any) -> None:
    [incident] = rows(t.incidents, status="open")
    browsers("operator").post(f"/ops/incidents/{incident.id}/retry")
    assert dead(rows) == []
    assert counts(browsers("window-clerk").get(QUEUE).text)["push_failed"] == 0
