"""The oracle's handling of tokens, pinned by hand: each decided rule with the smallest diagram that shows it."""

from __future__ import annotations

import pytest

from tests.oracle.model import Graph, Kind, Node
from tests.oracle.simulate import Endless
from tests.oracle.sketch import Table, answering, boundary, sketch

# Parallel and exclusive gateways


def test_parallel_join_needs_a_token_on_every_flow_not_as_many_tokens() -> None:
    # user_a and user_b come to the join by one and the same flow.
    table = Table(
        sketch(
            """
            start -> and_split -> user_a -> xor -> and_join -> user_after -> end
            and_split -> user_b -> xor
            and_split -> user_c -> and_join
            """
        )
    )
    assert table.do("user_a", "user_b") == ["user_c"]
    assert table.do("user_c") == ["user_after"]


def test_parallel_join_keeps_the_tokens_that_it_did_not_need() -> None:
    table = Table(
        sketch(
            """
            start -> and_split -> user_a -> xor -> and_join -> user_after -> end
            and_split -> user_b -> xor
            and_split -> user_c -> xor_c -> and_join
            and_split -> user_d -> xor_c
            """
        )
    )
    assert table.do("user_a", "user_b", "user_c") == ["user_after", "user_d"]
    assert table.do("user_d") == ["user_after", "user_after"]


def test_exclusive_gateway_takes_the_first_true_flow_in_the_order_of_the_file() -> None:
    table = Table(
        sketch("start -> xor\nxor -> user_default: else\nxor -> user_a: v > 0\nxor -> user_b: v > 1"), {"v": 2}
    )
    assert table.open == ["user_a"]


@pytest.mark.parametrize("gateway", ["xor", "or"])
def test_split_takes_the_default_where_nothing_is_true_and_is_an_incident_without_one(gateway: str) -> None:
    flows = f"start -> {gateway}\n{gateway} -> user_a: v > 0\n{gateway} -> user_b: v > 1"
    assert Table(sketch(f"{flows}\n{gateway} -> user_c: else"), {"v": 0}).open == ["user_c"]
    assert Table(sketch(flows), {"v": 0}).open == [f"!{gateway}"]


def test_inclusive_split_takes_every_true_flow() -> None:
    flows = "start -> or\nor -> user_a: v > 0\nor -> user_b: v > 1\nor -> user_c: v > 2\nor -> user_d: else"
    assert Table(sketch(flows), {"v": 2}).open == ["user_a", "user_b"]


def test_several_flows_into_a_task_pass_each_token_on() -> None:
    table = Table(sketch("start -> and -> user_a -> user_c\nand -> user_b -> user_c"))
    assert table.do("user_a", "user_b") == ["user_c", "user_c"]


# Inclusive joins

THREE = """
    start -> or
    or -> user_a: v > 0
    or -> user_b: v > 1
    or -> user_c: v > 2
    user_a -> or_join -> user_after -> end
    user_b -> or_join
    user_c -> or_join
"""


def test_inclusive_join_waits_for_what_can_still_come_and_for_nothing_else() -> None:
    table = Table(sketch(THREE), {"v": 2})
    assert table.do("user_b") == ["user_a"]
    assert table.do("user_a") == ["user_after"]


def test_inclusive_join_passes_a_single_token_on() -> None:
    assert Table(sketch(THREE), {"v": 1}).do("user_a") == ["user_after"]


def test_inclusive_join_fires_when_the_token_it_waited_for_turns_away() -> None:
    table = Table(
        sketch(
            """
            start -> and -> user_a -> or_join -> user_after
            and -> user_b -> xor
            xor -> or_join: v > 0
            xor -> user_elsewhere: else
            """,
            answering("user_b", "v"),
        ),
        {"v": 0},
    )
    assert table.do("user_a") == ["user_b"]
    assert table.do("user_b", answer=0) == ["user_after", "user_elsewhere"]


def test_inclusive_join_fires_when_the_token_it_waited_for_ends() -> None:
    table = Table(
        sketch(
            """
            start -> and -> user_a -> or_join -> user_after
            and -> user_b -> xor
            xor -> or_join: v > 0
            xor -> end: else
            """
        ),
        {"v": 0},
    )
    assert table.do("user_a") == ["user_b"]
    assert table.do("user_b") == ["user_after"]


def test_token_that_can_reach_a_filled_flow_too_does_not_hold_an_inclusive_join_up() -> None:
    table = Table(
        sketch(
            """
            start -> and -> xor_into -> or_join -> user_after
            and -> user_either -> xor
            xor -> xor_into: v > 0
            xor -> or_join: else
            """
        ),
        {"v": 0},
    )
    assert table.open == ["user_after", "user_either"]
    assert table.do("user_either") == ["user_after", "user_after"]


