"""The graph: conditions, what meets at a node, and where tokens can go."""

from __future__ import annotations

import pytest

from tests.unit.bpmn_drafts import (
    ERROR,
    MESSAGE,
    assert_one_fault,
    boundary,
    chain,
    choice,
    decide,
    draft,
    end,
    findings,
    flow,
    line,
    message,
    node,
    rules,
    start,
    timer,
    user,
)

ANY_ERROR = "<bpmn:errorEventDefinition/>"
THIS_ERROR = '<bpmn:errorEventDefinition errorRef="not_dead"/>'
DAY, WEEK = timer("timeDuration", "P1D"), timer("timeDuration", "P7D")
FOUND, BODY = message(), message("body_found")
MESSAGES = MESSAGE + MESSAGE.replace("death_found", "body_found")
REJECT = "is_abnormal_to_rejected"
PLAIN = line(user())


def to(end_name: str, condition: str = "") -> str:
    return flow("is_abnormal", end_name, condition)


def gateway(kind: str, name: str) -> str:
    return node(f"{kind}Gateway", name)


def beside(*parts: str) -> bytes:
    """The plain file with further parts in its process."""
    return draft(chain(start(), user(), end()), *parts)


def inner(*parts: str) -> str:
    return node("subProcess", "ask_again", "".join(parts))


def receive(name: str, reference: str = "body_found") -> str:
    return node("receiveTask", name, messageRef=reference)


def catch(name: str, definition: str) -> str:
    return node("intermediateCatchEvent", name, definition)


def event(number: int, definition: str, host: str = "do_something", **attributes: str) -> str:
    return boundary(f"event_{number}", host, definition, **attributes)


def caught(*events: str, host: str = "", roots: str = "") -> bytes:
    """A user task ``do_something`` with boundary events ``event_1`` … that lead to an end."""
    exits = [flow(f"event_{number}", "stopped") for number in range(1, len(events) + 1)]
    return draft(chain(start(), host or user("do_something"), end()), *events, *exits, end("stopped"), roots=roots)


def race(*targets: str, roots: str = "", more: str = "") -> bytes:
    """An event gateway and ``target_1`` … that it waits for, each followed by the end."""
    ids = [f"target_{number}" for number in range(1, len(targets) + 1)]
    flows = [part for name in ids for part in (flow("wait_for", name), flow(name, "death_registered"))]
    return draft(chain(start(), gateway("eventBased", "wait_for")), *targets, *flows, end(), more, roots=roots)


# Two tasks between a parallel split and join.
BRANCHES = (
    chain(gateway("parallel", "split"), user("a"), gateway("parallel", "join"))
    + user("b")
    + flow("split", "b")
    + flow("b", "join")
)


def rounds(first: str, last: str, part: str) -> bytes:
    """`part` leads from `first` to `last`; the question after it leads to the end or back to before it."""
    return draft(
        chain(start(), gateway("exclusive", "again")),
        part,
        node("exclusiveGateway", "is_complete", default="is_complete_to_again"),
        end(),
        flow("again", first),
        flow(last, "is_complete"),
        flow("is_complete", "again"),
        flow("is_complete", "death_registered", "=complete"),
    )


FLOWS = {
    "condition after a task (finding 21)": (
        "dialect/condition-place",
        draft(start(), user("a"), end(), flow("death_reported", "a"), flow("a", "death_registered", "=x")),
        draft(start(), user("a"), end(), flow("death_reported", "a"), flow("a", "death_registered")),
    ),
    "condition after a parallel gateway": (
        "dialect/condition-place",
        choice(to("accepted", "=a"), to("rejected"), kind="parallelGateway"),
        choice(to("accepted"), to("rejected"), kind="parallelGateway"),
    ),
    "condition of the default flow": (
        "dialect/default-condition",
        choice(to("accepted", "=a"), to("rejected", "=b"), default=REJECT),
        choice(to("accepted", "=a"), to("rejected"), default=REJECT),
    ),
    "condition that is no FEEL": (
        "dialect/expression",
        choice(to("accepted", "a &gt; 1"), to("rejected"), default=REJECT),
        choice(to("accepted", "=a &gt; 1"), to("rejected"), default=REJECT),
    ),
    "answer without a condition": (
        "structure/missing-condition",
        choice(to("accepted", "=a"), to("rejected")),
        choice(to("accepted", "=a"), to("rejected", "=not(a)")),
    ),
    "inclusive branch without a condition": (
        "structure/missing-condition",
        choice(to("accepted", "=a"), to("rejected"), kind="inclusiveGateway"),
        choice(to("accepted", "=a"), to("rejected"), kind="inclusiveGateway", default=REJECT),
    ),
    "flow out of a sub-process": (
        "structure/crosses-scope",
        line(inner(chain(start("asked"), user("ask_family")), flow("ask_family", "death_registered"))),
        line(inner(chain(start("asked"), user("ask_family"), end("told")))),
    ),
    "flow kept in another scope than its ends": (
        "structure/crosses-scope",
        draft(chain(start(), inner(start("asked"), end("told")), end()), flow("asked", "told")),
        line(inner(chain(start("asked"), end("told")))),
    ),
}

