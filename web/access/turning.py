"""The answer to a form that was taken: the browser goes on to a page that it can load again."""

from __future__ import annotations

from flask import redirect, request
from werkzeug.wrappers import Response


def see_other(path: str) -> Response:
    """303 to ``path``, and for htmx the header that makes it load the whole page."""
    if "HX-Request" in request.headers:
        return Response(status=204, headers={"HX-Redirect": path})
    return redirect(path, 303)
