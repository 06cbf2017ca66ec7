"""What papers need of the installation: the key that signs them, the address printed on them, further fonts."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import typst

from engine.config import Settings
from engine.errors import ConfigError
from web.papers.fonts import Fonts, find_fonts
from web.papers.signing import PaperSigner, keep_own_signer, load_signer
from web.services import Services

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Press:
    """Where papers are made: ``address`` is under which the public reaches these pages, without a slash at its end."""

    signer: PaperSigner
    address: str
    fonts: Fonts


def open_press(settings: Settings, environ: Mapping[str, str] | None = None) -> Press:
    """The press that ``environ`` (the process's own by default) describes. ``ConfigError`` says what is wrong.

    Outside production a key of its own is drawn once, kept in the var folder, and said on every paper.
    """
    given = os.environ if environ is None else environ
    return Press(_signer(settings, given), _address(settings, given), find_fonts(_text(given, "SHENHOU_FONTS_DIR")))


def press(own: Services) -> Press:
    """The installation's press, opened on first use and kept with its runtime."""
    found = own.runtime.resources.get(Press)
    if not isinstance(found, Press):
        found = own.runtime.resources[Press] = open_press(own.settings)
        assert isinstance(found, Press)
    return found


def try_press(own: Services) -> None:
    """Sign an empty page. ``ConfigError`` names the setting and what to do about it."""
    try:
        signer = press(own).signer
    except OSError as error:
        told = f"{own.settings.var_dir / 'signing'} cannot be made: {error.strerror}; let this user write there"
        raise ConfigError("SHENHOU_VAR_DIR", told) from None
    try:
        signer.sign(typst.compile(b" ", ignore_system_fonts=True), reason="-")
    except Exception as error:  # noqa: BLE001 - whatever the libraries make of a kind of key that they cannot use
        told = f"cannot sign ({type(error).__name__}): give an RSA or EC key with its certificate, in PEM"
        raise ConfigError("SHENHOU_SIGNING_KEY", told) from None


def _signer(settings: Settings, given: Mapping[str, str]) -> PaperSigner:
    key, certificate = _text(given, "SHENHOU_SIGNING_KEY"), _text(given, "SHENHOU_SIGNING_CERT")
    if key and certificate:
        return load_signer(Path(key), Path(certificate), _text(given, "SHENHOU_SIGNING_PASSWORD"))
    if key or certificate:
        missing = "SHENHOU_SIGNING_CERT" if key else "SHENHOU_SIGNING_KEY"
        raise ConfigError(missing, "is demanded beside the other: a key signs with its certificate")
    if settings.production:
        raise ConfigError("SHENHOU_SIGNING_KEY", "is demanded in production: e-certificates are signed")
    return keep_own_signer(settings.var_dir / "signing")


def _address(settings: Settings, given: Mapping[str, str]) -> str:
    text = _text(given, "SHENHOU_PUBLIC_URL").rstrip("/")
    if not text:
        hosts = settings.trusted_hosts
        return f"https://{hosts[0]}" if hosts else f"http://{settings.host}:{settings.port}"
    url = urlsplit(text)
    if url.scheme not in ("http", "https") or not url.hostname or url.query or url.fragment or url.username:
        raise ConfigError("SHENHOU_PUBLIC_URL", "takes https://<host>")
    if settings.production and url.scheme == "http" and url.hostname not in _LOOPBACK:
        raise ConfigError("SHENHOU_PUBLIC_URL", "must be https in production")
    return text


def _text(given: Mapping[str, str], variable: str) -> str:
    return given.get(variable, "").strip()
