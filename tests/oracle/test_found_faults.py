"""Diagrams on which a kernel and the oracle once differed, made small; played in many orders of actions."""

from __future__ import annotations

import pytest

from tests.oracle.model import ROOT, Graph, Kind, Mapping, Model, Multi, Node
from tests.oracle.play import Match
from tests.oracle.sketch import answering, boundary, sketch
from tests.oracle.subject_kernel import KernelSubject

MATCH = Match(KernelSubject.prepare, orders=20)


def _agree(graph: Graph, **called: Graph) -> None:
    names = {mapping.target for node in graph.walk() for mapping in node.outputs}
    model = Model({ROOT: graph, **called}, dict.fromkeys(sorted(names | {"v"}), 0))
    found = MATCH.play_model(0, model)
    assert found is None, found.report()


def test_tokens_of_one_split_come_to_an_inclusive_join_together() -> None:
    _agree(sketch("start -> or\nor -> or_join: v = 0\nor -> or_join: v < 2\nor_join -> user_after -> end"))


def test_inclusive_join_lets_tokens_pass_that_could_come_by_a_filled_flow_too() -> None:
    _agree(
        sketch(
            """
            start -> and -> xor_into
            and -> or_join
            and -> or_split
            or_split -> xor_into: else
            or_split -> or_join: v != 2
            or_split -> or_join: v > 0
            xor_into -> or_join: v = 0
            xor_into -> or_join: else
            or_join -> user_after -> end
            """
        )
    )


def test_inclusive_joins_before_one_another_in_a_loop_look_in_the_order_of_arrival() -> None:
    _agree(
        sketch(
            """
            start -> xor_again -> and
            and -> or_last
            and -> or_first
            and -> or_split
            or_split -> or_second: else
            or_split -> xor_back: v > 0
            xor_back -> or_last: else
            xor_back -> or_first: v > 1
            or_first -> or_second: else
            or_first -> or_last: v > 0
            or_second -> or_last -> user_after -> xor
            xor -> xor_again: v > 1
            xor -> end: else
            """,
            answering("user_after", "v"),
        )
    )


@pytest.mark.parametrize("gateway", ["or", "and_join -> xor"])
def test_join_without_a_way_out_is_one_incident_and_goes_on_once(gateway: str) -> None:
    last = gateway.rpartition(" ")[2]
    _agree(
        sketch(
            f"""
            start -> and -> user_a -> {gateway}
            and -> user_b -> {gateway.partition(" ")[0]}
            and -> user_c -> end_c
            {last} -> user_d: v > 0
            {last} -> user_e: v > 2
            """,
            answering("user_c", "v"),
        )
    )


def test_incident_at_a_join_does_not_stop_the_tokens_that_come_after_it() -> None:
    again = boundary("objected", "user_a", Kind.ON_MESSAGE, message="objection", interrupting=False)
    _agree(
        sketch(
            """
            start -> user_a -> end
            objected -> and -> or
            and -> or
            or -> user_b: v > 0
            or -> user_c: v > 1
            """,
            again,
        )
    )


@pytest.mark.parametrize("sequential", [True, False])
@pytest.mark.parametrize("inner_sequential", [True, False])
def test_instance_keeps_its_number_when_a_variable_of_that_name_is_written(
    sequential: bool, inner_sequential: bool
) -> None:
    call = Node(
        "call_office",
        Kind.CALL,
        called="office",
        multi=Multi("[1, 2, 3]", inner_sequential, "part"),
        all_in=True,
        all_out=True,
    )
    count_up = answering("count_up", "loopCounter")
    inner = sketch("start_i -> call_office -> count_up -> end_i", call, count_up, prefix="inner_")
    collecting = Multi("[7, 8]", sequential, "item", output_collection="out", output_element="item + 1")
    body = Node("handle_item", Kind.SUBPROCESS, body=inner, multi=collecting)
    _agree(sketch("start -> handle_item -> end", body), office=sketch("start_o -> manual -> end_o"))


def test_bare_result_named_like_an_input_stays_with_its_job() -> None:
    job = Node("push", Kind.SERVICE, results=("v",), inputs=(Mapping("v + 1", "v"),))
    _agree(sketch("start -> push -> xor\nxor -> user_a: v > 0\nxor -> user_b: else", job))


def test_called_processes_variable_named_like_an_input_stays_with_the_call() -> None:
    call = Node("call_office", Kind.CALL, called="office", inputs=(Mapping("v + 1", "v"),), all_out=True)
    office = sketch("start_o -> user_a -> user_b -> end_o", answering("user_a", "v"), answering("user_b", "w"))
    _agree(sketch("start -> call_office -> end", call), office=office)
