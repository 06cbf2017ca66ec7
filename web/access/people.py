"""People as the pages know them, read from their account or their family's row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from engine.actors import Actor
from engine.prepared import Prepared
from engine.sealing import Sealer
from engine.tables import user_groups, users
from web.tables import families, user_security

FAMILY_GROUP = "applicant"
CAUSE_READERS = ("police.", "hospital.", "clinic.")


@dataclass(frozen=True, slots=True)
class Person:
    """Who is signed in. ``id`` is that of ``users`` or ``families``; ``login`` is empty for a family.

    ``region`` (GB/T 2260) bounds what staff may see; a family sees the cases it has a part in, and has no region.
    """

    kind: Literal["staff", "family"]
    id: str
    name: str
    login: str = ""
    groups: frozenset[str] = frozenset()
    region: str = ""
    administrator: bool = False

    def is_in(self, prefix: str) -> bool:
        """Whether one of the groups is ``prefix``, or begins with it where it ends in a dot."""
        if prefix.endswith("."):
            return any(group.startswith(prefix) for group in self.groups)
        return prefix in self.groups

    @property
    def may_read_cause(self) -> bool:
        """Whether why somebody died, and what was suspected, is theirs to know. Rule: C-28, 卫健 and 公安 alone."""
        return any(self.is_in(prefix) for prefix in CAUSE_READERS)

    @property
    def departments(self) -> frozenset[str]:
        """What stands before the dot of each group: ``funeral`` of ``funeral.clerk``."""
        return frozenset(group.partition(".")[0] for group in self.groups)

    @property
    def actor_id(self) -> str:
        """How the engine and the audit name them."""
        return self.login if self.kind == "staff" else f"family:{self.id}"

    def act(self, region: str = "") -> Actor:
        """Who acts towards the engine. A family acts in ``region``, that of a case which it may see."""
        return Actor(self.actor_id, self.groups, self.region if self.kind == "staff" else region)


@dataclass(frozen=True, slots=True)
class Standing:
    """A staff account as sign-in needs it: the person, whether a second factor is set up."""

    person: Person
    password_hash: str
    active: bool
    totp_confirmed: bool


_CONFIRMED = sa.func.coalesce(user_security.c.totp_confirmed, sa.false()).label("totp_confirmed")
_STAFF = sa.select(users, _CONFIRMED).select_from(users.outerjoin(user_security, user_security.c.user_id == users.c.id))
_BY_ID = Prepared(_STAFF.where(users.c.id == sa.bindparam("id")))  # each request asks for who has made it
_GROUPS = Prepared(sa.select(user_groups.c.name).where(user_groups.c.user_id == sa.bindparam("id")))


def read_staff(connection: sa.Connection, where: sa.ColumnElement[bool]) -> Standing | None:
    """The staff account that ``where`` picks."""
    row = connection.execute(_STAFF.where(where)).first()
    return None if row is None else _standing(connection, row)


def read_staff_of(connection: sa.Connection, user_id: str) -> Standing | None:
    """The staff account of that id."""
    row = _BY_ID.first(connection, id=user_id)
    return None if row is None else _standing(connection, row)


def _standing(connection: sa.Connection, row: Any) -> Standing:
    groups = frozenset(one.name for one in _GROUPS.all(connection, id=row.id))
    person = Person("staff", row.id, row.name, row.login, groups, row.region, bool(row.administrator))
    return Standing(person, row.password_hash, bool(row.active), bool(row.totp_confirmed))


def read_family(connection: sa.Connection, sealer: Sealer, family_id: str) -> Person | None:
    """The family of that id, by the name it gave."""
    row = connection.execute(sa.select(families).where(families.c.id == family_id)).first()
    if row is None:
        return None
    told = sealer.open(bytes(row.sealed), row.id)
    return Person("family", row.id, str(told.get("name") or ""), groups=frozenset({FAMILY_GROUP}))