NODES = {
    "two flows out of a task": (
        "structure/several-outgoing",
        beside(end("other"), flow("check_identity", "other")),
        PLAIN,
    ),
    "two flows out of a start": (
        "structure/several-outgoing",
        beside(end("other"), flow("death_reported", "other")),
        PLAIN,
    ),
    "flow into a start": (
        "structure/start-incoming",
        choice(to("accepted", "=a"), to("rejected"), to("death_reported", "=b"), default=REJECT),
        choice(to("accepted", "=a"), to("rejected"), default=REJECT),
    ),
    "flow out of an end": ("structure/end-outgoing", beside(flow("death_registered", "other"), end("other")), PLAIN),
    "flow into a boundary event": (
        "structure/boundary-incoming",
        draft(
            chain(start(), gateway("parallel", "split"), user("do_something"), end()),
            chain(event(1, DAY), end("stopped")),
            flow("split", "event_1"),
        ),
        caught(event(1, DAY)),
    ),
    "boundary event of an event": (
        "structure/boundary-host",
        caught(event(1, DAY), host=catch("do_something", BODY), roots=MESSAGES.replace(MESSAGE, "")),
        caught(event(1, DAY), host=receive("do_something"), roots=MESSAGES.replace(MESSAGE, "")),
    ),
    "boundary event of a task that never waits": (
        "structure/boundary-host",
        caught(event(1, ANY_ERROR), host=decide("do_something")),
        caught(event(1, ANY_ERROR)),
    ),
    "boundary event outside the scope of its host": (
        "structure/boundary-host",
        draft(
            chain(start(), inner(chain(start("asked"), user("do_something"), end("told"))), end()),
            chain(event(1, DAY), end("stopped")),
        ),
        draft(
            chain(start(), inner(chain(start("asked"), user("do_something"), end("told"))), end()),
            chain(event(1, DAY, "ask_again"), end("stopped")),
        ),
    ),
    "two events for any error": (
        "structure/same-catch",
        caught(event(1, ANY_ERROR), event(2, ANY_ERROR)),
        caught(event(1, ANY_ERROR), event(2, THIS_ERROR), roots=ERROR),
    ),
    "two events for one message": (
        "structure/same-catch",
        caught(event(1, FOUND), event(2, FOUND, cancelActivity="false"), roots=MESSAGE),
        caught(event(1, FOUND), event(2, BODY), roots=MESSAGES),
    ),
}

RACES = {
    "two timers (finding 12)": (
        "structure/two-timers",
        race(catch("target_1", DAY), catch("target_2", WEEK)),
        race(catch("target_1", FOUND), catch("target_2", WEEK), roots=MESSAGE),
    ),
    "two times the same message": (
        "structure/same-catch",
        race(catch("target_1", FOUND), receive("target_2", "death_found"), roots=MESSAGE),
        race(catch("target_1", FOUND), receive("target_2"), roots=MESSAGES),
    ),
    "one event": (
        "structure/event-gateway",
        race(catch("target_1", FOUND), roots=MESSAGE),
        race(catch("target_1", FOUND), catch("target_2", DAY), roots=MESSAGE),
    ),
    "user task": (
        "structure/event-gateway",
        race(catch("target_1", FOUND), user("target_2"), roots=MESSAGE),
        race(catch("target_1", FOUND), catch("target_2", DAY), roots=MESSAGE),
    ),
    "receive task with a boundary event": (
        "structure/event-gateway",
        race(
            catch("target_1", FOUND),
            receive("target_2"),
            roots=MESSAGES,
            more=event(1, DAY, "target_2") + flow("event_1", "death_registered"),
        ),
        race(catch("target_1", FOUND), receive("target_2"), roots=MESSAGES),
    ),
    "event with another way in": (
        "structure/event-gateway",
        draft(
            chain(start(), gateway("eventBased", "wait_for"), catch("target_1", DAY), end()),
            catch("target_2", FOUND),
            flow("wait_for", "target_2"),
            flow("target_2", "target_1"),
            roots=MESSAGE,
        ),
        race(catch("target_1", DAY), catch("target_2", FOUND), roots=MESSAGE),
    ),
}

