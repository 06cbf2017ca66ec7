"""The operator's first page and the monitor's address."""

from __future__ import annotations

from flask import Response, jsonify, render_template
from flask_babel import lazy_gettext as _

from engine import db
from web.access.policy import allow, operator, public
from web.ops import queue_routes
from web.ops.blueprint import blueprint
from web.ops.health import is_fit, read_findings
from web.ops.overview import read_overview
from web.services import services
from web.sweeps import read_runs

__all__ = ["blueprint", "queue_routes"]
FINDING_WORDS = {
    "overdue_timers": _("到期未触发的定时"),
    "overdue_jobs": _("到期未执行的任务"),
    "lost_leases": _("执行中断的任务"),
    "stopped_workers": _("因时钟跳变而停止的后台"),
    "uncollected_jobs": _("外部系统超一日未取的任务"),
    "dead_jobs": _("重试耗尽的任务"),
    "failed_sweeps": _("未成的定期清理"),
    "open_incidents": _("待处理的异常"),
}
FINDING_PAGES = {
    "overdue_timers": ("ops.timers", None),
    "overdue_jobs": ("ops.jobs", "available"),
    "lost_leases": ("ops.jobs", "leased"),
    "uncollected_jobs": ("ops.jobs", "available"),
    "dead_jobs": ("ops.jobs", "dead"),
    "open_incidents": ("ops.incidents", "open"),
}
"""Where what was found is listed: the page, and the status there."""
SWEEP_WORDS = {
    "uploads": _("无主的上传文件"),
    "drafts": _("没写完的文件"),
    "sessions": _("过期的登录"),
    "codes": _("过期的验证码"),
    "attempts": _("过期的尝试记录"),
}


@blueprint.get("/ops/")
@allow(operator)
def overview() -> str:
    """Packs, releases, open cases and health."""
    own, now = services(), services().clock.now()
    with db.reading(own.database) as connection:
        runs = read_runs(connection, now)
    return render_template(
        "ops/overview.html",
        overview=read_overview(own.database),
        findings=read_findings(own.database, now, own.runtime.workers.by_type()),
        words=FINDING_WORDS,
        pages=FINDING_PAGES,
        runs=runs,
        sweep_words=SWEEP_WORDS,
    )


@blueprint.get("/health")
@allow(public)
def health() -> tuple[Response, int]:
    """For monitors: 200 while timers and jobs run in time, else 503; the counts say what is behind."""
    own = services()
    findings = read_findings(own.database, own.clock.now(), own.runtime.workers.by_type())
    fit = is_fit(findings)
    body = {"fit": fit, "findings": {finding.code: finding.count for finding in findings}}
    return jsonify(body), 200 if fit else 503
