"""No code reaches a page: whatever a column may hold, whatever is told or done, has words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import pytest
import sqlalchemy as sa
from flask import Flask

from engine import tables as t
from engine.config import CODE_ROOT
from tasks import tables as d
from tasks.notices import TITLES
from tasks.push_fields import RULES
from tests.web.conftest import Browser
from tests.web.route_world import World, web_template, world
from web import tables
from web.desk import words
from web.funeral import routes as funeral
from web.hotline import routes as hotline
from web.hotline import tickets
from web.ops import queue_routes as ops
from web.papers import notices as papers
from web.portal import progress
from web.window import counter

__all__ = ["web_template", "world"]
SAID: list[tuple[sa.Table, str, Mapping[str, object]]] = [
    (t.cases, "status", words.CASE),
    (t.jobs, "status", ops.WORDS),
    (t.incidents, "status", ops.WORDS),
    (d.items, "status", words.ITEM),
    (d.items, "status", hotline.ITEM_STATUS),
    (d.items, "status", papers.ITEM_WORDS),
    (d.items, "status", progress.ITEM_WORDS),
    (d.filings, "status", words.FILING),
    (d.filings, "status", counter.STATUS),
    (d.filings, "status", progress.FILING_WORDS),
    (d.materials, "status", words.MATERIAL),
    (d.materials, "source", words.SOURCE),
    (d.materials, "medium", words.MEDIUM),
    (d.payments, "status", words.PAYMENT),
    (d.payments, "payee_kind", words.PAYEE),
    (d.outbox, "status", words.OUTBOX),
    (d.outbox, "status", ops.WORDS),
    (d.certificates, "kind", funeral.KINDS),
    (d.certificates, "kind", progress.CERTIFICATES),
    (d.certificates, "status", funeral.STATUS),
    (tables.tickets, "kind", tickets.KINDS),
    (tables.tickets, "status", tickets.STATUS),
]


def codes_of(table: sa.Table, column: str) -> set[str]:
    """What the column's CHECK lets in."""
    checks = [one for one in table.constraints if isinstance(one, sa.CheckConstraint)]
    text = next(str(one.sqltext) for one in checks if str(one.sqltext).startswith(f"{column} IN"))
    return set(re.findall(r"'(\w+)'", text))


def wordless(codes: Iterable[str], said: Mapping[str, object]) -> set[str]:
    return {code for code in codes if str(said.get(code) or code).isascii()}


@pytest.mark.parametrize(("table", "column", "said"), SAID, ids=lambda value: getattr(value, "name", None))
def test_everything_that_a_column_may_hold_has_words(
    app: Flask, table: sa.Table, column: str, said: Mapping[str, object]
) -> None:
    with app.test_request_context():
        assert codes_of(table, column)
        assert wordless(codes_of(table, column), said) == set()


def test_everything_that_is_written_into_the_audit_has_words(app: Flask) -> None:
    sources = [
        path.read_text("utf-8") for part in ("engine", "tasks", "web") for path in (CODE_ROOT / part).rglob("*.py")
    ]
    verbs = {verb for source in sources for verb in re.findall(r'\bfinish\(\s*"([a-z ]+)"', source)}
    inbox = (CODE_ROOT / "engine" / "inbox.py").read_text("utf-8")
    verbs |= set(re.findall(r'\b_(?:act|write|change)\([^"\n]*"([a-z]+)"', inbox)) | {
        "claim",
        "release",
        "reassign",
        "draft",
    }
    assert len(verbs) > 14
    with app.test_request_context():
        assert wordless(verbs, words.VERB) == set()


def test_everything_that_is_pushed_or_told_has_words(app: Flask) -> None:
    templates = {path.stem for path in (CODE_ROOT / "processes").glob("*/templates/*.j2")}
    receivers = {one for rule in RULES for one in rule.receivers if not one.startswith("dept.")}
    with app.test_request_context():
        assert wordless({rule.kind for rule in RULES}, words.PUSH) == set()
        assert wordless(receivers, words.RECEIVER) == set()
        assert wordless(templates & set(TITLES), TITLES) == set()


@pytest.mark.parametrize("tab", ["work", "materials", "timeline", "pushes", "notices"])
def test_no_cell_of_a_case_holds_a_code(world: World, tab: str) -> None:
    """Looked at where officials look: no cell and no tag is nothing but small letters and underscores."""
    clerk: Browser = next(one for one in world.everybody if one.name == "window-clerk").browser
    case_id = world.places["near"].arguments["case_id"]
    clerk.post(f"/window/cases/{case_id}/originals", {"code": ["M02", "M07"]})
    page = clerk.get(f"/desk/cases/{world.places['near'].arguments['code']}/{tab}").text
    _head, _, body = page.partition('id="content"')
    cells = re.findall(r">\s*([^<>]+?)\s*<", body)
    assert len(cells) > 20
    assert [cell for cell in cells if re.fullmatch(r"[a-z]+([_.#][a-z0-9]+)*", cell) and cell != "a.pdf"] == []


@pytest.mark.both_databases
def test_seeing_originals_stands_in_the_timeline_by_their_names(world: World) -> None:
    clerk = next(one for one in world.everybody if one.name == "window-clerk").browser
    place, c = world.places["near"], d.materials.c
    with world.runtime.database.begin() as connection:
        mine = (c.case_id == place.arguments["case_id"], c.original, c.source == "applicant")
        seen = connection.execute(sa.select(c.code, c.name).where(*mine).order_by(c.code)).first()
        assert seen is not None
        values = {"verified_at": None, "verified_by": None, "status": "provided"}
        connection.execute(d.materials.update().where(*mine).values(values))
    path = f"/window/cases/{place.arguments['case_id']}/originals"
    assert clerk.post(path, {"code": [seen.code]}).status_code == 303
    page = clerk.get(f"/desk/cases/{place.arguments['code']}/timeline").text
    assert "核验原件" in page
    assert seen.name in page
