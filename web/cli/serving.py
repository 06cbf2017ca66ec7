"""``shenhou serve``: the web process, with the embedded worker unless it is switched off."""

from __future__ import annotations

import logging
import signal
import sys
from typing import Any

from engine.errors import ConfigError
from web.cli.installation import open_installation
from web.cli.output import print_line

_LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def serve() -> None:
    """Serve the pages until interrupted; SIGTERM and Ctrl-C end it in order."""
    import waitress

    from web.app import create_app

    with open_installation() as own:
        settings = own.settings
        logging.basicConfig(level=settings.log_level, stream=sys.stderr, format=_LOG_FORMAT)
        app = create_app(settings, own.database, own.clock)
        try:
            server = waitress.create_server(app, host=settings.host, port=settings.port, threads=settings.threads)
        except OSError as error:
            raise ConfigError("SHENHOU_PORT", f"{settings.host}:{settings.port} cannot be served: {error}") from None
        signal.signal(signal.SIGTERM, _interrupt)
        print_line(f"Shenhou is at http://{settings.host}:{settings.port} (Ctrl-C ends it).")
        try:
            server.run()
        finally:
            server.close()


def _interrupt(_signal: int, _frame: Any) -> None:
    raise KeyboardInterrupt
