"""When a component of a form is shown, in plain Chinese, for people who compare packs; the FEEL is told beside it.

Only what forms are written in is read: comparisons of a field with a value, membership in a list, what was ticked
among the items, ``and``, ``or``, ``not``. Whatever else a condition says has no words here, and stays FEEL: words that
tell half of a condition would be untrue.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from forms import Form
from forms.model import Field
from tasks.comparison.sides import Side
from tasks.comparison.values import word

_TOKEN = re.compile(r'\s*("[^"]*"|!=|[()\[\],=]|list contains\b|[A-Za-z_][\w.]*|\S)')
_PATH = re.compile(r"[A-Za-z_][\w.]*")
_ANY_ITEM = re.compile(r"some (\w+) in items satisfies list contains\((\[[^\]]*\]), \1\)")
_STATUS = re.compile(r"case\.items\.(\w+)\.status")
_SWITCHED = re.compile(r"if switches\.([\w.]+) = true then \[\{[^{}]*\}\] else \[\]")
_OPERATORS = frozenset({"if", "then", "else", "some", "in", "satisfies", "not", "and", "or", "count"})
_FACTS = {
    "case.certificate.valid": "死亡证明有效",
    "case.hold.active": "公安审核冻结",
    "case.remains.disposition": "遗体处置方式",
    "case.deceased.ethnicity": "逝者民族",
    "case.registers.pension.found": "查到养老保险登记",
    "case.registers.pension.scheme": "登记的养老保险种类",
    "case.registers.pension.state": "登记的参保状态",
    "case.registers.medical.found": "查到医疗保险登记",
    "other_kind": "可以改付的另一方",
    "pays": "付款的事项",
}
_DISPOSITION = {"cremation": "火化", "burial": "依法土葬", "donation": "捐献", "none": "没有遗体"}
_STATES = {"dormant": "待办", "processing": "办理中", "supplement": "待补正", "paying": "待拨付", "done": "已办结"}
_CHOSEN = "items"
_AND, _OR = "，并且", "；或者"


class _Untold(Exception):
    """The condition says something that has no words here."""


@dataclass(frozen=True, slots=True)
class _Value:
    """A side of a comparison: ``path`` of a field or fact, or ``codes``, a text or a list of texts."""

    path: str = ""
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Told:
    """A condition in words, and its opposite."""

    so: str
    otherwise: str

    @property
    def opposite(self) -> _Told:
        return _Told(self.otherwise, self.so)


_NEVER = _Told("", "")
"""An item is chosen that the pack does not offer: the library's forms serve packs with other items."""


def shown_when(hide: str, form: Form, side: Side) -> str:
    """When a component with the condition ``hide`` is shown; "" where the condition says what has no words."""
    spread = _ANY_ITEM.sub(r"list contains(\2, items)", hide)
    try:
        return _Reader(spread, form, side).whole().otherwise
    except _Untold:
        return ""


def offered(choices: str, side: Side) -> str:
    """An expression of choices without those that a switch, as it is set, holds back."""
    switches = {one.key: one.value for one in side.release.manifest.switches.values()}
    return _SWITCHED.sub(lambda found: found[0] if switches.get(found[1]) is True else "[]", choices)


def _drawn(choices: str, code: str) -> str:
    found = re.search(rf'label: "([^"]+)", value: "{re.escape(code)}"', choices)
    return found[1] if found else ""


def _joined(parts: list[_Told], between: str) -> _Told:
    """Several conditions joined by 并且 or by 或者: the opposite is joined by the other one."""
    if len(parts) == 1:
        return parts[0]
    other = _OR if between == _AND else _AND
    return _Told(_list(between, [one.so for one in parts]), _list(other, [one.otherwise for one in parts]))


def _list(between: str, parts: list[str]) -> str:
    if between == _AND:  # ， binds closer than ；
        parts = [f"（{words}）" if _OR in words else words for words in parts]
        given = [words.removeprefix("填了") for words in parts if words.startswith("填了")]
        needless = {f"填了{name}" for name in given if any(words.startswith(f"{name}是") for words in parts)}
        parts = [words for words in parts if words not in needless]
    return between.join(dict.fromkeys(parts))


