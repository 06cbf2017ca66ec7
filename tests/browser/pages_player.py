"""A scenario played at the pages: whoever submits a form in it signs in and fills it in, control by control.

Time, the departments' systems and what a scenario expects are as ever (``tasks.scenarios.player``); a step that must be
refused asks the engine, as a page does not offer it.
"""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from engine import db
from engine.actors import Actor
from engine.clock import to_text
from engine.divisions import province_of
from engine.tables import cases, user_groups, users
from tasks.scenarios.observing import name_task
from tasks.scenarios.player import Player
from tasks.scenarios.reading import Script
from tasks.scenarios.schema import Acting
from tasks.scenarios.stage import Stage
from tests.browser.conftest import OpenVisitor
from tests.browser.people import Family, Staff
from tests.browser.site import Site
from tests.browser.visitor import NARROW
from web.access.people import FAMILY_GROUP
from web.demonstration.playing import REPORTERS
from web.portal.parties import filing_of

FIRST, MATERIALS = "file_application", "provide_materials"


class PagesPlayer(Player):
    """``open_visitor`` opens a browser for each of the scenario's people; ``done`` is what they submitted there."""

    def __init__(self, site: Site, stage: Stage, script: Script, open_visitor: OpenVisitor) -> None:
        super().__init__(stage, script, lambda _: None)
        self._site, self._open_visitor = site, open_visitor
        self._staff: dict[str, tuple[Staff, str]] = {}
        self._families: dict[str, Family] = {}
        self.done: list[str] = []

    def _open_case(self) -> str:
        told = (self.script.scenario.report or {}).get("reporter") or {}
        code = self._clerk(REPORTERS.get(str(told.get("kind")), "window.clerk")).report(self._read_report())
        with db.reading(self._site.runtime.database) as connection:
            return str(connection.execute(sa.select(cases.c.id).where(cases.c.code == code)).scalar_one())

    def complete(self, step: Acting, user_task: Any, values: Mapping[str, Any]) -> None:
        """Submit an open user task's form on its page."""
        who = step.as_ or self.stage.group_of(user_task)
        if step.refused:
            super().complete(step, user_task, values)
            return
        if who.partition("#")[0] == FAMILY_GROUP:
            self._by_family(who, user_task, values)
        else:
            self._by_clerk(who, user_task, values)
        self.done.append(user_task.element_id)
        self.note(who, f"{user_task.name} ({name_task(user_task)})", step.note)

    def look_at_visits(self) -> None:
        """The page of a service that not every pack has: asking for a visit at home. Nothing is sent."""
        family = next(iter(self._families.values()))
        family.visitor.become(self._site.session_of_family(self._number))
        family.visitor.open(f"/my/cases/{self.case_id}/visit")
        family.write({"kind": "home_visit", "address": "秦安县西川镇雒堡村3组12号"})
        family.visitor.look()

    def _by_clerk(self, who: str, user_task: Any, values: Mapping[str, Any]) -> None:
        clerk = self._clerk(who)
        clerk.visitor.open(f"/desk/tasks/{user_task.id}")
        clerk.write_partly(values)
        clerk.hand_in()

    def _by_family(self, who: str, user_task: Any, values: Mapping[str, Any]) -> None:
        family = self._relative(who, values)
        with db.reading(self._site.runtime.database) as connection:
            filing = filing_of(connection, user_task)
        self._site.adopt(self.case_id, self._phone(values), filing or "f1")
        family.visitor.open(f"/my/tasks/{user_task.id}")
        if user_task.element_id == FIRST:
            family.apply(values)
        elif user_task.form_id == MATERIALS:
            family.hand_in_materials(uploads=99)
        else:
            family.write_partly(values)
            family.hand_in()
        self._site.settle()

    def actor(self, as_: str, by: str | None = None) -> Actor:
        """Whoever asks the engine is who acted at the pages, at home where the accounts are: in the whole province."""
        known = super().actor(as_, by)
        login = self._staff[known.id][1] if known.id in self._staff else known.id
        return dataclasses.replace(known, id=login, region=province_of(self.stage.region))

    # -- people --------------------------------------------------------------------------------------------------------

    def _clerk(self, who: str) -> Staff:
        if who not in self._staff:
            group, _, second = who.partition("#")
            login = self._second(group, second) if second else self._login(group)
            self._staff[who] = Staff(self._open_visitor(who.replace("#", "-"))), login
        clerk, login = self._staff[who]
        clerk.visitor.become(self._site.session_of(login))  # the days of a scenario outlast a session
        return clerk

    def _relative(self, who: str, values: Mapping[str, Any]) -> Family:
        if who not in self._families:
            self._families[who] = Family(self._open_visitor(who.replace("#", "-"), widths=(NARROW,)))
        family = self._families[who]
        family.visitor.become(self._site.session_of_family(self._phone(values)))
        return family

    def _phone(self, values: Mapping[str, Any]) -> str:
        """The telephone in the application, which is the family's first form."""
        given = values.get("applicant") or {}
        if given.get("phone"):
            self._number = str(given["phone"])
        return self._number

    def _login(self, group: str) -> str:
        """The demonstration's account for a group."""
        mine = sa.select(users.c.login).join(user_groups, user_groups.c.user_id == users.c.id)
        with db.reading(self._site.runtime.database) as connection:
            return str(connection.execute(mine.where(user_groups.c.name == group).order_by(users.c.login)).scalar_one())

    def _second(self, group: str, name: str) -> str:
        """An account for another of a group's people."""
        first, login = self._login(group), f"{self._login(group)}-{name}"
        with self._site.runtime.database.begin() as connection:
            row = connection.execute(sa.select(users).where(users.c.login == first)).mappings().one()
            own = {"id": secrets.token_hex(16), "login": login, "created_at": to_text(self._site.clock.now())}
            connection.execute(users.insert().values({**row, **own}))
            connection.execute(user_groups.insert().values(user_id=own["id"], name=group))
        return login
