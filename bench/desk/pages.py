"""The desk's pages with a number of cases in store: a subject in a process of its own, served by waitress.

Requests besides ``count`` of ``bench.served``:

* ``{"do": "open", "directory": …, "cases": 10000, "played": {"at_window": 30}}`` → ``{"port", "password", "seconds"}``
  and the path of a ``task`` and of a ``case`` to be looked at; ``CLERKS`` may sign in. As many cases as are ``played``
  are worked out by the engine, at least one of each scene; the rest are copies
* ``{"do": "waiting"}`` → ``{"tasks": […]}``, each with the ``path`` of its page, the ``values`` to be filled in and the
  ``login`` of who submits it
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bench.desk.copies import Copies
from bench.desk.office import PASSWORD, Office
from bench.desk.scenes import SCENES, Scenes, Waiting
from bench.served import Served
from bench.subject import converse
from engine import db
from engine import tables as t
from engine.clock import FixedClock

CLERKS = {"window": ("窗口欧阳", "window.clerk"), "hrss": ("人社司徒", "hrss.clerk")}
REGION = "430000"
SUBMITTED = {"at_window": "window", "deciding": "hrss"}


class GoingClock(FixedClock):
    """Can be set while cases are played, then goes on as time passes."""

    _since: float | None = None

    def go(self) -> None:
        """From now on time passes."""
        self._since = time.monotonic()

    def now(self) -> Any:
        passed = 0.0 if self._since is None else time.monotonic() - self._since
        return super().now() + timedelta(seconds=passed)


class Pages(Served):
    """The pack and its cases on an installation that serves."""

    def fill(self, directory: Path, cases: int, wanted: Mapping[str, int]) -> dict[str, Any]:
        """Play, copy and serve; the answer to ``open``."""
        began = time.monotonic()
        clock = GoingClock("2026-03-09T08:00:00+08:00")
        self._office = Office.open(directory, clock=clock)
        scenes = Scenes(self._office.runtime)
        played = {name: scenes.play(name, wanted.get(name, 1)) for name in SCENES}
        self._waiting: Mapping[str, Sequence[Waiting]] = played
        self._copy(played, cases)
        clock.go()
        for login, (name, group) in CLERKS.items():
            self._office.hire(login, name, REGION, [group])
        self.counted = self._office.counted
        server = self._office.make_server()
        self.serve_on(server)
        told = {"port": server.effective_port, "password": PASSWORD, "seconds": time.monotonic() - began}
        return told | self._paths(played["deciding"][-1])

    def close(self) -> None:
        super().close()
        self._office.close()

    def reply_to(self, request: dict[str, Any]) -> dict[str, Any]:
        match request["do"]:
            case "open":
                return self.fill(Path(request["directory"]), request["cases"], request["played"])
            case "waiting":
                return {"tasks": self._submittable()}
            case _:
                return super().reply_to(request)

    def _copy(self, played: Mapping[str, Sequence[Waiting]], cases: int) -> None:
        runtime = self._office.runtime
        with runtime.database.begin() as connection:
            copies = Copies(connection, runtime.sealer)
            for name, there in played.items():
                copies.make(there[0].case_id, max(0, cases * SCENES[name].share // 100 - len(there)))
        with runtime.database.connect() as connection, connection.begin():
            connection.exec_driver_sql("ANALYZE")

    def _paths(self, one: Waiting) -> dict[str, str]:
        """Of a case that nobody submits."""
        with db.reading(self._office.runtime.database) as connection:
            code = connection.execute(sa.select(t.cases.c.code).where(t.cases.c.id == one.case_id)).scalar_one()
        return {"task": f"/desk/tasks/{one.user_task}", "case": f"/desk/cases/{code}"}

    def _submittable(self) -> list[dict[str, Any]]:
        return [
            {"path": f"/desk/tasks/{one.user_task}?back=/desk/", "values": dict(one.values), "login": login}
            for name, login in SUBMITTED.items()
            for one in self._waiting[name][:-1]
        ]


if __name__ == "__main__":
    subject = Pages()
    converse(subject.reply_to)
    subject.close()
