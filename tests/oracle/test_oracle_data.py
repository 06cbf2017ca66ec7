"""The oracle's handling of data, pinned by hand: variables and their scopes, multi-instance, the little FEEL."""

from __future__ import annotations

import pytest

from tests.oracle.feel import FeelSyntaxError, evaluate
from tests.oracle.model import Kind, Mapping, Multi, Node
from tests.oracle.sketch import Table, answering, boundary, sketch

# Variables


def test_branches_of_a_scope_share_its_variables() -> None:
    flows = "start -> and -> user_a -> end_a\nand -> user_b -> xor\nxor -> user_yes: v > 0\nxor -> user_no: else"
    table = Table(sketch(flows, answering("user_a", "v")), {"v": 0})
    table.do("user_a", answer=1)
    assert table.do("user_b") == ["user_yes"]


def test_form_values_enter_by_output_mappings_only_and_a_workers_results_without_them() -> None:
    job = Node("push", Kind.SERVICE, results=("v",))
    table = Table(sketch("start -> user_a -> push -> end", job), {"v": 0})
    table.do("user_a", v=7)
    assert table.variables == {"v": 0}
    table.do("push", v=7)
    assert table.variables == {"v": 7}


def test_output_goes_to_the_nearest_scope_that_has_the_variable_else_to_the_process() -> None:
    inner = sketch("start_i -> user_a -> user_b -> end_i", answering("user_a", "held"), answering("user_b", "fresh"))
    body = Node("handle_item", Kind.SUBPROCESS, body=inner, inputs=(Mapping("0", "held"),))
    table = Table(sketch("start -> handle_item -> user_after", body), {"held": 5})
    table.do("handle_item/user_a", "handle_item/user_b", answer=9)
    assert table.variables == {"held": 5, "fresh": 9}


def test_called_process_sees_only_what_is_handed_in_and_gives_back_only_what_is_drawn() -> None:
    office = sketch("start_o -> user_a -> end_o", answering("user_a", "v"))
    call = Node(
        "call_office", Kind.CALL, called="office", inputs=(Mapping("v + 1", "w"),), outputs=(Mapping("w", "got"),)
    )
    table = Table(sketch("start -> call_office -> end", call), {"v": 1}, office=office)
    table.do("call_office/user_a", answer=9)
    assert table.variables == {"v": 1, "got": 2}


def test_called_process_can_share_all_variables_both_ways() -> None:
    office = sketch("start_o -> user_a -> end_o", answering("user_a", "v"))
    call = Node("call_office", Kind.CALL, called="office", all_in=True, all_out=True, inputs=(Mapping("3", "own"),))
    table = Table(sketch("start -> call_office -> end", call), {"v": 1, "w": 2}, office=office)
    table.do("call_office/user_a", answer=9)
    assert table.variables == {"v": 9, "w": 2}


def test_bare_results_meet_the_activitys_own_variables_first() -> None:
    job = Node("push", Kind.SERVICE, results=("v", "w"), inputs=(Mapping("0", "v"),))
    table = Table(sketch("start -> push -> end", job), {"v": 1, "w": 1})
    table.do("push", v=7, w=7)
    assert table.variables == {"v": 1, "w": 7}


# Multi-instance


def _each(multi: Multi, *more: Node, flows: str = "start -> ask -> end") -> Table:
    return Table(sketch(flows, answering("ask", "v", multi=multi), *more), {"v": 0})


def test_parallel_instances_are_open_together_and_sequential_ones_in_turn() -> None:
    assert _each(Multi("[7, 8]", sequential=False)).open == ["ask[1]", "ask[2]"]
    table = _each(Multi("[7, 8]", sequential=True))
    assert table.open == ["ask[1]"]
    assert table.do("ask[1]") == ["ask[2]"]
    assert table.do("ask[2]") == []
    assert table.finished


def test_empty_list_completes_at_once() -> None:
    table = _each(Multi("[]", sequential=False, element="x", output_collection="out", output_element="x"))
    assert table.finished
    assert table.variables["out"] == []


def test_results_stand_in_the_order_of_the_list() -> None:
    table = _each(Multi("[7, 8]", sequential=False, element="x", output_collection="out", output_element="x + 1"))
    table.do("ask[2]", "ask[1]")
    assert table.variables["out"] == [8, 9]


def test_completion_condition_ends_the_whole_body() -> None:
    table = _each(Multi("[7, 8, 9]", sequential=False, completion="v > 0"), flows="start -> ask -> user_after")
    assert table.do("ask[3]", answer=1) == ["user_after"]


def test_boundary_event_belongs_to_the_whole_body() -> None:
    expired = boundary("expired", "ask", Kind.ON_TIMER, timer="P1D")
    table = _each(Multi("[7, 8]", sequential=False), expired, flows="start -> ask -> end\nexpired -> user_late")
    assert table.open == ["ask[1]", "ask[2]", "expired"]
    assert table.do("ask[1]", "expired") == ["user_late"]


def test_terminate_inside_one_instance_leaves_the_others() -> None:
    inner = sketch("start_i -> and -> user_a -> stop\nand -> user_b")
    body = Node("handle_item", Kind.SUBPROCESS, body=inner, multi=Multi("[7, 8]", sequential=False))
    table = Table(sketch("start -> handle_item -> end", body))
    assert table.do("handle_item[1]/user_a") == ["handle_item[2]/user_a", "handle_item[2]/user_b"]


def test_error_inside_one_instance_ends_them_all_at_the_bodys_boundary() -> None:
    inner = sketch("start_i -> user_a -> bad", Node("bad", Kind.ERROR_END, code="E"))
    body = Node("handle_item", Kind.SUBPROCESS, body=inner, multi=Multi("[7, 8]", sequential=False))
    refused = boundary("refused", "handle_item", Kind.ON_ERROR, code="E")
    table = Table(sketch("start -> handle_item -> end\nrefused -> user_after", body, refused))
    assert table.do("handle_item[2]/user_a") == ["user_after"]


def test_variable_that_is_collected_belongs_to_each_instance() -> None:
    multi = Multi("[7, 8]", sequential=False, output_collection="out", output_element="v")
    table = _each(multi)
    table.do("ask[2]", answer=5)
    table.do("ask[1]", answer=6)
    assert table.variables == {"v": 0, "out": [6, 5]}


def test_completion_condition_may_count_instances() -> None:
    multi = Multi("[7, 8, 9]", sequential=False, completion="numberOfCompletedInstances = 2")
    table = _each(multi, flows="start -> ask -> user_after")
    assert table.do("ask[3]", "ask[1]") == ["user_after"]


# The little FEEL


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("v > 1", True),
        ("v = 2", True),
        ("v != 2", False),
        ("nothing > 1", None),
        ("nothing = 1", False),
        ("v + 1 - 2", 1),
        ("count([1, v])", 2),
        ("sum([1, v])", 3),
        ('"a"', "a"),
    ],
)
def test_feel(text: str, value: object) -> None:
    assert evaluate(text, {"v": 2}) == value


@pytest.mark.parametrize("text", ["v >", "v ? 1", "(v)", "max(v)", "v 1"])
def test_feel_outside_the_little_grammar_is_refused(text: str) -> None:
    with pytest.raises(FeelSyntaxError):
        evaluate(text, {"v": 2})
