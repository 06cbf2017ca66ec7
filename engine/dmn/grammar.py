"""Which elements and attributes of DMN 1.3 are accepted, and what to draw instead of the others.

Camunda 8's modeler is the measure. Names, labels and notes are for people, layout is for the modeler; all else that is
accepted has a meaning in ``engine.dmn.reader``. Knowledge sources may stay: they cite the law and change no result.
"""

from __future__ import annotations

from collections.abc import Callable

from lxml.etree import _Element as Element

from engine.dmn.model import TYPES

MODEL = "https://www.omg.org/spec/DMN/20191111/MODEL/"

Refuse = Callable[[Element, str, str, str], None]  # element, rule, message, remedy

_DIAGRAM = "https://www.omg.org/spec/DMN/20191111/DMNDI/"
_VERSION_TAG = "{http://camunda.org/schema/zeebe/1.0}versionTag"
_FEEL = frozenset({"", "feel", "FEEL", "https://www.omg.org/spec/DMN/20191111/FEEL/"})
_LAYOUT = frozenset({"http://bpmn.io/schema/dmn/biodi/2.0", "http://camunda.org/schema/modeler/1.0"})
_PROSE = frozenset({"description", "question", "allowedAnswers", "text"})
_NOT_EXECUTED = frozenset({"knowledgeSource", "authorityRequirement", "textAnnotation", "association"})


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TEXT = (_names("id label typeRef expressionLanguage"), _names("text"))

_ACCEPTED: dict[str, tuple[frozenset[str], frozenset[str]]] = {  # element → (attributes, children)
    "definitions": (
        _names("id name label namespace exporter exporterVersion expressionLanguage typeLanguage"),
        _names("decision inputData knowledgeSource textAnnotation association"),
    ),
    "decision": (
        _names("id name label"),
        _names("question allowedAnswers variable informationRequirement authorityRequirement")
        | _names("decisionTable literalExpression"),
    ),
    "variable": (_names("id name label typeRef"), frozenset()),
    "inputData": (_names("id name label"), _names("variable")),
    "informationRequirement": (_names("id label"), _names("requiredDecision requiredInput")),
    "requiredDecision": (_names("href"), frozenset()),
    "requiredInput": (_names("href"), frozenset()),
    "decisionTable": (
        _names("id label typeRef hitPolicy aggregation preferredOrientation outputLabel"),
        _names("input output annotation rule"),
    ),
    "input": (_names("id label"), _names("inputExpression inputValues")),
    "output": (_names("id label name typeRef"), _names("outputValues")),
    "rule": (_names("id label"), _names("inputEntry outputEntry annotationEntry")),
    "annotation": (_names("name"), frozenset()),
    "annotationEntry": (frozenset(), _names("text")),
    "inputExpression": _TEXT,
    "inputValues": _TEXT,
    "outputValues": _TEXT,
    "inputEntry": _TEXT,
    "outputEntry": _TEXT,
    "literalExpression": _TEXT,
}
_REMEDIES = {
    "context": "use a decision table, or a literal expression that writes the context as {a: …, b: …}",
    "list": "use a literal expression that writes the list as [a, b]",
    "relation": "use a decision table, or a literal expression with a list of contexts",
    "functionDefinition": "write the function into the expression that calls it",
    "invocation": "write the expression out, or make it a decision of its own and require that",
    "businessKnowledgeModel": "make it a decision of its own and require that",
    "knowledgeRequirement": "make the knowledge model a decision of its own and require that",
    "decisionService": "call its decisions by their ids",
    "itemDefinition": "list the allowed values at the input or output itself",
    "import": "put the decisions into one file",
    "importedValues": "list the values themselves",
    "defaultOutputEntry": "add a last rule whose inputs are all “-”, with the hit policy FIRST",
}


def split_tag(tag: object) -> tuple[str, str]:
    """``{namespace}name`` in two; the namespace is empty where there is none."""
    namespace, _, name = str(tag).rpartition("}")
    return namespace.removeprefix("{"), name


def check_grammar(element: Element, refuse: Refuse) -> None:
    """Refuse every element and attribute within an accepted ``element`` that is not accepted itself."""
    _, name = split_tag(element.tag)
    attributes, children = _ACCEPTED[name]
    for key, value in element.attrib.items():
        _check_attribute(element, str(key), str(value), attributes, refuse)
    for child in element:
        namespace, child_name = split_tag(child.tag)
        if namespace == MODEL and child_name == "extensionElements":
            _check_extensions(child, refuse)
        elif namespace == MODEL and child_name in children | {"description"}:
            if child_name not in _PROSE | _NOT_EXECUTED:
                check_grammar(child, refuse)
        elif namespace != _DIAGRAM or name != "definitions":
            message = f"<{child_name}> in <{name}> is not supported"
            refuse(child, "dmn/unknown-element", message, _REMEDIES.get(child_name, "remove it"))


def _check_attribute(element: Element, key: str, value: str, accepted: frozenset[str], refuse: Refuse) -> None:
    namespace, name = split_tag(key)
    if namespace in _LAYOUT:
        return
    if namespace or name not in accepted:
        refuse(element, "dmn/unknown-attribute", f"the attribute {name} is not supported", "remove it")
    elif name == "expressionLanguage" and value not in _FEEL:
        refuse(element, "dmn/language", f"expressions in {value!r} are not evaluated", "write them in FEEL")
    elif name == "typeRef" and value not in TYPES:
        refuse(element, "dmn/type", f"there is no type {value!r}", f"use one of {', '.join(TYPES)}")


def _check_extensions(element: Element, refuse: Refuse) -> None:
    for child in element:
        if child.tag != _VERSION_TAG:
            _, name = split_tag(child.tag)
            refuse(child, "dmn/unknown-element", f"the extension <{name}> is not supported", "remove it")
