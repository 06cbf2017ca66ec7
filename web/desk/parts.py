"""Rows of a queue as lists ask for them: counted to a bound, narrowed, and sorted where an index sorts already.

A queue is the union of its parts. The first rows of the whole are among the first rows of each part, so a page asks
each for as many as it needs; where a part is one group's open tasks, its index hands them out in their order, and how
many there are in all makes no difference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine import tables as t

_TEXTS = ("task_id", "item", "holder", "team", "department", "due_on", "note", "form_id", "sealed_for")
_MORE: tuple[tuple[str, Any], ...] = (*((name, sa.String) for name in _TEXTS), ("sealed_note", sa.LargeBinary))


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of a queue. ``base`` is where they are found, joined with ``cases``: what they are counted, narrowed
    and sorted by is of it. ``source`` has besides what only a row that is shown needs, and adds no rows.

    ``more`` are columns by name: ``due_on`` is a day or a moment, free text is ``sealed_note`` and ``sealed_for`` what
    it was sealed for. What a part has nothing for is null.
    """

    base: Any
    where: tuple[sa.ColumnElement[bool], ...]
    case_id: Any
    step: Any
    since: Any
    more: Mapping[str, Any]
    source: Any = None

    @property
    def is_of_cases(self) -> bool:
        return bool(self.base is t.cases)

    def count(self, most: int, *where: sa.ColumnElement[bool]) -> Any:
        """A number: how many rows there are, up to ``most``."""
        found = sa.select(sa.literal(1)).select_from(self.base).where(*self.where, *where).limit(most).subquery()
        return sa.select(sa.func.count()).select_from(found).scalar_subquery()

    def words(self, most: int) -> Any:
        """Step, department and region of the first rows that come to hand."""
        department = self.more.get("department", _null(sa.String))
        columns = self.step.label("step"), department.label("department"), t.cases.c.region.label("region")
        found = sa.select(*columns).select_from(self.base).where(*self.where).limit(most).subquery()
        return sa.select(found).distinct()

    def first(self, number: int, sort: str, *where: sa.ColumnElement[bool]) -> Any:
        """The first rows by ``sort`` (due, new or old), with all columns."""
        found = {"case_id": self.case_id, "step": self.step, "since": self.since}
        columns = [column.label(name) for name, column in found.items()]
        columns += [self.more.get(name, _null(type_)).label(name) for name, type_ in _MORE]
        source = self.base if self.source is None else self.source
        query = sa.select(*columns).select_from(source).where(*self.where, *where)
        return sa.select(query.order_by(*self._order(sort)).limit(number).subquery())

    def narrow(self, step: str, department: str) -> list[sa.ColumnElement[bool]]:
        """Conditions; an empty text does not restrict."""
        where = [self.step == step] if step else []
        if department and "department" in self.more:
            of = self.more["department"]
            where.append(sa.or_(of == department, of.startswith(f"{department}.", autoescape=True)))
        elif department:
            where.append(sa.false())
        return where

    def _order(self, sort: str) -> list[Any]:
        """A case that stands once in a part needs no step to tell its rows apart, and an index may do."""
        ties = [self.case_id] if self.is_of_cases else [self.case_id, self.step.label("step")]
        return _sorted(sort, self.more.get("due_on"), [self.since, *ties])


def union(selects: Sequence[Any]) -> Any:
    """All rows of ``selects``, which have the same columns."""
    return sa.union_all(*selects) if len(selects) > 1 else selects[0]


def order_of(rows: Any, sort: str) -> list[Any]:
    """How the rows of several parts are sorted, as each of them is."""
    return _sorted(sort, rows.c.due_on, [rows.c.since, rows.c.case_id, rows.c.step])


def _sorted(sort: str, due: Any, since: list[Any]) -> list[Any]:
    if sort == "due" and due is not None:
        return [sa.nulls_last(due), *since]
    return [column.desc() for column in since] if sort == "new" else since


def _null(type_: Any) -> Any:
    return sa.cast(None, type_)
