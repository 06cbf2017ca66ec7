"""Each fault of stock SpiffWorkflow 3.2.0 that engine-findings.md reproduced, and that it is none of ours.

Rows 10 and 13 are about storage (``tests/integration``), 22 about decisions (``test_decisions``).
"""

from __future__ import annotations

import itertools
import logging
import random

import pytest

from engine.bpmn import Processes, StepFailed, codec
from engine.bpmn.dialect import check_dialect
from engine.bpmn.host import BadValue, UncaughtError
from engine.bpmn.timing import timer_moment
from engine.bpmn.xml import parse_xml
from engine.errors import StateUnreadable
from tests.diagrams import diagram
from tests.kernel import FakeHost, Play


def test_row_1_inclusive_join_waits_for_a_call_that_ends_in_an_exclusive_gateway() -> None:
    child = diagram("child", "start s\nuser u\nend e\ns -> u -> e")
    p = Play(
        diagram(
            "main",
            """
            start s
            inclusive split
            call c process=child
            exclusive x default=d
            user b
            inclusive join
            user after
            end e
            end away
            s -> split
            split -> c : true
            split -> b : true
            c -> x
            x -> away : false
            d: x -> join
            b -> join
            join -> after -> e
            """,
        ),
        child,
    )
    assert p.complete("b").open() == ["u"]
    assert p.complete("u").open() == ["after"]


ROUNDS = """
start s
exclusive again
parallel p
user a
user b
user c
parallel j
user decide out:more="=more"
exclusive g default=stop
end e
s -> again -> p
p -> a -> j
p -> b -> j
p -> c -> j
j -> decide -> g
g -> again : more
stop: g -> e
"""


@pytest.mark.parametrize("seed", range(20))
def test_row_2_a_join_in_a_loop_takes_one_token_a_branch_in_every_order(seed: int) -> None:
    p, order = Play(diagram("main", ROUNDS)), random.Random(seed)
    for _ in range(4):
        branches = ["a", "b", "c"]
        order.shuffle(branches)
        for number, branch in enumerate(branches):
            p.complete(branch)
            assert p.open() == (sorted(branches[number + 1 :]) or ["decide"])
        p.complete("decide", more=True)
    for branch in "cab":
        p.complete(branch)
    assert p.complete("decide", more=False).finished


def test_row_3_an_error_is_caught_by_the_activity_that_threw_it_alone() -> None:
    child = diagram(
        "child",
        """
            start s
            user u out:bad="=bad"
            exclusive g default=ok
            fail f error=E1
            end e
            s -> u -> g
            g -> f : bad
            ok: g -> e
        """,
    )
    text = """
    start s
    parallel p
    call c1 process=child
    call c2 process=child
    boundary b1 on=c1 error=E1
    boundary b2 on=c2 error=E1
    user after1
    user after2
    end e1
    end e2
    s -> p
    p -> c1 -> e1
    p -> c2 -> e2
    b1 -> after1 -> e1
    b2 -> after2 -> e2
    """
    p = Play(diagram("main", text), child)
    first = next(o.token_id for o in p.workflow.open() if o.path == ("c1",))
    p.workflow.complete(first, {"bad": True})
    assert sorted((o.element, o.path) for o in p.workflow.open()) == [("after1", ()), ("u", ("c2",))]


def test_row_4_an_unhandled_error_is_an_incident_and_the_parent_does_not_go_on() -> None:
    child = diagram("child", "start s\nuser u\nfail f error=E1\ns -> u -> f")
    p = Play(diagram("main", "start s\ncall c process=child\nuser z\nend e\ns -> c -> z -> e"), child)
    blobs = p.blobs()
    with pytest.raises(StepFailed) as failed:
        p.complete("u")
    assert isinstance(failed.value.cause, UncaughtError)
    p.workflow = codec.load(blobs, p.processes, p.host)
    p.workflow.holds = {failed.value.ordinal: (failed.value.element_id, failed.value.cause)}
    p.workflow.complete(p.token("u"))
    assert [(o.kind, o.element) for o in p.workflow.open()] == [("incident", "f")]


