"""A case as papers read it: facts, sealed facts and release, on a connection that writes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn, TypeVar

import orjson
import sqlalchemy as sa

from engine import tables as t
from engine.actors import WORKER, Actor
from engine.errors import NotFound
from engine.loaded import LoadedRelease
from engine.runtime import Runtime
from engine.sealing import Sealer

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class CaseReading:
    """``engine.registry.CaseAccess`` for whoever only reads. ``at`` is the moment that it calls now."""

    runtime: Runtime
    connection: sa.Connection
    row: Any
    facts: Mapping[str, Any]
    sealed: Mapping[str, Any]
    at: datetime
    actor: Actor = WORKER

    @property
    def case_id(self) -> str:
        return str(self.row.id)

    @property
    def code(self) -> str:
        return str(self.row.code)

    @property
    def region(self) -> str:
        return str(self.row.region)

    @property
    def release(self) -> LoadedRelease:
        return self.runtime.releases.get(self.connection, self.row.release_id)

    @property
    def sealer(self) -> Sealer:
        return self.runtime.sealer

    def now(self) -> datetime:
        return self.at

    def resource(self, kind: type[R]) -> R:
        return self.runtime.resource(kind)

    def write_facts(self, values: Mapping[str, Any], path: str = "") -> NoReturn:
        raise RuntimeError("a paper writes nothing")

    def write_sealed(self, values: Mapping[str, Any], path: str = "") -> NoReturn:
        raise RuntimeError("a paper writes nothing")

    def publish(
        self, name: str, payload: object = None, *, correlation_key: object = None, keep: bool = False
    ) -> NoReturn:
        raise RuntimeError("a paper sends no messages")


def read_case(runtime: Runtime, connection: sa.Connection, case_id: str, at: datetime | None = None) -> CaseReading:
    """The case as it stands; ``at`` for a paper that speaks of another day than this. Raises ``NotFound``."""
    row = connection.execute(sa.select(t.cases).where(t.cases.c.id == case_id)).first()
    if row is None:
        raise NotFound("case", case_id)
    sealed = runtime.sealer.open(bytes(row.sealed), row.id) if row.sealed else {}
    return CaseReading(runtime, connection, row, orjson.loads(row.facts), sealed, at or runtime.clock.now())
