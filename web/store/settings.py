"""Where files are kept: a folder of this machine, or a bucket. Read beside ``engine.config``, which lists the names."""

from __future__ import annotations

import os
from collections.abc import Mapping
from urllib.parse import urlsplit

from engine.config import Settings
from engine.errors import ConfigError, NotFound, Unavailable
from engine.sealing import Sealer
from web.services import Services
from web.store.local import LocalPlace
from web.store.s3 import BucketPlace, open_bucket
from web.store.store import FileStore, Place

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
FOLDER = "folder"
_PROBE = b"is this kept?"


def open_store(settings: Settings, sealer: Sealer, environ: Mapping[str, str] | None = None) -> FileStore:
    """The store that ``environ`` (the process's own by default) names. ``ConfigError`` says what is wrong.

    ``SHENHOU_FILES`` is ``folder`` (``files`` in the var folder) or ``s3://<bucket>/<prefix>``.
    """
    given = os.environ if environ is None else environ
    text = given.get("SHENHOU_FILES", "").strip() or FOLDER
    place: Place = LocalPlace(settings.var_dir / "files") if text == FOLDER else _bucket(settings, text, given)
    return FileStore(place, sealer)


def file_store(own: Services) -> FileStore:
    """The installation's store, opened on first use and kept with its runtime."""
    found = own.runtime.resources.get(FileStore)
    if not isinstance(found, FileStore):
        found = own.runtime.resources.setdefault(FileStore, open_store(own.settings, own.runtime.sealer))
        assert isinstance(found, FileStore)
    return found


def try_store(own: Services) -> None:
    """Keep something, read it and remove it again. ``ConfigError`` names the setting and what to do about it."""
    try:
        store = file_store(own)
        next(store.names(), None)
        kept = store.put([_PROBE])
        came_back = store.read(kept.id)
        store.delete(kept.id)
    except OSError as error:
        told = f"{own.settings.var_dir / 'files'} keeps no files: {error.strerror}; let this user write there"
        raise ConfigError("SHENHOU_VAR_DIR", told) from None
    except (Unavailable, NotFound):
        told = "keeps no files: see that the service runs, that the bucket of SHENHOU_FILES exists, and that"
        told += " SHENHOU_FILES_KEY_ID with its secret may list, read, write and delete in it"
        raise ConfigError("SHENHOU_FILES_ENDPOINT", told) from None
    if came_back != _PROBE:
        raise ConfigError("SHENHOU_FILES", "gives back something else than was kept there: name a store of one's own")


def _bucket(settings: Settings, text: str, given: Mapping[str, str]) -> BucketPlace:
    url = urlsplit(text)
    if url.scheme != "s3" or not url.hostname or url.query or url.username:
        raise ConfigError("SHENHOU_FILES", "takes folder or s3://<bucket>/<prefix>")
    endpoint = urlsplit(_demanded(given, "SHENHOU_FILES_ENDPOINT"))
    if endpoint.scheme not in ("http", "https") or not endpoint.hostname or endpoint.query:
        raise ConfigError("SHENHOU_FILES_ENDPOINT", "takes the URL of an S3-compatible service")
    if settings.production and endpoint.scheme == "http" and endpoint.hostname not in _LOOPBACK:
        raise ConfigError("SHENHOU_FILES_ENDPOINT", "must be https in production")
    return open_bucket(
        url.hostname,
        endpoint=endpoint.geturl().rstrip("/"),
        region=given.get("SHENHOU_FILES_REGION", "").strip() or "us-east-1",
        key_id=_demanded(given, "SHENHOU_FILES_KEY_ID"),
        secret=_demanded(given, "SHENHOU_FILES_SECRET"),
        prefix=url.path.strip("/"),
    )


def _demanded(given: Mapping[str, str], name: str) -> str:
    value = given.get(name, "").strip()
    if not value:
        raise ConfigError(name, "is demanded beside SHENHOU_FILES=s3://…")
    return value
