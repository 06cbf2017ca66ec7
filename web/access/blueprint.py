"""The blueprint that the pages of this package hang on."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("access", __name__, template_folder="templates")
