"""Settings that only the pages read: the demonstration, the second factor, the identity platforms.

``engine.config.SETTINGS`` lists the names beside all others, so that a misspelt one is refused there.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from engine.config import SETTINGS, Settings
from engine.errors import ConfigError

_DEFAULTS = {setting.variable: setting.default for setting in SETTINGS}
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class OidcSettings:
    """An identity platform (OpenID Connect): its issuer, and what it knows this installation by."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class WebSettings:
    """Checked, and immutable. ``oidc_staff`` and ``oidc_family`` are None where there is no such platform.

    In a ``demonstration`` there are accounts for every role; with ``invented_cases`` an empty database is filled, and
    with ``played_departments`` systems outside answer by themselves.
    """

    demonstration: bool = False
    invented_cases: bool = False
    played_departments: bool = False
    second_factor_required: bool = False
    oidc_staff: OidcSettings | None = None
    oidc_family: OidcSettings | None = None
    trusted_proxy: str = ""


def read_web(settings: Settings, environ: Mapping[str, str] | None = None) -> WebSettings:
    """What ``environ`` (the process's own by default) says of the pages; ``ConfigError`` names what is wrong."""
    given = os.environ if environ is None else environ
    demonstration = _read_demonstration(given, settings)
    played = _read_choice(given, "SHENHOU_DEMO_DEPARTMENTS", ("on", "off")) == "on"
    return WebSettings(
        demonstration=demonstration,
        invented_cases=demonstration and _text(given, "SHENHOU_DEMO") != "accounts",
        played_departments=demonstration and played,
        second_factor_required=_read_choice(given, "SHENHOU_SECOND_FACTOR", ("required", "optional")) == "required",
        oidc_staff=_read_oidc(given, "STAFF", settings),
        oidc_family=_read_oidc(given, "FAMILY", settings),
        trusted_proxy=_text(given, "SHENHOU_TRUSTED_PROXY"),
    )


def _read_demonstration(given: Mapping[str, str], settings: Settings) -> bool:
    name = "SHENHOU_DEMO"
    chosen = _read_choice(given, name, ("auto", "on", "off", "accounts", "1", "0"))
    if chosen in ("on", "1", "accounts") and settings.production:
        raise ConfigError(name, "cannot be on in production: its accounts' password stands on the sign-in page")
    if chosen == "auto":
        return not settings.production and settings.host in _LOOPBACK
    return chosen in ("on", "1", "accounts")


def _read_oidc(given: Mapping[str, str], whose: str, settings: Settings) -> OidcSettings | None:
    prefix = f"SHENHOU_OIDC_{whose}_"
    issuer, client, secret = (_text(given, prefix + name) for name in ("ISSUER", "CLIENT", "SECRET"))
    if not issuer:
        return None
    url = urlsplit(issuer)
    if url.scheme not in ("http", "https") or not url.hostname or url.query or url.fragment:
        raise ConfigError(prefix + "ISSUER", "takes the URL of an OpenID Connect issuer")
    if settings.production and url.scheme == "http" and url.hostname not in _LOOPBACK:
        raise ConfigError(prefix + "ISSUER", "must be https in production")
    if not client:
        raise ConfigError(prefix + "CLIENT", "is demanded beside the issuer: the id registered there")
    if not secret:
        raise ConfigError(prefix + "SECRET", "is demanded beside the issuer: the secret registered there")
    return OidcSettings(issuer.rstrip("/"), client, secret)


def _text(given: Mapping[str, str], variable: str) -> str:
    return given.get(variable, "").strip() or _DEFAULTS[variable]


def _read_choice(given: Mapping[str, str], variable: str, allowed: tuple[str, ...]) -> str:
    value = _text(given, variable)
    if value not in allowed:
        raise ConfigError(variable, f"takes {' or '.join(allowed)}, not {value!r}")
    return value
