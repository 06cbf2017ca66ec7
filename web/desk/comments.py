"""What staff say to each other about a case. Families never see it; it is kept sealed."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

import sqlalchemy as sa
from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine import tables as t
from engine.clock import to_text
from engine.incoming import is_storable
from engine.sealing import Sealer
from web.access import current
from web.access.policy import allow
from web.desk.blueprint import blueprint
from web.desk.gates import case_by_code
from web.services import services
from web.tables import comments

LONGEST = 2_000
_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Comment:
    """Who said what and when."""

    who: str
    at: str
    text: str


def read_comments(connection: sa.Connection, sealer: Sealer, case_id: str) -> list[Comment]:
    """The latest, oldest first; one statement."""
    query = (
        sa.select(comments, t.users.c.name.label("who"))
        .join(t.users, t.users.c.id == comments.c.user_id)
        .where(comments.c.case_id == case_id)
        .order_by(comments.c.at.desc(), comments.c.id)
        .limit(_SHOWN)
    )
    found = [
        Comment(row.who, row.at, str(sealer.open(bytes(row.sealed), row.id)["text"]))
        for row in connection.execute(query)
    ]
    return found[::-1]


@blueprint.post("/desk/cases/<code>/comments")
@allow(case_by_code)
def add_comment(code: str) -> Response:
    """Say something about the case."""
    own, person, text = services(), current.person(), request.form.get("text", "").replace("\r\n", "\n").strip()
    assert person is not None
    if not text:
        flash(_("请填写留言。"), "error")
    elif not is_storable(text, LONGEST):
        flash(_("留言不能超过%(num)s字，也不能含有无法保存的字符。", num=LONGEST), "error")
    else:
        name = uuid4().hex
        row = {"id": name, "case_id": current.case().id, "user_id": person.id}
        row |= {"sealed": own.runtime.sealer.seal({"text": text}, name), "at": to_text(own.clock.now())}
        with own.database.begin() as connection:
            connection.execute(comments.insert().values(row))
    return redirect(url_for("desk.case", code=code) + "#comments", 303)
