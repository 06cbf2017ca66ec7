"""Shenhou through its public verbs: SQLite with ``synchronous=FULL``, forms validated, audit and projections on.

By default every completion reads the workflow back from the database, as the workload demands of everybody. With
``--cached`` live workflows stay in memory by revision, as Shenhou runs when it is installed.
"""

from __future__ import annotations

import argparse
import gc
import tracemalloc
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bench import weighing
from bench.pack import MESSAGE, REGION, build_pack, build_workers
from bench.subject import Outcome, open_half, serve
from bench.workload import Values, half_open_after, steps_of, values_of
from engine import audit, cases, db, inbox, releases
from engine import tables as t
from engine.actors import Actor
from engine.errors import Problem
from engine.keyring import draw_keys, read_keys
from engine.lint import check_pack
from engine.packs import Pack
from engine.runtime import Runtime
from engine.store import InstanceCache
from migrations import upgrade

CLERK = Actor("bench.clerk", groups=frozenset({"bench"}), region=REGION)


class Shenhou:
    """One runtime on a database of its own; a pack for each number of branches."""

    _runtime: Runtime

    def __init__(self, *, cached: bool = False) -> None:
        self._kept = 1_000 if cached else 0

    @classmethod
    def on(cls, runtime: Runtime) -> Shenhou:
        """On an installation that is there, with ``publish`` for its packs; it is not this one's to close."""
        made = cls()
        made._runtime = runtime
        return made

    def open(self, directory: Path, branches: Sequence[int]) -> None:
        keys = read_keys(draw_keys(), {kind: kind for kind in ("data", "audit", "secret")})
        database = db.connect(f"sqlite:///{directory / 'shenhou.db'}")
        self._runtime = Runtime(database, keys, workers=build_workers(), instances=InstanceCache(self._kept))
        upgrade(database)
        for number in branches:
            self.publish(build_pack(number))

    def publish(self, pack: Pack) -> None:
        """Check and publish a pack."""
        with self._runtime.database.connect() as connection, connection.begin():
            releases.publish(connection, pack, CLERK.id, self._runtime.clock.now(), check=self._check)

    def start(self, branches: int) -> str:
        return cases.start(self._runtime, CLERK, f"bench_{branches}", message=MESSAGE)

    def locate(self, case: str, step: str) -> str:
        rows = inbox.list_open(self._runtime, CLERK, inbox.Query(case_id=case, limit=1_000))
        (user_task,) = [row.id for row in rows if row.element_id == step]
        return str(user_task)

    def complete(self, case: str, user_task: str, values: Values) -> None:
        cases.complete_user_task(self._runtime, CLERK, user_task, values)

    def state_bytes(self, case: str) -> int:
        with db.reading(self._runtime.database) as connection:
            return weighing.state_bytes(connection, case)

    def outcome(self, case: str) -> Outcome:
        """Read from the database. A case with an incident, or with an audit line missing, has not ended well."""
        row = self._all(sa.select(t.cases.c.status, t.cases.c.facts).where(t.cases.c.id == case))[0]
        done = sa.select(sa.func.count()).where(t.user_tasks.c.case_id == case, t.user_tasks.c.status == "completed")
        incidents = sa.select(sa.func.count()).where(t.incidents.c.case_id == case)
        completions = int(self._one(done))
        with db.reading(self._runtime.database) as connection:
            lines = len(audit.history(connection, case))
        well = self._one(incidents) == 0 and lines == completions + 1
        return Outcome(row.status == "completed" and well, completions, row.facts.count('"record_'))

    def bytes_per_cached_case(self, branches: int, count: int) -> float:
        """What the interpreter allocated for ``count`` half-open cases that came into an empty cache."""
        keys = [open_half(self, branches) for _ in range(count)]
        step = steps_of(branches)[half_open_after(branches)]
        user_tasks = [self.locate(key, step) for key in keys]
        self._runtime.instances = InstanceCache(count)
        gc.collect()
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        for key, user_task in zip(keys, user_tasks, strict=True):
            self.complete(key, user_task, values_of(step))
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
        assert len(self._runtime.instances) == count
        return grown / count

    def close(self) -> None:
        self._runtime.close()

    def _check(self, pack: Pack) -> Sequence[Problem]:
        runtime = self._runtime
        return check_pack(pack, job_types=runtime.workers.by_type(), feel=runtime.feel, now=runtime.clock.now())

    def _one(self, query: Any) -> Any:
        return self._all(query)[0][0]

    def _all(self, query: Any) -> Sequence[sa.Row[Any]]:
        with db.reading(self._runtime.database) as connection:
            return connection.execute(query).all()


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--cached", action="store_true")
    serve(Shenhou(cached=options.parse_args().cached))