def test_row_5_two_thousand_corrections_stay_correct_and_flat() -> None:
    p = Play(
        diagram(
            "main",
            """
                start s
                user a out:more="=more"
                exclusive g default=stop
                user fix
                end e
                s -> a -> g
                g -> fix : more
                stop: g -> e
                fix -> a
            """,
        )
    )
    p.complete("a", more=True).complete("fix")
    size, tokens = len(p.blobs()[""]), len(p.workflow.tasks)
    for _ in range(2_000):
        p.complete("a", more=True)
        assert not p.finished
        p.complete("fix")
    assert (len(p.blobs()[""]), len(p.workflow.tasks), p.open()) == (size, tokens, ["a"])
    assert p.complete("a", more=False).finished


def test_row_7_parallel_branches_lose_none_of_each_others_writes() -> None:
    text = """
    start s
    parallel p
    user a out:x="=x"
    user b out:y="=y"
    user c
    parallel j
    end e
    s -> p
    p -> a -> j
    p -> b -> j
    p -> c -> j
    j -> e
    """
    for order in itertools.permutations("abc"):
        p = Play(diagram("main", text), variables={"x": 0, "y": 0})
        for element in order:
            p.complete(element, x=1, y=2)
        assert p.workflow.data == {"x": 1, "y": 2}, order


def test_row_9_parallel_blocks_in_a_row_make_no_token_before_its_time() -> None:
    lines = ["start s", "end e"]
    previous = "s"
    for block in range(3):
        lines += [f"parallel p{block}", f"parallel j{block}", f"{previous} -> p{block}"]
        for branch in range(13):
            lines += [f"user u{block}_{branch}", f"p{block} -> u{block}_{branch} -> j{block}"]
        previous = f"j{block}"
    p = Play(diagram("main", "\n".join([*lines, f"{previous} -> e"])))
    assert len(p.workflow.tasks) == 14


def test_row_11_state_is_versioned_and_never_guessed_at() -> None:
    p = Play(diagram("main", "start s\nuser a\nend e\ns -> a -> e"))
    for damaged in (b"", b"\x00[]", b"\x02" + p.blobs()[""][1:], b"\x80\x04K\x01.", b"\x01{"):
        with pytest.raises(StateUnreadable):
            codec.load({"": damaged}, p.processes, p.host)


def test_row_14_a_fired_timer_goes_on_in_the_same_command_and_cancelled_tokens_are_not_run() -> None:
    text = """
    start s
    parallel p
    user a
    boundary late on=a timeDuration=PT1H
    manual m
    terminate t
    user b
    end e
    s -> p
    p -> a -> e
    p -> b -> e
    late -> m -> t
    """
    assert Play(diagram("main", text)).fire("late").finished


def test_row_15_a_message_wakes_the_token_it_is_delivered_to_alone() -> None:
    text = """
        start s
        parallel p
        catch m1 message=paper
        catch m2 message=paper
        user a
        user b
        end e
        end f
        s -> p
        p -> m1 -> a -> e
        p -> m2 -> b -> f
    """
    assert Play(diagram("main", text)).deliver("m1").open() == ["a", "m2"]


