"""Malformed values at every verb: a clear refusal, the same on both databases, and nothing written.

What could end in ``DataError``, ``UnicodeEncodeError``, ``OverflowError`` or ``TypeError`` must not get that far.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from engine import cases, inbox, jobs
from engine import tables as t
from engine.actors import SYSTEM
from engine.db import reading
from engine.errors import Conflict, InvalidInput, NotFound
from engine.messages import publish_message
from engine.registry import CaseAccess, Job, Workers, worker
from engine.worker import Worker
from tests.integration.conftest import World, form

MAIN = """
start s
start told message=told out:y="=x"
user a group=clerks out:y="=x"
catch wait message=go key="=\\"K\\"" out:y="=x"
user b group=clerks
end e
s -> a -> wait -> b -> e
told -> a
"""
PUSHING = """
start s
job push type=push out:y="=x"
boundary refused on=push error=refused out:y="=x"
user c group=clerks
end e
s -> push -> c -> e
refused -> e
"""


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


MALFORMED: dict[str, Any] = {
    "a list": [1],
    "a text": "x",
    "a number": 3,
    "endless nesting": {"x": nested(100_000)},
    "deep nesting": {"x": {"y": nested(900)}},
    "ten megabytes": {"x": "身" * 10_000_000},
    "NUL": {"x": "a\0b"},
    "NUL in a key": {"x\0": "b"},
    "half a character": {"x": "\ud800"},
    "half a character in a key": {"\udfff": 1},
    "not a number": {"x": float("nan")},
    "infinity": {"x": float("-inf")},
    "an integer of 400 digits": {"x": 10**400},
    "an integer of 65 bits": {"x": 2**64},
    "an object": {"x": object()},
    "bytes": {"x": b"a"},
    "a set": {"x": {1}},
    "a number as key": {1: 2},
    "a hundred thousand keys": {f"k{number}": 1 for number in range(100_000)},
}
TEXTS = {"NUL": "a\0b", "half a character": "\ud800", "too long": "a" * 100_000}


@dataclass(frozen=True)
class Scene:
    """A case at its user task, and the lease of another one's job."""

    case: str
    task: str
    lease: jobs.Lease

    @property
    def job(self) -> tuple[str, str]:
        return self.lease.job.id, self.lease.token


@pytest.fixture
def scene(world: World) -> Iterator[Scene]:
    """What is refused leaves no trace in any table, and both cases can go on."""
    world.publish(main=MAIN, form_plain=form("x", "note"))
    world.publish("pushing", main=PUSHING)
    pushing, case = world.start("pushing"), world.start()
    [lease] = jobs.lease(world.runtime, ["push"], "worker")
    before = dump(world)
    yield Scene(case, world.task("a"), lease)
    assert dump(world) == before
    world.complete("a", case, x="张䶮")
    assert publish_message(world.runtime, SYSTEM, case, "go", {"x": 1}, correlation_key="K").delivered == 1
    jobs.complete(world.runtime, lease.job.id, lease.token, {"x": 1}, facts={"x": "欧阳翀"})
    assert world.open(case) == ["b"] and world.open(pushing) == ["c"]


def dump(world: World) -> dict[str, list[Any]]:
    with reading(world.runtime.database) as connection:
        return {table.name: sorted(map(repr, connection.execute(table.select()))) for table in t.metadata.sorted_tables}


def refused(name: str, act: Callable[[], object], *errors: type[Exception]) -> str:
    """The message of one of ``errors`` (``InvalidInput`` by default), which must be fit to be shown."""
    expected = errors or (InvalidInput,)
    try:
        act()
    except expected as refusal:
        message = str(refusal)
        assert 0 < len(message) < 4_000 and "\0" not in message and message.encode(), name
        return message
    except Exception as error:
        error.add_note(f"at {name}")
        raise
    pytest.fail(f"{name} was taken")


@pytest.mark.parametrize("key", [None, "key"])
def test_malformed_values_for_a_user_task(world: World, scene: Scene, key: str | None) -> None:
    for name, values in MALFORMED.items():
        refused(name, partial(cases.complete_user_task, world.runtime, SYSTEM, scene.task, values, key=key))
        refused(name, partial(inbox.save_draft, world.runtime, SYSTEM, scene.task, values))


@pytest.mark.parametrize("key", [None, "key"])
def test_malformed_contexts_for_a_case_and_a_message(world: World, scene: Scene, key: str | None) -> None:
    publish = partial(publish_message, world.runtime, SYSTEM, scene.case, "go", correlation_key="L", key=key)
    for name, value in MALFORMED.items():
        for field in ("facts", "sealed", "payload"):
            assert field in refused(name, partial(world.start, key=key, **{field: value}))
        refused(name, partial(world.start, message="told", payload=value, key=key))
        refused(name, partial(publish, value))


