"""What the kernel does when a step fails, when state is stored and loaded, and at its limits."""

from __future__ import annotations

import pytest

from engine.bpmn import Limits, Processes, StepFailed, Workflow, codec
from engine.errors import Conflict, FeelError, LimitExceeded, NotFound, StateUnreadable
from tests.diagrams import diagram
from tests.kernel import FakeHost, Play


def play(text: str, **options: object) -> Play:
    return Play(diagram("main", text), **options)  # type: ignore[arg-type]


def test_a_failed_step_names_itself_and_its_replay_holds_there() -> None:
    text = "start s\nuser a\nexclusive g\nend e\nend f\ns -> a -> g\ng -> e : nonsense(1)\ng -> f : false"
    p = play(text)
    blobs = p.blobs()
    with pytest.raises(StepFailed) as failed:
        p.complete("a")
    assert (failed.value.ordinal, failed.value.element_id) == (2, "g")
    again = codec.load(blobs, p.processes, p.host)
    again.holds = {2: ("g", failed.value.cause)}
    again.complete(again.open()[0].token_id)
    assert [(o.kind, o.element) for o in again.open()] == [("incident", "g")]


def test_retrying_an_incident_steps_the_token_again() -> None:
    p = play(
        "start s\nuser a\nexclusive g default=d\nend e\nuser z\ns -> a -> g\ng -> e : x > 1\nd: g -> z\nend f\nz -> f"
    )
    p.workflow.holds = {2: ("g", FeelError("x > 1", "因试验而停"))}
    p.reload = False
    p.complete("a")
    p.workflow.holds = {}
    blobs = p.blobs()
    p.workflow = codec.load(blobs, p.processes, p.host)
    assert p.open() == ["g"]
    p.workflow.retry(p.token("g"))
    assert p.open() == ["z"]


def test_what_is_not_waiting_cannot_be_completed() -> None:
    p = play("start s\nuser a\ncatch m message=paper\nend e\ns -> a -> m -> e")
    token = p.token("a")
    p.complete("a")
    with pytest.raises(NotFound):
        p.workflow.complete(token)
    with pytest.raises(Conflict):
        p.workflow.complete(p.token("m"))


def test_state_of_another_version_or_with_unknown_names_is_refused() -> None:
    p = play("start s\nuser a\nend e\ns -> a -> e")
    blobs = p.blobs()
    with pytest.raises(StateUnreadable, match="version"):
        codec.load({"": b"\x7f" + blobs[""][1:]}, p.processes, p.host)
    other = Processes.read({"main.bpmn": diagram("main", "start s\nuser b\nend e\ns -> b -> e")})
    with pytest.raises(StateUnreadable, match="main/a"):
        codec.load(blobs, other, p.host)
    moved = codec.load(blobs, other, p.host, rename={("main", "a"): "b"})
    assert [o.element for o in moved.open()] == ["b"]


def test_only_the_scopes_that_changed_are_written() -> None:
    child = diagram("child", "start s\nuser u\nuser v\nend e\ns -> u -> v -> e")
    calls = """
        start s
        parallel p
        call c1 process=child
        call c2 process=child
        parallel j
        end e
        s -> p
        p -> c1 -> j
        p -> c2 -> j
        j -> e
    """
    p = Play(diagram("main", calls), child, reload=False)
    assert len(codec.dump(p.workflow, changed_only=True)) == 3
    p.complete("u")
    assert len(codec.dump(p.workflow, changed_only=True)) == 1


LOOP = """
    start s
    exclusive back
    manual m
    exclusive g default=again
    end e
    s -> back -> m -> g
    g -> e : false
    again: g -> back
"""


def test_an_endless_loop_ends_at_the_step_limit_as_an_incident() -> None:
    processes, host = Processes.read({"main.bpmn": diagram("main", LOOP)}), FakeHost()
    with pytest.raises(StepFailed) as failed:
        Workflow.start(processes, "main", host, limits=Limits(steps=500))
    assert isinstance(failed.value.cause, LimitExceeded)
    hold = {failed.value.ordinal: (failed.value.element_id, failed.value.cause)}
    held = Workflow.start(processes, "main", host, limits=Limits(steps=500), holds=hold)
    assert [o.kind for o in held.open()] == ["incident"] and len(held.tasks) == 2


def test_a_process_that_calls_itself_ends_at_the_limit() -> None:
    bomb = diagram(
        "main",
        """
            start s
            parallel p
            call c1 process=main
            call c2 process=main
            end e
            end f
            s -> p
            p -> c1 -> e
            p -> c2 -> f
        """,
    )
    with pytest.raises(StepFailed) as failed:
        Play(bomb)
    assert isinstance(failed.value.cause, LimitExceeded)


def test_a_huge_list_is_refused() -> None:
    text = 'start s\nuser each each="=for i in 1..201 return i" element=x\nend e\ns -> each -> e'
    with pytest.raises(StepFailed) as failed:
        play(text)
    assert isinstance(failed.value.cause, LimitExceeded)


def test_a_long_chain_neither_recurses_nor_grows() -> None:
    chain = (
        "\n".join(f"manual m{n}" for n in range(1500)) + "\n" + " -> ".join(["s", *(f"m{n}" for n in range(1500)), "u"])
    )
    p = play(f"start s\nuser u\nend e\n{chain}\nu -> e")
    assert p.open() == ["u"] and len(p.workflow.tasks) == 2
