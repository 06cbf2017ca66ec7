"""Many more cases like one that is there, written by SQLite itself: ten thousand take a few seconds.

A copy has what lists and pages read, under ids of its own: their first eight digits count the copies. What nobody who
is measured reads is left out: the audit's lines, what was sent, finished jobs. A copy is there to be listed and looked
at: its state still names the tokens of the case that it was made from, and of what is sealed only the facts are its
own. Whoever submits takes a case that was played.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from engine import tables as t
from engine.sealing import Sealer
from tasks import tables as d

COUNTED = 8  # digits of an id
TABLES = (
    *(t.process_instances, t.user_tasks, t.user_task_candidates, t.timers, t.message_waits, t.sealed_index),
    *(d.certificates, d.filings, d.items, d.materials, d.holds, d.pauses, d.remains),
)


class Copies:
    """Counts them, so that no two have one id."""

    def __init__(self, connection: sa.Connection, sealer: Sealer) -> None:
        self._connection, self._sealer = connection, sealer
        self._made = 0

    def make(self, case_id: str, count: int) -> None:
        """``count`` more cases like ``case_id``."""
        if not count:
            return
        numbers = range(self._made + 1, self._made + count + 1)
        self._made += count
        self._number(numbers)
        self._copy(t.cases, "id = :case_id", case_id, code="printf('SH-%08X', n)")
        for table in TABLES:
            self._copy(table, _where(table), case_id)
        self._seal(case_id, numbers)

    def _number(self, numbers: Sequence[int]) -> None:
        run = self._connection.exec_driver_sql
        run("CREATE TEMP TABLE IF NOT EXISTS copies (n INTEGER PRIMARY KEY)")
        run("DELETE FROM copies")
        run("INSERT INTO copies VALUES (?)", [(number,) for number in numbers])

    def _copy(self, table: sa.Table, where: str, case_id: str, **instead: str) -> None:
        names = [f'"{column.name}"' for column in table.c]
        values = [instead.get(column.name) or _fresh(table, column) for column in table.c]
        statement = (
            f"INSERT INTO {table.name} ({', '.join(names)})"
            f" SELECT {', '.join(values)} FROM {table.name} CROSS JOIN copies WHERE {where}"
        )
        self._connection.execute(sa.text(statement), {"case_id": case_id})

    def _seal(self, case_id: str, numbers: Sequence[int]) -> None:
        """What is sealed is sealed for its case."""
        query = sa.select(t.cases.c.sealed).where(t.cases.c.id == case_id)
        facts = self._sealer.open(bytes(self._connection.execute(query).scalar_one()), case_id)
        names = [_name(case_id, number) for number in numbers]
        rows = [{"copy": name, "blob": self._sealer.seal(facts, name)} for name in names]
        own = t.cases.c.id == sa.bindparam("copy")
        self._connection.execute(t.cases.update().where(own).values(sealed=sa.bindparam("blob")), rows)


def _where(table: sa.Table) -> str:
    if "case_id" in table.c:
        return "case_id = :case_id"
    return "user_task_id IN (SELECT id FROM user_tasks WHERE case_id = :case_id)"


def _fresh(table: sa.Table, column: sa.Column[object]) -> str:
    """An id becomes the copy's, as do a certificate's number and the moment when it began."""
    named = f'{table.name}."{column.name}"'
    if table is d.certificates and column.name == "number":
        return f"{named} || '-' || n"
    if column.name in ("created_at", "opened_at"):  # no two began in one microsecond
        return f"substr({named}, 1, 20) || printf('%06dZ', n)"
    is_id = isinstance(column.type, sa.String) and column.type.length == t.ID.length and column.name.endswith("id")
    return f"printf('%0{COUNTED}x', n) || substr({named}, {COUNTED + 1})" if is_id else named


def _name(case_id: str, number: int) -> str:
    """The id of a copy, as ``_fresh`` writes it."""
    return f"{number:0{COUNTED}x}{case_id[COUNTED:]}"
