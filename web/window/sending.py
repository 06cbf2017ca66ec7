"""What staff may tell a case: the messages of its pack whose senders they are, and the fields that each asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa
from flask_babel import gettext as _

from engine import tables as t
from engine.loaded import LoadedRelease
from engine.pack_schema import Declared, MessageType
from tasks import tables as d
from tasks.items import FINAL
from web.access.people import Person

_LONG = 2_000


@dataclass(frozen=True, slots=True)
class Option:
    """One of the values that a field offers."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Field:
    """One variable of a message as people fill it in. ``kind``: text, area, number, date, tick, choice, choices."""

    name: str
    label: str
    kind: str
    options: tuple[Option, ...] = ()
    value: str = ""
    hint: str = ""
    required: bool = True


@dataclass(frozen=True, slots=True)
class Act:
    """A message that can be sent now."""

    name: str
    title: str
    description: str
    declared: MessageType


def list_acts(connection: sa.Connection, release: LoadedRelease, person: Person, case: Any) -> list[Act]:
    """The messages that ``person`` may send to ``case`` and that something there begins with or waits for."""
    if case.status == "cancelled":
        return []
    waits = sa.select(t.message_waits.c.name).where(t.message_waits.c.case_id == case.id).distinct()
    awaited = set(connection.execute(waits).scalars())
    starts, main = release.processes.message_starts, release.manifest.main
    return [
        Act(name, declared.name, declared.description, declared)
        for name, declared in release.manifest.messages.items()
        if not person.groups.isdisjoint(declared.senders)
        and (name in awaited or starts.get(name, main) != main)
        and name in release.processes.message_names
    ]


def fields_of(
    connection: sa.Connection, release: LoadedRelease, person: Person, case: Any, declared: MessageType
) -> list[Field]:
    """The fields for the declared variables of a message that has no form."""
    return [
        _field(connection, release, person, case, declared, name, variable)
        for name, variable in declared.variables.items()
    ]


def read_payload(fields: Sequence[Field], sent: Any) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """What was filled in, and what is wrong with it by field."""
    payload: dict[str, Any] = {}
    faults: dict[str, list[str]] = {}
    for field in fields:
        value, fault = _read(field, sent)
        payload[field.name] = value
        if fault:
            faults[field.name] = [fault]
    return payload, faults


def _read(field: Field, sent: Any) -> tuple[Any, str]:
    if field.kind == "choices":
        offered = {option.value for option in field.options}
        chosen = sent.getlist(field.name)
        return chosen, "" if set(chosen) <= offered else _("请从列出的选项中选择。")
    if field.kind == "tick":
        return sent.get(field.name) == "true", ""
    text = (sent.get(field.name) or "").strip()
    if not text:
        return None, _("请填写“%(label)s”。", label=field.label) if field.required else ""
    if len(text) > _LONG:
        return None, _("“%(label)s”内容过长。", label=field.label)
    if field.kind == "choice" and text not in {option.value for option in field.options}:
        return None, _("请从列出的选项中选择。")
    if field.kind == "number":
        try:
            return float(text) if "." in text else int(text), ""
        except ValueError:
            return None, _("“%(label)s”请填写数字。", label=field.label)
    return text, ""


def _field(
    connection: sa.Connection,
    release: LoadedRelease,
    person: Person,
    case: Any,
    declared: MessageType,
    name: str,
    variable: Declared,
) -> Field:
    words = {
        "source": _("移送方"),
        "reason": _("原因"),
        "document_number": _("文书编号"),
        "filing": _("哪一份申请"),
        "items": _("撤回哪些事项"),
        "channel": _("申请渠道"),
    }
    label = words.get(name) or variable.description or name
    if name == "source":
        return Field(name, label, "choice", _sources(release, person, declared))
    if name == "filing":
        return Field(name, label, "choice", _filings(connection, case.id))
    if name == "items" and variable.type == "list":
        hint = _("一项也不选，即撤回这份申请的全部事项。")
        return Field(name, label, "choices", _items(connection, release, case.id), hint=hint, required=False)
    if name == "channel":
        channels = [Option(code, one.name) for code, one in release.manifest.channels.items() if one.open]
        hall = next((code for code, one in release.manifest.channels.items() if one.kind == "window"), "")
        return Field(name, label, "choice", tuple(channels), value=hall)
    if name == "reason":
        return Field(name, label, "area", hint=_("写清事实和理由，会随文书存档。"))
    kinds = {"number": "number", "date": "date", "boolean": "tick"}
    return Field(name, label, kinds.get(variable.type, "text"))


def _sources(release: LoadedRelease, person: Person, declared: MessageType) -> tuple[Option, ...]:
    """Who refers: the departments for which the person may send, by the groups they are in."""
    found: dict[str, str] = {}
    for group in declared.senders:
        if group in person.groups:
            department = group.partition(".")[0]
            entry = release.manifest.groups.get(department) or release.manifest.groups.get(group)
            found.setdefault(department, entry.name if entry else department)
    return tuple(Option(value, label) for value, label in found.items())


def _filings(connection: sa.Connection, case_id: str) -> tuple[Option, ...]:
    c = d.filings.c
    rows = connection.execute(sa.select(c.name, c.filed_at).where(c.case_id == case_id).order_by(c.name))
    words = [(row.name, row.name.removeprefix("f")) for row in rows]
    return tuple(Option(name, _("第 %(number)s 份申请", number=number)) for name, number in words)


def _items(connection: sa.Connection, release: LoadedRelease, case_id: str) -> tuple[Option, ...]:
    c = d.items.c
    going = sa.select(c.code).where(c.case_id == case_id, c.status.not_in(FINAL), ~c.tracked).order_by(c.code)
    known: Mapping[str, Any] = release.manifest.items
    codes = connection.execute(going).scalars()
    return tuple(Option(code, known[code].name if code in known else code) for code in codes)


def context_of(release: LoadedRelease, case: Any) -> dict[str, Any]:
    """What a message's form is shown with; the engine gives it the same."""
    return {"case": orjson.loads(case.facts), "switches": release.switches}
