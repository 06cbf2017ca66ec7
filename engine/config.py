"""The settings: what ``SHENHOU_*`` environment variables say, checked once at the start and then immutable.

``SETTINGS`` is the whole list; README.md prints it and a test keeps the two alike. A name that is not on it is refused
with the nearest one that is, because a misspelt setting that is silently ignored is how a production system ends up on
its defaults. Names that begin with ``SHENHOU_TEST_``, ``SHENHOU_SOAK`` and ``SHENHOU_SEED`` belong to the tests.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from engine.errors import ConfigError
from engine.keyring import Keyring, keep_keys, read_keys

PREFIX = "SHENHOU_"
CODE_ROOT = Path(__file__).resolve().parents[1]
_FOR_TESTS = ("SHENHOU_TEST_", "SHENHOU_SOAK", "SHENHOU_SEED")
_KEY_NAMES = {"data": "SHENHOU_DATA_KEY", "audit": "SHENHOU_AUDIT_KEY", "secret": "SHENHOU_SECRET_KEY"}
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
MODES = ("embedded", "production")


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting, read and checked. Paths are absolute; ``keys`` stays out of any printed form."""

    mode: str
    database_url: str
    var_dir: Path
    processes_dir: Path
    forms_dir: Path
    host: str
    port: int
    threads: int
    embedded_worker: bool
    poll_seconds: float
    trusted_hosts: tuple[str, ...]
    log_level: str
    keys: Keyring = field(repr=False)

    @property
    def production(self) -> bool:
        """Whether nothing may be made up: keys come from the environment, cookies travel over TLS only."""
        return self.mode == "production"


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable: its name, its default as one would write it, and what it means."""

    name: str
    default: str
    meaning: str

    @property
    def variable(self) -> str:
        return PREFIX + self.name


SETTINGS = (
    Setting("MODE", "embedded", "embedded (one machine, keys kept in var/keys.json) or production (keys demanded)"),
    Setting("DATABASE_URL", "sqlite:///var/shenhou.db", "sqlite:///<file> or postgresql://<user>@<host>/<database>"),
    Setting("VAR_DIR", "var", "folder for the embedded database and keys"),
    Setting("PROCESSES_DIR", "processes", "folder of packs"),
    Setting("FORMS_DIR", "forms", "folder of the packs' forms"),
    Setting("HOST", "127.0.0.1", "address to serve on"),
    Setting("PORT", "8000", "port to serve on, 1 to 65535"),
    Setting("THREADS", "8", "request threads, 1 to 256"),
    Setting("EMBEDDED_WORKER", "on", "on: the web process also runs jobs and timers; off: `shenhou worker` does"),
    Setting("POLL_SECONDS", "1", "how often a worker looks for due jobs and timers, 0.05 to 60"),
    Setting("TRUSTED_HOSTS", "", "host names in use, comma-separated; demanded in production and on outside addresses"),
    Setting("LOG_LEVEL", "INFO", "DEBUG, INFO, WARNING or ERROR"),
    Setting("ENDPOINTS", "*=outbox", "who gets pushes and notices: <endpoint>=<outbox or URL>, comma-separated"),
    Setting("REGISTERS", "embedded", "where registers are consulted: embedded, or the URL of an exchange platform"),
    Setting("OUTSIDE_SECONDS", "20", "how long a call to a system outside may take, 1 to 30"),
    Setting("EXCHANGE_KEY", "", "signs calls to systems outside: 32 bytes in base64"),
    Setting("SMTP_PASSWORD", "", "of the mail servers in SHENHOU_ENDPOINTS"),
    Setting("DEMO", "auto", "demonstration: on, off, accounts (no invented cases), or auto (on this machine alone)"),
    Setting("DEMO_DEPARTMENTS", "on", "on: in the demonstration departments' systems answer by themselves; off"),
    Setting("SECOND_FACTOR", "optional", "required: staff must set up a second factor; optional: they may"),
    Setting("TRUSTED_PROXY", "", "address of the proxy whose X-Forwarded-For and X-Forwarded-Proto are believed"),
    Setting("OIDC_STAFF_ISSUER", "", "identity platform of the staff: its OpenID Connect issuer"),
    Setting("OIDC_STAFF_CLIENT", "", "the client id that it gave this installation"),
    Setting("OIDC_STAFF_SECRET", "", "the client secret that it gave this installation"),
    Setting("OIDC_FAMILY_ISSUER", "", "identity platform of families: its OpenID Connect issuer"),
    Setting("OIDC_FAMILY_CLIENT", "", "the client id that it gave this installation"),
    Setting("OIDC_FAMILY_SECRET", "", "the client secret that it gave this installation"),
    Setting("FILES", "folder", "where files are kept: folder (files/ in the var folder) or s3://<bucket>/<prefix>"),
    Setting("FILES_ENDPOINT", "", "URL of the S3-compatible service"),
    Setting("FILES_REGION", "us-east-1", "the service's region"),
    Setting("FILES_KEY_ID", "", "the access key id there"),
    Setting("FILES_SECRET", "", "the secret access key there"),
    Setting("PUBLIC_URL", "", "where the public reaches these pages, for the papers; else the first trusted host"),
    Setting("SIGNING_KEY", "", "PEM file of the key that signs e-certificates; demanded in production"),
    Setting("SIGNING_CERT", "", "PEM file of its certificate, followed by those above it"),
    Setting("SIGNING_PASSWORD", "", "of the key file, where it has one"),
    Setting("FONTS_DIR", "", "folder of further fonts for names with characters that ours lacks"),
    Setting("DATA_KEY", "", "seals personal data: <id>:<32 bytes in base64>, newest first, comma-separated"),
    Setting("AUDIT_KEY", "", "keys the audit chain: 32 bytes in base64"),
    Setting("SECRET_KEY", "", "signs cookies: 32 bytes in base64"),
)
_BY_NAME = {setting.name: setting for setting in SETTINGS}


def read_settings(environ: Mapping[str, str] | None = None, *, home: Path | None = None) -> Settings:
    """The settings that ``environ`` (the process's own by default) states; ``ConfigError`` names the wrong one.

    Relative paths count from ``home``: the checkout that the code lies in, or the working folder where the code was
    installed. In embedded mode missing keys are drawn once and kept in ``<var>/keys.json``, readable by the owner only.
    """
    given = os.environ if environ is None else environ
    refuse_unknown(given)
    read = _Reader(given)
    base = home or _home()
    mode = read.choice("MODE", MODES)
    var_dir = _below(base, read.text("VAR_DIR"))
    database_url = _read_database_url(read.text("DATABASE_URL"), base, var_dir, stated=read.is_stated("DATABASE_URL"))
    trusted_hosts = tuple(part.strip() for part in read.text("TRUSTED_HOSTS").split(",") if part.strip())
    host = read.text("HOST")
    if not trusted_hosts and (mode == "production" or host not in _LOOPBACK):
        raise ConfigError("SHENHOU_TRUSTED_HOSTS", "must state the host names that people will use to get here")
    return Settings(
        mode=mode,
        database_url=database_url,
        var_dir=var_dir,
        processes_dir=_folder(base, read, "PROCESSES_DIR"),
        forms_dir=_folder(base, read, "FORMS_DIR"),
        host=host,
        port=read.whole("PORT", 1, 65535),
        threads=read.whole("THREADS", 1, 256),
        embedded_worker=read.switch("EMBEDDED_WORKER"),
        poll_seconds=read.number("POLL_SECONDS", 0.05, 60.0),
        trusted_hosts=trusted_hosts,
        log_level=read.choice("LOG_LEVEL", LOG_LEVELS),
        keys=_find_keys(given, mode, var_dir, database_url),
    )


def refuse_unknown(environ: Mapping[str, str]) -> None:
    """``ConfigError`` for the first ``SHENHOU_*`` name that is no setting, with the nearest that is."""
    known = [setting.variable for setting in SETTINGS]
    for name in sorted(environ):
        if not name.startswith(PREFIX) or name in known or name.startswith(_FOR_TESTS):
            continue
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}?" if near else "README.md lists the settings"
        raise ConfigError(name, f"is not a setting; {hint}")


class _Reader:
    """Reads one setting at a time, its default where the environment is silent."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def is_stated(self, name: str) -> bool:
        return bool(self._environ.get(PREFIX + name, "").strip())

    def text(self, name: str) -> str:
        return self._environ.get(PREFIX + name, "").strip() or _BY_NAME[name].default

    def choice(self, name: str, allowed: tuple[str, ...]) -> str:
        value = self.text(name)
        if value not in allowed:
            near = difflib.get_close_matches(value, allowed, n=1, cutoff=0.5)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise ConfigError(PREFIX + name, f"takes {' or '.join(allowed)}, not {value!r}{hint}")
        return value

    def switch(self, name: str) -> bool:
        return self.choice(name, ("on", "off")) == "on"

    def whole(self, name: str, least: int, most: int) -> int:
        return int(self._ranged(name, int, "a whole number", least, most))

    def number(self, name: str, least: float, most: float) -> float:
        return self._ranged(name, float, "a number", least, most)

    def _ranged(self, name: str, kind: Callable[[str], float], words: str, least: float, most: float) -> float:
        text = self.text(name)
        try:
            value = kind(text)
        except ValueError:
            raise ConfigError(PREFIX + name, f"takes {words}, not {text!r}") from None
        if not least <= value <= most:  # NaN fails both
            raise ConfigError(PREFIX + name, f"takes {words} from {least:g} to {most:g}, not {text}")
        return value


def _home() -> Path:
    return CODE_ROOT if (CODE_ROOT / "setup.cfg").is_file() else Path.cwd()


def _below(base: Path, text: str) -> Path:
    return (base / Path(text).expanduser()).resolve()


def _folder(base: Path, read: _Reader, name: str) -> Path:
    """A folder that must exist where it was stated; the default one lies beside the code."""
    if not read.is_stated(name):
        return CODE_ROOT / read.text(name)
    path = _below(base, read.text(name))
    if not path.is_dir():
        raise ConfigError(PREFIX + name, f"names {path}, which is not a folder")
    return path


def _read_database_url(text: str, base: Path, var_dir: Path, *, stated: bool) -> str:
    """The URL with its SQLite path made absolute; the default database lies in ``var_dir``."""
    if not stated:
        return f"sqlite:///{var_dir / 'shenhou.db'}"
    scheme = urlsplit(text).scheme
    if scheme in ("postgresql", "postgresql+psycopg"):
        return text
    if scheme != "sqlite" or not text.startswith("sqlite:///"):
        raise ConfigError("SHENHOU_DATABASE_URL", "takes sqlite:///<file> or postgresql://<user>@<host>/<database>")
    path = text.removeprefix("sqlite:///")
    if path in ("", ":memory:"):
        raise ConfigError("SHENHOU_DATABASE_URL", "names no file; a database in memory would lose every case")
    return f"sqlite:///{_below(base, path)}"


def _find_keys(environ: Mapping[str, str], mode: str, var_dir: Path, database_url: str) -> Keyring:
    stated = {kind: environ.get(name, "").strip() for kind, name in _KEY_NAMES.items()}
    missing = [name for kind, name in _KEY_NAMES.items() if not stated[kind]]
    if not missing:
        return read_keys(stated, _KEY_NAMES)
    if mode == "production":
        raise ConfigError(missing[0], "is demanded in production; `shenhou keys new` prints a fresh set")
    kept = keep_keys(var_dir / "keys.json", database=database_url.removeprefix("sqlite:///"))
    return read_keys({kind: stated[kind] or kept[kind] for kind in stated}, _KEY_NAMES)
