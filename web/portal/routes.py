"""The families' pages."""

from __future__ import annotations

from flask import Blueprint, render_template

from web.access.policy import allow, public

blueprint = Blueprint("portal", __name__, template_folder="templates")


@blueprint.get("/")
@allow(public)
def home() -> str:
    """The start page."""
    return render_template("portal/home.html")
