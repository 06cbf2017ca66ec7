"""Forms of a few components, written down where they are tested."""

from __future__ import annotations

from typing import Any

from forms import Form, read_form


def form_of(*components: dict[str, Any], **root: Any) -> Form:
    number = iter(range(1000))

    def with_ids(nodes: Any) -> list[dict[str, Any]]:
        found = [{"id": f"Field_{next(number)}", "label": "这一项", **node} for node in nodes]
        for node in found:
            if "components" in node:
                node["components"] = with_ids(node["components"])
        return found

    return read_form({"type": "default", "id": "one", "components": with_ids(components), **root}, "one.form")
