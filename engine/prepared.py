"""SQLAlchemy Core statements on the hot path: compiled once a dialect, then run on the driver itself.

A completion runs a dozen small statements. Compiled-cache look-up, parameter processing and result proxies cost Core
several times what the statement costs SQLite; statements whose columns are plain text, whole numbers and bytes need
none of it. Values, not SQL, vary: what a list or an optional clause would change is run by Core as usual.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite


@dataclass(frozen=True, slots=True)
class _Plan:
    sql: str
    pick: Callable[[Mapping[str, Any]], Any] | None  # values in their order, where the driver takes positions
    row: Callable[[Sequence[Any]], Any] | None
    fixed: Mapping[str, Any]  # literal values of the statement


class Prepared:
    """One statement, or one a dialect where they spell it differently (``build`` gets the dialect's name).

    Lists that the statement holds (``IN``) are a part of it only ``with_lists``; what varies then has a value besides.
    """

    def __init__(
        self, statement: Any = None, *, build: Callable[[str], Any] | None = None, with_lists: bool = False
    ) -> None:
        self._statement, self._build, self._with_lists = statement, build, with_lists
        self._plans: dict[str, _Plan] = {}

    def all(self, connection: sa.Connection, **values: Any) -> list[Any]:
        """The rows, as named tuples."""
        plan = self._plan(connection)
        rows = _execute(connection, plan, values).fetchall()
        return [plan.row(row) for row in rows] if plan.row else rows

    def first(self, connection: sa.Connection, **values: Any) -> Any:
        """The first row as a named tuple, or None."""
        plan = self._plan(connection)
        row = _execute(connection, plan, values).fetchone()
        return plan.row(row) if row is not None and plan.row else row

    def scalar(self, connection: sa.Connection, **values: Any) -> Any:
        """The first column of the first row, or None."""
        row = _execute(connection, self._plan(connection), values).fetchone()
        return row[0] if row is not None else None

    def run(self, connection: sa.Connection, values: Mapping[str, Any]) -> None:
        _execute(connection, self._plan(connection), values)

    def run_all(self, connection: sa.Connection, rows: Iterable[Mapping[str, Any]]) -> None:
        """Run once for each of ``rows``."""
        plan, several = self._plan(connection), list(rows)
        if len(several) == 1:
            _execute(connection, plan, several[0])
        elif several:
            _execute_all(connection, plan, several)

    def _plan(self, connection: sa.Connection) -> _Plan:
        name = connection.dialect.name
        plan = self._plans.get(name)
        if plan is None:
            plan = self._plans[name] = self._compile(connection.dialect)
        return plan

    def _compile(self, dialect: sa.Dialect) -> _Plan:
        statement = self._build(dialect.name) if self._build else self._statement
        options = {"compile_kwargs": {"render_postcompile": True}} if self._with_lists else {}
        compiled = statement.compile(dialect=dialect, **options)
        names = compiled.positiontup
        fixed = {key: value for key, value in compiled.params.items() if value is not None}
        columns = [column.name for column in getattr(statement, "exported_columns", ())]
        pick = _picker(names) if names is not None else None
        return _Plan(str(compiled), pick, row_maker(columns) if columns else None, fixed)


def row_maker(columns: Sequence[str]) -> Callable[[Sequence[Any]], Any]:
    """What makes named tuples of rows with these columns."""
    named: Any = namedtuple  # its columns are only known here, which a type checker cannot follow
    maker: Callable[[Sequence[Any]], Any] = named("Row", columns)._make
    return maker


def _picker(names: Sequence[str]) -> Callable[[Mapping[str, Any]], Any]:
    if len(names) > 1:
        return itemgetter(*names)
    return lambda values: [values[name] for name in names]


def insert(table: sa.Table, *columns: str) -> Prepared:
    """INSERT of these columns (all of the table's by default)."""
    names = columns or tuple(column.name for column in table.columns)
    return Prepared(table.insert().values({name: sa.bindparam(name) for name in names}))


def upsert(table: sa.Table, *keys: str, columns: Sequence[str] = ()) -> Prepared:
    """INSERT of ``columns`` (all by default), or UPDATE of those besides ``keys`` where the key exists."""

    def build(dialect: str) -> Any:
        names = columns or [column.name for column in table.columns]
        module: Any = sqlite if dialect == "sqlite" else postgresql
        statement = module.insert(table).values({name: sa.bindparam(name) for name in names})
        changed = {name: statement.excluded[name] for name in names if name not in keys}
        return statement.on_conflict_do_update(index_elements=list(keys), set_=changed)

    return Prepared(build=build)


def _execute(connection: sa.Connection, plan: _Plan, values: Mapping[str, Any]) -> Any:
    driver: Any = connection.connection.dbapi_connection
    try:
        return driver.execute(plan.sql, _arguments(plan, values))
    except connection.dialect.loaded_dbapi.Error as error:
        raise database_error(connection, plan.sql, error) from error


def _execute_all(connection: sa.Connection, plan: _Plan, rows: Iterable[Mapping[str, Any]]) -> None:
    driver: Any = connection.connection.dbapi_connection
    try:
        driver.cursor().executemany(plan.sql, [_arguments(plan, row) for row in rows])
    except connection.dialect.loaded_dbapi.Error as error:
        raise database_error(connection, plan.sql, error) from error


def _arguments(plan: _Plan, values: Mapping[str, Any]) -> Any:
    given = {**plan.fixed, **values} if plan.fixed else values
    return plan.pick(given) if plan.pick is not None else given


def database_error(connection: sa.Connection, sql: str, error: Exception) -> BaseException:
    """The driver's ``error`` as SQLAlchemy raises it; without the parameters, which may hold personal data."""
    dialect = connection.dialect
    return sa.exc.DBAPIError.instance(sql, None, error, dialect.loaded_dbapi.Error, dialect=dialect)
