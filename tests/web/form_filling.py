"""Filling forms in at random, and reading a drawn form as a browser would send it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import lxml.html
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from forms import Component, Evaluator, Form, Shown, Upload, show
from forms.dates import interval_of, subtype_of
from forms.model import MULTIPLE_CHOICES, SINGLE_CHOICES
from forms.rules import read_limit
from forms.values import get_at, has_at, put_at
from web.forming.names import find_component, read_place

UPLOAD = Upload("户口簿 首页 & 增减页.jpg", "image/jpeg", 20_000, b"\xff\xd8\xff\xe0" + b"0" * 90)
UPLOADS = {f"upload-{number}": UPLOAD for number in range(3)}
SURNAMES, GIVEN = "谢欧阳𬭎王李赵", "琬小明晓𠮷婧"
CHECKED = {
    "phone": ["13873100026", "15111300418"],
    "id_number": ["430102194911230014", "11010519491231002X"],
    "identity": ["430102194911230014", "11010519491231002X"],
    "bank_card": ["6222021001116245702", "4111111111111111"],
    "uscc": ["91350100M000100Y43"],
    "social_card": ["A12345678", "6222021001116245702", "430102194911230014"],
}
PAPERS = {"passport": "E12345678", "hk_macao": "H12345678", "taiwan": "12345678"}


def fill(form: Form, context: Mapping[str, Any], feel: Evaluator, rng: random.Random) -> dict[str, Any]:
    """Valid values for whatever the form comes to show, chosen step by step as a person would."""
    values: dict[str, Any] = {}
    for _ in range(12):
        new = [one for one in show(form, context, feel, values) if _is_open(one, values)]
        if not new:
            return values
        for one in new:
            path = read_place(one.key)
            assert path is not None
            kind = get_at(values, (*path[:-1], "id_kind")) if path[-1] == "id_number" else None
            if kind in PAPERS:
                put_at(values, path, PAPERS[str(kind)])
                continue
            put_at(values, path, _answer(one, rng) if one.component.is_input else [{} for _ in range(_rows(one, rng))])
    return values


def _is_open(one: Shown, values: Mapping[str, Any]) -> bool:
    path = read_place(one.key)
    if path is None or not (one.component.is_input or one.component.is_list) or not one.is_editable:
        return False
    return not has_at(values, path)


def _rows(one: Shown, rng: random.Random) -> int:
    """Rows that people may not add or remove stay as many as the server knows."""
    if one.component.attributes.get("allowAddRemove") is False:
        return len(one.value) if isinstance(one.value, list) else 0
    fewest, most = one.component.row_limits()
    return rng.randint(fewest, min(most, fewest + 2))


def _answer(one: Shown, rng: random.Random) -> Any:
    component, kind = one.component, one.component.kind
    is_skipped = not one.limits.get("required") and rng.random() < 0.3
    if kind in MULTIPLE_CHOICES:
        offered = [option.value for option in one.options]
        return [value for value in offered if rng.random() < 0.5] or offered[:1]
    if kind in SINGLE_CHOICES:
        return None if is_skipped or not one.options else rng.choice(one.options).value
    if kind == "checkbox":
        return bool(one.limits.get("required")) or rng.random() < 0.5
    if is_skipped:
        return component.empty
    if kind == "filepicker":
        return rng.sample(sorted(UPLOADS), rng.randint(1, 2 if component.attributes.get("multiple") else 1))
    if kind == "number":
        least, most = read_limit(one.limits.get("min", 0)), read_limit(one.limits.get("max", 60))
        assert least is not None and most is not None
        return int(least) if least == most else rng.randint(int(least), min(int(most), int(least) + 1000))
    return _moment(component, rng) if kind == "datetime" else _text(one, rng)


def _moment(component: Component, rng: random.Random) -> str:
    day, minute = f"202{rng.randint(0, 5)}-0{rng.randint(1, 9)}-1{rng.randint(0, 9)}", rng.randrange(1440)
    minute -= minute % interval_of(component)
    ending = "+08:00" if component.attributes.get("timeSerializingFormat") == "utc_offset" else ""
    clock = f"{minute // 60:02}:{minute % 60:02}{ending}"
    return {"date": day, "time": clock}.get(subtype_of(component), f"{day}T{clock}")


def _text(one: Shown, rng: random.Random) -> str:
    component = one.component
    check, pattern = component.properties.get("check"), one.limits.get("pattern")
    if check:
        return rng.choice(CHECKED[check])
    if pattern:
        found: str = st.from_regex(str(pattern).replace("$", r"\Z")).example()
        return found
    least = int(read_limit(one.limits.get("minLength", 0)) or 0)
    text = rng.choice(SURNAMES) + "".join(rng.choice(GIVEN + " &<\"'x·") for _ in range(least + 6)) + "丙"
    if component.kind == "textarea":
        text = f"\n{text}\n第二行"
    most = int(read_limit(one.limits.get("maxLength", 100)) or 100)
    return text if len(text.encode("utf-16-le")) // 2 <= most else "丙" * most


def read_page(html: str) -> lxml.html.HtmlElement:
    return lxml.html.fromstring(f"<html><body>{html}</body></html>")


def successful(html: str, **pressed: str) -> MultiDict[str, str]:
    """What a browser sends for the drawn form when the button ``pressed`` is: its successful controls, CRLF and all."""
    sent: list[tuple[str, str]] = []
    for control in read_page(html).xpath("//*[self::input or self::select or self::textarea][@name]"):
        sent.extend((control.get("name"), value) for value in _values_of(control))
    return MultiDict([*sent, *pressed.items()])


def _values_of(control: Any) -> list[str]:
    if control.tag == "textarea":
        text = (control.text or "").removeprefix("\n")  # a browser drops the first line end
        return [text.replace("\n", "\r\n")]
    if control.tag == "select":
        chosen = control.xpath("./option[@selected]") or control.xpath("./option")[:1]
        return [option.get("value") for option in chosen]
    if control.get("type") in ("checkbox", "radio"):
        return [control.get("value")] if control.get("checked") is not None else []
    return [] if control.get("type") == "file" else [control.get("value", "")]


def names_of(form: Form, values: Mapping[str, Any], shown: tuple[Shown, ...]) -> dict[str, Any]:
    """The values of the editable fields that are shown, by name."""
    found: dict[str, Any] = {}
    for one in shown:
        path = read_place(one.key)
        component = find_component(form, path) if path is not None else None
        if path is not None and component is not None and component.is_input and one.is_editable:
            found[one.key] = get_at(values, path)
    return found
