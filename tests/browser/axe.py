"""axe-core in a page, in Chinese: what it finds against WCAG 2.2 AA and its own best practices."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from playwright.sync_api import Page

from engine.config import CODE_ROOT

_FOLDER = CODE_ROOT / "node_modules" / "axe-core"
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_OPTIONS = {"runOnly": {"type": "tag", "values": _RULES}, "resultTypes": ["violations"]}
_RUN = "options => axe.run(document, options).then(found => found.violations)"


def find_violations(page: Page) -> list[str]:
    """A line for each element that breaks a rule: the rule, axe's words, the element."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(_source())
    found: list[dict[str, Any]] = page.evaluate(_RUN, _OPTIONS)
    return [
        f"{one['id']}（{one['impact']}）：{one['help']} — {node['html'][:160]} {' '.join(_sayings(node))}"
        for one in found
        for node in one["nodes"]
    ]


def _sayings(node: dict[str, Any]) -> list[str]:
    return [check["message"] for kind in ("any", "all", "none") for check in node[kind]][:2]


@cache
def _source() -> str:
    script = (_FOLDER / "axe.min.js").read_text(encoding="utf-8")
    words = json.loads((_FOLDER / "locales" / "zh_CN.json").read_text(encoding="utf-8"))
    return f"() => {{ {script}; axe.configure({{locale: {json.dumps(words)}}}); }}"