def test_way_through_the_join_itself_does_not_hold_it_up() -> None:
    table = Table(
        sketch(
            """
            start -> or_again -> user_a -> xor
            xor -> or_again: v > 0
            xor -> end: else
            """,
            answering("user_a", "v"),
        ),
        {"v": 0},
    )
    assert table.do("user_a", answer=1) == ["user_a"]
    assert table.do("user_a", answer=0) == []
    assert table.finished


def test_token_in_an_activity_can_come_by_its_boundary_event() -> None:
    table = Table(
        sketch(
            """
            start -> and -> user_a -> or_join -> user_after
            and -> user_host -> end
            expired -> user_late -> or_join
            """,
            boundary("expired", "user_host", Kind.ON_TIMER, timer="P1D"),
        )
    )
    assert table.do("user_a") == ["expired", "user_host"]
    assert table.do("user_host") == ["user_after"]


def test_inclusive_join_looks_only_when_nothing_else_can_move() -> None:
    # The token at xor could also reach the filled flow; it only passes through, and is let pass first.
    flows = """
        start -> and
        and -> xor_into
        and -> manual -> xor
        xor_into -> or_join -> user_after
        xor -> xor_into: v > 0
        xor -> or_join: else
    """
    assert Table(sketch(flows), {"v": 0}).open == ["user_after"]


def test_inclusive_join_consumes_one_token_per_flow_and_fires_again_for_the_rest() -> None:
    table = Table(
        sketch(
            """
            start -> and -> user_a -> xor -> or_join -> user_after
            and -> user_b -> xor
            and -> user_c -> or_join
            """
        )
    )
    assert table.do("user_a", "user_b") == ["user_c"]
    assert table.do("user_c") == ["user_after", "user_after"]


def test_two_flows_between_the_same_gateways_bring_one_token_together() -> None:
    flows = "start -> or\nor -> or_join: v > 0\nor -> or_join: v > 1\nor -> or_join: else\nor_join -> user_after"
    assert Table(sketch(flows), {"v": 2}).open == ["user_after"]


def test_tokens_of_another_scope_do_not_hold_an_inclusive_join_up() -> None:
    inner = sketch(
        """
        start_i -> or_split
        or_split -> user_a: v > 0
        or_split -> user_b: v > 5
        user_a -> or_join -> user_c
        user_b -> or_join
        """
    )
    body = Node("handle_item", Kind.SUBPROCESS, body=inner)
    table = Table(sketch("start -> and -> handle_item -> end\nand -> user_outside", body), {"v": 1})
    assert table.do("handle_item/user_a") == ["handle_item/user_c", "user_outside"]


def test_inclusive_join_inside_a_loop_takes_each_round_for_itself() -> None:
    table = Table(
        sketch(
            """
            start -> xor_again -> or
            or -> user_a: v < 5
            or -> user_b: v < 5
            user_a -> or_join -> user_more -> xor
            user_b -> or_join
            xor -> xor_again: v > 0
            xor -> end: else
            """,
            answering("user_more", "v"),
        ),
        {"v": 0},
    )
    assert table.do("user_a", "user_b", "user_more", answer=1) == ["user_a", "user_b"]
    assert table.do("user_b") == ["user_a"]
    assert table.do("user_a", "user_more", answer=0) == []


# Errors, boundaries, ends


def _thrower(code: str, **caught: str) -> Table:
    """A job in a subprocess in a called process throws ``code``; ``caught`` says what is caught at which of them."""

    def level(host: Node) -> Graph:
        path = f"start_{host.id} -> {host.id} -> end_{host.id}"
        if host.id not in caught:
            return sketch(path, host)
        catcher = boundary(f"at_{host.id}", host.id, Kind.ON_ERROR, code=caught[host.id])
        return sketch(f"{path}\n{catcher.id} -> user_{host.id}", host, catcher)

    item = level(Node("item", Kind.SUBPROCESS, body=level(Node("push", Kind.SERVICE))))
    table = Table(level(Node("call", Kind.CALL, called="office")), office=item)
    table.fail("call/item/push", code)
    return table


def test_error_is_caught_at_the_job_that_threw_it_before_anything_outside() -> None:
    table = _thrower("REJECTED", push="", call="REJECTED")
    assert table.open == ["call/item/user_push"]


def test_error_goes_outwards_until_a_boundary_has_its_code() -> None:
    table = _thrower("REJECTED", push="MISSING", item="OTHER", call="REJECTED")
    assert table.open == ["user_call"]


def test_error_that_nobody_catches_is_an_incident_and_its_token_stays() -> None:
    table = _thrower("BROKEN", push="MISSING", call="REJECTED")
    assert table.open == ["!call/item/push"]
    assert not table.finished


