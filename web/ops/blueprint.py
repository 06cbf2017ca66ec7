"""The blueprint that the operator's files hang their routes on."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("ops", __name__, template_folder="templates")
