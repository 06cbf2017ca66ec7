"""The pages on a server of their own: waitress on a free port, a database and files that nobody else uses."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import waitress
from flask import Flask

import tasks  # noqa: F401 - registers every worker
from bench.served import end_server
from engine import db, jobs
from engine.clock import FixedClock
from engine.config import read_settings
from engine.runtime import Runtime
from engine.worker import Worker
from tasks.adapters import make_resources
from tasks.registers import fill
from tasks.settings import read_outside
from tests.integration.conftest import KEYS
from tests.web.conftest import Browser, sign_in
from tests.web.telephones import family_browser
from web.access.code_sender import CodeSender
from web.access.families import find_or_add_by_phone
from web.app import create_app
from web.portal.parties import add_party
from web.settings import WebSettings

THREADS = 4
PATIENCE = 10.0  # seconds that a server may take to end


class GoingClock(FixedClock):
    """Goes on as time passes, and can be moved: what comes later is later, and a year takes no time."""

    def __init__(self, moment: datetime | str) -> None:
        super().__init__(moment)
        self._since = time.monotonic()

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=time.monotonic() - self._since)

    def move_to(self, moment: datetime | str) -> None:
        super().move_to(moment)
        self._since = time.monotonic()

    def advance(self, span: timedelta) -> datetime:
        self.move_to(self.now() + span)
        return self.now()


@dataclass
class Site:
    """An installation at work. ``start`` and ``stop`` are a restart: database, files and keys stay, nothing else."""

    folder: Path
    clock: FixedClock
    app: Flask = field(init=False)
    runtime: Runtime = field(init=False)
    port: int = 0
    _server: Any = field(init=False)
    _thread: threading.Thread = field(init=False)

    @classmethod
    def open(cls, template: Path, folder: Path, clock: FixedClock) -> Site:
        """On a copy of the database ``template``, serving."""
        shutil.copy(template, folder / "shenhou.db")
        site = cls(folder, clock)
        site.start()
        return site

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Serve, on the same port as before."""
        self.runtime = Runtime(db.connect(f"sqlite:///{self.folder / 'shenhou.db'}"), KEYS, clock=self.clock)
        resources = make_resources(self.runtime.database, self.runtime.sealer, self.clock, read_outside({}))
        self.runtime.resources.update(resources)
        self.runtime.resources[CodeSender] = CodeSender()
        settings = read_settings({}, home=self.folder)
        self.app = create_app(settings, self.runtime, WebSettings(demonstration=True))
        self._server = waitress.create_server(self.app, listen=f"127.0.0.1:{self.port}", threads=THREADS, ident=None)
        self.port = int(self._server.effective_port)
        self._thread = threading.Thread(target=self._server.run, name="site", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the server, its connections and its runtime, as a process's end would."""
        end_server(self._server, self._thread, seconds=PATIENCE)
        assert not self._thread.is_alive(), "the server did not end"
        self.runtime.close()

    def session_of(self, login: str) -> str:
        """The cookie of a session in which somebody of the staff is signed in, for who need not prove a sign-in."""
        return sign_in(Browser(self.app.test_client()), login).cookie()

    def session_of_family(self, phone: str) -> str:
        """The same for the family of a telephone."""
        return family_browser(Browser(self.app.test_client()), phone).cookie()

    def settle(self) -> None:
        """Do what a background worker would do by now."""
        worker = Worker(self.runtime)
        while worker.run_once():
            pass
        worker.retire()

    def wait(self, **span: float) -> None:
        """Let time pass, and do what falls due: ``site.wait(days=3)``."""
        self.clock.advance(timedelta(**span))
        self.settle()

    def register(self, person: Mapping[str, Any]) -> None:
        """Let the embedded registers know somebody; ``tasks.registers.fill`` says how a record looks."""
        with self.runtime.database.begin() as connection:
            fill(connection, self.runtime.sealer, [person])

    def adopt(self, case_id: str, phone: str, filing: str = "f1") -> None:
        """Let the family of a telephone be the one whose application a scenario has filed."""
        with self.runtime.database.begin() as connection:
            now = self.clock.now()
            family_id = find_or_add_by_phone(connection, self.runtime.sealer, phone, now)
            add_party(connection, case_id, family_id, "applicant", filing, now)

    def answer(self, job_type: str, **result: Any) -> None:
        """Let a department's system answer every job of a type that waits for it."""
        leased = jobs.lease(self.runtime, [job_type], "department", limit=10)
        assert leased, f"no job {job_type} waits"
        for lease in leased:
            jobs.complete(self.runtime, lease.job.id, lease.token, result)
        self.settle()
