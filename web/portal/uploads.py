"""Files of a family's step: kept with the case, and known again only to whoever sent them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import sqlalchemy as sa

from engine import db
from forms import Upload
from tasks.tables import files
from web.portal.opened import OpenTask
from web.services import services
from web.store.uploads import Incoming, keep_upload, known_uploads

if TYPE_CHECKING:
    from werkzeug.datastructures import FileStorage


def keep_sent(task: OpenTask, sent: FileStorage, field: str = "file") -> str:
    """Store a file that was sent; its key. Raises ``InvalidInput`` with the sentence at ``field``."""
    incoming = Incoming(str(sent.filename), sent.mimetype or "", sent.stream)  # type: ignore[arg-type] # it can seek
    row = keep_upload(services(), incoming, case_id=task.case.id, by=task.actor.id, field=field)
    return str(row.id)


def own_uploads(task: OpenTask, keys: Iterable[str]) -> Mapping[str, Upload]:
    """Those of ``keys`` that are files of this case which this very family has sent."""
    wanted = list(keys)
    query = sa.select(files.c.id).where(files.c.id.in_(wanted), files.c.uploaded_by == task.actor.id)
    with db.reading(services().database) as connection:
        mine = list(connection.execute(query).scalars())
        return known_uploads(connection, task.case.id, mine)
