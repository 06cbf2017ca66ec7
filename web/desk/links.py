"""What else may be done with a case, from its page: a link stands there where the route behind it admits the reader."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import current_app, url_for
from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from engine.loaded import LoadedRelease
from web.access import policy
from web.access.people import Person
from web.papers.prints import names_for
from web.window.sending import list_acts

_SHEET = "window.sheet"
_ACTS = "window.acts"
_PAGES = (
    ("window.case", _("窗口办理、核验原件")),
    (_ACTS, _("发起撤回、异议等")),
    ("police.freeze", _("冻结与解除")),
    ("funeral.case", _("火化核验")),
)


@dataclass(frozen=True, slots=True)
class Link:
    """One entry: its words and where it leads."""

    label: LazyString | str
    url: str


def case_links(connection: sa.Connection, release: LoadedRelease, person: Person, case: Any) -> list[Link]:
    """The pages of other counters that ``person`` may open for ``case``; one statement."""
    open_to = [(endpoint, label) for endpoint, label in _PAGES if _admits(endpoint, person, case)]
    if not list_acts(connection, release, person, case):
        open_to = [(endpoint, label) for endpoint, label in open_to if endpoint != _ACTS]
    return [Link(label, url_for(endpoint, case_id=case.id)) for endpoint, label in open_to]


def print_links(
    connection: sa.Connection, release: LoadedRelease, person: Person, case: Any, filings: Sequence[Any]
) -> list[list[Link]]:
    """The sheets of each application, in the order of ``filings``; none for whoever may not print them."""
    if not _admits(_SHEET, person, case, kind=""):
        return []
    return [
        [Link(name, url_for(_SHEET, case_id=case.id, kind=kind, filing=filing.name)) for kind, name in names.items()]
        for filing, names in zip(filings, names_for(connection, release, case.id, filings), strict=True)
    ]


def _admits(endpoint: str, person: Person, case: Any, **more: str) -> bool:
    return policy.admits(current_app, endpoint, person, {"case_id": case.id, **more})
