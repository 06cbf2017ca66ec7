"""Shenhou's side of the workload over HTTP: each step is the desk's own page, posted by a clerk who is signed in.

Nothing is left out: the session is read, the policy asked, the form parsed and validated, the case completed as
``bench.shenhou`` completes it, audit and projections included, and the answer sends the browser to the next page.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.desk.office import PASSWORD, Office
from bench.pack import REGION, build_pack, build_workers
from bench.served import Served, serve
from bench.shenhou import CLERK, Shenhou
from bench.subject import Outcome
from bench.workload import values_of


class WorkloadDesk(Served):
    """The packs of ``bench.pack`` on an installation that serves."""

    def open(self, directory: Path, branches: Sequence[int]) -> dict[str, Any]:
        self._office = Office.open(directory, workers=build_workers())
        self._engine = Shenhou.on(self._office.runtime)
        for number in branches:
            self._engine.publish(build_pack(number))
        self._office.hire(CLERK.id, "欧阳翀", REGION, sorted(CLERK.groups))
        self.counted = self._office.counted
        server = self._office.make_server()
        self.serve_on(server)
        return {"port": server.effective_port, "login": CLERK.id, "password": PASSWORD}

    def start(self, branches: int) -> str:
        return self._engine.start(branches)

    def locate(self, case: str, step: str) -> dict[str, Any]:
        user_task = self._engine.locate(case, step)
        fields = {**values_of(step), "_intent": "submit"}
        return {"method": "POST", "path": f"/desk/tasks/{user_task}?back=/desk/", "fields": fields}

    def state_bytes(self, case: str) -> int:
        return self._engine.state_bytes(case)

    def outcome(self, case: str) -> Outcome:
        return self._engine.outcome(case)

    def close(self) -> None:
        super().close()
        self._office.close()


if __name__ == "__main__":
    serve(WorkloadDesk())
