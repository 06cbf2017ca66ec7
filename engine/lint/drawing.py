"""bpmnlint's recommended rules, through its Python port, where ours do not say the same with more reason."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

from bpmn_io import create_moddle
from bpmn_io.lint import Linter
from bpmn_io.lint.resolver import NodeResolver

from engine.bpmn.dialect.diagram import read_diagram
from engine.bpmn.xml import line_of, parse_xml
from engine.errors import Problem

# Rules that remain, with our severity and what to do. An error changes what runs; a warning what people see.
KEPT = {
    "no-duplicate-sequence-flows": ("error", "remove one of the two flows: each would carry a token"),
    "no-gateway-join-fork": ("warning", "draw one gateway that joins, then one that splits"),
    "fake-join": ("warning", "draw a gateway before it: each flow brings a token of its own"),
    "no-overlapping-elements": ("warning", "move the elements apart"),
    "superfluous-gateway": ("warning", "remove the gateway: it has one way in and one way out"),
    "superfluous-label": ("warning", "remove the name: only answers to a gateway's question are named"),
    "superfluous-termination": ("warning", "draw a plain end event: no other branch is left to end"),
}
# Rules that are off: the dialect refuses what they are about, or reports it with a remedy of ours.
OFF = (
    "ad-hoc-sub-process",  # dialect/refused
    "conditional-flows",  # structure/missing-condition
    "end-event-required",  # structure/no-way-out
    "event-based-gateway",  # structure/event-gateway
    "event-sub-process-typed-start-event",  # event sub-processes are refused
    "global",  # structure/unused, dialect/missing-attribute
    "label-required",  # naming/name
    "link-event",  # dialect/refused
    "no-bpmndi",  # layout/missing
    "no-complex-gateway",  # dialect/refused
    "no-disconnected",  # structure/unreachable
    "no-implicit-end",  # structure/no-way-out
    "no-implicit-split",  # structure/several-outgoing
    "no-implicit-start",  # structure/unreachable
    "no-inclusive-gateway",  # our inclusive join is exact
    "single-blank-start-event",  # structure/start
    "single-event-definition",  # dialect/event-kind
    "start-event-required",  # structure/start
    "sub-process-blank-start-event",  # structure/start
)
_CONFIG = {"extends": "bpmnlint:recommended", "rules": dict.fromkeys(OFF, "off")}


class _Resolver:
    """Finds rules once a process: looking them up goes through all installed distributions.

    The linter itself is made anew for each file, since some rules remember what they have seen.
    """

    _found = NodeResolver()

    @staticmethod
    @cache
    def resolve_rule(package: str, name: str) -> Any:
        return _Resolver._found.resolve_rule(package, name)

    @staticmethod
    @cache
    def resolve_config(package: str, name: str) -> Any:
        return _Resolver._found.resolve_config(package, name)


@lru_cache(maxsize=256)
def check_drawing(data: bytes, file: str) -> tuple[Problem, ...]:
    """Findings of bpmnlint on a file that ``parse_xml`` accepts; remembered, since they depend on its bytes alone."""
    root = parse_xml(data, file)
    lines = {str(element.get("id")): line_of(element) for element in root.iter() if element.get("id")}
    ends = {node.id for node in read_diagram(root).nodes.values() if node.kind == "endEvent"}
    problems = []
    for rule, reports in _run(data.decode("utf-8-sig")).items():
        severity, remedy = KEPT.get(rule, ("warning", "open the file in a modeler and save it again"))
        for report in reports:
            element = str(report.get("id") or "")
            if rule == "fake-join" and element in ends:
                continue  # several ways may lead to one end
            message = str(report.get("message") or rule)
            problems.append(
                Problem(file, lines.get(element, 0), element, severity, f"bpmnlint/{rule}", message, remedy)
            )
    return tuple(sorted(problems))


def _run(text: str) -> dict[str, list[dict[str, Any]]]:
    try:
        root: Any = create_moddle().from_xml(text).root_element
        resolver: Any = _Resolver()
        return Linter(config=_CONFIG, resolver=resolver).lint(root)
    except Exception as error:  # noqa: BLE001 - a foreign program on a foreign file: its failure is one finding more
        return {"unreadable": [{"message": f"bpmnlint cannot read the file: {error}"}]}
