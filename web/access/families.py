"""Families: found again by their telephone or by their subject at an identity platform, stored without either."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from engine.clock import to_text
from engine.sealing import Sealer
from web.access.codes import phone_digest
from web.tables import families


def find_or_add_by_phone(connection: sa.Connection, sealer: Sealer, phone: str, now: datetime) -> str:
    """The id of the family of that telephone; its first sign-in makes it."""
    told = {"name": "", "phone": phone}
    return _find_or_add(connection, sealer, {"phone_digest": phone_digest(sealer, phone)}, told, now)


def find_or_add_by_subject(
    connection: sa.Connection, sealer: Sealer, subject: str, told: Mapping[str, str], now: datetime
) -> str:
    """The id of the family of that subject; ``told`` (name, phone) is what the platform says of it at first."""
    return _find_or_add(connection, sealer, {"oidc_subject": subject}, told, now)


def read_told(connection: sa.Connection, sealer: Sealer, family_id: str) -> dict[str, str]:
    """What is kept of a family: name and telephone."""
    row = connection.execute(sa.select(families).where(families.c.id == family_id)).one()
    told: dict[str, str] = sealer.open(bytes(row.sealed), row.id)
    return told


def rename(connection: sa.Connection, sealer: Sealer, family_id: str, name: str) -> None:
    """Keep the name by which the pages address the family."""
    told = {**read_told(connection, sealer, family_id), "name": name}
    connection.execute(families.update().where(families.c.id == family_id).values(sealed=sealer.seal(told, family_id)))


def _find_or_add(
    connection: sa.Connection, sealer: Sealer, key: Mapping[str, str], told: Mapping[str, str], now: datetime
) -> str:
    query = sa.select(families.c.id).where(*(families.c[name] == value for name, value in key.items()))
    if found := connection.execute(query).scalar_one_or_none():
        return str(found)
    family_id = secrets.token_hex(16)
    row = {**key, "id": family_id, "sealed": sealer.seal(dict(told), family_id), "created_at": to_text(now)}
    try:
        with connection.begin_nested():
            connection.execute(families.insert().values(**row))
    except sa.exc.IntegrityError:  # another browser was faster
        return str(connection.execute(query).scalar_one())
    return family_id
