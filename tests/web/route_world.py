"""Two regions with a case each, one account a role in both, two families, and somebody who has not signed in."""

from __future__ import annotations

import io
import json
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from engine import db
from engine import tables as t
from engine.clock import FixedClock
from engine.runtime import Runtime
from tasks import tables as d
from tasks.adapters import make_resources
from tasks.settings import read_outside
from tests.integration.conftest import KEYS
from tests.templates import Templates
from tests.web import pictures
from tests.web.conftest import Browser
from tests.web.desk_cases import find_task, play_until
from tests.web.families import Family, new_family
from web.access import sessions
from web.store.uploads import Incoming, keep_upload
from web.tables import case_parties, tickets

NEAR, FAR = "430100", "430400"
"""Two cities of one province: what lies in the one is nothing to the other."""
DECIDING = "decide_item[survivor_benefit]"
SCENES = {
    "near": ("01-home-all-items", DECIDING),
    "far": ("08-family-payee", DECIDING),
    "applying": ("32-supplement", "file_application"),
    "handing": ("19-deferred-uncured", "provide_materials"),
    "signing": ("24-withdraw-one-item", "sign_commitment"),
}
STEPS = {"applying": "file_application", "handing": "provide_materials", "signing": "sign_commitment"}


@dataclass(frozen=True)
class Persona:
    """Somebody with a browser. ``kind``: staff, family, nobody."""

    name: str
    kind: str
    browser: Browser
    groups: frozenset[str] = frozenset()
    region: str = ""

    @property
    def departments(self) -> frozenset[str]:
        return frozenset(group.partition(".")[0] for group in self.groups)


@dataclass(frozen=True)
class Place:
    """A region's case: who has to do with it, and what its routes' arguments are."""

    region: str
    departments: frozenset[str]
    step_groups: frozenset[str]
    parties: frozenset[str]
    arguments: Mapping[str, str] = field(default_factory=dict)


@pytest.fixture(scope="module")
def web_template(web_template: Path, templates: Templates) -> Path:
    """The usual database with the scenes; their ids lie beside it."""
    return templates.made("routes", lambda folder: play_scenes(Path(shutil.copy(web_template, folder)))) / "shenhou.db"


def play_scenes(path: Path) -> None:
    """Add the scenes and the far city's accounts to a database of the pages' tests."""
    runtime = Runtime(db.connect(f"sqlite:///{path}"), KEYS, clock=FixedClock("2026-01-01T00:00:00+08:00"))
    runtime.resources.update(make_resources(runtime.database, runtime.sealer, runtime.clock, read_outside({})))
    played = {scene: play_until(runtime, name, until) for scene, (name, until) in SCENES.items()}
    with runtime.database.begin() as connection:
        _divide(connection, played["far"])
    runtime.close()
    path.with_suffix(".json").write_text(json.dumps(played))


def _divide(connection: sa.Connection, far_case: str) -> None:
    """The accounts of the template serve the near city; each gets a twin in the far one, where the far case lies."""
    users, groups = t.users, t.user_groups
    rows = [row._asdict() for row in connection.execute(sa.select(users))]
    connection.execute(users.update().values(region=NEAR))
    for row in rows:
        twin = secrets.token_hex(16)
        connection.execute(users.insert().values(row | {"id": twin, "login": f"{row['login']}-far", "region": FAR}))
        for name in connection.execute(sa.select(groups.c.name).where(groups.c.user_id == row["id"])).scalars():
            connection.execute(groups.insert().values(user_id=twin, name=name))
    connection.execute(t.cases.update().where(t.cases.c.id == far_case).values(region=f"{FAR[:4]}05"))


@dataclass
class World:
    """``places``: near and far. ``staff`` by region; ``families`` are the parties of the near and of the far case."""

    app: Flask
    runtime: Runtime
    played: Mapping[str, str]
    places: dict[str, Place] = field(default_factory=dict)
    staff: dict[str, list[Persona]] = field(default_factory=dict)
    others: list[Persona] = field(default_factory=list)

    @property
    def everybody(self) -> list[Persona]:
        return [*self.staff[NEAR], *self.staff[FAR], *self.others]


