"""Uploads: looked at, drawn anew where they are pictures, stored, and written down in ``files``.

The row is written when the file lies whole in the store, and the file goes again when the row cannot be written: an
upload that breaks off anywhere leaves neither.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, BinaryIO
from uuid import uuid4

import sqlalchemy as sa
from flask_babel import lazy_gettext as _

from engine import db
from engine.clock import to_text
from engine.errors import InvalidInput, NotFound
from forms.files import HEAD_BYTES, KINDS, MAX_BYTES, FileKind, Upload, shown_name, sniff, upload_fault
from forms.messages import say
from tasks.tables import files
from web.services import Services
from web.store.images import FORMATS, PictureFault, redraw
from web.store.pdfs import pdf_fault
from web.store.settings import file_store
from web.store.store import FileStore, Stored
from web.tables import papers

THUMBNAIL = ".thumb"
_TAIL_BYTES = 66_000  # an archive's end lies within
_SWEPT_AFTER = timedelta(days=1)
_SWEPT_AT_ONCE = 500
_OWN_WORDS = {
    "file_active": _("文件“%(name)s”含有脚本、附件或密码，不能接收；请打印后重新扫描成 PDF 上传。"),
    "file_pixels": _("图片“%(name)s”的尺寸过大，请拍照或扫描成普通大小后上传。"),
}


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file as it arrives. ``stream`` can be read from its beginning more than once."""

    name: str
    content_type: str
    stream: BinaryIO


def keep_upload(
    own: Services,
    incoming: Incoming,
    *,
    case_id: str,
    by: str,
    material_id: str | None = None,
    kinds: Sequence[FileKind] = KINDS,
    field: str = "file",
) -> Any:
    """Store a file and write it down; the new row of ``files``.

    Raises ``InvalidInput`` with the sentence at ``field`` where the file is not taken.
    """
    store = file_store(own)
    upload = _look_at(incoming)
    _refuse(field, upload.name, upload_fault(upload, kinds), kinds)
    kind = sniff(upload)
    assert kind is not None  # upload_fault has seen to it
    name = uuid4().hex
    try:
        stored = _put(store, name, kind, incoming.stream)
    except PictureFault as fault:
        _refuse(field, upload.name, "file_pixels" if fault.code == "file_large" else fault.code, kinds)
        raise
    row: dict[str, Any] = {"id": name, "case_id": case_id, "material_id": material_id, "name": upload.name}
    row |= {"media_type": kind.media_type, "bytes": stored.bytes, "sha256": stored.sha256}
    row |= {"uploaded_by": by, "uploaded_at": to_text(own.clock.now())}
    try:
        with own.database.begin() as connection:
            connection.execute(files.insert().values(row))
            return connection.execute(sa.select(files).where(files.c.id == name)).one()
    except BaseException:
        store.delete(name, name + THUMBNAIL)
        raise


def find_file(connection: sa.Connection, file_id: str, case_id: str) -> Any:
    """The row of a file of that case. Raises ``NotFound``, for another case's file too."""
    row = connection.execute(sa.select(files).where(files.c.id == file_id, files.c.case_id == case_id)).first()
    if row is None:
        raise NotFound("file", file_id)
    return row


def known_uploads(connection: sa.Connection, case_id: str, file_ids: Iterable[str]) -> Mapping[str, Upload]:
    """What ``forms.validate`` is told of the files that a form names; one of another case is not among them.

    They were looked at when they came, so their kind is told by the first bytes of such a kind.
    """
    query = sa.select(files).where(files.c.id.in_(list(file_ids)), files.c.case_id == case_id)
    found = connection.execute(query).all()
    return {
        row.id: Upload(row.name, row.media_type, min(row.bytes, MAX_BYTES), _HEADS[row.media_type]) for row in found
    }


def drop_file(own: Services, file_id: str, case_id: str) -> None:
    """Remove a file that was uploaded and not handed in. Raises ``NotFound``."""
    with own.database.begin() as connection:
        find_file(connection, file_id, case_id)
        connection.execute(files.delete().where(files.c.id == file_id))
    file_store(own).delete(file_id, file_id + THUMBNAIL)


def sweep(own: Services, now: datetime) -> int:
    """Remove from the store what no row knows and is older than a day: what a crash left between the two. How many."""
    store, swept = file_store(own), 0
    names = store.names(before=now - _SWEPT_AFTER)
    while some := list(islice(names, _SWEPT_AT_ONCE)):
        ids = {name.partition(".")[0] for name in some}
        with db.reading(own.database) as connection:
            known = set(connection.execute(sa.select(files.c.id).where(files.c.id.in_(ids))).scalars())
            known |= set(connection.execute(sa.select(papers.c.token).where(papers.c.token.in_(ids))).scalars())
        orphans = [name for name in some if name.partition(".")[0] not in known]
        store.delete(*orphans)
        swept += len(orphans)
    return swept


def _look_at(incoming: Incoming) -> Upload:
    stream = incoming.stream
    size = stream.seek(0, io.SEEK_END)
    stream.seek(max(0, size - _TAIL_BYTES))
    tail = stream.read(_TAIL_BYTES)
    stream.seek(0)
    head = stream.read(HEAD_BYTES)
    stream.seek(0)
    return Upload(incoming.name, incoming.content_type, size, head, tail)


def _put(store: FileStore, name: str, kind: FileKind, stream: BinaryIO) -> Stored:
    if kind.media_type not in FORMATS:
        data = stream.read(MAX_BYTES + 1)
        if code := pdf_fault(data):
            raise PictureFault(code)
        return store.put(io.BytesIO(data), name=name)
    picture = redraw(stream, kind.media_type)
    store.put([picture.thumbnail], name=name + THUMBNAIL)
    try:
        return store.put(io.BytesIO(picture.data), limit=2 * MAX_BYTES, name=name)
    except BaseException:
        store.delete(name + THUMBNAIL)
        raise


def _refuse(field: str, name: str, code: str, kinds: Sequence[FileKind]) -> None:
    if not code:
        return
    shown = shown_name(name)
    own = _OWN_WORDS.get(code)
    names = {"name": shown, "limit": MAX_BYTES // 2**20, "kinds": "、".join(kind.name for kind in kinds)}
    raise InvalidInput({field: [str(own) % {"name": shown} if own else say(code, **names)]})


_HEADS = {
    "application/pdf": b"%PDF-1.7\n",
    "image/jpeg": b"\xff\xd8\xff\xe0",
    "image/png": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
    "image/webp": b"RIFF\0\0\0\0WEBPVP8 ",
}
