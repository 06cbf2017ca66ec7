"""waitress as it serves these pages: requests and answers that outgrow its memory lie in sealed spools.

It has no setting for where they lie, so its class is told here; ``tests/web/test_spool.py`` watches the disk.
"""

from __future__ import annotations

import errno
from typing import Any

import waitress
from waitress.buffers import TempfileBasedBuffer

from engine.errors import ConfigError
from web.access.policy import WITH_FILES
from web.app import create_app
from web.services import Services
from web.store.spool import SealedSpool


def seal_spools() -> None:
    """Let every server of this process keep them so."""
    TempfileBasedBuffer.newfile = lambda _buffer: SealedSpool()


def make_server(own: Services) -> Any:
    """A server of the pages that is bound and not yet run. ``ConfigError`` where it cannot be bound."""
    settings, proxy = own.settings, own.web.trusted_proxy
    believed: dict[str, Any] = {"trusted_proxy": proxy, "clear_untrusted_proxy_headers": True} if proxy else {}
    if proxy:
        believed["trusted_proxy_headers"] = {"x-forwarded-for", "x-forwarded-proto"}
    app = create_app(settings, own.runtime, own.web)
    seal_spools()
    try:
        served: dict[str, Any] = {"host": settings.host, "port": settings.port, "threads": settings.threads}
        return waitress.create_server(app, **served, **believed, ident=None, max_request_body_size=WITH_FILES)
    except OSError as error:
        name = "SHENHOU_HOST" if error.errno == errno.EADDRNOTAVAIL else "SHENHOU_PORT"
        message = f"{settings.host}:{settings.port} cannot be served: {error.strerror or error}"
        if error.errno == errno.EADDRINUSE:
            message += "; end what serves there, or set another port"
        raise ConfigError(name, message) from None
    except ValueError:  # waitress says no more than that it is invalid
        raise ConfigError("SHENHOU_HOST", f"{settings.host} is no address or name of this machine") from None
