"""A pack whose every word for people ends in markup: labels of diagrams and forms, names of items and groups."""

from __future__ import annotations

from typing import Any

import orjson
import yaml
from lxml import etree

from engine.config import CODE_ROOT
from engine.packs import Pack, assemble_pack, read_pack

MARKUP = "<img src=x onerror=alert(1)>"
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
_NAMED_FOR_THE_ENGINE = {f"{BPMN}{tag}" for tag in ("message", "error", "signal", "escalation")}
_FORM_WORDS = {"label", "description", "text", "verticalGroupTitle"}
_MANIFEST_WORDS = {"name", "plain", "short", "official", "description", "title", "label", "basis", "window", "note"}


def read_hostile_pack(code: str) -> Pack:
    """The pack ``code`` of this checkout, poisoned."""
    pack = read_pack(code, CODE_ROOT / "processes", CODE_ROOT / "forms")
    hostile = assemble_pack(code, {name: _poison(name, data) for name, data in pack.files.items()}, pack.origins)
    assert not hostile.faults, hostile.faults
    return hostile


def _poison(name: str, data: bytes) -> bytes:
    if name.endswith(".bpmn"):
        root = etree.fromstring(data)
        for element in root.iter(f"{BPMN}*"):
            if element.get("name") and element.tag not in _NAMED_FOR_THE_ENGINE:
                element.set("name", f"{element.get('name')}{MARKUP}")
        return etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    if name.endswith(".form"):
        return orjson.dumps(_worded(orjson.loads(data), _FORM_WORDS))
    if name.endswith(".yaml"):
        return yaml.safe_dump(_worded(yaml.safe_load(data), _MANIFEST_WORDS), allow_unicode=True).encode()
    return data


def _worded(value: Any, words: set[str]) -> Any:
    if isinstance(value, list):
        return [_worded(one, words) for one in value]
    if isinstance(value, dict):
        return {key: _marked(one) if key in words else _worded(one, words) for key, one in value.items()}
    return value


def _marked(value: Any) -> Any:
    """A text with markup behind it; an expression is no text."""
    return f"{value}{MARKUP}" if isinstance(value, str) and value and not value.startswith("=") else value
