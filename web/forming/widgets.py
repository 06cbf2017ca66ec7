"""One shown component as the node that draws it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from forms import Component, Option, Shown
from forms.dates import EARLIEST, ZONE, interval_of, subtype_of
from forms.model import CHOICES, MULTIPLE_CHOICES, TEXTS
from forms.rules import read_limit
from forms.values import get_at, is_among, is_same, number_text
from forms.variation import PROVISIONAL
from web.forming.attachments import file_field, kept_files
from web.forming.displays import display
from web.forming.model import Choice, Label, Node
from web.forming.names import element_id, read_place, write_choice
from web.forming.page import Page
from web.forming.values import as_local, control_text, words
from web.forming.wording import _

GREATEST_HINTED = 10**6
LONG_TEXT = 20  # a limit from here on is worth counting


def build(page: Page, shown: Shown) -> Node | None:
    """The node of a field or a display; None for what is drawn elsewhere (buttons) or not at all."""
    component = shown.component
    if not component.is_input:
        return display(shown, page.evaluate, lambda attribute: page.say(shown, attribute))
    node = _common(page, shown)
    if not shown.is_editable:
        return _fixed(page, shown, node)
    if component.kind in CHOICES:
        return _choices(shown, node)
    if component.kind == "checkbox":
        return replace(node, shape="tick", attributes={"checked": ""} if shown.value is True else {})
    return file_field(page, shown, node) if component.kind == "filepicker" else _typed(page, shown, node)


def _common(page: Page, shown: Shown) -> Node:
    component, name = shown.component, shown.key
    is_required = shown.limits.get("required") is True
    last = component.local[-1] if component.local else ""
    return Node(
        shape="field",
        id=element_id(name),
        name=name,
        label=Label.read(label_of(page, shown)),
        hint=page.say(shown, "description") or _own_hint(shown),
        errors=tuple(page.errors.get(name, ())),
        source=_source(page, shown),
        is_required=is_required,
        is_optional=not is_required and component.kind != "checkbox",
        is_provisional=PROVISIONAL in component.properties,
        is_editable=shown.is_editable,
        has_focus=shown.is_editable and page.takes_focus(name),
        steers=shown.is_editable and not page.form.is_still and last in page.words_of_feel,
    )


def label_of(page: Page, shown: Shown) -> str:
    names = ("dateLabel", "timeLabel", "label") if shown.component.kind == "datetime" else ("label",)
    return next((text for text in (page.say(shown, name) for name in names) if text), "")


def _source(page: Page, shown: Shown) -> str:
    """Where the value in an editable field came from, if it stands as the server brought it."""
    path = read_place(shown.key)
    if path is None or not shown.is_editable or shown.value in (None, "", [], False):
        return ""
    known = get_at(page.context, path)
    if known is None or not is_same(known, shown.value):
        return ""
    is_chosen = shown.component.kind in CHOICES or shown.component.kind in ("checkbox", "filepicker")
    return page.sources.get(shown.key) or (_("已填，可以改") if is_chosen else _("来自登记信息，可以改"))


# -- hints -----------------------------------------------------------------------------------------------------------


def _own_hint(shown: Shown) -> str:
    """What a form's author need not write: the shape of dates and numbers, and what the pattern asks for."""
    component = shown.component
    if not shown.is_editable:
        return ""
    if component.kind == "datetime":
        return {
            "date": _("年／月／日"),
            "time": _("24 小时制"),
            "datetime": _("年／月／日，时间用 24 小时制"),
        }[subtype_of(component)]
    if component.kind == "number":
        return _range_hint(shown.limits)
    if component.properties.get("check") == "phone":
        return _("11 位手机号码")
    message = shown.limits.get("patternErrorMessage")
    return message if isinstance(message, str) else ""


def _range_hint(limits: Mapping[str, object]) -> str:
    least, most = read_limit(limits.get("min")), read_limit(limits.get("max"))
    if most is None or most > GREATEST_HINTED:
        return ""
    if least is None:
        return _("不超过 %(most)s", most=number_text(most))
    if least == most:
        return _("应为 %(most)s", most=number_text(most))
    return _("%(least)s 至 %(most)s", least=number_text(least), most=number_text(most))


# -- fields ----------------------------------------------------------------------------------------------------------


