"""The outbox: nothing leaves before the commit, nothing leaves twice, nothing is lost in silence."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from engine import cases
from engine import tables as t
from engine.actors import SYSTEM
from engine.clock import FixedClock
from engine.errors import RuleViolation, Unavailable
from engine.registry import WORKERS
from engine.runtime import Runtime
from engine.worker import ClockGuard, Worker
from tasks import outbox
from tasks import tables as d
from tasks.adapters import make_resources
from tasks.outbox import Delivered, Dispatch
from tests.domain.conftest import NOW, Case, open_case
from tests.integration.conftest import KEYS, World, form
from tests.texts_of_packs import PROCESSES

MAIN = """
start s
user ask group=clerks
job tell type=notice.queue in:template=hello
end e
s -> ask -> tell -> e
"""


class Post:
    """Carries what it is given, or fails as often as it is told."""

    def __init__(self) -> None:
        self.carried: list[tuple[Dispatch, str]] = []
        self.failures = 0

    def carry(self, dispatch: Dispatch, key: str) -> Delivered:
        if self.failures:
            self.failures -= 1
            raise Unavailable("the gateway is down")
        self.carried.append((dispatch, key))
        return Delivered(f"R-{len(self.carried)}", "post")


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def world(database: sa.Engine, post: Post) -> Iterator[World]:
    """A pack that tells somebody something, with the shipped process that sends it."""
    clock = FixedClock(NOW)
    runtime = Runtime(database, KEYS, clock=clock, workers=WORKERS)
    runtime.resources.update(make_resources(database, runtime.sealer, clock, carrier=post))
    made = World(runtime, clock, WORKERS)
    made.packs["pack"] = {"forms/plain.form": form("x"), "templates/hello.j2": "办件 {{ case_code }}".encode()}
    made.publish(main=MAIN, send_out=(PROCESSES / "common" / "send_out.bpmn").read_bytes())
    yield made
    runtime.close()


class Steady(ClockGuard):
    def jumped(self) -> bool:
        return False


def work(world: World, minutes: int = 0) -> None:
    world.clock.advance(timedelta(minutes=minutes))
    Worker(world.runtime, guard=Steady(world.runtime)).run_once()


def test_a_notice_is_sent_after_the_commit_and_its_receipt_is_kept(world: World, post: Post) -> None:
    case = world.start()
    world.complete("ask", case)
    (row,) = world.rows(d.outbox)
    assert (row.status, post.carried) == ("queued", [])
    work(world)
    (row,) = world.rows(d.outbox)
    (job,) = world.rows(t.jobs)
    assert (row.status, row.receipt, row.channel) == ("delivered", "R-1", "post")
    [(dispatch, key)] = post.carried
    assert (dispatch.payload["text"], key) == (f"办件 {world.case(case).code}", job.id)
    assert dispatch.endpoint == "notice.reporter"
    assert world.case(case).status == "completed"


def test_a_channel_that_is_down_is_tried_again_with_the_same_key(world: World, post: Post) -> None:
    post.failures = 2
    case = world.start()
    world.complete("ask", case)
    for _ in range(3):
        work(world, minutes=60)
    (row,) = world.rows(d.outbox)
    (job,) = world.rows(t.jobs)
    assert (row.status, [key for _, key in post.carried], job.attempts) == ("delivered", [job.id], 3)


def test_a_channel_that_stays_down_ends_in_an_incident_and_can_be_retried(world: World, post: Post) -> None:
    post.failures = 3
    case = world.start()
    world.complete("ask", case)
    for _ in range(4):
        work(world, minutes=600)
    (incident,) = world.rows(t.incidents)
    assert (incident.element_id, incident.status) == ("deliver_dispatch", "open")
    assert "the gateway is down" in incident.message
    assert (world.rows(d.outbox)[0].status, post.carried) == ("queued", [])
    cases.retry_incident(world.runtime, SYSTEM, incident.id)
    work(world)
    assert world.rows(d.outbox)[0].status == "delivered"


def test_a_command_that_is_undone_sends_nothing(world: World, post: Post) -> None:
    world.packs["pack"]["templates/hello.j2"] = b"{{ nobody_gives_this }}"
    world.publish()
    case = world.start()
    world.complete("ask", case)
    work(world)
    assert not world.rows(d.outbox) and not post.carried
    (incident,) = world.rows(t.incidents)
    assert (incident.kind, incident.element_id) == ("text", "tell")


@pytest.fixture
def stored(database: sa.Engine, clock: FixedClock, release: Any, post: Post) -> Iterator[Case]:
    """A case with a queued push, committed, for a worker that reads on its own."""
    with database.connect() as connection:
        made = open_case(connection, clock, release)
        queue(made)
        connection.commit()
        made.resources.update(make_resources(database, made.sealer, clock, carrier=post))
        yield made
        connection.rollback()


def test_a_dispatch_that_was_recalled_before_it_left_stays_here(stored: Case, post: Post) -> None:
    dispatch = stored.row(d.outbox).id
    assert stored.run("outbox.deliver", dispatch_id=dispatch) == {"receipt": "R-1", "channel": "post"}
    outbox.mark_recalled(stored.connection, dispatch)
    stored.connection.commit()
    assert stored.run("outbox.deliver", dispatch_id=dispatch) == {"receipt": "", "channel": "recalled"}
    assert len(post.carried) == 1
    stored.run("outbox.receipt", dispatch_id=dispatch, receipt="", channel="recalled")
    row = stored.row(d.outbox)
    assert (row.status, row.delivered_at) == ("recalled", None)


def test_another_cases_dispatch_is_not_sent(stored: Case, post: Post) -> None:
    dispatch = stored.row(d.outbox).id
    stored.case_id = "0" * 32
    with pytest.raises(RuleViolation) as refused:
        stored.run("outbox.deliver", dispatch_id=dispatch)
    assert (refused.value.rule, post.carried) == ("dispatch_missing", [])


def queue(case: Case) -> str:
    return outbox.put(case, case.case_id, kind="push", receiver="funeral", subject="deceased", payload={"a": 1})


def test_a_receipt_is_kept_once(case: Case) -> None:
    dispatch = queue(case)
    case.run("outbox.receipt", dispatch_id=dispatch, receipt="一", channel="http")
    case.run("outbox.receipt", dispatch_id=dispatch, receipt="二", channel="http")
    row = case.row(d.outbox)
    assert (row.status, row.receipt, row.delivered_at) == ("delivered", "一", case.now_text)


def test_what_was_recalled_on_its_way_keeps_its_receipt_and_stays_recalled(case: Case) -> None:
    dispatch = queue(case)
    outbox.mark_recalled(case.connection, dispatch)
    case.run("outbox.receipt", dispatch_id=dispatch, receipt="一", channel="http")
    row = case.row(d.outbox)
    assert (row.status, row.receipt) == ("recalled", "一")


def test_a_row_opens_only_as_itself(case: Case) -> None:
    first, second = queue(case), queue(case)
    sealed = case.row(d.outbox, id=first).sealed
    case.connection.execute(d.outbox.update().where(d.outbox.c.id == second).values(sealed=sealed))
    assert outbox.read_payload(case.connection, case.case_id, first, case.sealer) == {"a": 1}
    with pytest.raises(Exception, match="changed or belongs elsewhere"):
        outbox.read_payload(case.connection, case.case_id, second, case.sealer)


def test_an_installation_without_channels_says_so(case: Case) -> None:
    with pytest.raises(LookupError, match="Outbox"):
        case.run("outbox.deliver", dispatch_id="x")


def test_the_shipped_process_sends_with_three_tries() -> None:
    drawn = Path(PROCESSES / "common" / "send_out.bpmn").read_text("utf-8")
    assert 'type="outbox.deliver" retries="3"' in drawn
