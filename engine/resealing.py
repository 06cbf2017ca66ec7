"""Key rotation: everything sealed with an older data key is sealed anew with the newest, a case a transaction.

It can be interrupted and begun again at any time: what is done stays done, and both keys open until all of it is.
"""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from engine import tables as t
from engine.actors import Actor
from engine.db import reading
from engine.errors import NotFound
from engine.execution import execute
from engine.runtime import Runtime
from engine.sealing import Sealer
from engine.unit import Unit

PAGE = 500


def reseal(runtime: Runtime, actor: Actor) -> int:
    """Seal anew whatever is not under the newest key; how many cases had something of it.

    Every process must know the newest key before: one that does not cannot open what this writes.
    """
    return sum(execute(runtime, actor, lambda unit, case=case: _reseal(unit, case)) for case in _case_ids(runtime))  # type: ignore[misc]


def count_stale(runtime: Runtime) -> int:
    """How many cases still hold something under an older key."""
    with reading(runtime.database) as connection:
        return sum(_is_stale(connection, runtime.sealer, case_id) for case_id in _case_ids(runtime))


def _case_ids(runtime: Runtime) -> Iterator[str]:
    """Every case, page by page, so that neither memory nor a transaction grows with their number."""
    last = ""
    query = sa.select(t.cases.c.id).where(t.cases.c.id > sa.bindparam("last")).order_by(t.cases.c.id).limit(PAGE)
    while True:
        with reading(runtime.database) as connection:
            page = list(connection.execute(query, {"last": last}).scalars())
        yield from page
        if len(page) < PAGE:
            return
        last = page[-1]


def _reseal(unit: Unit, case_id: str) -> bool:
    sealer = unit.runtime.sealer
    try:
        unit.lock(case_id)
    except NotFound:
        return False
    if not _is_stale(unit.connection, sealer, case_id):
        return False
    if unit.case.sealed is not None and not sealer.is_current(bytes(unit.case.sealed)):
        unit.record.merge_sealed(unit.record.sealed)  # unchanged in content, so written and indexed anew
    for column, owner in _sealed_columns():
        _reseal_column(unit.connection, sealer, column, owner, case_id)
    unit.finish("reseal", "case", {})
    return True


def _sealed_columns() -> tuple[tuple[sa.Column[bytes], sa.Column[str]], ...]:
    """Sealed columns besides the case's own, each with the column that says whose the value is."""
    return (t.user_tasks.c.draft, t.user_tasks.c.id), (t.message_inbox.c.payload, t.message_inbox.c.id)


def _reseal_column(
    connection: sa.Connection, sealer: Sealer, column: sa.Column[bytes], owner: sa.Column[str], case_id: str
) -> None:
    table = column.table
    query = sa.select(owner, column).where(table.c.case_id == case_id, column.is_not(None), sa.func.length(column) > 0)
    for owner_id, data in connection.execute(query).all():
        if not sealer.is_current(bytes(data)):
            fresh = sealer.seal(sealer.open(bytes(data), owner_id), owner_id)
            connection.execute(sa.update(table).where(owner == owner_id).values({column.name: fresh}))


def _is_stale(connection: sa.Connection, sealer: Sealer, case_id: str) -> bool:
    own = sa.select(t.cases.c.sealed).where(t.cases.c.id == case_id, t.cases.c.sealed.is_not(None))
    found = list(connection.execute(own).scalars())
    for column, _ in _sealed_columns():
        query = sa.select(column).where(
            column.table.c.case_id == case_id, column.is_not(None), sa.func.length(column) > 0
        )
        found += connection.execute(query).scalars()
    return any(not sealer.is_current(bytes(data)) for data in found)
