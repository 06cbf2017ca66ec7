"""Families for the tests of their pages: signed in without a telephone, and led through a case."""

from __future__ import annotations

import random
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import Any

import orjson
import sqlalchemy as sa
from flask import Flask

from engine import cases, db, inbox
from engine import tables as t
from engine.actors import SYSTEM, Actor
from engine.clock import to_text
from engine.execution import execute
from engine.runtime import Runtime
from engine.unit import Unit
from engine.worker import Worker
from tasks.scenarios.filling import Filler
from tests.web.conftest import Browser
from web.access import sessions
from web.tables import families

PHONE = "19900000103"
REPORT = {
    "place": "home",
    "reported_manner": "natural",
    "deceased.name": "谭㛃",
    "deceased.sex": "male",
    "deceased.id_kind": "resident_id",
    "deceased.id_number": "430199194803121312",
    "deceased.died_on": "2026-11-22",
    "deceased.died_province": "430000",
    "deceased.died_region": "430102",
    "deceased.registered_province": "430000",
    "deceased.registered_region": "430102",
    "reporter.kind": "relative",
    "reporter.relation": "child",
    "reporter.name": "谭思齐",
    "reporter.phone": PHONE,
}


@dataclass
class Family:
    """A browser in which a family is signed in."""

    browser: Browser
    id: str
    last: Any = field(default=None)

    def get(self, path: str) -> Any:
        return self.browser.get(path)

    def send(self, path: str, data: Any) -> Any:
        return self.browser.post(path, data)

    def follow(self, path: str, data: Any) -> str:
        """Where a form that is taken leads to."""
        answer = self.send(path, data)
        assert answer.status_code == 303, (answer.status_code, faults(answer.text))
        return str(answer.headers["Location"])


def faults(page: str) -> list[str]:
    """What a page says is wrong."""
    plain = re.sub(
        r"<[^>]+>", " ", " ".join(re.findall(r"(?s)(?:alert|summary|form-error|forming-error).{0,400}", page))
    )
    return [unescape(line.strip()) for line in plain.split("  ") if line.strip()][:40]


def new_family(app: Flask, runtime: Runtime, phone: str = PHONE, name: str = "谭思齐") -> Family:
    """A family that has signed in."""
    family_id, now = secrets.token_hex(16), runtime.clock.now()
    with runtime.database.begin() as connection:
        sealed = runtime.sealer.seal({"name": name, "phone": phone}, family_id)
        connection.execute(families.insert().values(id=family_id, sealed=sealed, created_at=to_text(now)))
        token = sessions.open_session(
            connection, "family", family_id, now, second_factor=False, address="127.0.0.1", agent="tests"
        )
    browser = Browser(app.test_client())
    with browser.client.session_transaction() as session:
        session["token"] = token
    return Family(browser, family_id)


@dataclass
class Staff:
    """Departments at work, by the engine's verbs."""

    runtime: Runtime

    def tasks(self, case_id: str, element_id: str = "") -> list[Any]:
        with db.reading(self.runtime.database) as connection:
            c = t.user_tasks.c
            query = sa.select(t.user_tasks).where(c.case_id == case_id, c.status == "open")
            rows = list(connection.execute(query.order_by(c.created_at)))
        return [row for row in rows if element_id in ("", row.element_id)]

    def do(self, case_id: str, element_id: str, by: str = "clerk", **given: Any) -> None:
        """Fill in and submit the oldest open task of that name."""
        row = self.tasks(case_id, element_id)[0]
        group = row.candidate_group or "window.clerk"
        actor = Actor(by, frozenset({group}), "430000")

        def read(unit: Unit) -> Any:
            held = inbox.lock_open(unit, row.id)
            form = unit.release.form(held.form_id)
            return form, inbox.form_context(unit, form, held)

        form, context = execute(self.runtime, SYSTEM, read)
        filler = Filler(random.Random(7), self.runtime.clock.now())
        filler.known = {"account_name": "谭㛃"}
        values = filler.fill(form, context, self.runtime.feel, given)
        cases.complete_user_task(self.runtime, actor, row.id, values)

    def certify(self, case_id: str) -> None:
        """From the report at home to a valid certificate."""
        self.settle()
        self.do(case_id, "assign_doctor")
        self.do(case_id, "investigate_cause", finding="natural")
        self.do(case_id, "certify_at_home", certificate_number=f"TD4301-{case_id[:6]}")
        self.settle()

    def settle(self) -> None:
        """What a background worker would do now."""
        worker = Worker(self.runtime)
        for _ in range(60):
            if not worker.run_once():
                return


def facts(runtime: Runtime, case_id: str) -> Mapping[str, Any]:
    with db.reading(runtime.database) as connection:
        text = connection.execute(sa.select(t.cases.c.facts).where(t.cases.c.id == case_id)).scalar_one()
    found: dict[str, Any] = orjson.loads(text)
    return found