def test_exact_code_is_preferred_to_a_catch_all() -> None:
    graph = sketch(
        "start -> push -> end\nany -> user_any\nexact -> user_exact",
        Node("push", Kind.SERVICE),
        boundary("any", "push", Kind.ON_ERROR),
        boundary("exact", "push", Kind.ON_ERROR, code="REJECTED"),
    )
    assert Table(graph).fail("push", "REJECTED") == ["user_exact"]
    assert Table(graph).fail("push", "OTHER") == ["user_any"]


def test_error_end_leaves_siblings_with_the_same_boundary_alone() -> None:
    def item(name: str) -> Node:
        return Node(
            name,
            Kind.SUBPROCESS,
            body=sketch(f"start_{name} -> user_{name} -> bad_{name}", Node(f"bad_{name}", Kind.ERROR_END, code="E")),
        )

    table = Table(
        sketch(
            "start -> and -> one -> end\nand -> two -> end\nrefused_one -> user_after",
            item("one"),
            item("two"),
            boundary("refused_one", "one", Kind.ON_ERROR, code="E"),
            boundary("refused_two", "two", Kind.ON_ERROR, code="E"),
        )
    )
    assert table.do("one/user_one") == ["two/user_two", "user_after"]


def test_interrupting_boundary_cancels_its_host_and_all_inside() -> None:
    body = Node("handle_item", Kind.SUBPROCESS, body=sketch("start_i -> and -> user_a\nand -> user_b"))
    expired = boundary("expired", "handle_item", Kind.ON_TIMER, timer="P1D")
    table = Table(sketch("start -> handle_item -> end\nexpired -> user_late", body, expired))
    assert table.do("expired") == ["user_late"]


def test_non_interrupting_timer_fires_once_or_as_often_as_its_cycle_says() -> None:
    def table(timer: str) -> Table:
        expired = boundary("expired", "user_a", Kind.ON_TIMER, timer=timer, interrupting=False)
        return Table(sketch("start -> user_a -> end\nexpired -> user_late", expired))

    assert table("P1D").do("expired") == ["user_a", "user_late"]
    assert table("R2/P1D").do("expired", "expired") == ["user_a", "user_late", "user_late"]
    assert table("R/P1D").do(*["expired"] * 5) == ["expired", "user_a", *["user_late"] * 5]


def test_non_interrupting_message_may_come_again() -> None:
    objected = boundary("objected", "user_a", Kind.ON_MESSAGE, message="m", interrupting=False)
    table = Table(sketch("start -> user_a -> end\nobjected -> user_reply", objected))
    assert table.do("objected", "objected") == ["objected", "user_a", "user_reply", "user_reply"]
    assert table.do("user_a") == ["user_reply", "user_reply"]


def test_terminate_ends_its_own_scope_only() -> None:
    body = Node("handle_item", Kind.SUBPROCESS, body=sketch("start_i -> and -> user_a -> stop\nand -> user_b"))
    table = Table(sketch("start -> and_m -> handle_item -> user_after\nand_m -> user_beside", body))
    assert table.do("handle_item/user_a") == ["user_after", "user_beside"]


def test_scope_is_complete_when_no_token_is_left_in_it() -> None:
    body = Node("handle_item", Kind.SUBPROCESS, body=sketch("start_i -> and -> user_a -> end_a\nand -> user_b"))
    table = Table(sketch("start -> handle_item -> user_after", body))
    assert table.do("handle_item/user_a") == ["handle_item/user_b"]
    assert table.do("handle_item/user_b") == ["user_after"]


def test_event_gateway_goes_the_way_of_what_comes_first() -> None:
    table = Table(sketch("start -> race\nrace -> message -> user_a\nrace -> timer -> user_b"))
    assert table.open == ["message", "timer"]
    assert table.do("timer") == ["user_b"]


def test_token_that_never_waits_is_no_fair_test() -> None:
    with pytest.raises(Endless):
        Table(sketch("start -> xor -> manual -> xor"))


# Incidents


@pytest.mark.parametrize("gateway", ["xor", "or"])
def test_retry_decides_again_with_the_variables_of_now(gateway: str) -> None:
    flows = f"start -> and -> {gateway}\nand -> user_a -> end\n{gateway} -> user_b: v > 0\n{gateway} -> user_c: v > 1"
    table = Table(sketch(flows, answering("user_a", "v")), {"v": 0})
    table.oracle.retry(next(item.number for item in table.oracle.open() if item.kind == "incident"))
    assert table.open == [f"!{gateway}", "user_a"]
    table.do("user_a", answer=1)
    table.oracle.retry(table.oracle.open()[0].number)
    assert table.open == ["user_b"]


def test_join_that_finds_no_way_out_is_one_incident_for_all_it_joined() -> None:
    flows = "start -> and -> user_a -> or\nand -> user_b -> or\nor -> user_c: v > 0\nor -> user_d: v > 1"
    assert Table(sketch(flows), {"v": 0}).do("user_a", "user_b") == ["!or"]
