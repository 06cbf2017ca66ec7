"""A subject that is reached over HTTP: a server in a process of its own, and the questions that are asked beside it.

The process speaks the protocol of ``bench.subject`` on its standard input, so that whoever measures need not read its
database: what a page that is sent knew already is outside the measured time. Requests:

* ``{"do": "open", "directory": …, "branches": [10, 40]}`` → ``{"port": …}`` and what is needed to be let in: a
  ``token`` for the Authorization header, or a ``login`` and a ``password`` for the sign-in page
* ``{"do": "start", "branches": 10}`` → ``{"case": …}``, which waits at its first step
* ``{"do": "locate", "case": …, "step": …}`` → the request that completes the open step: ``method``, ``path``, and
  ``json`` or ``fields`` of a form
* ``{"do": "weigh", "case": …}`` → ``{"bytes": …}``
* ``{"do": "outcome", "case": …}`` → ``bench.subject.Outcome``
* ``{"do": "count", "on": true}`` begins to count what its database is asked; ``{"do": "count", "on": false}`` ends it
  → ``{"statements", "commits"}``
* ``{"do": "clock"}`` → ``{"cpu"}``, seconds of processor time until now
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bench.subject import Outcome, converse


class Counted:
    """How often SQLite is asked, and how often made to keep what it was told; only while it is ``on``.

    It listens at the driver's connections, past whatever a subject has in between; so it is made before they are.
    """

    def __init__(self, database: sa.Engine) -> None:
        self.statements = self.commits = 0
        self._connections: list[Any] = []
        sa.event.listen(database, "connect", lambda connection, _: self._connections.append(connection))

    def switch(self, *, on: bool) -> None:
        """Begin to count anew, or count no more: that costs time."""
        self.statements = self.commits = 0
        for connection in self._connections:
            connection.set_trace_callback(self._note if on else None)

    def _note(self, statement: str) -> None:
        if statement.startswith("COMMIT"):
            self.commits += 1
        elif not statement.startswith(("BEGIN", "ROLLBACK", "--")):
            self.statements += 1


def end_server(server: Any, thread: threading.Thread, *, seconds: float) -> None:
    """End waitress and its connections in its own ``thread``, which may be waiting on a socket that closing would pull
    away; wait for it so long."""

    def end() -> None:
        for channel in list(server.active_channels.values()):
            channel.close()
        server.close()

    server.trigger.pull_trigger(end)
    thread.join(seconds)
    server.task_dispatcher.shutdown()


class Served:
    """What every subject over HTTP does alike. A subclass sets ``counted`` in ``open``."""

    counted: Counted
    _server: Any = None

    def open(self, directory: Path, branches: Sequence[int]) -> dict[str, Any]:
        """Prepare an empty store, serve on it; the answer to ``open``."""
        raise NotImplementedError

    def start(self, branches: int) -> str:
        """Start a case and return its key."""
        raise NotImplementedError

    def locate(self, case: str, step: str) -> dict[str, Any]:
        """The request that completes the open user task ``step``."""
        raise NotImplementedError

    def state_bytes(self, case: str) -> int:
        """As of ``bench.subject.Subject``."""
        raise NotImplementedError

    def outcome(self, case: str) -> Outcome:
        """What became of the case."""
        raise NotImplementedError

    def serve_on(self, server: Any) -> None:
        """Let waitress answer in a thread of its own."""
        self._server = server
        self._thread = threading.Thread(target=server.run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the server."""
        if self._server is not None:
            end_server(self._server, self._thread, seconds=5)

    def reply_to(self, request: dict[str, Any]) -> dict[str, Any]:
        """Do one request of the protocol."""
        match request["do"]:
            case "open":
                return self.open(Path(request["directory"]), request["branches"])
            case "start":
                return {"case": self.start(request["branches"])}
            case "locate":
                return self.locate(request["case"], request["step"])
            case "weigh":
                return {"bytes": self.state_bytes(request["case"])}
            case "outcome":
                return asdict(self.outcome(request["case"]))
            case "count":
                counted = {"statements": self.counted.statements, "commits": self.counted.commits}
                self.counted.switch(on=request["on"])
                return counted
            case "clock":
                return {"cpu": time.process_time()}
            case unknown:
                raise ValueError(f"unknown request {unknown!r}")


def serve(subject: Served) -> None:
    """Answer requests until the input ends."""
    converse(subject.reply_to)
    subject.close()
