"""A runtime on a fresh database of each kind, and packs made of a few lines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy as sa

from engine import cases, inbox
from engine import tables as t
from engine.actors import SYSTEM, Actor
from engine.bpmn import Limits
from engine.clock import FixedClock
from engine.db import reading
from engine.feel_functions import standard_functions
from engine.keyring import DataKey, Keyring
from engine.packs import assemble_pack
from engine.registry import Workers
from engine.releases import publish
from engine.runtime import Runtime
from engine.store import InstanceCache
from tests.diagrams import diagram

KEYS = Keyring((DataKey("k1", b"1" * 32),), b"2" * 32, b"3" * 32)
CLERK = Actor("wang", frozenset({"clerks"}), "430000")


def form(*keys: str, sensitive: tuple[str, ...] = ()) -> bytes:
    """A form of plain text fields; a key ending in ``!`` is required."""
    components = []
    for number, key in enumerate(keys):
        name = key.rstrip("!")
        field_ = {"type": "textfield", "id": f"Field_{number}", "key": name, "label": name}
        field_["validate"] = {"required": True} if key.endswith("!") else {}
        if name in sensitive:
            field_["properties"] = {"sensitive": "true"}
        components.append(field_)
    return json.dumps({"type": "default", "id": "form", "schemaVersion": 19, "components": components}).encode()


@dataclass
class World:
    """A runtime with a clock that the test moves, and the shortest words for what tests do all the time."""

    runtime: Runtime
    clock: FixedClock
    workers: Workers
    actor: Actor = CLERK
    packs: dict[str, dict[str, bytes]] = field(default_factory=dict)

    def publish(
        self,
        code: str = "pack",
        switches: dict[str, Any] | None = None,
        messages: dict[str, Any] | None = None,
        jobs: dict[str, Any] | None = None,
        **parts: str | bytes,
    ) -> str:
        """Publish a pack: ``name="start s …"`` is a diagram, ``form_x=b"…"`` a form; the release's id."""
        files = self.packs.setdefault(code, {"forms/plain.form": form("x", "y", "note")})
        for name, content in parts.items():
            if name.startswith("form_"):
                files[f"forms/{name.removeprefix('form_')}.form"] = content  # type: ignore[assignment]
            elif name.endswith("_dmn"):
                files[f"{name.removesuffix('_dmn')}.dmn"] = content  # type: ignore[assignment]
            else:
                files[f"{name}.bpmn"] = diagram(name, content) if isinstance(content, str) else content
        names = {"short": "试验", "official": "试验流程包"}
        manifest: dict[str, Any] = {"code": code, "names": names, "region": "430000", "main": "main"}
        manifest |= {"switches": switches or {}, "messages": messages or {}, "jobs": jobs or {}}
        files["pack.yaml"] = json.dumps(manifest, ensure_ascii=False).encode()
        pack = assemble_pack(code, dict(files), dict.fromkeys(files, code))
        assert not pack.faults, pack.faults
        with self.runtime.database.connect() as connection, connection.begin():
            return publish(connection, pack, "test", self.clock.now(), check=lambda _: []).id

    def start(self, code: str = "pack", **options: Any) -> str:
        return cases.start(self.runtime, options.pop("actor", self.actor), code, **options)

    def rows(self, table: sa.Table, **equal: Any) -> list[Any]:
        query = sa.select(table).where(*(table.c[name] == value for name, value in equal.items()))
        with reading(self.runtime.database) as connection:
            return list(connection.execute(query.order_by(*table.primary_key.columns)))

    def case(self, case_id: str) -> Any:
        return self.rows(t.cases, id=case_id)[0]

    def states(self) -> list[bytes]:
        """What is stored of all running instances, by scope."""
        stored = [*self.rows(t.process_instances), *self.rows(t.inner_scopes)]
        return [bytes(row.state) for row in stored if row.state is not None]

    def spoil_state(self, instance_id: str) -> None:
        with self.runtime.database.begin() as connection:
            mine = t.process_instances.c.id == instance_id
            connection.execute(t.process_instances.update().where(mine).values(state=b"\x01[1]"))
        self.runtime.instances = InstanceCache()

    def facts(self, case_id: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.case(case_id).facts)
        return found

    def open(self, case_id: str = "") -> list[str]:
        query = inbox.Query(case_id=case_id)
        return sorted(row.element_id for row in inbox.list_open(self.runtime, SYSTEM, query))

    def task(self, element: str, case_id: str = "") -> str:
        found = inbox.list_open(self.runtime, SYSTEM, inbox.Query(case_id=case_id))
        return next(str(row.id) for row in found if row.element_id == element)

    def complete(self, element: str, case_id: str = "", actor: Actor | None = None, **values: Any) -> None:
        cases.complete_user_task(self.runtime, actor or SYSTEM, self.task(element, case_id), values)


@pytest.fixture
def world(database: sa.Engine) -> Iterator[World]:
    made = make_world(database)
    yield made
    made.runtime.close()


def make_world(database: sa.Engine, limits: Limits | None = None) -> World:
    clock, workers = FixedClock("2026-11-23T09:00:00+08:00"), Workers()
    runtime = Runtime(
        database, KEYS, clock=clock, workers=workers, functions=standard_functions(), limits=limits or Limits()
    )
    return World(runtime, clock, workers)
