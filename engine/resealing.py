"""Key rotation: everything sealed with an older data key is sealed anew with the newest, a case a transaction.

It can be interrupted and begun again at any time: what is done stays done, and both keys open until all of it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from string import Formatter

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
    for column, which in _loose():
        _reseal_table(runtime, column, which)
    return sum(execute(runtime, actor, lambda unit, case=case: _reseal(unit, case)) for case in _case_ids(runtime))  # type: ignore[misc]


def count_stale(runtime: Runtime) -> int:
    """How many cases, and rows that belong to none, still hold something under an older key."""
    with reading(runtime.database) as connection:
        cases = sum(_is_stale(connection, runtime.sealer, case_id) for case_id in _case_ids(runtime))
        found = (_sealed(connection, column, which) for column, which in _loose())
        return cases + sum(not runtime.sealer.is_current(bytes(data)) for values in found for data in values)


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
    for column in _of_cases():
        _reseal_rows(unit.connection, sealer, column, column.table.c.case_id == case_id)
    unit.finish("reseal", "case", {})
    return True


def _columns() -> list[sa.Column[bytes]]:
    """The sealed columns of all tables besides the case's own."""
    return [column for table in t.metadata.sorted_tables for column in table.columns if "sealed_for" in column.info]


def _of_cases() -> list[sa.Column[bytes]]:
    return [column for column in _columns() if "case_id" in column.table.c]


def _loose() -> Iterator[tuple[sa.Column[bytes], sa.ColumnElement[bool]]]:
    """Sealed columns with the rows that belong to no case: all of a table, or those in which the case is left open."""
    for column in _columns():
        case_id = column.table.c.get("case_id")
        if case_id is None:
            yield column, sa.true()
        elif case_id.nullable:
            yield column, case_id.is_(None)


def _sealed(
    connection: sa.Connection, column: sa.Column[bytes], which: sa.ColumnElement[bool]
) -> sa.ScalarResult[bytes]:
    return connection.execute(sa.select(column).where(which, column.is_not(None), sa.func.length(column) > 0)).scalars()


def _owners(column: sa.Column[bytes]) -> list[sa.Column[str]]:
    """The columns that say whose a sealed value is."""
    names = (name for _, name, _, _ in Formatter().parse(column.info["sealed_for"]) if name)
    return [column.table.c[name] for name in dict.fromkeys(names)]


def _reseal_table(runtime: Runtime, column: sa.Column[bytes], which: sa.ColumnElement[bool]) -> None:
    """A page of owners a transaction."""
    [owner], last = _owners(column), ""
    query = sa.select(owner).where(which, owner > sa.bindparam("last")).distinct().order_by(owner).limit(PAGE)
    while True:
        with runtime.database.connect() as connection, connection.begin():
            page = list(connection.execute(query, {"last": last}).scalars())
            _reseal_rows(connection, runtime.sealer, column, sa.and_(which, owner.in_(page)))
        if len(page) < PAGE:
            return
        last = page[-1]


def _reseal_rows(
    connection: sa.Connection, sealer: Sealer, column: sa.Column[bytes], which: sa.ColumnElement[bool]
) -> None:
    keys, owners = list(column.table.primary_key.columns), _owners(column)
    query = sa.select(column, *keys, *owners).where(which, column.is_not(None), sa.func.length(column) > 0)
    for data, *found in connection.execute(query.with_for_update()).all():  # else a change in between would be undone
        key, names = found[: len(keys)], found[len(keys) :]
        if not sealer.is_current(bytes(data)):
            whose = column.info["sealed_for"].format_map(dict(zip((one.name for one in owners), names, strict=True)))
            fresh = sealer.seal(sealer.open(bytes(data), whose), whose)
            same = (one == value for one, value in zip(keys, key, strict=True))
            connection.execute(sa.update(column.table).where(*same).values({column.name: fresh}))


def _is_stale(connection: sa.Connection, sealer: Sealer, case_id: str) -> bool:
    own = sa.select(t.cases.c.sealed).where(t.cases.c.id == case_id, t.cases.c.sealed.is_not(None))
    found = list(connection.execute(own).scalars())
    for column in _of_cases():
        found += _sealed(connection, column, column.table.c.case_id == case_id)
    return any(not sealer.is_current(bytes(data)) for data in found)
