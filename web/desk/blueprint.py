"""The blueprint that the pages of this package hang on."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from web.desk import words

blueprint = Blueprint("desk", __name__, template_folder="templates")


@blueprint.app_context_processor
def _lend_words() -> dict[str, Any]:
    return {"desk_words": words}