@pytest.fixture
def world(app: Flask, runtime: Runtime, web_template: Path) -> World:
    played = json.loads(web_template.with_suffix(".json").read_text())
    made = World(app, runtime, played)
    kin = {
        name: new_family(app, runtime, phone, name) for name, phone in (("near", "19900000701"), ("far", "19900000702"))
    }
    made.others = [Persona(name, "family", one.browser) for name, one in kin.items()]
    made.others.append(Persona("nobody", "nobody", Browser(app.test_client())))
    for name in ("near", "far"):
        made.places[name] = _lay_out(made, name, kin[name])
    for region in (NEAR, FAR):
        made.staff[region] = _sign_all_in(made, region)
    return made


def _lay_out(world: World, name: str, kin: Family) -> Place:
    runtime, case_id = world.runtime, world.played[name]
    own = world.app.extensions["shenhou"]
    kept = keep_upload(own, Incoming("a.pdf", "application/pdf", io.BytesIO(pictures.pdf())), case_id=case_id, by="x")
    step = find_task(runtime, case_id, "decide_item", "survivor_benefit")
    arguments = {"case_id": case_id, "step": step, "file_id": str(kept.id), "ticket_id": secrets.token_hex(16)}
    cases = [case_id]
    if name == "near":
        cases += [world.played[scene] for scene in STEPS]
        arguments |= {scene: find_task(runtime, world.played[scene], element) for scene, element in STEPS.items()}
    with runtime.database.begin() as connection:
        row = connection.execute(sa.select(t.cases).where(t.cases.c.id == case_id)).one()
        certificate = sa.select(d.certificates.c.id).where(d.certificates.c.case_id == case_id)
        arguments |= {"release": row.release_id, "code": row.code}
        arguments |= {"certificate_id": connection.execute(certificate).scalars().first() or ""}
        _open_ticket(connection, runtime, arguments["ticket_id"], row)
        for one in cases:
            party = {"case_id": one, "family_id": kin.id, "role": "applicant", "filing": "f1"}
            connection.execute(case_parties.insert().values(**party, since=row.opened_at))
        departments = {group.partition(".")[0] for group in _groups_of(connection, case_id)}
        groups = frozenset(_groups_of(connection, case_id, step))
    return Place(row.region, frozenset(departments), groups, frozenset({name}), arguments)


def _groups_of(connection: sa.Connection, case_id: str, step: str = "") -> set[str]:
    """Every group that had or has a step of the case, and the departments of its items; or those of one step."""
    tasks, listed, items = t.user_tasks, t.user_task_candidates, d.items
    found = set()
    for row in connection.execute(sa.select(tasks).where(tasks.c.case_id == case_id)):
        if step in ("", row.id):
            found |= {row.candidate_group} - {None}
            named = sa.select(listed.c.name).where(listed.c.user_task_id == row.id, listed.c.kind == "group")
            found |= set(connection.execute(named).scalars())
    if not step:
        found |= set(connection.execute(sa.select(items.c.department).where(items.c.case_id == case_id)).scalars())
    return found


def _open_ticket(connection: sa.Connection, runtime: Runtime, ticket_id: str, case: Any) -> None:
    """A complaint to the department that decides on pensions."""
    sealed = runtime.sealer.seal({"caller": "谭女士", "phone": "13800000000", "words": "请尽快办理"}, ticket_id)
    values = {
        "id": ticket_id,
        "number": f"T-{ticket_id[:8]}",
        "case_id": case.id,
        "kind": "complaint",
        "sealed": sealed,
    }
    values |= {"department": "hrss", "region": case.region, "status": "open", "opened_by": "x"}
    connection.execute(tickets.insert().values(**values, opened_at=case.opened_at))


def _sign_all_in(world: World, region: str) -> list[Persona]:
    now = world.runtime.clock.now()
    found = []
    with world.runtime.database.begin() as connection:
        for row in connection.execute(
            sa.select(t.users).where(t.users.c.region == region).order_by(t.users.c.login)
        ).all():
            named = sa.select(t.user_groups.c.name).where(t.user_groups.c.user_id == row.id)
            groups = frozenset(connection.execute(named).scalars())
            opened = {"second_factor": False, "address": "127.0.0.1", "agent": "tests"}
            token = sessions.open_session(connection, "staff", row.id, now, **opened)
            browser = Browser(world.app.test_client())
            with browser.client.session_transaction() as session:
                session["token"] = token
            found.append(Persona(row.login, "staff", browser, groups, region))
    assert len(found) > 20
    return found
