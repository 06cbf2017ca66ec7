"""The reader's choice of a language."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import abort, current_app, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from web.access import current
from web.access.blueprint import blueprint
from web.access.policy import allow, public
from web.access.returning import asked_for, home_of
from web.access.turning import see_other
from web.languages import LANGUAGES, keep_choice


@blueprint.post("/language")
@allow(public)
def language_chosen() -> Response:
    """Remember it, and back to the page; where that page was the answer to a form, to the reader's first page."""
    wanted = LANGUAGES.get(request.form.get("language", ""))
    if wanted is None:
        abort(400)
    answer = see_other(_way_back())
    keep_choice(answer, wanted)
    return answer


def _way_back() -> str:
    path = asked_for()
    if path and _can_be_opened(path):
        return path
    person = current.person()
    return home_of(person) if person is not None else url_for("portal.home")


def _can_be_opened(path: str) -> bool:
    """Whether a page of ours answers there without a form."""
    try:
        current_app.create_url_adapter(request).match(urlsplit(path).path, method="GET")  # type: ignore[union-attr] # within a request there is one
    except HTTPException:
        return False
    return True
