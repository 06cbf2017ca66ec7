"""Where the installation's pushes, notices and register queries go: the settings that only the domain reads.

``engine.config.SETTINGS`` lists the names beside all others, so that a misspelt one is refused there.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from engine.config import SETTINGS
from engine.errors import ConfigError

OUTBOX = "outbox"
EMBEDDED = "embedded"
DEMANDED = ("platform", "elicence", "funeral", "bank", "dept.*", "notice.*")
"""The logical endpoints that a production installation must map.

Rule: C-07 (hunan-2025; the documents leave the platforms unnamed).
"""
_ENDPOINT = re.compile(r"\*|[a-z][a-z_]*(\.(\*|[a-z][a-z0-9_]*))?")
_SCHEMES = ("http", "https", "smtp", "smtps")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_DEFAULTS = {setting.variable: setting.default for setting in SETTINGS}


@dataclass(frozen=True, slots=True)
class OutsideSettings:
    """Checked, and immutable.

    ``endpoints`` maps a logical endpoint (``dept.hrss``, ``dept.*``, ``notice.applicant``, ``*``) to ``outbox`` or to a
    URL; ``registers`` is ``embedded`` or a URL. ``key`` signs what is sent by HTTP; None sends it unsigned.
    """

    endpoints: Mapping[str, str]
    registers: str
    seconds: float
    key: bytes | None = field(default=None, repr=False)
    smtp_password: str = field(default="", repr=False)


def read_outside(environ: Mapping[str, str] | None = None, *, production: bool = False) -> OutsideSettings:
    """What ``environ`` (the process's own by default) says of the outside; ``ConfigError`` names what is wrong.

    In production every endpoint in ``DEMANDED`` must be mapped, be it to ``outbox``, and personal data travels over
    TLS only, except on the machine itself.
    """
    given = os.environ if environ is None else environ
    endpoints = _read_endpoints(_text(given, "SHENHOU_ENDPOINTS"), production)
    if production:
        _demand_mapped(endpoints, stated=bool(given.get("SHENHOU_ENDPOINTS", "").strip()))
    registers = _text(given, "SHENHOU_REGISTERS")
    if registers != EMBEDDED:
        _check_url("SHENHOU_REGISTERS", registers, ("http", "https"), production)
    return OutsideSettings(
        endpoints=endpoints,
        registers=registers,
        seconds=_read_seconds(_text(given, "SHENHOU_OUTSIDE_SECONDS")),
        key=_read_key(_text(given, "SHENHOU_EXCHANGE_KEY")),
        smtp_password=_text(given, "SHENHOU_SMTP_PASSWORD"),
    )


def pick_endpoint(endpoints: Mapping[str, object], endpoint: str) -> str | None:
    """The key of ``endpoints`` that serves a logical endpoint: its own name, else its kind's ``dept.*``, else ``*``."""
    kind, dot, _ = endpoint.partition(".")
    candidates = (endpoint, f"{kind}.*", "*") if dot else (endpoint, "*")
    return next((candidate for candidate in candidates if candidate in endpoints), None)


def _text(environ: Mapping[str, str], variable: str) -> str:
    return environ.get(variable, "").strip() or _DEFAULTS[variable]


def _read_endpoints(text: str, production: bool) -> dict[str, str]:
    name, endpoints = "SHENHOU_ENDPOINTS", {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        endpoint, equals, target = (piece.strip() for piece in part.partition("="))
        if not equals or not _ENDPOINT.fullmatch(endpoint):
            raise ConfigError(name, f"takes <endpoint>=<outbox or URL>, comma-separated, not {endpoint!r}")
        if endpoint in endpoints:
            raise ConfigError(name, f"maps {endpoint} twice")
        if target != OUTBOX:
            url = _check_url(name, target, _SCHEMES, production)
            _check_mail(name, endpoint, url)
        endpoints[endpoint] = target
    return endpoints


def _check_url(name: str, text: str, schemes: tuple[str, ...], production: bool) -> SplitResult:
    """Errors never repeat the URL: somebody may have put a password into it."""
    try:
        url = urlsplit(text)
        port_is_good = url.port is None or url.port > 0
    except ValueError:
        raise ConfigError(name, "holds a URL that cannot be read") from None
    if url.scheme not in schemes or not url.hostname or not port_is_good or url.fragment:
        raise ConfigError(name, f"takes a URL with {', '.join(schemes)}")
    if url.password is not None:
        raise ConfigError(name, "holds a password; a mail server's belongs in SHENHOU_SMTP_PASSWORD")
    if production and url.scheme == "http" and url.hostname not in _LOOPBACK:
        raise ConfigError(name, f"sends personal data to {url.hostname} without TLS; use https")
    return url


def _check_mail(name: str, endpoint: str, url: SplitResult) -> None:
    if url.scheme not in ("smtp", "smtps"):
        return
    if not endpoint.startswith("notice."):
        raise ConfigError(name, f"maps {endpoint} to mail; only notice.… can be mailed")
    if "to=" not in url.query or "from=" not in url.query:
        raise ConfigError(name, "takes smtp://<user>@<host>:<port>/?from=<address>&to=<address, {phone} allowed>")


def _demand_mapped(endpoints: Mapping[str, str], *, stated: bool) -> None:
    missing = [each for each in DEMANDED if not stated or pick_endpoint(endpoints, each) is None]
    if missing:
        raise ConfigError(
            "SHENHOU_ENDPOINTS", f"maps nothing to {', '.join(missing)}; {missing[0]}=outbox keeps it here"
        )


def _read_seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 1 <= seconds <= 30:  # a call takes half as long again at worst, and a job's lease is a minute
        raise ConfigError("SHENHOU_OUTSIDE_SECONDS", f"takes a number from 1 to 30, not {text!r}")
    return seconds


def _read_key(text: str) -> bytes | None:
    if not text:
        return None
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) < 32:
        raise ConfigError("SHENHOU_EXCHANGE_KEY", "takes 32 random bytes or more in base64")
    return key
