"""The lists: the queues of the desk, and the search over all cases. Everything that is chosen stands in the URL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

import sqlalchemy as sa
from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine import db
from engine.releases import published
from web.access import current
from web.access.policy import allow, staff
from web.desk import words
from web.desk.blueprint import blueprint
from web.desk.filters import Filter, read_filter
from web.desk.listing import read_page
from web.desk.queues import CASES, IN_RAIL, QUEUES, Asker, Queue, count_queues, today_of
from web.desk.rows import show_rows
from web.services import services
from web.tables import saved_filters

_MOST_SAVED = 20


@blueprint.get("/desk/")
@allow(staff)
def home() -> str:
    """The queues, one of them open."""
    return _show_list("desk.home", QUEUES)


@blueprint.get("/desk/cases")
@allow(staff)
def cases() -> str:
    """Every case that one may know of, to be searched."""
    return _show_list("desk.cases", CASES)


def _show_list(endpoint: str, queues: Mapping[str, Queue]) -> str:
    own, person = services(), current.person()
    assert person is not None  # the route's policy
    chosen = read_filter(request.args, queues)
    asker, queue = Asker(person, today_of(own.clock.now())), queues[chosen.queue]
    back = chosen.url(endpoint)
    with db.reading(own.database) as connection:
        counts = count_queues(connection, asker, chosen.queue)
        listing = read_page(connection, own.runtime.sealer, asker, chosen, counts.get(chosen.queue))
        rows = show_rows(connection, own.runtime, person, chosen.queue, listing.rows, asker.today, back)
        names = _department_names(connection, listing.departments)
        kept = _saved(connection, person.id)
    return render_template(
        "desk/list.html",
        endpoint=endpoint,
        queues=QUEUES,
        queue=queue,
        counts=counts,
        in_rail=IN_RAIL,
        chosen=chosen,
        listing=listing,
        rows=rows,
        departments=names,
        saved=kept,
        back=back,
    )


def _department_names(connection: sa.Connection, departments: list[str]) -> dict[str, str]:
    """Two statements while a release is new to this process, then one."""
    runtime = services().runtime
    releases = published(connection) if departments else []
    manifests = [runtime.releases.get(connection, release.id).manifest for release in releases]
    found = {}
    for department in departments:
        named = [words.department_name(manifest, department) for manifest in manifests if department in manifest.groups]
        found[department] = named[0] if named else department
    return found


def _saved(connection: sa.Connection, user_id: str) -> list[Any]:
    c = saved_filters.c
    query = sa.select(c.id, c.name, c.query).where(c.user_id == user_id).order_by(c.name)
    return list(connection.execute(query))


# -- filters that are kept under a name ------------------------------------------------------------------------------


@blueprint.post("/desk/filters")
@allow(staff)
def save_filter() -> Response:
    """Keep the filter that is on under a name; the same name again replaces it."""
    own, person = services(), current.person()
    assert person is not None
    chosen = read_filter(dict(parse_qsl(request.form.get("query", "")[:1_000])), QUEUES)
    name = request.form.get("name", "").strip()[:64].replace("\0", "")
    if not name:
        flash(_("请给筛选条件起个名字。"), "error")
        return redirect(chosen.url("desk.home"), 303)
    c, query = saved_filters.c, chosen.with_(page=1).search
    with own.database.begin() as connection:
        connection.execute(saved_filters.delete().where(c.user_id == person.id, c.name == name))
        count = sa.select(sa.func.count()).select_from(saved_filters).where(c.user_id == person.id)
        if connection.execute(count).scalar_one() >= _MOST_SAVED:
            flash(_("最多保存%(num)s个筛选条件，请先删除不用的。", num=_MOST_SAVED), "error")
            return redirect(chosen.url("desk.home"), 303)
        row = {"id": uuid4().hex, "user_id": person.id, "name": name, "query": query}
        connection.execute(saved_filters.insert().values(row))
    flash(_("已保存筛选“%(name)s”。", name=name), "success")
    return redirect(chosen.url("desk.home"), 303)


@blueprint.post("/desk/filters/<filter_id>/delete")
@allow(staff)
def drop_filter(filter_id: str) -> Response:
    """Forget one of one's own; another's is not there."""
    own, person = services(), current.person()
    assert person is not None
    c = saved_filters.c
    with own.database.begin() as connection:
        connection.execute(saved_filters.delete().where(c.id == filter_id[:32], c.user_id == person.id))
    return redirect(url_for("desk.home"), 303)


@blueprint.app_template_global("step_words")
def step_words(queue: str, step: str) -> str:
    """A step as its queue's list calls it."""
    kinds = {"push_failed": words.PUSH, "cases": words.CASE}
    return words.say(kinds.get(queue, {}), step)


@blueprint.app_template_global("desk_url")
def desk_url(endpoint: str, chosen: Filter, **changes: Any) -> str:
    """The same list with something changed."""
    return chosen.with_(**changes).url(endpoint)
