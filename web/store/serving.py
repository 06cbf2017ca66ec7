"""Files on their way to a browser: as an attachment, or shown in place, and never as a page of ours.

The stored kind is told, nothing is guessed from the content, and a policy of its own lets a file run nothing.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flask import Response

from web.services import Services
from web.store.settings import file_store
from web.store.uploads import THUMBNAIL

FILE_POLICY = "default-src 'none'; img-src 'self'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"
IN_PLACE = frozenset({"application/pdf", "image/jpeg", "image/png", "image/webp"})


def answer_file(own: Services, row: Any, *, in_place: bool = False) -> Response:
    """The file of a row of ``files``; ``in_place`` for a page that shows it beside a form. Raises ``NotFound``."""
    shown = in_place and row.media_type in IN_PLACE
    return _answer(file_store(own).open(row.id), row.media_type, row.name, shown=shown, size=row.bytes)


def answer_thumbnail(own: Services, row: Any) -> Response:
    """The small picture of a row of ``files``. Raises ``NotFound`` where the file is no picture."""
    return _answer(file_store(own).open(row.id + THUMBNAIL), "image/webp", "thumbnail.webp", shown=True)


def answer_bytes(data: bytes, media_type: str, name: str) -> Response:
    """Something that was just made, as an attachment."""
    return _answer(iter([data]), media_type, name, shown=False, size=len(data))


def _answer(chunks: Any, media_type: str, name: str, *, shown: bool, size: int | None = None) -> Response:
    response = Response(chunks, mimetype=media_type)
    plain = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "-_.") else "_" for sign in name)
    way = "inline" if shown else "attachment"
    response.headers["Content-Disposition"] = f"{way}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    response.headers["Content-Security-Policy"] = FILE_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    response.headers["Cache-Control"] = "no-store"
    if size is not None:
        response.content_length = size
    return response
