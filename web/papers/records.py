"""The rows of ``papers``: which e-certificate was made of which certificate, and under what token it is checked.

The token says nothing and cannot be guessed (128 bits); the file in the store has the same name.
"""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa

from tasks import tables as d
from web.tables import papers

TOKEN = re.compile(r"[0-9a-f]{32}", re.ASCII)


def find_paper(connection: sa.Connection, token: str) -> Any:
    """The paper of a token, with its certificate's ``kind``, ``number``, ``status`` …; None where there is none."""
    if not TOKEN.fullmatch(token):
        return None
    c = d.certificates.c
    query = sa.select(papers.c.token, papers.c.case_id, papers.c.made_at, papers.c.sha256, c.id.label("certificate_id"))
    query = query.add_columns(c.kind, c.number, c.issuer, c.issued_at, c.status, c.ended_at)
    joined = papers.join(d.certificates, c.id == papers.c.certificate_id)
    return connection.execute(query.select_from(joined).where(papers.c.token == token)).first()


def find_paper_of(connection: sa.Connection, certificate_id: str) -> Any:
    """The paper that was made of a certificate; None before the first download."""
    return connection.execute(sa.select(papers).where(papers.c.certificate_id == certificate_id)).first()
