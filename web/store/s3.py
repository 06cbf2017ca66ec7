"""A bucket of an S3-compatible service (MinIO, Ceph, a provincial cloud) as the place of a store.

One request writes an object, so it is there whole or not at all; a file fits into memory by its limit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import S3Store

from engine.errors import NotFound, Unavailable

_READ_BYTES = 256 * 1024


class BucketPlace:
    """Objects below ``prefix`` of one bucket. What the service does not do is told as ``Unavailable``."""

    def __init__(self, store: S3Store) -> None:
        self._store = store

    def write(self, name: str, chunks: Iterable[bytes]) -> None:
        body = b"".join(chunks)
        try:
            obstore.put(self._store, name, body, use_multipart=False)
        except (BaseError, OSError) as error:
            raise _unavailable() from error

    def read(self, name: str) -> Iterator[bytes]:
        try:
            found = obstore.get(self._store, name)
        except (NotFoundError, FileNotFoundError):
            raise NotFound("file", name) from None
        except (BaseError, OSError) as error:
            raise _unavailable() from error
        return _read(found)

    def delete(self, name: str) -> None:
        try:
            obstore.delete(self._store, name)
        except (NotFoundError, FileNotFoundError):
            return
        except (BaseError, OSError) as error:
            raise _unavailable() from error

    def entries(self) -> Iterator[tuple[str, datetime]]:
        try:
            for page in obstore.list(self._store):
                for entry in page:
                    yield entry["path"], entry["last_modified"]
        except (BaseError, OSError) as error:
            raise _unavailable() from error

    def tidy(self) -> int:
        """Nothing: an object that was not sent whole was never there."""
        return 0


def open_bucket(
    bucket: str, *, endpoint: str, region: str, key_id: str, secret: str, prefix: str = "", seconds: float = 30
) -> BucketPlace:
    """The place in ``bucket`` at ``endpoint``; nothing is asked of the service yet."""
    store = S3Store(
        bucket,
        prefix=prefix or None,
        endpoint=endpoint,
        region=region,
        access_key_id=key_id,
        secret_access_key=secret,
        virtual_hosted_style_request=False,
        client_options={"allow_http": endpoint.startswith("http://"), "timeout": timedelta(seconds=seconds)},
        retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=seconds)},
    )
    return BucketPlace(store)


def _read(found: obstore.GetResult) -> Iterator[bytes]:
    try:
        for piece in found.stream(min_chunk_size=_READ_BYTES):
            yield bytes(piece)
    except (BaseError, OSError) as error:
        raise _unavailable() from error


def _unavailable() -> Unavailable:
    return Unavailable("文件存储")
