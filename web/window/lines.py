"""Cases as lists name them: by code, the name of the deceased and the end of their number."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa
from flask import current_app, url_for

from engine import db
from engine import tables as t
from engine.clock import local_date, parse_moment
from web.access.masking import mask
from web.access.people import Person
from web.access.visibility import visible_cases
from web.services import services

MOST = 50
_CODE = re.compile(r"[A-Z0-9]{2,}(-[A-Z0-9]+)+")
_EXACT = ("deceased.id_number",)
_PATHS = (
    *_EXACT,
    "deceased.name",
    "reporter.phone",
    *(f"filings.f{n}.applicant.{name}" for n in range(1, 6) for name in ("phone", "id_number")),
)


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A case in a list. ``number`` is masked; ``died_on`` and ``opened_on`` are days."""

    id: str
    code: str
    name: str
    number: str
    status: str
    pack: str
    region: str
    died_on: str
    opened_on: str

    @property
    def url(self) -> str:
        """The case's page; "" where this installation has none."""
        return case_page(self.code)


def case_page(code: str) -> str:
    """The page of the case with this code; "" where this installation has none."""
    return _page("desk.case", code=code)


def task_page(user_task_id: str) -> str:
    """The page on which a user task is done; "" where there is none."""
    return _page("desk.user_task", user_task_id=user_task_id)


def _page(endpoint: str, **values: Any) -> str:
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else ""


def as_line(person: Person | None, row: Any) -> CaseLine:
    """A row of ``cases`` as it stands in a list."""
    known = open_sealed(row).get("deceased") or {}
    facts = orjson.loads(row.facts).get("deceased") or {}
    number = mask(person, "id_number", known.get("id_number"))
    opened_on = local_date(parse_moment(row.opened_at)).isoformat()
    return CaseLine(
        row.id,
        row.code,
        str(known.get("name") or "无名氏"),
        number,
        row.status,
        row.pack,
        row.region,
        str(facts.get("died_on") or ""),
        opened_on,
    )


def open_sealed(row: Any) -> dict[str, Any]:
    """The sealed facts of a row of ``cases``."""
    found: dict[str, Any] = services().runtime.sealer.open(bytes(row.sealed), row.id) if row.sealed else {}
    return found


def lines_of(connection: sa.Connection, person: Person | None, case_ids: Iterable[str]) -> dict[str, CaseLine]:
    """The lines of cases by id, in one query."""
    wanted = sorted(set(case_ids))
    if not wanted:
        return {}
    rows = connection.execute(sa.select(t.cases).where(t.cases.c.id.in_(wanted)))
    return {row.id: as_line(person, row) for row in rows}


def find_cases(person: Person, text: str, *, everywhere: bool = False) -> list[CaseLine]:
    """The cases that ``text`` names wholly: code, name or number of the deceased, or a telephone; newest first.

    Only what ``person`` may see. With ``everywhere`` also what lies in the person's region and is not theirs yet, but
    then only code and number of the deceased count, which nobody guesses.
    """
    text = text.strip()
    if not text or len(text) > 128 or "\0" in text:
        return []
    inside = t.cases.c.region.startswith(person.act().region_prefix, autoescape=True)
    scope = inside if everywhere else visible_cases(person)
    found = _names(text, _EXACT if everywhere else _PATHS)
    with db.reading(services().database) as connection:
        query = sa.select(t.cases).where(scope, found).order_by(t.cases.c.opened_at.desc(), t.cases.c.id).limit(MOST)
        return [as_line(person, row) for row in connection.execute(query)]


def _names(text: str, paths: Sequence[str]) -> sa.ColumnElement[bool]:
    code = text.upper()
    if _CODE.fullmatch(code):
        return t.cases.c.code == code
    sealer, index = services().runtime.sealer, t.sealed_index.c
    digests = [sa.and_(index.name == path, index.digest.in_(sealer.look_up(path, text))) for path in paths]
    return sa.exists().where(index.case_id == t.cases.c.id, sa.or_(*digests))
