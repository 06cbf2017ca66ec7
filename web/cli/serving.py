"""``shenhou serve`` and ``shenhou worker``: the processes that stay."""

from __future__ import annotations

import logging
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from apscheduler.schedulers.background import BackgroundScheduler

from engine import worker as engine_worker
from engine.config import Settings
from web import sweeps
from web.access.demonstration import ensure_accounts
from web.cli import packs
from web.cli.database import bring_up_to_date
from web.cli.installation import open_installation
from web.cli.output import Json, print_json, print_line
from web.demonstration import at_start
from web.papers.settings import try_press
from web.redaction import RedactingFormatter
from web.server import make_server
from web.services import Services
from web.store.settings import try_store

_LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def serve(
    prepare: Annotated[
        bool, typer.Option("--prepare", help="First upgrade the database and publish the packs that changed.")
    ] = False,
) -> None:
    """Serve the pages, and run the embedded worker, until interrupted; SIGTERM and Ctrl-C end it in order."""
    if prepare:
        bring_up_to_date()
    with open_installation() as own, _staying(own.settings):
        if prepare:
            packs.tell_published(*packs.publish_packs(own, None, only_changed=True))
            _prepare_demonstration(own)
        try_store(own)
        try_press(own)
        server = make_server(own)
        with _embedded_worker(own, fill=prepare):
            print_line(f"Shenhou is at http://{own.settings.host}:{own.settings.port} (Ctrl-C ends it).")
            try:
                server.run()
            finally:
                server.close()
        print_line("Ended.")


def worker(
    once: Annotated[bool, typer.Option("--once", help="Do what is due now, then end.")] = False, as_json: Json = False
) -> None:
    """Run due jobs and timers beside the web processes, until interrupted; any number may run."""
    with open_installation() as own, _staying(own.settings):
        if not once:
            print_line("The worker runs (Ctrl-C ends it).")
            with _sweeping(own):
                engine_worker.run_alone(own.runtime, own.settings.poll_seconds)
            return
        worker = engine_worker.Worker(own.runtime)
        done = worker.run_once()
        worker.retire()
        sweeps.run_due(own)
    if as_json:
        print_json({"done": done})
    else:
        print_line(f"{done} jobs and timers were run.")


def _prepare_demonstration(own: Services) -> None:
    if not own.web.demonstration:
        return
    with own.database.begin() as connection:
        if added := ensure_accounts(connection, own.clock.now()):
            print_line(f"{added} demonstration accounts were added; the sign-in page names them.")


@contextmanager
def _embedded_worker(own: Services, *, fill: bool) -> Iterator[None]:
    """The worker of this process. In a demonstration it begins when the invented cases are there."""
    begun: list[BackgroundScheduler] = []

    def begin() -> None:
        if own.settings.embedded_worker:
            begun.append(engine_worker.start_embedded(own.runtime, own.settings.poll_seconds))
            sweeps.schedule(begun[0], own)
            at_start.play_departments(own, begun[0])

    try:
        with at_start.filling(own, begin, print_line, wanted=fill):
            yield
    finally:
        for scheduler in begun:
            scheduler.shutdown()


@contextmanager
def _sweeping(own: Services) -> Iterator[None]:
    scheduler = BackgroundScheduler(timezone="UTC")
    sweeps.schedule(scheduler, own)
    scheduler.start()
    try:
        yield
    finally:
        scheduler.shutdown()


@contextmanager
def _staying(settings: Settings) -> Iterator[None]:
    """Log to stderr, and take SIGTERM and Ctrl-C as a wish to end, not as a fault."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(RedactingFormatter(_LOG_FORMAT))
    logging.basicConfig(level=settings.log_level, handlers=[handler])
    logging.getLogger("apscheduler").setLevel(logging.WARNING)  # it tells of every wake-up
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    except KeyboardInterrupt:
        print_line("Ended.")  # the server catches its own
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(_signal: int, _frame: Any) -> None:
    raise KeyboardInterrupt