class _Reader:
    """Reads one condition from left to right."""

    def __init__(self, feel: str, form: Form, side: Side) -> None:
        self._tokens, self._at = _TOKEN.findall(feel), 0
        self._form, self._side = form, side

    def whole(self) -> _Told:
        told = self._either()
        if self._at != len(self._tokens):
            raise _Untold
        return told

    def _either(self) -> _Told:
        parts = [self._both()]
        while self._takes("or"):
            parts.append(self._both())
        return _joined([one for one in parts if one != _NEVER] or [_NEVER], _OR)

    def _both(self) -> _Told:
        parts = [self._single()]
        while self._takes("and"):
            parts.append(self._single())
        if len(parts) > 1 and _NEVER in parts:
            raise _Untold
        return _joined(parts, _AND)

    def _single(self) -> _Told:
        is_negated = self._takes("not")
        if self._takes("("):
            told = self._either()
            self._expect(")")
            return told.opposite if is_negated else told
        if is_negated:
            raise _Untold
        if self._takes("count"):
            return self._counted()
        return self._contains() if self._takes("list contains") else self._compared()

    def _contains(self) -> _Told:
        self._expect("(")
        whole = self._value()
        self._expect(",")
        part = self._value()
        self._expect(")")
        if whole.path == _CHOSEN and len(part.codes) == 1:
            if part.codes[0] not in self._side.release.manifest.items:
                return _NEVER
            name = f"“{word(self._side, part.codes[0])}”"
            return _Told(f"选了{name}", f"没有选{name}")
        if part.path == _CHOSEN:
            names = "、".join(f"“{word(self._side, code)}”" for code in whole.codes)
            return _Told(f"{names}至少选了一项", f"{names}都没有选")
        if part.path and whole.codes:
            return self._is_one_of(part.path, whole.codes)
        if whole.path and len(part.codes) == 1:
            name, answer = self._name(whole.path), self._answers(whole.path, part.codes)
            return _Told(f"{name}包括{answer}", f"{name}不包括{answer}")
        raise _Untold

    def _counted(self) -> _Told:
        """``count(field) > 1``: more than one answer is ticked."""
        self._expect("(")
        name = self._name(self._value().path)
        for read in (")", ">", "1"):
            self._expect(read)
        return _Told(f"{name}选了不止一项", f"{name}没有选，或者只选了一项")

    def _compared(self) -> _Told:
        left = self._value()
        is_equal = self._takes("=")
        if not left.path or not (is_equal or self._takes("!=")):
            raise _Untold
        right = self._value()
        if len(right.codes) != 1:
            raise _Untold
        told = self._equals(left.path, right.codes[0])
        return told if is_equal else told.opposite

    def _equals(self, path: str, code: str) -> _Told:
        if code in ("null", ""):
            filled = ("没有填", "填了") if self._field(path) else ("没有", "有")
            return _Told(filled[0] + self._name(path), filled[1] + self._name(path))
        if code == "true":
            return _Told(f"{self._name(path)}为“是”", f"{self._name(path)}不为“是”")
        if code == "false":
            return _Told(f"{self._name(path)}为“否”", f"{self._name(path)}不为“否”")
        return self._is_one_of(path, (code,))

    def _is_one_of(self, path: str, codes: tuple[str, ...]) -> _Told:
        name, answers = self._name(path), self._answers(path, codes)
        return _Told(f"{name}是{answers}", f"{name}不是{answers}")

    def _value(self) -> _Value:
        read = self._next()
        if read == "[":
            return _Value(codes=tuple(self._listed()))
        if read.startswith('"'):
            return _Value(codes=(read[1:-1],))
        if read in ("true", "false", "null"):
            return _Value(codes=(read,))
        if _PATH.fullmatch(read) and read not in _OPERATORS:
            return _Value(path=read)
        raise _Untold

    def _listed(self) -> Iterator[str]:
        while not self._takes("]"):
            read = self._next()
            if read.startswith('"'):
                yield read[1:-1]
            elif read != ",":
                raise _Untold

    def _name(self, path: str) -> str:
        """What people call what is looked at: a field by its label, a switch by its title."""
        field = self._field(path)
        status = _STATUS.fullmatch(path)
        if field is not None and field.label:
            return f"“{field.label}”"
        if status:
            return f"“{word(self._side, status[1])}”的办理情况"
        if path.startswith("switches."):
            key = path.removeprefix("switches.")
            titles = [one.title for one in self._side.release.manifest.switches.values() if one.key == key]
            path, named = titles[0] if titles else "", "开关"
        else:
            path, named = _FACTS.get(path, ""), ""
        if not path:
            raise _Untold
        return f"{named}“{path}”"

    def _answers(self, path: str, codes: tuple[str, ...]) -> str:
        choices = self._choices(path)
        held_back = {code for code in codes if _drawn(choices, code) and not _drawn(offered(choices, self._side), code)}
        named = [self._answer(path, code) for code in codes if code not in held_back]
        if not named or not all(named):
            raise _Untold
        return "或".join(f"“{name}”" for name in named)

    def _answer(self, path: str, code: str) -> str:
        """What an answer is called: as the field's choices say, or the switch's; else what is known of the fact."""
        field = self._field(path)
        for option in field.options if field else ():
            if option.value == code:
                return option.label
        if drawn := _drawn(self._choices(path), code):
            return drawn
        if path.startswith("switches."):
            key = path.removeprefix("switches.")
            switches = self._side.release.manifest.switches.values()
            return next((one.options[code] for one in switches if one.key == key and code in one.options), "")
        if path.endswith("disposition"):
            return _DISPOSITION.get(code, "")
        if _STATUS.fullmatch(path):
            return _STATES.get(code, "")
        known = word(self._side, code) if path.startswith("case.registers.") else code
        return "" if known == code else known

    def _choices(self, path: str) -> str:
        """The expression that names a field's choices."""
        field = self._field(path)
        return str(field.component.attributes.get(field.options_source) or "") if field else ""

    def _field(self, path: str) -> Field | None:
        """The field that a path means: ``this.how`` is the row's."""
        if path.startswith("this."):
            ending = f"].{path.removeprefix('this.')}"
            return next((one for key, one in self._form.fields.items() if key.endswith(ending)), None)
        return self._form.fields.get(path)

    def _next(self) -> str:
        if self._at == len(self._tokens):
            raise _Untold
        self._at += 1
        return str(self._tokens[self._at - 1])

    def _takes(self, read: str) -> bool:
        is_next = self._at < len(self._tokens) and self._tokens[self._at] == read
        self._at += is_next
        return is_next

    def _expect(self, read: str) -> None:
        if not self._takes(read):
            raise _Untold
