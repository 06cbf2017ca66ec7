"""The documents that a release asks for, each once, with who needs it: the decision ``required_materials`` read whole.

The decision is asked for every kind of applicant and every payee that the pack's own forms offer. A row that hangs on
more than these (a register, a fact of the case) can then not be met; it is taken from the table as it is written, and
marked as depending on the circumstances, so that nothing that may be asked for is missing from a guide.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from engine.dmn.model import Table
from engine.feel import Feel
from engine.loaded import LoadedRelease
from engine.packs import FORMS_FOLDER
from tasks.applications import KINDS, PAYEE_PLACES
from tasks.gaps import usual_days_of
from tasks.material_terms import by_document, each_item

DECISION = "required_materials"
BROUGHT = frozenset({"applicant"})
"""The sources that mean: the family brings it. All others the system has, makes or fetches."""
DEPENDS = "视具体情况"
MEDIA = {"original": "原件", "copy": "复印件", "scan": "扫描件", "elicence": "电子证照", "any": "不限形式", "none": ""}
"""In which shape a document comes, in words."""
_KIND = ("applicant", "kind")
_NO_PAYEE = {"": ""}

Combination = tuple[str, str]
Row = tuple[Combination | None, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Material:
    """A document, once for all items that it serves (plain names). ``only_for`` says who needs it; empty: everybody.

    ``is_brought``: the family provides it; ``original``: the original is looked at once; ``terms`` say how many,
    whether it may come later, and whether a declaration will do. ``is_usual``: who applies and is paid as most are (the
    first that the forms offer) needs it.
    """

    code: str
    name: str
    items: tuple[str, ...]
    is_brought: bool
    medium: str
    original: bool
    note: str
    only_for: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    is_usual: bool = True


class Applicants:
    """Who may apply and who may be paid, in the words of the pack's forms: value → words."""

    def __init__(self, release: LoadedRelease) -> None:
        self.kinds: Mapping[str, str] = _choices(release, _KIND) or KINDS
        offered = (_choices(release, (place, "payee")) for place in PAYEE_PLACES)
        self.payees: Mapping[str, str] = next(filter(None, offered), _NO_PAYEE)

        self.usual_days = usual_days_of(release)

    def narrowed(self, kind: str, payee: str) -> Applicants:
        """Those of one kind, to be paid one way; what is empty or not known here narrows nothing."""
        narrow = copy.copy(self)
        narrow.kinds = {kind: self.kinds[kind]} if kind in self.kinds else self.kinds
        narrow.payees = {payee: self.payees[payee]} if payee in self.payees else self.payees
        return narrow

    @property
    def combinations(self) -> list[Combination]:
        return list(itertools.product(self.kinds, self.payees))

    def words_for(self, needed: frozenset[Combination], every: frozenset[Combination]) -> tuple[str, ...]:
        """What those of ``needed`` have in common and not all of ``every`` have; empty where all need it."""
        if needed == every:
            return ()
        kinds, payees = {kind for kind, _ in needed}, {payee for _, payee in needed}
        words = [self.kinds[kind] for kind in self.kinds if kind in kinds] if len(kinds) < len(self.kinds) else []
        if len(payees) < len(self.payees):
            words += [f"拨付对象为{self.payees[payee]}" for payee in self.payees if payee in payees]
        return tuple(words)


def all_rows(release: LoadedRelease, feel: Feel, now: datetime, applicants: Applicants) -> list[Row]:
    """Every row of the decision, with the kind of applicant and the payee that it was met for."""
    codes = list(release.manifest.items)
    met = [
        ((kind, payee), row)
        for kind, payee in applicants.combinations
        for row in _rows_for(release, feel, now, codes, kind, payee)
    ]
    seen = {(row.get("code"), row.get("item")) for _, row in met}
    written = [row for row in _written(release) if row.get("item") in release.manifest.items]
    return [*met, *((None, row) for row in written if (row.get("code"), row.get("item")) not in seen)]


def _rows_for(
    release: LoadedRelease, feel: Feel, now: datetime, codes: Sequence[str], kind: str, payee: str
) -> list[dict[str, Any]]:
    """What one kind of applicant is asked for, for the items ``codes``."""
    if DECISION not in release.decisions.ids:
        return []
    scope = {"items": list(codes), "applicant_kind": kind, "payee": payee, "case": {}, "switches": release.switches}
    answer = release.decisions.decide(DECISION, scope, feel, now)
    rows = [row for row in answer if isinstance(row, Mapping)] if isinstance(answer, list) else []
    return each_item(rows, codes)


def merge(rows: Iterable[Row], names: Mapping[str, str], applicants: Applicants) -> tuple[Material, ...]:
    """One entry a document, what the family brings first."""
    every = frozenset(applicants.combinations)
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(str(row[1].get("code")), []).append(row)
    merged = [_material(code, lines, names, applicants, every) for code, lines in found.items()]
    return tuple(sorted(merged, key=lambda one: (not one.is_brought, one.code)))


def _material(
    code: str, lines: list[Row], names: Mapping[str, str], applicants: Applicants, every: frozenset[Combination]
) -> Material:
    rows = [row for _, row in lines]
    items = dict.fromkeys(str(row.get("item")) for row in rows)
    notes = dict.fromkeys(str(row.get("note") or "") for row in rows)
    met = frozenset(combination for combination, _ in lines if combination is not None)
    return Material(
        code,
        str(rows[0].get("name") or code),
        tuple(names.get(item, item) for item in items),
        any(row.get("source") in BROUGHT for row in rows),
        str(rows[0].get("medium") or ""),
        any(bool(row.get("original")) for row in rows),
        "；".join(note for note in notes if note),
        applicants.words_for(met, every) if met else (DEPENDS,),
        tuple(_terms(rows, applicants.usual_days)),
        applicants.combinations[0] in met,
    )


def _terms(rows: Sequence[Mapping[str, Any]], usual_days: int | None) -> Iterator[str]:
    [stated] = by_document(rows, usual_days).values()
    if stated["copies"]:
        yield f"{stated['copies']}份"
    if stated["cure_days"] is not None:
        yield f"可以先受理，{stated['cure_days']}个工作日内补交"
    if stated["pledge"]:
        yield f"可以书面承诺代替（{stated['pledge']}）"


def _written(release: LoadedRelease) -> list[dict[str, Any]]:
    """The table's rows as they are written; an output that is computed says nothing here."""
    decision = release.decisions.decisions.get(DECISION)
    if decision is None or not isinstance(decision.logic, Table):
        return []
    names = [clause.name for clause in decision.logic.outputs]
    rows = [dict(zip(names, map(_literal, rule.outputs), strict=True)) for rule in decision.logic.rules]
    rows = each_item(rows, release.manifest.items)
    return [row for row in rows if isinstance(row.get("code"), str) and isinstance(row.get("item"), str)]


def _literal(cell: Any) -> Any:
    try:
        return orjson.loads(cell.feel)  # FEEL writes strings, numbers and true/false/null as JSON does
    except orjson.JSONDecodeError:
        return None


def _choices(release: LoadedRelease, path: tuple[str, ...]) -> dict[str, str]:
    """The choices of the first field at ``path`` in a form of the release."""
    for name in sorted(release.files):
        if not name.startswith(f"{FORMS_FOLDER}/"):
            continue
        form = release.form(name.removeprefix(f"{FORMS_FOLDER}/").removesuffix(".form"))
        for field in form.fields.values():
            if field.path == path and field.options:
                return {str(option.value): option.label for option in field.options}
    return {}
