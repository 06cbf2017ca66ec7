"""A field's value in a control, and in words where nobody may change it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from forms import Component, Option
from forms.dates import Moment, read_moment, subtype_of
from forms.values import count_decimals, is_same, number_text, to_fraction
from web.forming.wording import _

NOTHING = "—"


def control_text(component: Component, value: object) -> str:
    """``value`` as a text, number or date control holds it; a value of another kind stays as it was typed."""
    if value is None:
        return ""
    if component.kind == "datetime":
        moment = read_moment(subtype_of(component), value)
        return _control_moment(moment) if moment is not None else str(value)
    return value if isinstance(value, str) else _number(value)


def _number(value: object) -> str:
    number = to_fraction(value)
    return number_text(number) if number is not None else str(value)


def _control_moment(moment: Moment) -> str:
    clock = "" if moment.minute is None else f"{moment.minute // 60:02}:{moment.minute % 60:02}"
    day = "" if moment.day is None else moment.day.isoformat()
    return f"{day}T{clock}" if day and clock else day or clock


def words(component: Component, value: object, options: Sequence[Option]) -> str:
    """``value`` for reading: the label of a choice, a date in Chinese, 是 or 否; a dash for nothing. A number with
    decimals is an amount: 300,000.00 is not taken for 30,000.00."""
    if component.kind == "checkbox":
        return _("是") if value is True else _("否")
    if value is None or value == "" or value == []:
        return NOTHING
    if options:
        chosen = value if isinstance(value, list) else [value]
        return "、".join(_label(one, options) for one in chosen)
    if component.kind == "datetime":
        moment = read_moment(subtype_of(component), value)
        return _moment_words(moment) if moment is not None else str(value)
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, list):
        return "、".join(map(str, value))
    digits, number = component.attributes.get("decimalDigits"), to_fraction(value)
    if component.kind == "number" and isinstance(digits, int) and digits and number is not None:
        return f"{Decimal(number_text(number)):,.{max(digits, count_decimals(number))}f}"
    return value if isinstance(value, str) else _number(value)


def _label(value: object, options: Sequence[Option]) -> str:
    return next((option.label for option in options if is_same(option.value, value)), str(value))


def _moment_words(moment: Moment) -> str:
    clock = "" if moment.minute is None else f"{moment.minute // 60:02}:{moment.minute % 60:02}"
    if moment.day is None:
        return clock
    day = _("%(year)s年%(month)s月%(day)s日", year=moment.day.year, month=moment.day.month, day=moment.day.day)
    return f"{day} {clock}".strip()


def size_words(size: int) -> str:
    """A file's size in words."""
    return f"{size / 2**20:.1f} MB" if size >= 2**20 else f"{max(1, round(size / 2**10))} KB"


def as_local(moment: datetime, day_only: bool) -> str:
    """``moment`` (in the product's zone) as the limit of a date control."""
    return moment.date().isoformat() if day_only else moment.strftime("%Y-%m-%dT%H:%M")
