"""Accounts of those who work here: how they are made, and how their passwords are kept (argon2id)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from argon2 import PasswordHasher
from flask_babel import gettext as _

from engine.clock import to_text
from engine.errors import Conflict, InvalidInput, NotFound
from engine.tables import user_groups, users
from web.tables import user_security

PASSWORD_LENGTH = 12
PASSWORD_MOST = 256  # hashing more would be work for nothing
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}", re.ASCII)
_GROUP = re.compile(r"[a-z][a-z0-9_.-]{0,127}", re.ASCII)
_REGION = re.compile(r"\d{6}", re.ASCII)
_HASHER = PasswordHasher()


@dataclass(frozen=True, slots=True)
class NewUser:
    """What an account is made of; ``region`` is a GB/T 2260 code, and bounds the cases that its holder may see."""

    login: str
    name: str
    region: str
    groups: Sequence[str] = ()
    administrator: bool = False

    def find_faults(self) -> dict[str, list[str]]:
        """Messages by field; empty when all is well."""
        faults: dict[str, list[str]] = {}
        if not _LOGIN.fullmatch(self.login):
            faults["login"] = [_("登录名为2至64位小写字母、数字、点、短横线或下划线")]
        if not 0 < len(self.name.strip()) <= 128:
            faults["name"] = [_("请填写姓名，不超过128字")]
        if not _REGION.fullmatch(self.region):
            faults["region"] = [_("行政区划代码为6位数字")]
        if any(not _GROUP.fullmatch(group) for group in self.groups):
            faults["groups"] = [_("岗位组名称只能用小写字母、数字、点、短横线和下划线")]
        return faults


def add_user(connection: sa.Connection, user: NewUser, password: str, now: datetime) -> str:
    """Store an account and return its id. ``InvalidInput`` by field; ``Conflict`` where the login is taken."""
    faults = user.find_faults()
    if len(password) < PASSWORD_LENGTH:
        faults["password"] = [_("密码至少%(least)s位", least=PASSWORD_LENGTH)]
    if faults:
        raise InvalidInput(faults)
    if connection.execute(sa.select(users.c.id).where(users.c.login == user.login)).first():
        raise Conflict("user", user.login, "there already")
    user_id = secrets.token_hex(16)
    connection.execute(
        users.insert().values(
            id=user_id,
            login=user.login,
            name=user.name.strip(),
            password_hash=_HASHER.hash(password),
            region=user.region,
            active=True,
            administrator=user.administrator,
            created_at=to_text(now),
        )
    )
    for group in sorted(set(user.groups)):
        connection.execute(user_groups.insert().values(user_id=user_id, name=group))
    return user_id


def find_password_faults(password: str, login: str) -> list[str]:
    """What keeps ``password`` from being one; empty when all is well."""
    if not PASSWORD_LENGTH <= len(password) <= PASSWORD_MOST:
        return [_("密码至少%(least)s位，至多%(most)s位", least=PASSWORD_LENGTH, most=PASSWORD_MOST)]
    if login in password.lower() or len(set(password)) < 5:
        return [_("密码过于简单：不能含登录名，也不能只用几个相同的字符")]
    return []


def set_password(connection: sa.Connection, user_id: str, password: str) -> None:
    """Replace an account's password."""
    hashed = _HASHER.hash(password)
    connection.execute(users.update().where(users.c.id == user_id).values(password_hash=hashed))


def find_user_id(connection: sa.Connection, login: str) -> str:
    """The id of the account with that login. Raises ``NotFound``."""
    found = connection.execute(sa.select(users.c.id).where(users.c.login == login)).scalar_one_or_none()
    if found is None:
        raise NotFound("user", login)
    return str(found)


def set_active(connection: sa.Connection, user_id: str, active: bool) -> None:
    """Close an account, or open it again."""
    connection.execute(users.update().where(users.c.id == user_id).values(active=active))


def link_subject(connection: sa.Connection, user_id: str, subject: str) -> None:
    """Let the person of ``subject`` (its digest) sign in to an account. ``Conflict`` where another account has it."""
    mine = user_security.c.user_id == user_id
    taken = sa.select(user_security.c.user_id).where(user_security.c.oidc_subject == subject, ~mine)
    if connection.execute(taken).first():
        raise Conflict("subject", subject[:12], "linked with another account")
    if not connection.execute(user_security.update().where(mine).values(oidc_subject=subject)).rowcount:
        connection.execute(user_security.insert().values(user_id=user_id, oidc_subject=subject))


@dataclass(frozen=True, slots=True)
class User:
    """An account as it is listed: no password, not even its hash."""

    id: str
    login: str
    name: str
    region: str
    groups: tuple[str, ...]
    active: bool
    administrator: bool


def list_users(connection: sa.Connection) -> list[User]:
    """Every account, by login."""
    groups: dict[str, list[str]] = {}
    for row in connection.execute(sa.select(user_groups).order_by(user_groups.c.name)):
        groups.setdefault(row.user_id, []).append(row.name)
    rows = connection.execute(sa.select(users).order_by(users.c.login))
    return [
        User(row.id, row.login, row.name, row.region, tuple(groups.get(row.id, ())), row.active, row.administrator)
        for row in rows
    ]
