"""The picture, the ids and the names."""

from __future__ import annotations

import pytest

from tests.unit.bpmn_drafts import (
    assert_one_fault,
    chain,
    choice,
    draft,
    end,
    findings,
    flow,
    line,
    node,
    rules,
    start,
    user,
)

PLAIN = line(user())
REJECT = "is_abnormal_to_rejected"


def altered(old: str, new: str) -> bytes:
    """The plain file with the first `old` replaced."""
    assert old.encode() in PLAIN
    return PLAIN.replace(old.encode(), new.encode(), 1)


def shape(name: str, bounds: str = '<dc:Bounds x="0" y="0" width="9" height="9"/>') -> str:
    return f'<bpmndi:BPMNShape id="{name}_di" bpmnElement="{name}">{bounds}</bpmndi:BPMNShape>'


def without_picture(name: str) -> bytes:
    """The plain file in which the picture of `name` shows another thing's picture: none at all."""
    lines = [each for each in PLAIN.splitlines(keepends=True) if f'bpmnElement="{name}"'.encode() not in each]
    assert len(lines) == len(PLAIN.splitlines()) - 1
    return b"".join(lines)


def named(kind: str, **attributes: str) -> bytes:
    return line(node(kind, attributes.pop("id", "visit_home"), **attributes))


def answered(name: str) -> bytes:
    flows = flow("is_abnormal", "accepted", "=a", name=name), flow("is_abnormal", "rejected")
    return choice(*flows, default=REJECT)


SHAPE = '<dc:Bounds x="0" y="0" width="100" height="80"/>'
POINT = '<di:waypoint x="50" y="0"/>'
CASES: dict[str, tuple[str, bytes, bytes]] = {
    "node that is not drawn": ("layout/missing", without_picture("check_identity"), PLAIN),
    "flow that is not drawn": ("layout/missing", without_picture("check_identity_to_death_registered"), PLAIN),
    "shape of nothing": ("layout/dangling", line(user(), picture=shape("gone")), PLAIN),
    "plane of nothing": (
        "layout/dangling",
        altered('id="plane" bpmnElement="register_death"', 'id="plane" bpmnElement="gone"'),
        PLAIN,
    ),
    "node that is drawn twice": (
        "layout/repeated",
        line(user(), picture=shape("check_identity").replace("_di", "_again_di")),
        PLAIN,
    ),
    "flow that is drawn as a box": (
        "layout/kind",
        without_picture("check_identity_to_death_registered").replace(
            b"</bpmndi:BPMNPlane>", shape("check_identity_to_death_registered").encode() + b"</bpmndi:BPMNPlane>"
        ),
        PLAIN,
    ),
    "node without a place": ("layout/place", altered(SHAPE, ""), PLAIN),
    "node in two places": ("layout/place", altered(SHAPE, SHAPE * 2), PLAIN),
    "node without a size": ("layout/place", altered(SHAPE, SHAPE.replace('"100"', '"0"')), PLAIN),
    "node at no number": ("layout/place", altered(SHAPE, SHAPE.replace('x="0"', 'x="NaN"')), PLAIN),
    "flow with one point": ("layout/place", altered(POINT, ""), PLAIN),
    "flow to no number": ("layout/place", altered(POINT, POINT.replace("50", "far")), PLAIN),
    "shape that shows no element": (
        "dialect/missing-attribute",
        line(user(), picture=shape("x").replace(' bpmnElement="x"', "")),
        PLAIN,
    ),
    "modeler's id": ("naming/default-id", named("manualTask", id="Activity_0x1y2z3"), named("manualTask")),
    "capital letters": ("naming/id", named("manualTask", id="visitHome"), named("manualTask")),
    "too long": ("naming/id-length", named("manualTask", id="a" * 129), named("manualTask", id="a" * 128)),
    "dashes": ("naming/id", named("manualTask", id="visit-home"), named("manualTask")),
    "Chinese id": ("naming/id", named("manualTask", id="入户核实"), named("manualTask", name="入户核实")),
    "modeler's id of an answer": ("naming/default-id", answered("Flow_1a2b3c4"), answered("is_abnormal_yes")),
    "task in English": ("naming/name", named("manualTask", name="visit"), named("manualTask", name="走访 (H-17)")),
    "task without a name": ("naming/name", named("manualTask", name=""), named("manualTask", name="𠮷宅走访")),
    "start without a name": (
        "naming/name",
        draft(chain(node("startEvent", "death_reported", name=""), user(), end())),
        PLAIN,
    ),
    "question without a name": (
        "naming/name",
        choice(flow("is_abnormal", "accepted", "=a"), flow("is_abnormal", "rejected"), default=REJECT, name=""),
        answered("is_abnormal_yes"),
    ),
    "process without a Chinese name": ("naming/name", altered('name="死亡登记"', 'name="Registration"'), PLAIN),
    "task without documentation": (
        "naming/documentation",
        altered("<bpmn:documentation>H-17</bpmn:documentation>", ""),
        PLAIN,
    ),
    "task with empty documentation": ("naming/documentation", altered(">H-17<", "> <"), PLAIN),
    "question without documentation": (
        "naming/documentation",
        answered("yes").replace(b"<bpmn:documentation>H-17</bpmn:documentation>", b"", 1),
        answered("yes"),
    ),
}


@pytest.mark.parametrize(("rule", "faulty", "corrected"), CASES.values(), ids=CASES)
def test_fault_is_reported_once_and_its_correction_is_accepted(rule: str, faulty: bytes, corrected: bytes) -> None:
    assert_one_fault(rule, faulty, corrected)


def test_process_must_be_named_like_its_file() -> None:
    assert rules(PLAIN, "hunan/register_death.bpmn") == []
    found = findings(PLAIN, "hunan/after_death.bpmn")
    assert [problem.rule for problem in found] == ["naming/process-id"]
    assert "after_death" in found[0].remedy


def test_names_and_documentation_only_warn() -> None:
    data = named("manualTask", name="visit").replace(b">H-17<", b"><")
    assert {problem.severity for problem in findings(data)} == {"warning"}


def test_join_needs_neither_name_nor_documentation() -> None:
    data = line(node("parallelGateway", "joined", name="")).replace(
        b"<bpmn:documentation>H-17</bpmn:documentation>", b""
    )
    assert rules(data) == []


def test_flow_that_answers_no_question_may_keep_the_modelers_id() -> None:
    data = draft(
        start(),
        user(),
        end(),
        *(
            flow(a, b, name=c)
            for a, b, c in [
                ("death_reported", "check_identity", "Flow_0a1b2c3"),
                ("check_identity", "death_registered", "Flow_1a2b3c4"),
            ]
        ),
    )
    assert rules(data) == []


def test_collapsed_subprocess_may_have_a_plane_of_its_own() -> None:
    inside = chain(start("asked"), user(), end("told"))
    plane = '<bpmndi:BPMNPlane id="plane_2" bpmnElement="ask_again"/>'
    second = f'<bpmndi:BPMNDiagram id="diagram_2">{plane}</bpmndi:BPMNDiagram>'
    data = line(node("subProcess", "ask_again", inside))
    assert rules(data.replace(b"</bpmn:definitions>", second.encode() + b"</bpmn:definitions>")) == []
