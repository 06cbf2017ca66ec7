"""From a DMN tree to decisions. What the XML alone can get wrong is found here; FEEL is looked at in ``checks``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lxml.etree import _Element as Element

from engine.bpmn.xml import line_of
from engine.dmn.grammar import MODEL, check_grammar, split_tag
from engine.dmn.model import AGGREGATIONS, HIT_POLICIES, Clause, Decision, Rule, Table, Text
from engine.errors import Problem

_ID = re.compile(r"[a-z][a-z0-9_]*")


class Reader:
    """Reads the tree of one file.

    ``decisions`` holds those without an error, ``unread`` the ids of the others, ``problems`` the errors.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self.unread: set[str] = set()
        self.decisions: list[Decision] = []
        self.problems: list[Problem] = []

    def read(self, root: Element) -> None:
        namespace, name = split_tag(root.tag)
        if (namespace, name) != (MODEL, "definitions"):
            message = f"<{name}> in the namespace {namespace!r} is not DMN 1.3"
            self.refuse(root, "dmn/version", message, "open it in Camunda Modeler and save it as DMN 1.3")
            return
        check_grammar(root, self.refuse)
        inputs = {f"#{element.get('id')}" for element in _children(root, "inputData")}
        for element in _children(root, "decision"):
            before = len(self.problems)
            decision = self._read_decision(element, inputs)
            if decision is not None and len(self.problems) == before:
                self.decisions.append(decision)
            else:
                self.unread.add(element.get("id") or "")

    def refuse(self, element: Element, rule: str, message: str, remedy: str) -> None:
        at = _id_near(element)
        self.problems.append(Problem(self.file, line_of(element), at, "error", rule, message, remedy))

    def _read_decision(self, element: Element, inputs: set[str]) -> Decision | None:
        decision_id = element.get("id") or ""
        if not _ID.fullmatch(decision_id):
            remedy = "name it in lower case after what it decides, such as required_materials"
            self.refuse(element, "dmn/id", f"the decision's id is {decision_id!r}", remedy)
        logic = [*_children(element, "decisionTable"), *_children(element, "literalExpression")]
        if len(logic) != 1:
            message = f"the decision has {len(logic)} tables or expressions instead of one"
            self.refuse(element, "dmn/no-logic", message, "draw a decision table or write a literal expression")
            return None
        names = [element.get("name"), *(variable.get("name") for variable in _children(element, "variable"))]
        requires = tuple(self._read_requirements(element, inputs))
        return Decision(
            decision_id,
            frozenset({decision_id, *filter(None, names)}),
            self.file,
            line_of(element),
            self._read_logic(logic[0]),
            requires,
            element.get("name") or "",
        )

    def _read_requirements(self, element: Element, inputs: set[str]) -> Iterator[str]:
        for requirement in _children(element, "informationRequirement"):
            for needed in requirement:
                href = needed.get("href") or ""
                if not href.startswith("#"):
                    self.refuse(needed, "dmn/other-file", f"{href!r} lies in another file", "put the two into one file")
                elif split_tag(needed.tag)[1] == "requiredDecision":
                    yield href[1:]
                elif href not in inputs:
                    self.refuse(needed, "dmn/unknown-input", f"there is no input data {href[1:]!r}", "draw it anew")

    def _read_logic(self, element: Element) -> Table | Text:
        if split_tag(element.tag)[1] == "decisionTable":
            return self._read_table(element)
        text = _read_text(element)
        if not text.feel:
            self.refuse(element, "dmn/no-expression", "the literal expression is empty", "write what it decides")
        return text

    def _read_table(self, element: Element) -> Table:
        table = Table(
            element.get("hitPolicy") or "UNIQUE",
            element.get("aggregation") or "",
            tuple(self._read_input(clause) for clause in _children(element, "input")),
            tuple(self._read_output(clause) for clause in _children(element, "output")),
            tuple(_read_rule(number, row) for number, row in enumerate(_children(element, "rule"), 1)),
        )
        self._check_policy(element, table)
        self._check_names(element, [output.name for output in table.outputs])
        for row, rule in zip(_children(element, "rule"), table.rules, strict=True):
            if (len(rule.inputs), len(rule.outputs)) != (len(table.inputs), len(table.outputs)):
                found = f"rule {rule.number} has {len(rule.inputs)} inputs and {len(rule.outputs)} outputs"
                message = f"{found}, the table {len(table.inputs)} and {len(table.outputs)}"
                self.refuse(row, "dmn/cells", message, "open it in a modeler and save it")
        return table

    def _check_policy(self, element: Element, table: Table) -> None:
        policy, aggregation = table.hit_policy, table.aggregation
        if policy not in HIT_POLICIES:
            remedy = "put the rules in the order you mean and use FIRST or RULE ORDER"
            self.refuse(element, "dmn/hit-policy", f"the hit policy {policy} is not supported", remedy)
        elif aggregation and policy != "COLLECT":
            self.refuse(element, "dmn/aggregation", f"{policy} does not aggregate", "use COLLECT, or no aggregation")
        elif aggregation and aggregation not in AGGREGATIONS:
            remedy = f"use one of {', '.join(AGGREGATIONS)}"
            self.refuse(element, "dmn/aggregation", f"there is no aggregation {aggregation}", remedy)
        elif aggregation and len(table.outputs) > 1:
            remedy = "give the table one output, or collect without aggregation"
            self.refuse(element, "dmn/aggregation", f"{aggregation} of several outputs has no meaning", remedy)

    def _check_names(self, element: Element, names: Sequence[str]) -> None:
        if not names:
            self.refuse(element, "dmn/outputs", "the table has no output", "add one")
        elif len(names) > 1 and (not all(names) or len(set(names)) < len(names)):
            self.refuse(element, "dmn/outputs", "several outputs need a name each, all different", "name them")

    def _read_input(self, element: Element) -> Clause:
        expression = next(_children(element, "inputExpression"), None)
        text = None if expression is None else _read_text(expression)
        if text is None or not text.feel:
            self.refuse(element, "dmn/no-expression", "the input has no expression", "write what the column looks at")
        kind = "" if expression is None else expression.get("typeRef") or ""
        values, label = _read_values(element, "inputValues"), element.get("label") or ""
        return Clause("", kind, line_of(element), _id_near(element), text, values, label)

    def _read_output(self, element: Element) -> Clause:
        name, kind = element.get("name") or "", element.get("typeRef") or ""
        values, label = _read_values(element, "outputValues"), element.get("label") or ""
        return Clause(name, kind, line_of(element), _id_near(element), None, values, label)


def _read_rule(number: int, row: Element) -> Rule:
    inputs = tuple(_read_text(cell) for cell in _children(row, "inputEntry"))
    outputs = tuple(_read_text(cell) for cell in _children(row, "outputEntry"))
    note = next((description.text or "" for description in _children(row, "description")), "").strip()
    return Rule(number, inputs, outputs, note)


def _read_values(clause: Element, name: str) -> Text | None:
    element = next(_children(clause, name), None)
    text = None if element is None else _read_text(element)
    return text if text is not None and text.feel else None


def _read_text(element: Element) -> Text:
    text = next(_children(element, "text"), None)
    return Text("" if text is None else (text.text or "").strip(), line_of(element), _id_near(element))


def _children(element: Element, name: str) -> Iterator[Element]:
    return element.iterchildren(f"{{{MODEL}}}{name}")


def _id_near(element: Element) -> str:
    """The id of the element, or of the nearest one around it that has one."""
    place: Element | None = element
    while place is not None:
        if found := place.get("id"):
            return found
        place = place.getparent()
    return ""