STARTS = {
    "no start": ("structure/start", draft(chain(user(), end())), PLAIN),
    "two plain starts": (
        "structure/start",
        beside(start("other"), flow("other", "check_identity")),
        PLAIN,
    ),
    "a plain and a message start": (
        "structure/start",
        draft(chain(start(), user(), end()), start("other", FOUND), flow("other", "check_identity"), roots=MESSAGE),
        draft(
            chain(start(inside=BODY), user(), end()),
            start("other", FOUND),
            flow("other", "check_identity"),
            roots=MESSAGES,
        ),
    ),
    "two starts by one message": (
        "structure/same-catch",
        draft(
            chain(start(inside=FOUND), user(), end()),
            start("other", FOUND),
            flow("other", "check_identity"),
            roots=MESSAGE,
        ),
        draft(chain(start(inside=FOUND), user(), end()), roots=MESSAGE),
    ),
    "message start in a sub-process": (
        "structure/start",
        draft(chain(start(), inner(chain(start("asked", FOUND), end("told"))), end()), roots=MESSAGE),
        line(inner(chain(start("asked"), end("told")))),
    ),
    "sub-process without a start": (
        "structure/start",
        line(inner(chain(user("ask_family"), end("told")))),
        line(inner(chain(start("asked"), user("ask_family"), end("told")))),
    ),
}

PATHS = {
    "task that nothing leads to (finding 21)": (
        "structure/unreachable",
        beside(user("do_something"), flow("do_something", "check_identity")),
        PLAIN,
    ),
    "task that nothing leaves": ("structure/no-way-out", draft(chain(start(), user())), PLAIN),
    "gateway that nothing leaves": (
        "structure/no-way-out",
        draft(chain(start(), gateway("parallel", "split"))),
        line(gateway("parallel", "split")),
    ),
    "boundary event that nothing leaves": (
        "structure/no-way-out",
        draft(chain(start(), user("do_something"), end()), event(1, DAY)),
        caught(event(1, DAY)),
    ),
    "task that leads only to itself": (
        "structure/no-way-out",
        draft(start(), user(), flow("death_reported", "check_identity"), flow("check_identity", "check_identity")),
        PLAIN,
    ),
    "join in a loop with its split (finding 2)": (
        "structure/join-in-loop",
        rounds("split", "join", BRANCHES),
        rounds(
            "ask_again",
            "ask_again",
            inner(start("asked"), flow("asked", "split"), BRANCHES, flow("join", "told"), end("told")),
        ),
    ),
    "loop in which nothing waits": (
        "structure/loop-without-wait",
        rounds("choose_route", "choose_route", decide()),
        rounds("check_identity", "check_identity", user()),
    ),
}

CASES = {
    **{name: case for table in (FLOWS, NODES, RACES, STARTS, PATHS) for name, case in table.items()},
}


@pytest.mark.parametrize(("rule", "faulty", "corrected"), CASES.values(), ids=CASES)
def test_fault_is_reported_once_and_its_correction_is_accepted(rule: str, faulty: bytes, corrected: bytes) -> None:
    assert_one_fault(rule, faulty, corrected)


def test_only_the_first_node_of_a_lost_path_is_blamed() -> None:
    lost = chain(user("first"), user("second"), user("third"))
    found = findings(beside(lost, flow("third", "check_identity")))
    assert [(problem.rule, problem.element) for problem in found] == [("structure/unreachable", "first")]


def test_ring_that_nothing_leads_to_is_named_once() -> None:
    ring = chain(user("a"), node("exclusiveGateway", "is_done", default="is_done_to_a"))
    found = findings(beside(ring, flow("is_done", "a"), flow("is_done", "death_registered", "=done")))
    assert [(problem.rule, problem.element) for problem in found] == [("structure/unreachable", "a")]


def test_ring_without_a_way_out_is_named_once() -> None:
    found = findings(draft(chain(start(), user("x"), user("b"), user("a")), flow("a", "b")))
    assert [(problem.rule, problem.element) for problem in found] == [("structure/no-way-out", "a")]


def test_join_in_a_loop_without_its_split_is_accepted() -> None:
    assert rules(rounds("a", "join", chain(user("a"), gateway("inclusive", "join")))) == []


def test_warnings_do_not_make_a_file_invalid() -> None:
    assert [problem.severity for problem in findings(rounds("split", "join", BRANCHES))] == ["warning"]


def test_boundary_event_is_a_way_out_of_its_task() -> None:
    rest = chain(start("asked"), user("watch"), end("told"))
    data = draft(chain(start(), inner(rest), end()), chain(event(1, DAY, "ask_again"), end("stopped")))
    assert rules(data) == []


def test_thousands_of_nodes_in_a_row_and_in_rings_are_checked_without_recursion() -> None:
    names = [f"step_{number}" for number in range(1_500)]
    gateways = [gateway("exclusive", name) for name in names]
    back = [flow(name, "step_0", "=again", name=f"back_{name}") for name in names[1:]]
    found = rules(draft(chain(start(), *gateways, end()), *back))
    assert found.count("structure/loop-without-wait") == 1
