"""The blueprint that the window's files hang their routes on."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("window", __name__, template_folder="templates", url_prefix="/window")
