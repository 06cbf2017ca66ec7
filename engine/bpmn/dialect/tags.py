"""XML names as people write them: ``bpmn:userTask`` instead of ``{http://…}userTask``, and where an element belongs."""

from __future__ import annotations

from collections.abc import Iterator

from lxml.etree import _Element as Element

PREFIXES = {
    "http://www.omg.org/spec/BPMN/20100524/MODEL": "bpmn",
    "http://www.omg.org/spec/BPMN/20100524/DI": "bpmndi",
    "http://www.omg.org/spec/DD/20100524/DC": "dc",
    "http://www.omg.org/spec/DD/20100524/DI": "di",
    "http://camunda.org/schema/zeebe/1.0": "zeebe",
    "http://camunda.org/schema/modeler/1.0": "modeler",
    "http://camunda.org/schema/1.0/bpmn": "camunda",
    "http://bpmn.io/schema/bpmn/biocolor/1.0": "bioc",
    "http://www.omg.org/spec/BPMN/non-normative/color/1.0": "color",
    "http://www.w3.org/2001/XMLSchema-instance": "xsi",
    "http://www.w3.org/XML/1998/namespace": "xml",
}
# A finding inside one of these children belongs to the child: that is what a person clicks in a modeler.
_CONTAINERS = {
    "bpmn:definitions",
    "bpmn:process",
    "bpmn:subProcess",
    "bpmn:collaboration",
    "bpmn:laneSet",
    "bpmn:childLaneSet",
    "bpmndi:BPMNDiagram",
    "bpmndi:BPMNPlane",
}


def short_name(tag: object) -> str:
    """``prefix:local`` of a tag or attribute; the local name alone without a namespace, the tag itself if foreign."""
    text = str(tag)
    if not text.startswith("{"):
        return text
    uri, local = text[1:].split("}", 1)
    return f"{PREFIXES[uri]}:{local}" if uri in PREFIXES else text


def name_of(element: Element) -> str:
    return short_name(element.tag)


def kind_of(element: Element) -> str:
    """Local name of a BPMN element (``userTask``); any other element's short name."""
    return name_of(element).removeprefix("bpmn:")


def children(element: Element, *names: str) -> Iterator[Element]:
    """The direct children whose short name is one of `names`, in the file's order."""
    return (child for child in element if name_of(child) in names)


def first_child(element: Element, name: str) -> Element | None:
    return next(children(element, name), None)


def extension(element: Element, name: str) -> Element | None:
    """The first extension element `name` (``zeebe:…``) of a BPMN element."""
    holder = first_child(element, "bpmn:extensionElements")
    return None if holder is None else first_child(holder, name)


def text_of(element: Element | None) -> str:
    return ("" if element is None else element.text or "").strip()


def owner_id(element: Element) -> str:
    """Id of the node, flow, shape or root element that `element` is or lies in; ``""`` if that has none."""
    current: Element | None = element
    while current is not None:
        parent = current.getparent()
        if parent is None or name_of(parent) in _CONTAINERS:
            return str(current.get("id") or "")
        current = parent
    return ""
