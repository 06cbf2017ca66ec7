"""Random forms and submissions for the comparison with form-js; everything follows from the seed.

Conditions, limits and expressions only ask fields that always get a usable value. Fields marked wild get values that
form-js would quietly correct and a server refuses; nothing depends on those.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

TEXTS = ["", " ", "王", "王小明", "𠮷野家", "　李 四　", "a", "abc", "abc 123", "13800138000", "+8613800138000"]
TEXTS += ["0049 30123456", "+4930664040900", "wang@example.cn", "wang@", "欧阳𬭎", "b" * 12, "0"]
PATTERNS = ["^[a-z]+$", "\\d", "^.{2}$", "[一-龥]{2,}", "^\\p{L}+$", "(?=a)abc", "^$|王", "\\s$", "(?<!a)b"]
NUMBERS = [0, 1, -3, 2, 5, 7.5, 0.1, 0.25, 60, 100, 1000000, -0.5]
STEPS = [0.5, 3, "0.1", 2]
CHOICES = ["spouse", "child", "parent", "other"]
DATES = ["2025-04-05", "1938-12-01", "2024-02-29"]
TIMES = ["09:30", "00:00", "23:45"]


@dataclass
class Case:
    """A form, the data it is shown with, and what is submitted, in the shapes that either side needs."""

    schema: Json
    context: Json
    submitted: Json
    base: Json = field(default_factory=dict)
    values: list[Any] = field(default_factory=list)
    lists: list[list[Any]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)

    def for_node(self) -> Json:
        names = ("schema", "context", "base", "values", "lists", "files")
        return {name: getattr(self, name) for name in names}


@dataclass
class _Scope:
    """What expressions at one place may ask: name → kind of answer."""

    names: dict[str, str]
    is_fixed: bool = False


class Generator:
    """Makes one case."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.count = 0
        self.files: list[str] = []
        self.lists: list[list[Any]] = []
        self.values: list[Any] = []

    def make(self) -> Case:
        scope = _Scope({})
        components = [self.driver(kind, scope) for kind in ("radio", "checkbox", "number")]
        components += [self.component(scope, 0) for _ in range(self.rng.randint(2, 9))]
        schema = {"type": "default", "id": "random", "schemaVersion": 19, "components": components}
        options = self.rng.sample(CHOICES, 3)
        context: Json = {"options": options}
        self.known(components, context)
        submitted: Json = {}
        base: Json = {**context}
        self.fill(components, context, base, submitted, [])
        return Case(without_marks(schema), context, submitted, base, self.values, self.lists, self.files)

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def next_key(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}{self.count}"

    # the form

    def driver(self, kind: str, scope: _Scope) -> Json:
        """A plain field that conditions may ask."""
        key = self.next_key("d")
        node: Json = {"type": kind, "id": f"Field_{key}", "key": key, "label": "问题"}
        if kind == "radio":
            node["values"] = [{"label": one, "value": one} for one in CHOICES]
        scope.names[key] = kind
        return node

    def component(self, scope: _Scope, depth: int) -> Json:
        if depth < 2 and self.chance(0.28):
            return self.container(scope, depth)
        kinds = ["textfield", "textarea", "number", "datetime", "checkbox", "radio", "select", "checklist", "taglist"]
        kind = self.rng.choice([*kinds, "filepicker", "expression", "text"])
        key = self.next_key("f")
        node: Json = {"type": kind, "id": f"Field_{key}", "label": "一项"}
        if kind == "text":
            return {"type": "text", "id": f"Field_{key}", "text": "说明", **self.conditional(scope)}
        node["key"] = f"{self.rng.choice(['person', 'site'])}.{key}" if depth == 0 and self.chance(0.3) else key
        node |= self.conditional(scope)
        if kind == "expression":
            return self.expression(node, scope)
        getattr(self, f"shape_{kind}", self.shape_choice)(node, scope)
        rules = node.setdefault("validate", {})
        if self.chance(0.4):
            rules["required"] = self.chance(0.9)
        if self.chance(0.1):
            node["properties"] = {"sensitive": "true"}
        self.lock(node, scope)
        if not node.get("wild") and "." not in node["key"] and kind in ("number", "checkbox", "textfield", "radio"):
            scope.names[self.path_in(scope, key)] = kind
        return node

    def path_in(self, scope: _Scope, key: str) -> str:
        return f"this.{key}" if "this" in scope.names else key

    def lock(self, node: Json, scope: _Scope) -> None:
        if self.chance(0.06):
            node["disabled"] = True
        elif self.chance(0.08):
            node["readonly"] = True
        elif self.chance(0.08):
            node["readonly"] = self.condition(scope)

    def conditional(self, scope: _Scope) -> Json:
        return {"conditional": {"hide": self.condition(scope)}} if self.chance(0.4) else {}

    def condition(self, scope: _Scope) -> str:
        names = [name for name in scope.names if name != "this"]
        name = self.rng.choice(names)
        kind = scope.names[name]
        pool = {
            "number": [f"{name} > 50", f"{name} = null", f"{name} < 5", f"{name} in [1..60]"],
            "checkbox": [name, f"not({name})", f"{name} = true"],
            "radio": [f'{name} = "child"', f'{name} != "spouse"', f"{name} = null"],
            "textfield": [f'{name} = ""', f"string length({name}) > 2"],
            "list": [f"count({name}) > 1", f"count({name}) = 0"],
            "index": [f"{name}[-1] > 1"],
        }
        return "=" + self.rng.choice(pool[kind])

    def container(self, scope: _Scope, depth: int) -> Json:
        key = self.next_key("c")
        node: Json = {"id": f"Field_{key}", "label": "一组", **self.conditional(scope)}
        if self.chance(0.5):
            node |= {"type": "group"}
            if self.chance(0.6):
                node["path"] = key
            inner = _Scope(dict(scope.names))
            node["components"] = [self.component(inner, depth + 1) for _ in range(self.rng.randint(1, 4))]
            # In a locked group form-js computes no expression; a server does.
            if self.chance(0.15) and '"expression"' not in json.dumps(node["components"]):
                node[self.rng.choice(["readonly", "disabled"])] = True
            return node
        inner = _Scope({"this": "row", "i": "index"})
        inner.names |= {
            name: kind for name, kind in scope.names.items() if not name.startswith(("this", "i", "parent"))
        }
        for name, kind in scope.names.items():
            if kind != "row":
                inner.names[f"parent.{name.removeprefix('this.')}"] = kind
        inner.names = {name: kind for name, kind in inner.names.items() if name != "parent.i"}
        node |= {"type": "dynamiclist", "path": key, "defaultRepetitions": 0}
        node["components"] = [self.component(inner, depth + 1) for _ in range(self.rng.randint(1, 4))]
        if has_fixed(node):
            node["allowAddRemove"] = False
        if depth == 0:
            scope.names[key] = "list"
        return node

    def expression(self, node: Json, scope: _Scope) -> Json:
        names = [name for name in scope.names if name != "this"]
        numbers = [name for name in names if scope.names[name] == "number"]
        lists = [name for name in names if scope.names[name] == "list"]
        others = [name for name in names if scope.names[name] in ("radio", "checkbox", "textfield")]
        pool = [f"{name} * 2 + 1" for name in numbers] + [f"count({name})" for name in lists] + others
        node |= {"expression": "=" + self.rng.choice(pool), "computeOn": "change" if self.chance(0.7) else "presubmit"}
        if node["computeOn"] == "change" and "." not in node["key"]:
            kind = "number" if "*" in node["expression"] or "count" in node["expression"] else ""
            if kind:
                scope.names[self.path_in(scope, node["key"])] = kind
        return node

    def limit(self, scope: _Scope, pool: list[Any]) -> Any:
        numbers = [name for name in scope.names if scope.names[name] == "number"]
        if numbers and self.chance(0.35):
            return "=" + self.rng.choice([f"{self.rng.choice(numbers)} + 1", self.rng.choice(numbers), "null", "2 * 3"])
        return self.rng.choice(pool)

    def shape_textfield(self, node: Json, scope: _Scope) -> None:
        rules = node.setdefault("validate", {})
        if self.chance(0.3):
            rules["minLength"] = self.limit(scope, [0, 1, 2, 5])
        if self.chance(0.3):
            rules["maxLength"] = self.limit(scope, [1, 3, 10])
        if self.chance(0.3):
            rules |= {"pattern": self.rng.choice(PATTERNS), "validationType": "custom"}
        elif self.chance(0.3):
            rules["validationType"] = self.rng.choice(["email", "phone"])
        low, high = rules.get("minLength"), rules.get("maxLength")
        if isinstance(low, int) and isinstance(high, int) and low > high:
            del rules["minLength"]
        if self.chance(0.2):
            node["defaultValue"] = self.rng.choice(TEXTS)

    shape_textarea = shape_textfield

    def shape_number(self, node: Json, scope: _Scope) -> None:
        rules = node.setdefault("validate", {})
        if self.chance(0.4):
            rules["min"] = self.limit(scope, [0, -2, 1.5])
        if self.chance(0.4):
            rules["max"] = self.limit(scope, [1.5, 10, 99])
        if self.chance(0.3):
            node["decimalDigits"] = self.rng.choice([0, 1, 2])
        if self.chance(0.3):
            node["increment"] = self.rng.choice(STEPS)
        if self.chance(0.2):
            node |= {"serializeToString": True, "wild": True}
        elif self.chance(0.2):
            node["defaultValue"] = self.rng.choice(NUMBERS)

    def shape_datetime(self, node: Json, _scope: _Scope) -> None:
        node |= {"subtype": self.rng.choice(["date", "time", "datetime"]), "dateLabel": "日期", "wild": True}
        if self.chance(0.7):
            node["timeSerializingFormat"] = self.rng.choice(["utc_offset", "utc_normalized", "no_timezone"])
        if self.chance(0.4):
            node["timeInterval"] = self.rng.choice([1, 5, 30])
        if self.chance(0.2):
            node["disallowPassedDates"] = True

    def shape_checkbox(self, node: Json, _scope: _Scope) -> None:
        if self.chance(0.2):
            node["defaultValue"] = self.chance(0.5)

    def shape_filepicker(self, node: Json, _scope: _Scope) -> None:
        node["wild"] = True

    def shape_choice(self, node: Json, scope: _Scope) -> None:
        if self.chance(0.15):
            node |= {"valuesKey": "options", "wild": True}
        elif self.chance(0.2):
            flags = [name for name in scope.names if scope.names[name] == "checkbox"]
            chosen = f'if {flags[0]} then ["spouse", "child"] else ["other", "parent"]' if flags else '["child"]'
            node |= {"valuesExpression": f"={self.rng.choice(['options', chosen])}", "wild": True}
        else:
            node["values"] = [{"label": one, "value": one} for one in self.rng.sample(CHOICES, 3)]
            if self.chance(0.3):
                node["values"] = [{"label": str(one), "value": one} for one in (2, True, "none")]
                node["wild"] = True
            if self.chance(0.3):
                node["wild"] = True

    # the data

    def known(self, components: list[Json], place: Json) -> None:
        """What the server knows beforehand: some fields, some of it in an odd shape."""
        for node in components:
            inner: Any = node.get("components")
            if node["type"] == "dynamiclist":
                if self.chance(0.6):
                    place[node["path"]] = [{} for _ in range(self.rng.randint(0, 3))]
                    for row in place[node["path"]]:
                        self.known(inner, row)
            elif inner is not None:
                self.known(inner, place.setdefault(node["path"], {}) if "path" in node else place)
            elif "key" in node and self.chance(0.35):
                value = self.odd(node) if self.chance(0.2) else self.answer(node, is_known=True)
                put(place, node["key"].split("."), value)

    def odd(self, node: Json) -> Any:
        if node["type"] == "filepicker":
            return None
        if node["type"] == "expression":
            return 7
        if "valuesExpression" in node:  # form-js stumbles over a text where it awaits a list
            return []
        return self.rng.choice([None, 7, "12", True, "child", [], {"a": 1}])

    def fill(self, components: list[Json], known: Any, base: Any, submitted: Json, path: list[Any]) -> None:
        """Submit something for most fields, shown or not."""
        for node in components:
            inner = node.get("components")
            if node["type"] == "dynamiclist":
                self.fill_list(node, known, base, submitted, path)
            elif inner is not None:
                if "path" in node:
                    part = node["path"]
                    deeper = submitted.setdefault(part, {})
                    self.fill(inner, known.get(part) or {}, base.setdefault(part, {}), deeper, [*path, part])
                else:
                    self.fill(inner, known, base, submitted, path)
            elif "key" in node and self.chance(0.85):
                value = self.answer(node)
                parts = node["key"].split(".")
                put(submitted, parts, [value] if node["type"] == "filepicker" and value else value)
                self.values.append([[*path, *parts], value])

    def fill_list(self, node: Json, known: Any, base: Any, submitted: Json, path: list[Any]) -> None:
        part = node["path"]
        before = known.get(part) if isinstance(known.get(part), list) else []
        is_fixed = node.get("allowAddRemove") is False
        count = len(before) if is_fixed else self.rng.randint(0, 3)
        rows = [{**(before[index] if index < len(before) else {})} for index in range(count)]
        base[part] = [*rows]
        if not is_fixed:
            self.lists.append([*path, part])
        submitted[part] = [{} for _ in range(count)]
        for index in range(count):
            earlier = before[index] if index < len(before) else {}
            self.fill(node["components"], earlier, base[part][index], submitted[part][index], [*path, part, index])

    def answer(self, node: Json, is_known: bool = False) -> Any:
        kind = node["type"]
        if kind in ("textfield", "textarea"):
            return self.rng.choice([*TEXTS, "一\n二"] if kind == "textarea" else TEXTS)
        if kind == "number":
            number = self.rng.choice([*NUMBERS, None])
            return str(number) if number is not None and node.get("serializeToString") else number
        if kind == "checkbox":
            return self.chance(0.5)
        if kind == "expression":
            return 7
        if kind == "datetime":
            return self.moment(node, is_known)
        if kind == "filepicker":
            if is_known or self.chance(0.5):
                return None
            self.files.append(f"files::{len(self.files)}")
            return self.files[-1]
        return self.choice(node)

    def choice(self, node: Json) -> Any:
        listed = [one["value"] for one in node.get("values", [])] or CHOICES
        pool = listed + (["forged", 1, "2", "true"] if node.get("wild") else [])
        if node["type"] in ("checklist", "taglist"):
            return self.rng.sample(pool, self.rng.randint(0, len(pool)))
        return self.rng.choice([*pool, None])

    def moment(self, node: Json, is_known: bool) -> Any:
        day, clock = self.rng.choice(DATES), self.rng.choice(TIMES)
        if self.chance(0.2) and not is_known:
            day, clock = self.rng.choice(["1899-12-31", "2025-02-30", "2999-01-01"]), "10:07"
        if self.chance(0.1):
            return None
        ending = {"utc_offset": "+08:00", "utc_normalized": "Z"}.get(node.get("timeSerializingFormat", ""), "")
        return {"date": day, "time": clock + ending}.get(node["subtype"], f"{day}T{clock}{ending}")


def put(place: Json, parts: list[str], value: Any) -> None:
    for part in parts[:-1]:
        place = place.setdefault(part, {})
    place[parts[-1]] = value


def has_fixed(node: Json) -> bool:
    return any(one.get("readonly") or one.get("disabled") or has_fixed(one) for one in node.get("components", []))


def without_marks(node: Any) -> Any:
    """The schema without what only this generator knows."""
    if isinstance(node, dict):
        return {key: without_marks(value) for key, value in node.items() if key != "wild"}
    return [without_marks(one) for one in node] if isinstance(node, list) else node
