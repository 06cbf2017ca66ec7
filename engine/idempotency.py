"""Commands that come twice take effect once: the first answer is stored and given again."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from typing import TypeVar

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from engine import tables as t
from engine.errors import InvalidInput, KeyReused
from engine.incoming import check_text
from engine.unit import Unit

T = TypeVar("T")


def once(body: Callable[[Unit], T], key: str | None, request: object) -> Callable[[Unit], T]:
    """``body``, run only if ``key`` (of this actor) is new; its JSON result is stored with the key.

    The same key with another ``request`` (JSON) raises ``KeyReused``. A second request that comes while the first is at
    work waits for it. Without a key, ``body`` itself. Raises ``InvalidInput`` for a key that cannot be stored.
    """
    if key is None:
        return body
    check_text("key", key)

    def run_once(unit: Unit) -> T:
        stored = _claim(unit, key, request)
        if stored is not None:
            answer: T = orjson.loads(stored)
            return answer
        result = body(unit)
        unit.connection.execute(
            t.idempotency_keys.update()
            .where(t.idempotency_keys.c.actor == unit.actor.id, t.idempotency_keys.c.key == key)
            .values(response=orjson.dumps(result).decode())
        )
        return result

    return run_once


def _digest(request: object, key: bytes) -> str:
    """Keyed: a request may be little more than an identity number, which a plain hash would give away."""
    try:
        data = orjson.dumps(request, option=orjson.OPT_SORT_KEYS)
    except TypeError as error:
        raise InvalidInput({"": ["内容无法读取"]}) from error
    return hmac.digest(key, b"shenhou request " + data, hashlib.sha256).hex()


def _claim(unit: Unit, key: str, request: object) -> str | None:
    digest = _digest(request, unit.runtime.keys.audit)
    dialect = sqlite if unit.connection.dialect.name == "sqlite" else postgresql
    row = {"actor": unit.actor.id, "key": key, "request_hash": digest, "created_at": unit.now_text}
    columns = t.idempotency_keys.c
    claim = dialect.insert(t.idempotency_keys).values(row).on_conflict_do_nothing().returning(columns.key)
    if unit.connection.execute(claim).first() is not None:
        return None
    found = unit.connection.execute(
        sa.select(columns.request_hash, columns.response).where(columns.actor == unit.actor.id, columns.key == key)
    ).one()
    if found.request_hash != digest:
        raise KeyReused(key)
    return str(found.response)
