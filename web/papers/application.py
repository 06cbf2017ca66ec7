"""The application form (申请表) as a sheet: the form of the release, filled in, its list of items first (C-30)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from engine.clock import parse_moment
from forms.model import CHOICES, MULTIPLE_CHOICES
from forms.view import Shown, show
from tasks.command import text_of, values_at
from web.papers.notices import day_of, deceased_name, numbered
from web.papers.reading import CaseReading
from web.papers.sheet import Pairs, Part, Prose, Sheet, Signatures, Ticks
from web.papers.words import ID_KINDS, in_chinese

FORM = "application"
_SKIPPED = frozenset({"filepicker", "expression"})
_WIDE_KINDS = frozenset({"textarea", "checklist", "taglist"})
_WIDE_LETTERS = 13  # of a value or a label: what is longer gets the whole line


def application(case: CaseReading, filing: Any) -> Sheet:
    """申请表 with every field that this application has, in full: it is signed, and kept."""
    values = values_at(case, f"filings.{filing.name}")
    form = case.release.form(FORM)
    context = {"case": case.facts, "switches": case.release.switches, "filing": filing.name}
    shown = [one for one in show(form, context, case.runtime.feel, values, case.at) if one.is_editable]
    official = case.release.manifest.names.official
    statement = [one for one in shown if one.component.kind == "checkbox"]
    parts: list[Part] = [_common(case, filing, values), *sections(one for one in shown if one not in statement)]
    declared = [one.component.label for one in statement if one.value is True]
    words = _declaration(case)
    parts.append(Prose([*words, *(f"☑ {label}" for label in declared)], "申请人承诺"))
    parts.append(Signatures(("申请人签名（手印）", "日期")))
    return Sheet(
        f"{official}申请表",
        numbered("SQ", case, filing),
        "",
        parts,
        copies=f"本表由系统依据申请人填报的内容打印，打印日期 {day_of(case.at)}。",
    )


def _common(case: CaseReading, filing: Any, values: Mapping[str, Any]) -> Pairs:
    deceased = values_at(case, "deceased")
    rows = [
        ("死者姓名", deceased_name(case)),
        ("死亡日期", in_chinese(text_of(deceased, "died_on"))),
        ("死者证件", ID_KINDS.get(text_of(deceased, "id_kind"), "")),
        ("死者证件号码", text_of(deceased, "id_number")),
        ("死者户籍", text_of(deceased, "registered_address")),
        ("办件编号", case.code),
        ("提交日期", day_of(filing.filed_at) if filing.status != "draft" else ""),
    ]
    return Pairs(rows, "通用信息", frozenset({"死者户籍"}))


def sections(shown: Iterable[Shown]) -> Iterator[Part]:
    """A part a group of the form, empty groups aside; a list of items is ticked, not told."""
    heading = ""
    rows: list[tuple[str, str]] = []
    wide: set[str] = set()
    for one in shown:
        component = one.component
        if component.kind == "group":
            if rows:
                yield Pairs(tuple(rows), heading, frozenset(wide))
            heading, rows, wide = _plain(component.label), [], set()
        elif component.kind == "checklist" and one.options:
            chosen = one.value if isinstance(one.value, list) else []
            yield Ticks([(option.label, option.value in chosen) for option in one.options], component.label)
            heading = "" if heading == component.label else heading
        elif component.is_input and component.kind not in _SKIPPED and component.label:
            text = _in_words(one)
            rows.append((component.label, text))
            if component.kind in _WIDE_KINDS or max(_breadth(text), _breadth(component.label)) > _WIDE_LETTERS:
                wide.add(component.label)
    if rows:
        yield Pairs(tuple(rows), heading, frozenset(wide))


def _in_words(one: Shown) -> str:
    kind, value = one.component.kind, one.value
    if value is None or value == "" or value == []:
        return ""
    if kind in CHOICES:
        chosen = value if kind in MULTIPLE_CHOICES and isinstance(value, list) else [value]
        return "、".join(_label(one, each) for each in chosen)
    if isinstance(value, bool):
        return "是" if value else "否"
    if kind == "datetime":
        return _moment(str(value))
    return str(value)


def _breadth(text: str) -> float:
    """In Chinese characters; figures and Latin letters are half as wide."""
    return sum(0.5 if sign.isascii() else 1 for sign in text)


def _label(one: Shown, value: object) -> str:
    return next((option.label for option in one.options if option.value == value), str(value))


def _moment(text: str) -> str:
    try:
        return in_chinese(date.fromisoformat(text).isoformat())
    except ValueError:
        pass
    try:
        return day_of(parse_moment(text))
    except ValueError:
        return text


def _plain(label: str) -> str:
    """A heading without the number of its step: on paper there are no steps."""
    head, gap, tail = label.partition("　")
    return tail if gap and head.startswith("第") and head.endswith("步") else label


def _declaration(case: CaseReading) -> list[str]:
    """What the form lets the applicant declare: its last text that says so."""
    found: list[str] = []
    for component in case.release.form(FORM).components():
        text = component.attributes.get("text")
        if component.kind == "text" and isinstance(text, str) and text.startswith("**申请人承诺**"):
            found = [line.strip() for line in text.removeprefix("**申请人承诺**").splitlines() if line.strip()]
    return found
