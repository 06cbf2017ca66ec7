"""The dialect of BPMN that Shenhou accepts."""

from __future__ import annotations

from lxml.etree import _Element as Element

from engine.errors import Problem


def check_dialect(root: Element, file: str) -> list[Problem]:
    """Every finding about the BPMN file whose tree is `root`; `file` is its name in the pack."""
    return []