def test_malformed_results_of_a_job(world: World, scene: Scene) -> None:
    for name, value in MALFORMED.items():
        refused(name, partial(jobs.complete, world.runtime, *scene.job, value))
        refused(name, partial(jobs.complete, world.runtime, *scene.job, facts=value))
        refused(name, partial(jobs.throw_error, world.runtime, *scene.job, "refused", variables=value))


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_malformed_ids_and_names_are_not_found(world: World, scene: Scene, text: str) -> None:
    runtime = world.runtime
    acts: dict[str, Callable[[], object]] = {
        "complete": partial(cases.complete_user_task, runtime, SYSTEM, text, {}),
        "complete with a key": partial(cases.complete_user_task, runtime, SYSTEM, text, {}, key="k"),
        "claim": partial(inbox.claim, runtime, SYSTEM, text),
        "draft": partial(inbox.read_draft, runtime, SYSTEM, text),
        "reassign": partial(inbox.reassign, runtime, SYSTEM, text, None, "轮休"),
        "cancel": partial(cases.cancel, runtime, SYSTEM, text, "试验"),
        "migrate nothing": partial(cases.migrate, runtime, SYSTEM, text, text),
        "migrate to nothing": partial(cases.migrate, runtime, SYSTEM, scene.case, text),
        "retry": partial(cases.retry_incident, runtime, SYSTEM, text),
        "message to nobody": partial(publish_message, runtime, SYSTEM, text, "go"),
        "message of no name": partial(publish_message, runtime, SYSTEM, scene.case, text),
        "pack": partial(world.start, text),
        "process": partial(world.start, process_id=text),
        "start message": partial(world.start, message=text),
        "job": partial(jobs.complete, runtime, text, scene.lease.token),
        "failed job": partial(jobs.fail, runtime, text, scene.lease.token, "连接超时"),
        "lease": partial(jobs.complete, runtime, scene.lease.job.id, text),
        "longer lease": partial(jobs.extend, runtime, scene.lease.job.id, text, 60),
    }
    for name, act in acts.items():
        refused(name, act, NotFound, InvalidInput, Conflict)
    assert inbox.list_open(runtime, SYSTEM, inbox.Query(case_id=text)) == []
    assert inbox.list_open(runtime, SYSTEM, inbox.Query(group=text, assignee=text)) == []
    assert jobs.lease(runtime, [text], "worker") == []


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_malformed_texts_that_would_be_stored_are_refused_by_name(world: World, scene: Scene, text: str) -> None:
    runtime = world.runtime
    acts: dict[str, Callable[[], object]] = {
        "key": partial(cases.complete_user_task, runtime, SYSTEM, scene.task, {}, key=text),
        "correlation_key": partial(publish_message, runtime, SYSTEM, scene.case, "go", correlation_key=text),
        "region": partial(world.start, actor=SYSTEM, region=text),
        "assignee": partial(inbox.reassign, runtime, SYSTEM, scene.task, text, "轮休"),
        "reason": partial(inbox.reassign, runtime, SYSTEM, scene.task, None, text),
        "code": partial(jobs.throw_error, runtime, *scene.job, text),
        "owner": partial(jobs.lease, runtime, ["push"], text),
    }
    for field, act in acts.items():
        assert refused(field, act).startswith(field)
    refused("cancel", partial(cases.cancel, runtime, SYSTEM, scene.case, text))


def test_times_past_the_calendar_are_refused(world: World, scene: Scene) -> None:
    endless = timedelta(days=999_999_999)
    refused("keep", partial(publish_message, world.runtime, SYSTEM, scene.case, "go", keep=endless))
    refused("fail", partial(jobs.fail, world.runtime, *scene.job, "连接超时", retry_after=endless))
    for seconds in (1e300, float("inf"), float("nan"), -1.0):
        refused(str(seconds), partial(jobs.extend, world.runtime, *scene.job, seconds))
        refused(str(seconds), partial(jobs.lease, world.runtime, ["push"], "worker", seconds=seconds))


# -- what a worker reports of itself -----------------------------------------------------------------------------------


NONSENSE = ("NUL", "a set", "infinity", "endless nesting", "a number as key", "a list")
PLACES = ("result", "facts", "message")


def test_an_odd_message_of_a_failed_job_is_kept_as_far_as_it_can_be(world: World) -> None:
    world.publish("pushing", main=PUSHING)
    for text in TEXTS.values():
        case = world.start("pushing")
        [lease] = jobs.lease(world.runtime, ["push"], "worker")
        jobs.fail(world.runtime, lease.job.id, lease.token, text, final=True)
        [incident] = world.rows(t.incidents, case_id=case)
        assert 0 < len(incident.message) <= 4_000
        cases.retry_incident(world.runtime, SYSTEM, incident.id)
        [lease] = jobs.lease(world.runtime, ["push"], "worker")
        jobs.throw_error(world.runtime, lease.job.id, lease.token, "unknown", text)
        assert [row.kind for row in world.rows(t.incidents, case_id=case, status="open")] == ["uncaught_error"]


def register_nonsense(world: World, name: str, place: str, **options: Any) -> None:
    """A worker of ``push`` that reports something malformed as its result, as facts, or as what went wrong."""

    @worker("push", outputs=("x",), workers=world.workers, **options)
    def push(job: Job, case: CaseAccess) -> Any:
        if place == "message":
            raise ValueError("\0\ud800" + name)
        if place == "facts":
            case.write_facts(MALFORMED[name])
        return MALFORMED[name]


@pytest.mark.parametrize("place", PLACES)
def test_a_worker_that_reports_nonsense_fails_its_job_and_not_the_machine(world: World, place: str) -> None:
    world.publish("pushing", main=PUSHING)
    for name in NONSENSE:
        world.workers = world.runtime.workers = Workers()
        register_nonsense(world, name, place)
        started = {world.start("pushing") for _ in range(2)}
        assert Worker(world.runtime).run_once() == 2
        failed = [row for row in world.rows(t.jobs) if row.case_id in started]
        assert [(row.status, row.retries_left) for row in failed] == [("available", 2)] * 2, name


@pytest.mark.parametrize("place", PLACES)
def test_an_in_transaction_worker_that_returns_nonsense_is_an_incident(world: World, place: str) -> None:
    world.publish("pushing", main=PUSHING)
    for name in NONSENSE:
        world.workers = world.runtime.workers = Workers()
        register_nonsense(world, name, place, in_transaction=True)
        case = world.start("pushing")
        incidents = world.rows(t.incidents, case_id=case)
        assert [(row.element_id, row.kind) for row in incidents] == [("push", "worker_failed")], name
        assert world.facts(case) == {}
