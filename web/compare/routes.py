"""The comparison's pages: in the words of the service, by diagrams, by decisions. All of it reads without a script."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, Response, abort, render_template, request
from flask_babel import lazy_gettext as _

from engine import db
from tasks.comparison import Comparison
from tasks.comparison.diagrams import ProcessDifference
from tasks.comparison.told import CHANGES, EMPTY, aspect_lines, names, row_cells, row_number, states
from web.access.policy import allow, group, operator
from web.compare.arranging import OPEN_LINES, beginning, is_long, lay_out
from web.compare.choosing import comparison_of, find_choice, list_choices, source_of
from web.services import services

PARTS = {"service": _("服务"), "diagrams": _("流程图"), "decisions": _("决策表")}
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
_PROCESS = re.compile(r"[a-z][a-z0-9_]{0,79}", re.ASCII)
blueprint = Blueprint("compare", __name__, template_folder="templates", url_prefix="/compare")
readers = (operator, group("supervisor."), group("analyst."))


@blueprint.get("/")
@allow(*readers)
def home() -> str:
    """Choose two releases; below them what they come to, as ``part`` and ``show`` say."""
    asked = {name: request.args.get(name, "") for name in ("a", "b", "process")}
    part = request.args.get("part", "service")
    with db.reading(services().database) as connection:
        choices = list_choices(connection)
        left, right = find_choice(connection, asked["a"]), find_choice(connection, asked["b"])
    told: dict[str, Any] = {"choices": choices, "a": asked["a"], "b": asked["b"], "tabs": PARTS}
    told |= {"part": part if part in PARTS else "service", "only_differing": request.args.get("show") != "all"}
    if left is None or right is None:
        return render_template("compare/home.html", found=None, **told)
    found = comparison_of(left, right)
    told |= {"found": found, "sides": names(found), "states": states(found), "counts": _count(found)}
    told |= {
        "changes": CHANGES,
        "empty": EMPTY,
        "aspect_lines": aspect_lines,
        "row_number": row_number,
        "row_cells": row_cells,
    }
    told |= {"is_long": is_long, "beginning": beginning, "open_lines": OPEN_LINES}
    if told["part"] == "service":
        told["laid"] = lay_out(found, only_differing=told["only_differing"])
    if told["part"] == "diagrams":
        told["chosen"] = _choose(found, asked["process"])
    return render_template(f"compare/{told['part']}.html", **told)


@blueprint.get("/source/<release>/<process>.bpmn")
@allow(*readers)
def source(release: str, process: str) -> Response:
    """A diagram as it was published."""
    is_named = _DIGEST.fullmatch(release) and _PROCESS.fullmatch(process)
    data = source_of(release, process) if is_named else None
    if data is None:
        abort(404)
    return Response(data, mimetype="application/xml", headers={"Content-Disposition": "attachment"})


def _choose(found: Comparison, process: str) -> ProcessDifference | None:
    """The process that the address names, else the first that differs."""
    by_id = {one.process: one for one in found.processes}
    differing = (one for one in found.processes if one.standing != "same")
    return by_id.get(process) or next(differing, None) or next(iter(found.processes), None)


def _count(found: Comparison) -> dict[str, int]:
    """How much differs, by part."""
    return {
        "service": sum(len(section.differing) for section in found.sections),
        "diagrams": sum(process.standing not in ("same", "layout") for process in found.processes),
        "decisions": sum(decision.standing != "same" for decision in found.decisions),
    }
