"""``shenhou doctor``: everything that one asks for first when something is wrong."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

import sqlalchemy as sa
import typer

from engine import audit, db
from engine.clock import to_text
from engine.errors import ConfigError
from engine.tables import audit as audit_lines
from engine.tables import cases, heartbeats
from migrations import current_revision
from web.cli.installation import open_installation
from web.cli.output import Json, plain, print_fields, print_json, print_line, print_rows
from web.ops.health import Finding, is_fit, read_findings
from web.papers.settings import try_press
from web.services import Services
from web.store.settings import try_store

TAIL = 10  # of the newest cases, and of their audit lines that are shown
_SHOWN = ("case_id", "seq", "at", "actor", "verb", "subject")
_PARTS = ("SpiffWorkflow", "SQLAlchemy", "alembic", "lxml", "quickjs-ng", "pydantic", "Flask", "cryptography")


def doctor(as_json: Json = False) -> None:
    """Print versions, database settings, overdue work, the newest cases' audit; exit code 1 when something is grave."""
    with open_installation() as own:
        report = _examine(own)
        findings = read_findings(own.database, own.clock.now(), own.runtime.workers.by_type())
    grave = not is_fit(findings) or bool(report["broken_chains"]) or bool(report["wrong_settings"])
    if as_json:
        print_json({**report, "findings": findings, "fit": not grave})
    else:
        _print(report, findings)
    raise typer.Exit(1 if grave else 0)


def _examine(own: Services) -> dict[str, Any]:
    with db.reading(own.database) as connection:
        newest = sa.select(cases.c.id).order_by(cases.c.opened_at.desc(), cases.c.id).limit(TAIL)
        tail = connection.execute(
            sa.select(*(audit_lines.c[name] for name in _SHOWN))
            .where(audit_lines.c.case_id.in_(newest))  # by case, since no index has all lines in order of time
            .order_by(audit_lines.c.at.desc(), audit_lines.c.case_id, audit_lines.c.seq.desc())
            .limit(TAIL)
        )
        lines = [plain(row) for row in tail]
        recent = list(dict.fromkeys(line["case_id"] for line in lines))
        broken = [b for case in recent for b in audit.verify(connection, own.settings.keys.audit, case)]
        beats = [plain(row) for row in connection.execute(sa.select(heartbeats).order_by(heartbeats.c.name))]
    return {
        "now": to_text(own.clock.now()),
        "mode": own.settings.mode,
        "versions": {"shenhou": version("shenhou"), "python": platform.python_version()}
        | {part: version(part) for part in _PARTS},
        "database": {
            "kind": own.database.dialect.name,
            "place": own.database.url.render_as_string(hide_password=True),
            "revision": current_revision(own.database),
        }
        | db.health(own.database),
        "wrong_settings": _try_settings(own),
        "heartbeats": beats,
        "audit_tail": lines,
        "broken_chains": broken,
    }


def _try_settings(own: Services) -> list[str]:
    """What ``shenhou serve`` would refuse to begin with."""
    wrong = []
    for attempt in (try_store, try_press):
        try:
            attempt(own)
        except ConfigError as error:
            wrong.append(str(error))
    return wrong


def _print(report: dict[str, Any], findings: Sequence[Finding]) -> None:
    print_fields({"time": report["now"], "mode": report["mode"]} | report["versions"])
    print_line("")
    print_fields(report["database"])
    print_line("")
    print_rows(("check", "result", "count"), [(f.code, _result(f), f.count) for f in findings], none="")
    print_line("")
    beats = [(beat["name"], beat["at"], beat["note"]) for beat in report["heartbeats"]]
    print_rows(("duty", "last ran", "note"), beats, none="No worker has run yet.")
    print_line("")
    rows = [tuple(line.values()) for line in report["audit_tail"]]
    print_rows(("case", "line", "at", "actor", "verb", "subject"), rows, none="The audit is empty.")
    for wrong in report["wrong_settings"]:
        print_line(f"WRONG SETTING: {wrong}")
    for broken in report["broken_chains"]:
        print_line(f"BROKEN CHAIN: case {broken.case_id}, line {broken.seq}: {broken.reason}")


def _result(finding: Finding) -> str:
    if finding.ok:
        return "ok"
    return "GRAVE" if finding.grave else "attend to it"