def test_row_16_no_log_record_carries_data(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        for name in ("spiff", "spiff.task", "spiff.workflow", "spiff.data"):
            logging.getLogger(name).setLevel(logging.WARNING)
        p = Play(diagram("main", 'start s\nuser a out:id="=id"\nuser b\nend e\ns -> a -> b -> e'))
        p.complete("a", id="11010519491231002X")
    assert not [r for r in caplog.records if "11010519491231002X" in str(r.__dict__)]


@pytest.mark.parametrize(
    ("row", "line", "rule"),
    [
        (6, '<bpmn:subProcess id="x" triggeredByEvent="true"/>', "dialect/"),
        (8, '<bpmn:dataObject id="x"/>', "dialect/"),
        (
            17,
            (
                '<bpmn:callActivity id="x"><bpmn:extensionElements><zeebe:calledElement processId="y"/>'
                "</bpmn:extensionElements></bpmn:callActivity>"
            ),
            "dialect/",
        ),
        (
            21,
            '<bpmn:intermediateThrowEvent id="x"><bpmn:linkEventDefinition/></bpmn:intermediateThrowEvent>',
            "dialect/",
        ),
        (21, '<bpmn:endEvent id="x"><bpmn:signalEventDefinition/></bpmn:endEvent>', "dialect/"),
        (
            21,
            '<bpmn:intermediateThrowEvent id="x"><bpmn:compensateEventDefinition/></bpmn:intermediateThrowEvent>',
            "dialect/",
        ),
        (21, '<bpmn:adHocSubProcess id="x"/>', "dialect/"),
        (23, '<bpmn:scriptTask id="x"><bpmn:script>1</bpmn:script></bpmn:scriptTask>', "dialect/"),
        (24, '<bpmn:transaction id="x"/>', "dialect/"),
    ],
)
def test_what_stock_misreads_is_refused_at_its_line(row: int, line: str, rule: str) -> None:
    plain = diagram("main", "start s\nend e\ns -> e").decode()
    found = check_dialect(
        parse_xml(plain.replace("</bpmn:process>", f"\n{line}</bpmn:process>").encode(), "main.bpmn"), "main.bpmn"
    )
    assert [
        p for p in found if p.severity == "error" and p.element == "x" and p.line == 2 and p.rule.startswith(rule)
    ], found


def test_row_12_two_timers_on_one_event_gateway_are_refused() -> None:
    text = """
        start s
        events g
        catch t1 timeDuration=PT1H
        catch t2 timeDuration=PT2H
        end e
        end f
        s -> g
        g -> t1 -> e
        g -> t2 -> f
    """
    found = check_dialect(parse_xml(diagram("main", text), "main.bpmn"), "main.bpmn")
    assert [p for p in found if p.element == "g" and p.severity == "error"]


def test_row_18_a_cached_workflow_has_one_owner() -> None:
    from engine.store import InstanceCache

    cache, p = InstanceCache(), Play(diagram("main", "start s\nuser a\nend e\ns -> a -> e"))
    cache.put("i", 3, p.workflow)
    assert cache.take("i", 3) is p.workflow
    assert cache.take("i", 3) is None
    cache.put("i", 3, p.workflow)
    assert cache.take("i", 4) is None  # a stale revision is dropped


def test_row_19_files_do_not_share_what_they_are_keyed_by() -> None:
    files = {
        f"p{n}.bpmn": diagram(
            f"p{n}", f"start s\nsub box\nstart s2\nuser u{n}\nend e2\ns2 -> u{n} -> e2\ndone\nend e\ns -> box -> e"
        )
        for n in range(30)
    }
    processes = Processes.read(files)
    for n in range(30):
        assert f"u{n}" in processes.specs[f"p{n}.box"].task_specs


@pytest.mark.parametrize("value", ["-PT1H", "P", "PT", "P1", "tomorrow", 30, None, {"days": 1}])
def test_row_25_a_bad_timer_is_a_clear_error(value: object) -> None:
    with pytest.raises(BadValue):
        timer_moment(value, FakeHost().now())


def test_row_25_times_mean_the_products_zone_wherever_the_server_stands() -> None:
    now = FakeHost().now()
    assert timer_moment("2026-12-01T08:00:00", now).isoformat() == "2026-12-01T00:00:00+00:00"
    assert timer_moment("2026-12-01", now).isoformat() == "2026-12-01T00:00:00+08:00"
    assert (timer_moment("PT90M", now) - now).total_seconds() == 5400
