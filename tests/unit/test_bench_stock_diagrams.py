"""A pack's diagrams translated for the stock classes: what stays, what gives way, and that it runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from bench.peers.spiff_full_case import SpiffFullCase
from bench.peers.stock_diagrams import BPMN, Translation, Untranslatable, python_condition, translate
from bench.recording import Command, Recording
from bench.subject import Incomplete

HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="https://shenhou.example/test">'
)


def diagram(name: str, elements: str, *flows: str) -> bytes:
    """A process; a flow is ``source target`` or ``source target condition``."""
    drawn = ""
    for flow in flows:
        source, target, *condition = flow.split(" ", 2)
        inside = f"<bpmn:conditionExpression>{condition[0]}</bpmn:conditionExpression>" if condition else ""
        ends = f'sourceRef="{source}" targetRef="{target}"'
        drawn += f'<bpmn:sequenceFlow id="{source}_to_{target}" {ends}>{inside}</bpmn:sequenceFlow>'
    process = f'<bpmn:process id="{name}" isExecutable="true">{elements}{drawn}</bpmn:process>'
    return f"{HEAD}{process}</bpmn:definitions>".encode()


def user(name: str) -> str:
    return f'<bpmn:userTask id="{name}"><bpmn:documentation>依据</bpmn:documentation></bpmn:userTask>'


def call(name: str, process: str, item: str, loop: str = "") -> str:
    given = f'<zeebe:ioMapping><zeebe:input source="{item}" target="item" /></zeebe:ioMapping>'
    called = f'<zeebe:calledElement processId="{process}" />'
    return (
        f'<bpmn:callActivity id="{name}"><bpmn:extensionElements>{called}{given}</bpmn:extensionElements>'
        f"{loop}</bpmn:callActivity>"
    )


FILES = {
    "main.bpmn": diagram(
        "main",
        '<bpmn:startEvent id="reported"><bpmn:messageEventDefinition id="m" /></bpmn:startEvent>'
        '<bpmn:serviceTask id="register" /><bpmn:parallelGateway id="both" />'
        + call("cremate", "handle", "cremation")
        + call("stop", "handle", "med_stop")
        + '<bpmn:boundaryEvent id="revoked" attachedToRef="stop"><bpmn:messageEventDefinition id="r" />'
        '</bpmn:boundaryEvent><bpmn:serviceTask id="recall" /><bpmn:endEvent id="recalled" />'
        '<bpmn:parallelGateway id="joined" /><bpmn:endEvent id="closed" />',
        *("reported register", "register both", "both cremate", "both stop", "cremate joined", "stop joined"),
        *("joined closed", "revoked recall", "recall recalled"),
    ),
    "handle.bpmn": diagram(
        "handle",
        '<bpmn:startEvent id="sent" /><bpmn:exclusiveGateway id="who" default="who_to_decide" />'
        '<bpmn:serviceTask id="ask_department" />'
        + user("decide")
        + '<bpmn:exclusiveGateway id="told" /><bpmn:eventBasedGateway id="first" />'
        '<bpmn:intermediateCatchEvent id="gate_changed"><bpmn:messageEventDefinition id="g" />'
        '</bpmn:intermediateCatchEvent><bpmn:intermediateCatchEvent id="day_passed">'
        '<bpmn:timerEventDefinition id="t" /></bpmn:intermediateCatchEvent>'
        '<bpmn:serviceTask id="give_up" /><bpmn:endEvent id="settled" /><bpmn:endEvent id="lapsed" />',
        *('who ask_department =by = "system"', "who decide", "sent who", "ask_department told", "decide told"),
        *("told first", "first gate_changed", "first day_passed", "gate_changed settled"),
        *("day_passed give_up", "give_up lapsed"),
    ),
    "alone.bpmn": diagram("alone", '<bpmn:startEvent id="begun" />' + user("nobody"), "begun nobody"),
}
COMMANDS = (
    Command("send", "nudge", "", values={}),
    Command("complete", "decide", "", values={"outcome": "done"}, element="decide", marks=("med_stop",)),
    Command("answer", "stop.it", "", values={"receipt": "R1"}, element="ask_department", marks=("cremation",)),
)
CHOSEN = {'by = "system"': {"cremation": True, "med_stop": False}}


LOOP = (
    "<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><zeebe:loopCharacteristics "
    'inputCollection="=items" inputElement="benefit" /></bpmn:extensionElements>'
    "</bpmn:multiInstanceLoopCharacteristics>"
)
LOOPING = {
    **FILES,
    "main.bpmn": diagram(
        "main",
        '<bpmn:startEvent id="reported" />'
        + call("benefits", "handle", "=benefit", LOOP)
        + '<bpmn:endEvent id="end" />',
        *("reported benefits", "benefits end"),
    ),
}


def recording(
    *commands: Command,
    chosen: Mapping[str, Mapping[str, bool]] = CHOSEN,
    listed: Mapping[str, tuple[str, ...]] | None = None,
) -> Recording:
    fixed: dict[str, Any] = {"pack": "test", "region": "430000", "begins_at": "", "ends_at": "", "status": "completed"}
    fixed |= {"lines": 4, "reporter": "family", "beginning": {}, "person": "", "numbers": (), "people": ()}
    return Recording(**fixed, commands=commands, chosen=chosen, listed=listed or {})


def translated(files: Mapping[str, bytes] = FILES, **told: Any) -> Translation:
    return translate(files, "main", recording(*COMMANDS, **told))


def kinds(root: Any) -> dict[str, str]:
    """The kind of every element of a process by its id, flows aside."""
    process = root.find(f"{BPMN}process")
    return {child.get("id"): etree.QName(child).localname for child in process if child.get("sourceRef") is None}


def test_only_what_the_main_process_calls_is_kept() -> None:
    assert set(translated().diagrams) == {"main", "handle"}


def test_what_stock_classes_cannot_run_gives_way() -> None:
    found = kinds(translated().diagrams["main"])
    assert found["register"] == "scriptTask"
    assert not {"revoked", "recall", "recalled"} & set(found)
    assert found["cremate"] == "callActivity"
    (start,) = translated().diagrams["main"].iter(f"{BPMN}startEvent")
    assert len(start) == 0


def test_job_that_a_system_outside_answered_is_waited_for() -> None:
    found = kinds(translated().diagrams["handle"])
    assert found["ask_department"] == "userTask"
    assert found["gate_changed"] == "scriptTask"


def test_choice_between_events_takes_its_first_way() -> None:
    found = kinds(translated().diagrams["handle"])
    assert found["first"] == "exclusiveGateway"
    assert not {"day_passed", "give_up", "lapsed"} & set(found)


def test_what_was_left_out_is_counted() -> None:
    expected = {"service tasks": 1, "boundary events": 1, "choices between events": 1, "FEEL conditions": 1}
    assert translated().dropped == expected | {"waits for messages and timers": 1}


def test_call_hands_in_its_item_by_a_script() -> None:
    root = translated().diagrams["main"]
    scripts = {one.getparent().get("id"): one.text for one in root.iter(f"{BPMN}script")}
    assert scripts["before_cremate"] == "item = 'cremation'"
    (flow,) = [one for one in root.iter(f"{BPMN}sequenceFlow") if one.get("targetRef") == "cremate"]
    assert flow.get("sourceRef") == "before_cremate"
    assert root.find(f".//{BPMN}callActivity[@id='cremate']").get("calledElement") == "handle"


def test_loop_hands_in_its_only_entry() -> None:
    root = translated(LOOPING, listed={"items": ("survivor_benefit",)}).diagrams["main"]
    assert [one.text for one in root.iter(f"{BPMN}script")] == ["item = 'survivor_benefit'"]


def test_loop_over_several_entries_becomes_as_many_calls_side_by_side() -> None:
    root = translated(LOOPING, listed={"items": ("survivor_benefit", "pension_account")}).diagrams["main"]
    assert [one.text for one in root.iter(f"{BPMN}script")] == ["item = 'survivor_benefit'", "item = 'pension_account'"]
    calls = [one.get("id") for one in root.iter(f"{BPMN}callActivity")]
    ends = {(flow.get("sourceRef"), flow.get("targetRef")) for flow in root.iter(f"{BPMN}sequenceFlow")}
    assert len(calls) == 2
    assert {(f"before_{call}", call) for call in calls} | {(call, "join_benefits") for call in calls} <= ends
    assert {("split_benefits", f"before_{call}") for call in calls} <= ends


def test_loop_over_nothing_is_passed() -> None:
    root = translated(LOOPING, listed={"items": ()}).diagrams["main"]
    assert kinds(root)["benefits"] == "scriptTask"


@pytest.mark.parametrize(
    ("chosen", "python"),
    [
        ({}, "False"),
        ({"": True}, "True"),
        ({"a": False, "b": False}, "False"),
        ({"b": True, "a": True, "c": False}, "item in ['a', 'b']"),
    ],
)
def test_condition_says_what_feel_gave(chosen: Mapping[str, bool], python: str) -> None:
    assert python_condition(chosen) == python


def test_call_of_what_is_not_there_is_refused() -> None:
    with pytest.raises(Untranslatable, match="handle"):
        translated({"main.bpmn": FILES["main.bpmn"]})


def test_call_that_names_no_process_is_refused() -> None:
    computed = FILES["main.bpmn"].replace(b'processId="handle"', b'processId="=which"')
    with pytest.raises(Untranslatable, match="names no process"):
        translated({**FILES, "main.bpmn": computed})


def test_translated_diagrams_run_to_the_end(tmp_path: Path) -> None:
    embed = SpiffFullCase(tmp_path, FILES, "main", recording(*COMMANDS))
    played = embed.play(2)
    embed.close()
    assert embed.skipped == 1  # the message
    assert len(played.milliseconds) == 2
    assert played.commands == [3, 3]
    assert set(played.seconds) == {"start", "complete", "answer"}


def test_way_that_does_not_end_is_an_error_and_not_a_time(tmp_path: Path) -> None:
    embed = SpiffFullCase(tmp_path, FILES, "main", recording(*COMMANDS[:2], chosen={}))
    with pytest.raises(Incomplete, match=r"waits at \['decide'\]"):
        embed.play(1)
    embed.close()


def test_step_that_is_not_open_is_an_error(tmp_path: Path) -> None:
    lost = Command("complete", "decide_nothing", "", element="decide_nothing")
    embed = SpiffFullCase(tmp_path, FILES, "main", recording(lost))
    with pytest.raises(Incomplete, match="0 open user tasks are decide_nothing"):
        embed.play(1)
    embed.close()
