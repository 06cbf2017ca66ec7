"""The demonstration's accounts: one for each role of the published packs, named on the sign-in page.

Their password is no secret, so they exist only where ``WebSettings.demonstration`` is on; in production that password
opens nothing, whatever the database holds.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa
from argon2 import PasswordHasher

from engine.clock import to_text
from engine.tables import packs, releases, user_groups, users
from web.demonstration.families import count_stories

PASSWORD = "shenhou-demo-2026"  # noqa: S105 - it stands on the sign-in page
OPERATOR = "operator"
OPERATOR_NAME = "系统运维员"
_HASHER = PasswordHasher()
_NO_ROLES = ("department", "public")


@dataclass(frozen=True, slots=True)
class Account:
    """One of them, as the sign-in page names it. ``place`` is the short name of the pack whose role it has."""

    login: str
    name: str
    place: str


@dataclass(frozen=True, slots=True)
class _Wanted:
    name: str
    region: str
    groups: tuple[str, ...]
    place: str


def ensure_accounts(connection: sa.Connection, now: datetime) -> int:
    """Add the accounts that are missing; how many were added. An account that is there stays as it is."""
    wanted = _wanted(connection)
    there = set(connection.execute(sa.select(users.c.login).where(users.c.login.in_(list(wanted)))).scalars())
    missing = {login: row for login, row in wanted.items() if login not in there}
    if not missing:
        return 0
    shared = _HASHER.hash(PASSWORD)  # one for all: the password is one for all
    for login, account in missing.items():
        user_id = secrets.token_hex(16)
        row = {"id": user_id, "login": login, "name": account.name, "password_hash": shared, "region": account.region}
        administers = login == OPERATOR
        connection.execute(
            users.insert().values(**row, active=True, administrator=administers, created_at=to_text(now))
        )
        for group in account.groups:
            connection.execute(user_groups.insert().values(user_id=user_id, name=group))
    return len(missing)


def list_accounts(connection: sa.Connection) -> list[Account]:
    """Those of the accounts that are there, the families' side of the counter first."""
    wanted = _wanted(connection)
    rows = connection.execute(sa.select(users.c.login, users.c.name).where(users.c.login.in_(list(wanted))))
    names = {row.login: row.name for row in rows}
    return [Account(login, names[login], account.place) for login, account in wanted.items() if login in names]


def _wanted(connection: sa.Connection) -> dict[str, _Wanted]:
    """Accounts by login. The first province's logins are plain, another's end in its code."""
    wanted: dict[str, _Wanted] = {}
    first = ""
    for manifest in _manifests(connection):
        province, place = manifest["region"][:2], str(manifest["names"]["short"])
        if not first:
            first = province
            wanted[OPERATOR] = _Wanted(OPERATOR_NAME, f"{province}0000", (), place)
        for group, declared in manifest["groups"].items():
            if declared.get("kind") in _NO_ROLES:
                continue
            login = group.replace(".", "-").replace("_", "-") + ("" if province == first else f"-{province}")
            wanted.setdefault(login, _Wanted(declared["name"], f"{province}0000", (group,), place))
    return wanted


def _manifests(connection: sa.Connection) -> list[dict[str, Any]]:
    """Of the packs whose roles a province has, those that share a library: where most is told comes first.

    A pack on its own is a trial.
    """
    current = packs.join(releases, releases.c.id == packs.c.current_release)
    texts = connection.execute(sa.select(releases.c.manifest).select_from(current).order_by(packs.c.code)).scalars()
    found = [orjson.loads(text) for text in texts]
    shared = [manifest for manifest in found if manifest.get("extends") and manifest.get("region")]
    return sorted(shared, key=lambda manifest: -count_stories(manifest["code"]))