def _fixed(page: Page, shown: Shown, node: Node) -> Node:
    if shown.component.kind == "filepicker":
        return replace(node, shape="fixed_files", choices=kept_files(page, shown, node.id), is_optional=False)
    value, suffix = words(shown.component, shown.value, shown.options), page.say(shown, "appearance.suffixAdorner")
    return replace(node, shape="fixed", value=value, suffix=suffix, is_optional=False)


def _choices(shown: Shown, node: Node) -> Node:
    kind = shown.component.kind
    chosen = shown.value if kind in MULTIPLE_CHOICES else [shown.value]
    shape = {"radio": "radios", "select": "menu"}.get(kind, "ticks")
    listed: list[object] = chosen if isinstance(chosen, list) else []
    return replace(node, shape=shape, choices=tuple(_choice(node.id, *one, listed) for one in enumerate(shown.options)))


def _choice(id_: str, place: int, option: Option, chosen: list[object]) -> Choice:
    own = id_ if place == 0 else f"{id_}--{place}"  # the first is where errors lead
    label = option.label.removeprefix(option.group) or option.label  # what the group says need not be said again
    is_chosen = is_among(option.value, chosen)
    return Choice(own, write_choice(option.value), Label.read(label), is_chosen, group=option.group)


def _typed(page: Page, shown: Shown, node: Node) -> Node:
    component = shown.component
    most = read_limit(shown.limits.get("maxLength"))
    node = replace(
        node,
        shape="area" if component.kind == "textarea" else "line",
        value=_typed_text(page, shown),
        prefix=page.say(shown, "appearance.prefixAdorner"),
        suffix=page.say(shown, "appearance.suffixAdorner"),
        attributes=_attributes(page, component),
    )
    if component.kind != "textarea" or most is None or most < LONG_TEXT:
        return node
    limit = _("最多 %(most)s 个字", most=number_text(most))
    return replace(node, counts_to=int(most), hint=f"{node.hint} {limit}".strip())


def _typed_text(page: Page, shown: Shown) -> str:
    """The value; where it was refused, what was typed, so that it can be corrected."""
    path = read_place(shown.key)
    typed = get_at(page.values, path) if path is not None else None
    if shown.key in page.errors and isinstance(typed, str):
        return typed
    return control_text(shown.component, shown.value)


def _attributes(page: Page, component: Component) -> dict[str, str]:
    given: dict[str, str] = {"type": "text"} if component.kind != "textarea" else {"rows": "3"}
    if component.kind == "number":
        given["inputmode"] = "numeric" if component.attributes.get("decimalDigits") == 0 else "decimal"
    elif component.kind == "datetime":
        given |= _moment_attributes(page, component)
    elif component.kind in TEXTS:
        given |= _text_attributes(component)
    if component.sensitive or component.kind in ("number", "datetime"):
        given["autocomplete"] = "off"
    return given


def _text_attributes(component: Component) -> dict[str, str]:
    check = component.properties.get("check", "") or str(component.rules.get("validationType", ""))
    return {
        "phone": {"type": "tel", "inputmode": "tel"},
        "email": {"type": "email", "inputmode": "email"},
        "bank_card": {"inputmode": "numeric", "spellcheck": "false"},
        "identity": {"autocapitalize": "characters", "spellcheck": "false"},
        "id_number": {"autocapitalize": "characters", "spellcheck": "false"},
        "social_card": {"autocapitalize": "characters", "spellcheck": "false"},
        "uscc": {"autocapitalize": "characters", "spellcheck": "false"},
    }.get(check, {})


def _moment_attributes(page: Page, component: Component) -> dict[str, str]:
    subtype = subtype_of(component)
    if subtype == "time":
        return {"type": "time", "step": str(interval_of(component) * 60)}
    is_day = subtype == "date"
    earliest = datetime(EARLIEST.year, EARLIEST.month, EARLIEST.day, tzinfo=ZONE)
    if component.attributes.get("disallowPassedDates"):
        earliest = page.now.astimezone(ZONE).replace(hour=0, minute=0)
    found = {"type": "date" if is_day else "datetime-local", "min": as_local(earliest, is_day)}
    return found if is_day else {**found, "step": str(interval_of(component) * 60)}
