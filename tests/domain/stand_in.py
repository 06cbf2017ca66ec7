"""A small stand-in for the engine's unit of work: a case without diagrams, on a connection that the test holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast
from uuid import uuid4

import sqlalchemy as sa

import forms
from engine import tables as t
from engine.actors import SYSTEM, Actor
from engine.clock import FixedClock, to_text
from engine.facts import Facts
from engine.pack_schema import Manifest
from engine.registry import WORKERS, Job
from engine.sealing import Sealer
from tasks.sealed_texts import open_text
from tests.integration.conftest import KEYS

T = TypeVar("T")


@dataclass
class Release:
    """What a worker may ask of its release; a test changes whatever it needs."""

    manifest: Manifest
    files: dict[str, bytes] = field(default_factory=dict)
    switches: dict[str, Any] = field(default_factory=dict)
    known_forms: dict[str, forms.Form] = field(default_factory=dict)

    def form(self, form_id: str) -> forms.Form:
        return self.known_forms[form_id]


def make_manifest(**parts: Any) -> Manifest:
    """The manifest of a small pack, with whatever ``parts`` (items, groups …) a test adds."""
    names = {"short": "试验", "official": "试验流程包"}
    return Manifest.model_validate({"code": "pack", "names": names, "region": "430000", "main": "main"} | parts)


@dataclass(frozen=True)
class Published:
    """A message that a worker published."""

    name: str
    payload: Mapping[str, Any]
    correlation_key: str | None
    keep: bool


class Case:
    """A case for workers, without diagrams: ``engine.registry.CaseAccess`` on a connection that the test holds."""

    def __init__(self, connection: sa.Connection, case_id: str, clock: FixedClock, release: Release) -> None:
        self.connection: sa.Connection = connection
        self.case_id, self.clock, self.release = case_id, clock, release
        self.actor: Actor = SYSTEM
        self.sealer = Sealer(KEYS)
        self.published: list[Published] = []
        self.resources: dict[type, Any] = {}
        row = connection.execute(sa.select(t.cases).where(t.cases.c.id == case_id)).one()
        self.region: str = row.region
        self.record = Facts(case_id, row.facts, row.sealed, self.sealer)

    # -- what a worker sees ------------------------------------------------------------------------------------------

    @property
    def facts(self) -> Mapping[str, Any]:
        return self.record.open

    @property
    def sealed(self) -> Mapping[str, Any]:
        return self.record.sealed

    def now(self) -> Any:
        return self.clock.now()

    def write_facts(self, values: Mapping[str, Any], path: str = "") -> None:
        self.record.merge(values, path)

    def write_sealed(self, values: Mapping[str, Any], path: str = "") -> None:
        self.record.merge_sealed(values, path)

    def publish(
        self,
        name: str,
        payload: Mapping[str, Any] | None = None,
        *,
        correlation_key: str | None = None,
        keep: bool = False,
    ) -> None:
        self.published.append(Published(name, payload or {}, correlation_key, keep))

    def resource(self, cls: type[T]) -> T:
        if cls not in self.resources:
            raise LookupError(cls.__name__)
        return cast(T, self.resources[cls])

    # -- short words for tests ---------------------------------------------------------------------------------------

    @property
    def now_text(self) -> str:
        return to_text(self.clock.now())

    @property
    def messages(self) -> list[str]:
        """Names of what was published so far, in order."""
        return [message.name for message in self.published]

    def run(self, type_: str, **inputs: Any) -> dict[str, Any]:
        """The result of the registered worker ``type_``; what it wrote goes with what it raises."""
        job_type = WORKERS.find(type_)
        assert job_type is not None, f"no worker {type_}"
        named = {name.removesuffix("?") for name in job_type.inputs}
        demanded = {name for name in job_type.inputs if not name.endswith("?")}
        assert demanded <= set(inputs) <= named, f"{type_} takes {job_type.inputs}"
        job = Job(uuid4().hex, self.case_id, "test", "test_element", type_, inputs, {}, 1)
        restore, before = self.record.savepoint(), len(self.published)
        try:
            with self.connection.begin_nested():
                result = dict(job_type.function(job, self) or {})
        except BaseException:
            restore()
            del self.published[before:]
            raise
        assert set(result) <= set(job_type.outputs), f"{type_} declares {job_type.outputs}"
        return result

    def act_as(self, *groups: str) -> Case:
        """Let a person of these groups give the next commands; with none, the engine itself."""
        self.actor = Actor("zhang", frozenset(groups), "430000") if groups else SYSTEM
        return self

    def submit(self, values: Mapping[str, Any], path: str = "", sealed: Mapping[str, Any] | None = None) -> None:
        """What a form would have stored: open and sealed values under a facts path."""
        self.record.merge(values, path)
        self.record.merge_sealed(sealed or {}, path)

    def insert(self, table: sa.Table, **values: Any) -> None:
        """A row of this case, in a savepoint of its own, so that a refused one leaves the transaction usable."""
        row = ({"case_id": self.case_id} if "case_id" in table.c else {}) | values
        with self.connection.begin_nested():
            self.connection.execute(table.insert().values(row))

    def rows(self, table: sa.Table, **equal: Any) -> list[Any]:
        """Rows of this case (all rows, of a table without ``case_id``)."""
        equal = ({"case_id": self.case_id} if "case_id" in table.c else {}) | equal
        query = sa.select(table).where(*(table.c[name] == value for name, value in equal.items()))
        return list(self.connection.execute(query.order_by(*table.primary_key.columns)))

    def row(self, table: sa.Table, **equal: Any) -> Any:
        """The only row of this case."""
        found = self.rows(table, **equal)
        assert len(found) == 1, found
        return found[0]

    def words(self, column: sa.Column[Any], row: Any = None) -> str:
        """What a sealed column says, in ``row`` or in the only row of this case; that it is not in clear is checked."""
        row = self.row(column.table) if row is None else row
        text = open_text(self.sealer, column, row)
        assert not text or text.encode() not in bytes(getattr(row, column.name))
        return text

    def save(self) -> None:
        """Write the facts back, as the end of a command does; for a test that opens the case anew."""
        values = {"facts": self.record.text(), "sealed": self.record.sealed_bytes()}
        self.connection.execute(t.cases.update().where(t.cases.c.id == self.case_id).values(values))
