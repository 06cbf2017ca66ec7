"""Where to go on after sign-in: only ever a page of this installation."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import current_app, request, url_for

from web.access import policy
from web.access.people import Person

_OVERVIEWS = (("supervisor", "supervise.board"), ("hotline", "hotline.home"), ("analyst", "compare.home"))
"""Departments that look on: whoever is in no other begins where they see, not at a queue that stays empty."""
_HOMES = ("desk.home", "portal.cases", "ops.overview", "access.account")
"""The first of these that there is and that admits the person."""


def is_inside(path: str) -> bool:
    """Whether ``path`` names a page here: no scheme, no host, nothing that a browser might read as either."""
    if not path.startswith("/") or path.startswith("//") or "\\" in path or not path.isprintable():
        return False
    try:
        url = urlsplit(path)
    except ValueError:
        return False
    return not url.scheme and not url.netloc


def asked_for() -> str:
    """The ``next`` of the request where it may be followed; else nothing."""
    path = request.values.get("next", "")
    return path if is_inside(path) else ""


def home_of(person: Person) -> str:
    """The page on which ``person`` begins."""
    if person.administrator and not person.groups:
        return url_for("ops.overview")
    overviews = [endpoint for department, endpoint in _OVERVIEWS if person.departments == {department}]
    for endpoint in (*overviews, *_HOMES):
        if policy.admits(current_app, endpoint, person):
            return url_for(endpoint)
    return url_for("portal.home")
