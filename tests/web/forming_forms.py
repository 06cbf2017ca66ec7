"""Small forms drawn and sent back, for what is proved of every form."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from engine.feel import Feel
from forms import Form
from web.forming import Files, Step, handle, render

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def feel() -> Feel:
    return Feel()


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
