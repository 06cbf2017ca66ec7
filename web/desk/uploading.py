"""Files that come with a task's form: kept at once, so that a refused submission need not send them again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from flask import request
from werkzeug.datastructures import MultiDict

from engine import db
from engine.errors import InvalidInput
from forms import Form, Upload
from web.forming import sent_files
from web.services import Services
from web.store.uploads import Incoming, keep_upload, known_uploads

_KEY_LENGTH = 32


def keep_sent(own: Services, form: Form, case_id: str, by: str) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Store what was sent: the new keys, and the sentences about what was not taken, by field."""
    added: dict[str, list[str]] = {}
    refused: dict[str, list[str]] = {}
    for name, file in sent_files(form, request.files):
        incoming = Incoming(str(file.filename), file.mimetype, cast(Any, file.stream))
        try:
            row = keep_upload(own, incoming, case_id=case_id, by=by, field=name)
        except InvalidInput as error:
            refused.setdefault(name, []).extend(sentence for found in error.fields.values() for sentence in found)
        else:
            added.setdefault(name, []).append(row.id)
    return added, refused


def uploads_of(
    own: Services,
    form: Form,
    case_id: str,
    sent: MultiDict[str, str],
    added: Mapping[str, list[str]],
    values: object = None,
) -> Mapping[str, Upload]:
    """The case's files that the form names, in what was sent, just stored, or kept in ``values``."""
    if not any(field.kind == "filepicker" for field in form.fields.values()):
        return {}
    named = {key for keys in added.values() for key in keys} | set(_keys(values))
    named |= {value for name in sent for value in sent.getlist(name)}
    keys = sorted(key for key in named if len(key) == _KEY_LENGTH and key.isascii() and key.isalnum())
    if not keys:
        return {}
    with db.reading(own.database) as connection:
        return known_uploads(connection, case_id, keys[:500])


def _keys(values: object) -> Iterator[str]:
    if isinstance(values, str):
        yield values
    elif isinstance(values, Mapping):
        for value in values.values():
            yield from _keys(value)
    elif isinstance(values, list):
        for value in values:
            yield from _keys(value)
