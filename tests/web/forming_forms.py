"""Small forms drawn and sent back, for what is proved of every form."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from engine.feel import Feel
from forms import Form, read_form
from web.forming import Files, Step, handle, render

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def feel() -> Feel:
    return Feel()


def form_of(*components: dict[str, Any], **root: Any) -> Form:
    number = iter(range(1000))

    def with_ids(nodes: Any) -> list[dict[str, Any]]:
        found = [{"id": f"Field_{next(number)}", "label": "这一项", **node} for node in nodes]
        for node in found:
            if "components" in node:
                node["components"] = with_ids(node["components"])
        return found

    return read_form({"type": "default", "id": "one", "components": with_ids(components), **root}, "one.form")


def draw(form: Form, feel: Feel, values: Any = None, errors: Any = None, context: Any = None, **more: Any) -> str:
    return str(render(form, context or {}, feel, values, errors, post_to="/here", now=NOW, **more))


def step(form: Form, feel: Feel, sent: MultiDict[str, str], files: Files | None = None, context: Any = None) -> Step:
    return handle(form, sent, files, context or {}, feel, NOW)


HEIRS = {
    "type": "dynamiclist",
    "path": "heirs",
    "label": "其他亲属",
    "properties": {"maxRows": "3"},
    "components": [
        {"type": "textfield", "key": "name", "label": "姓名", "validate": {"required": True}},
        {"type": "checkbox", "key": "adult", "label": "成年"},
        {"type": "select", "key": "kind", "label": "关系", "values": ["spouse", "child"], "defaultValue": "child"},
    ],
}
