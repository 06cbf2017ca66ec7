"""The operator's lists: what stopped and may be tried again, what waits to go out, jobs, timers, audit, accounts."""

from __future__ import annotations

from functools import partial
from typing import Any

import sqlalchemy as sa
from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response

from engine import audit as chains
from engine import cases, db
from engine import tables as t
from engine.actors import Actor
from engine.clock import from_text
from engine.errors import Conflict
from tasks import tables as d
from web.access import current
from web.access.policy import allow, operator
from web.ops import queues
from web.ops.blueprint import blueprint
from web.ops.demonstration import list_codes
from web.ops.naming import KINDS, name_dispatches, name_steps
from web.services import services
from web.supervise.naming import Names

WORDS = {
    "open": lazy_gettext("待处理"),
    "resolved": lazy_gettext("已处理"),
    "cancelled": lazy_gettext("随办件结束"),
    "queued": lazy_gettext("待送达"),
    "delivered": lazy_gettext("已送达"),
    "recalled": lazy_gettext("已撤回"),
    "available": lazy_gettext("待执行"),
    "leased": lazy_gettext("执行中"),
    "dead": lazy_gettext("重试耗尽"),
    "completed": lazy_gettext("已完成"),
    "thrown": lazy_gettext("按错误分支继续"),
}


@blueprint.get("/ops/incidents")
@allow(operator)
def incidents() -> str:
    """What stopped, and the button that tries it again."""
    status, page = _status(queues.INCIDENTS), _page()
    with db.reading(services().database) as connection:
        counts = queues.count_by_status(connection, t.incidents)
        listed = queues.list_incidents(connection, status, page)
        steps = name_steps(connection, services().runtime, listed)
    return _show("ops/incidents.html", listed, status, page, counts, queues.INCIDENTS, steps=steps, kinds=KINDS)


@blueprint.post("/ops/incidents/<incident_id>/retry")
@allow(operator)
def retry_incident(incident_id: str) -> Response:
    """Try again what stopped; whoever asked stands in the audit."""
    own, person = services(), current.person()
    assert person is not None
    try:
        cases.retry_incident(
            own.runtime, Actor(person.login, person.groups, person.region, unbounded=True), incident_id
        )
    except Conflict:
        flash(_("这个异常已经处理过了。"), "warning")
    else:
        flash(_("已重试；仍有问题的，会再出现在这里。"), "success")
    back = "ops.outbox" if request.form.get("from") == "outbox" else "ops.incidents"
    return redirect(url_for(back), 303)


@blueprint.get("/ops/outbox")
@allow(operator)
def outbox() -> str:
    """What waits to go out, what failed and why; in the demonstration the codes that a telephone would get."""
    own, status, page = services(), _status(queues.OUTBOX), _page()
    with db.reading(own.database) as connection:
        counts = queues.count_by_status(connection, d.outbox)
        listed = queues.list_outbox(connection, status, page)
        troubles = queues.troubles_of(connection, (row.case_id for row in listed))
        codes = list_codes(own, connection)
        named = name_dispatches(connection, own.runtime, listed)
    extra = {"troubles": troubles, "named": named, "codes": codes, "demonstration": own.web.demonstration}
    return _show("ops/outbox.html", listed, status, page, counts, queues.OUTBOX, **extra)


@blueprint.get("/ops/jobs")
@allow(operator)
def jobs() -> str:
    """Jobs by status."""
    status, page = _status(queues.JOBS), _page()
    with db.reading(services().database) as connection:
        counts = queues.count_by_status(connection, t.jobs)
        listed = queues.list_jobs(connection, status, page)
        steps = name_steps(connection, services().runtime, listed)
    own_types = set(services().runtime.workers.by_type())
    return _show("ops/jobs.html", listed, status, page, counts, queues.JOBS, own_types=own_types, steps=steps)


@blueprint.get("/ops/timers")
@allow(operator)
def timers() -> str:
    """What is to happen by itself, and when."""
    own, page = services(), _page()
    with db.reading(own.database) as connection:
        listed = queues.list_timers(connection, page)
        steps = name_steps(connection, own.runtime, listed)
    return _show("ops/timers.html", listed, "", page, {}, (), now=own.clock.now(), steps=steps)


@blueprint.get("/ops/audit")
@allow(operator)
def audit() -> str:
    """How many lines there are; verifying them all is asked for."""
    return render_template("ops/audit.html", lines=_count_lines(), breaks=None)


@blueprint.post("/ops/audit")
@allow(operator)
def verify_audit() -> str:
    """Recompute every chain. Reads only, so the answer is the page itself."""
    own = services()
    with db.reading(own.database) as connection:
        breaks = list(chains.verify(connection, own.runtime.keys.audit))
        wanted = [one.case_id for one in breaks]
        known = connection.execute(sa.select(t.cases.c.id, t.cases.c.code).where(t.cases.c.id.in_(wanted)))
        codes = {row.id: row.code for row in known}
    return render_template("ops/audit.html", lines=_count_lines(), breaks=[(codes[one.case_id], one) for one in breaks])


@blueprint.get("/ops/accounts")
@allow(operator)
def accounts() -> str:
    """Who may sign in, and as what."""
    with db.reading(services().database) as connection:
        names = Names(services(), connection)
        listed = queues.list_accounts(connection, partial(names.shared, release_ids=names.running()))
    return render_template("ops/accounts.html", accounts=listed, when=from_text)


def _count_lines() -> int:
    with db.reading(services().database) as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(t.audit)).scalar_one())


def _status(known: tuple[str, ...]) -> str:
    chosen = request.args.get("status", known[0])
    if chosen not in known:
        abort(404)
    return chosen


def _page() -> int:
    return max(1, request.args.get("page", 1, type=int))


def _show(
    template: str,
    listed: list[Any],
    status: str,
    page: int,
    counts: dict[str, int],
    known: tuple[str, ...],
    **extra: Any,
) -> str:
    return render_template(
        template,
        listed=listed[: queues.PAGE],
        more=len(listed) > queues.PAGE,
        status=status,
        page=page,
        tabs=[(one, WORDS[one], counts.get(one, 0)) for one in known],
        words=WORDS,
        when=from_text,
        **extra,
    )
