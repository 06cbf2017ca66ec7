"""The transactions that commands run in: each thread keeps its connection from one command to the next.

Checking a connection out and in again cost a tenth of a completion. A connection that has been idle for a while, or
that any database error has passed through, is not trusted: it goes back, and the pool gives one that it has tested.

BEGIN and COMMIT go to the driver. A Core statement in between begins a transaction of SQLAlchemy's own, which is the
same one to the database (``db`` begins none inside another), and is then ended through SQLAlchemy.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine import db
from engine.prepared import database_error

IDLE_SECONDS = 20.0


@dataclass(slots=True)
class _Kept:
    connection: sa.Connection
    used: float
    at_work: bool = False


class Transactions:
    """Write transactions on ``engine``. One object a process."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine, self._local, self._lock = engine, threading.local(), threading.Lock()
        self._all: dict[int, _Kept] = {}  # by thread

    @contextmanager
    def begin(self) -> Iterator[sa.Connection]:
        """A transaction that is committed at the end of the block, and rolled back on any exception."""
        kept = self._take()
        connection, kept.at_work = kept.connection, True
        try:
            db.begin_write(connection)
            yield connection
            _commit(connection)
        except sa.exc.DBAPIError:
            self._give_back(invalid=True)
            raise
        except BaseException:
            self._roll_back(connection)
            raise
        finally:
            kept.at_work = False

    def close(self) -> None:
        """Give back every thread's connection; no command may be at work."""
        with self._lock:
            kept, self._all = list(self._all.values()), {}
        self._local = threading.local()
        for each in kept:
            each.connection.close()

    def _take(self) -> _Kept:
        kept: _Kept | None = getattr(self._local, "kept", None)
        now = time.monotonic()
        if kept is not None and (now - kept.used > IDLE_SECONDS or kept.at_work):
            self._give_back(invalid=kept.at_work)  # a command inside a command must not commit the outer one's half
            kept = None
        if kept is None:
            kept = self._local.kept = _Kept(self._engine.connect(), now)
            with self._lock:
                self._forget_ended_threads()
                self._all[threading.get_ident()] = kept
        kept.used = now
        return kept

    def _roll_back(self, connection: sa.Connection) -> None:
        try:
            connection.rollback()
            driver: Any = connection.connection.dbapi_connection
            driver.rollback()
        except (sa.exc.SQLAlchemyError, connection.dialect.loaded_dbapi.Error):
            self._give_back(invalid=True)

    def _give_back(self, *, invalid: bool) -> None:
        kept: _Kept = self._local.kept
        del self._local.kept
        with self._lock:
            self._all.pop(threading.get_ident(), None)
        with suppress(sa.exc.SQLAlchemyError):  # it may be broken: what happened to it is raised elsewhere
            if invalid:
                kept.connection.invalidate()
            kept.connection.close()

    def _forget_ended_threads(self) -> None:
        alive = {thread.ident for thread in threading.enumerate()}
        for ident in [ident for ident in self._all if ident not in alive]:
            self._all.pop(ident).connection.close()


def _commit(connection: sa.Connection) -> None:
    if connection.in_transaction():
        connection.commit()
        return
    driver: Any = connection.connection.dbapi_connection
    try:
        driver.commit()
    except connection.dialect.loaded_dbapi.Error as error:
        raise database_error(connection, "COMMIT", error) from error
