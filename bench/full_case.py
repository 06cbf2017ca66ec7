"""Shenhou playing a pack's full case again and again, through its public verbs and nothing else.

Durable SQLite (``synchronous=FULL``), forms validated, in-transaction workers, the background worker with its jobs and
timers, outbox, audit. Cases go side by side, in step with the recording's clock, so that a round of the worker serves
several, as it does in an office. Timed is what the engine does: not the search for the task that a clerk's page or a
department's system knows already, nor the checks at the end.

As a process (``python -m bench.full_case``) it answers, besides the ``open`` of ``bench.subject``:

* ``{"do": "record", "scenario": "…/01-….yaml"}`` → ``{"recording": a file, "completions": …}``
* ``{"do": "play", "cases": 5, "cached": true}`` → ``bench.played.Played`` as JSON
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bench import weighing
from bench.fresh import renaming
from bench.played import Played
from bench.recording import Command, Recording, record
from bench.subject import Incomplete, converse
from engine import cases, db, jobs, messages
from engine import tables as t
from engine.actors import SYSTEM, Actor
from engine.clock import from_text
from engine.config import CODE_ROOT
from engine.keyring import draw_keys, read_keys
from engine.packs import read_pack
from engine.runtime import Runtime
from engine.store import InstanceCache
from migrations import upgrade
from tasks import tables as d
from tasks.registers import fill
from tasks.reports import report_death
from tasks.scenarios.filling import find_uploads
from tasks.scenarios.observing import Snapshot, find_jobs, find_tasks
from tasks.scenarios.preparing import open_runtime, prepare
from tasks.scenarios.reading import Script, read_script
from tasks.scenarios.stage import Stage

KEPT = 1_000  # live workflows in memory, when they are cached
LEAP = timedelta(minutes=1)  # a longer gap between two commands is walked through, stopping where something is due


class TimedStage(Stage):
    """A stage that says how long it was busy with what is due."""

    played = Played()

    def settle(self) -> None:
        with self.played.timing("work"):
            super().settle()


@dataclass(frozen=True, slots=True)
class Running:
    """One case at play; ``rename`` gives it its own person and numbers."""

    id: str
    rename: Callable[[Any], Any]


class FullCase:
    """A pack on a database of its own, and its recorded case."""

    def __init__(self, runtime: Runtime, script: Script) -> None:
        code = script.scenario.pack
        self.runtime = runtime
        stage = prepare(runtime, read_pack(code, CODE_ROOT / "processes", CODE_ROOT / "forms"), script)
        self.recording: Recording = record(stage, script)
        self._stage = TimedStage(runtime, stage.clock, stage.region)
        self._copies = 0

    @classmethod
    def open(cls, directory: Path, script: Script) -> FullCase:
        """On a database of its own in ``directory``."""
        keys = read_keys(draw_keys(), {kind: kind for kind in ("data", "audit", "secret")})
        runtime = open_runtime(db.connect(f"sqlite:///{directory / 'full_case.db'}"), keys)
        upgrade(runtime.database)
        return cls(runtime, script)

    def play(self, count: int, *, cached: bool) -> Played:
        """Take ``count`` cases side by side from start to end. Raises ``Incomplete`` where one goes another way."""
        runtime, recording, played = self.runtime, self.recording, Played(cases=count)
        runtime.instances = InstanceCache(KEPT if cached else 0)
        self._stage.played = played
        self._stage.clock.move_to(from_text(recording.begins_at))
        running = [self._begin(played) for _ in range(count)]
        self._stage.settle()
        completions = 0
        for command in recording.commands:
            self._wait_until(command.at, running)
            for case in running:
                self._do(command, case, played)
            self._stage.settle()
            completions += command.verb == "complete"
            if command.verb == "complete" and completions == (recording.completions + 1) // 2:
                self._weigh(running, played)
        self._wait_until(recording.ends_at, running)
        for case in running:
            self._end(case, played)
        return played

    def play_until(self, count: int, element: str) -> tuple[Command, list[Running]]:
        """Take ``count`` cases side by side to the first command on ``element`` and leave them open there.

        Returns that command and the cases. Raises ``Incomplete`` where the recording never comes there.
        """
        played = Played(cases=count)
        self._stage.clock.move_to(from_text(self.recording.begins_at))
        running = [self._begin(played) for _ in range(count)]
        self._stage.settle()
        for command in self.recording.commands:
            self._wait_until(command.at, running)
            if command.element == element:
                return command, running
            for case in running:
                self._do(command, case, played)
            self._stage.settle()
        raise Incomplete(f"no command on {element}")

    def find_task(self, command: Command, case: Running) -> str:
        """The open user task of ``case`` that ``command`` is about."""
        found = find_tasks(self._look(case, t.user_tasks), command.what)
        _demand(len(found) == 1, f"{len(found)} open user tasks are {command.what}")
        return str(found[0].id)

    def close(self) -> None:
        """Let go of the store."""
        self.runtime.close()

    def _begin(self, played: Played) -> Running:
        recording, runtime = self.recording, self.runtime
        self._copies += 1
        rename = renaming(recording, self._copies)
        with runtime.database.connect() as connection, connection.begin():
            fill(connection, runtime.sealer, rename(recording.people))
        beginning = rename(recording.beginning)
        actor = Actor(recording.reporter, frozenset({recording.reporter.partition("#")[0]}), recording.region)
        with played.timing("start"):
            if beginning.get("report") is not None:
                case_id = report_death(runtime, actor, recording.pack, beginning["report"], region=recording.region)
            else:
                payload = beginning["payload"] if beginning["message"] else None
                options = {"message": beginning["message"], "payload": payload, "facts": beginning["facts"]}
                case_id = cases.start(runtime, SYSTEM, recording.pack, region=recording.region, **options)
        return Running(case_id, rename)

    def _do(self, command: Command, case: Running, played: Played) -> None:
        runtime, values = self.runtime, case.rename(command.values)
        actor = Actor(command.actor, frozenset(command.groups), self.recording.region) if command.actor else SYSTEM
        if command.verb == "complete":
            user_task, uploads = self.find_task(command, case), find_uploads(values)
            with played.timing("complete"):
                cases.complete_user_task(runtime, actor, user_task, values, uploads=uploads)
            return
        if command.verb == "send":
            with played.timing("send"):
                messages.publish_message(
                    runtime, actor, case.id, command.what, values, correlation_key=command.text or None
                )
            return
        lease = self._find_lease(command, case)
        with played.timing("answer"):
            if command.verb == "answer":
                jobs.complete(runtime, lease.job.id, lease.token, values)
            elif command.verb == "throw":
                jobs.throw_error(runtime, lease.job.id, lease.token, command.text, command.text)
            else:
                jobs.fail(runtime, lease.job.id, lease.token, command.text, final=command.final)
        self._stage.desk.forget(lease.job.id)

    def _find_lease(self, command: Command, case: Running) -> jobs.Lease:
        found = find_jobs(self._look(case, t.jobs, d.payments), command.what)
        leases = [lease for row in found if (lease := self._stage.desk.hold(row.id))]
        _demand(bool(leases), f"no department holds the job {command.what}")
        return leases[0]

    def _look(self, case: Running, *tables: sa.Table) -> Snapshot:
        """As much of the case as a reference is looked up in, the oldest first."""
        with db.reading(self.runtime.database) as connection:
            rows = {
                table.name: list(connection.execute(sa.select(table).where(table.c.case_id == case.id)))
                for table in tables
            }
        for found in rows.values():
            found.sort(key=lambda row: (getattr(row, "created_at", ""), row.id))
        return Snapshot("", None, rows)

    def _wait_until(self, at: str, running: Sequence[Running]) -> None:
        """Cases that go in step have the same things due: where one stops, all do."""
        clock, target = self._stage.clock, from_text(at)
        if target - clock.now() > LEAP:
            for _ in self._stage.pass_time(running[0].id, target):
                pass
        clock.move_to(target)

    def _weigh(self, running: Sequence[Running], played: Played) -> None:
        with db.reading(self.runtime.database) as connection:
            played.state_bytes += [weighing.state_bytes(connection, case.id) for case in running]

    def _end(self, case: Running, played: Played) -> None:
        done = sa.select(sa.func.count()).where(t.user_tasks.c.case_id == case.id, t.user_tasks.c.status == "completed")
        with db.reading(self.runtime.database) as connection:
            row = connection.execute(sa.select(t.cases).where(t.cases.c.id == case.id)).one()
            found = (row.status, row.audit_seq, connection.execute(done).scalar_one())
            played.audit_bytes.append(weighing.audit_bytes(connection, case.id))
        expected = (self.recording.status, self.recording.lines, self.recording.completions)
        _demand(found == expected, f"status, audit lines and completions are {found} instead of {expected}")
        played.commands.append(row.audit_seq)
        self._stage.clear(case.id)


def read_scenario(path: Path) -> Script:
    """The scenario in a file."""
    return read_script(path.read_bytes(), path.name)


class Served:
    """``FullCase`` behind the protocol."""

    def __init__(self) -> None:
        self._directory = Path()
        self._case: FullCase | None = None

    def reply_to(self, request: dict[str, Any]) -> dict[str, Any]:
        """Do one request."""
        match request["do"]:
            case "open":
                self._directory = Path(request["directory"])
                return {}
            case "record":
                self._case = FullCase.open(self._directory, read_scenario(Path(request["scenario"])))
                file = self._directory / "recording.json"
                file.write_text(json.dumps(self._case.recording.as_data(), ensure_ascii=False), "utf-8")
                return {"recording": str(file), "completions": self._case.recording.completions}
            case "play" if self._case is not None:
                return self._case.play(request["cases"], cached=request["cached"]).as_data()
            case unknown:
                raise ValueError(f"unknown request {unknown!r}")

    def close(self) -> None:
        """Let go of the store."""
        if self._case is not None:
            self._case.close()


def _demand(holds: bool, message: str) -> None:
    if not holds:
        raise Incomplete(message)


if __name__ == "__main__":
    served = Served()
    converse(served.reply_to)
    served.close()
