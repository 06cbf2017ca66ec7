"""Who may see and do what: the one place that decides it.

Every route carries ``@allow(policy, …)``: one of them must admit. A route without it answers nobody. Who is not
admitted gets 404, as for what does not exist; who is signed out is led to the sign-in page and back.
Two conditions at once: ``@allow(group("police.") & case_visible)``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import sqlalchemy as sa
from flask import Flask, Response, abort, g, redirect, request, url_for

from engine import tables as t
from web.access import current
from web.access.masking import mask, unmask
from web.access.people import Person
from web.access.referring import came_from
from web.access.visibility import visible_cases

__all__ = ["Policy", "allow", "can_see_case", "case_visible", "family", "family_case", "find_case", "group", "mask"]
__all__ += ["note_admitted", "operator", "public", "staff", "staff_owing_code", "takes_files", "unmask"]
__all__ += ["visible_cases"]
View = TypeVar("View", bound=Callable[..., Any])
Admits = Callable[[Person | None, Mapping[str, Any]], bool]
_MARK = "__policies__"
_BODY_MARK = "__body_bytes__"
_ADMITTED = "admitted_to_case"
WITH_FILES = 64 << 20
"""How many bytes a form with files may have: three of the largest. No route reads more."""
_ID = re.compile(r"[0-9A-Za-z-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Policy:
    """``admits`` decides on the person and the route's arguments; ``audience`` says whose sign-in page is meant."""

    name: str
    audience: str
    admits: Admits

    def __and__(self, other: Policy) -> Policy:
        def both(person: Person | None, arguments: Mapping[str, Any]) -> bool:
            return self.admits(person, arguments) and other.admits(person, arguments)

        return Policy(f"{self.name} & {other.name}", self.audience, both)


def _is(kind: str) -> Admits:
    return lambda person, _: person is not None and person.kind == kind


def _has_begun(_person: Person | None, _arguments: Mapping[str, Any]) -> bool:
    visit = current.visit()
    return visit is not None and visit.owner.kind == "staff"


def _sees_case(person: Person | None, arguments: Mapping[str, Any]) -> bool:
    if person is None:
        return False
    if g.get(_ADMITTED) == (person.kind, person.id, arguments.get("case_id")):
        return True
    with current.looking() as connection:
        found = find_case(connection, arguments)
        if found is None or not can_see_case(connection, person, found):
            return False
    note_admitted(person, found)
    return True


def note_admitted(person: Person, case: Any) -> None:
    """Keep the case that ``person`` may see for the rest of the request; whoever calls this has asked the rule."""
    g.case = case
    setattr(g, _ADMITTED, (person.kind, person.id, case.id))


public = Policy("public", "anyone", lambda _person, _arguments: True)
family = Policy("family", "family", _is("family"))
staff = Policy("staff", "staff", _is("staff"))
staff_owing_code = Policy("staff_owing_code", "staff", _has_begun)
"""Staff whose password was right, whether or not the second factor followed: for the pages of that factor alone."""
operator = Policy("operator", "staff", lambda person, _: person is not None and person.administrator)
case_visible = Policy("case_visible", "staff", _sees_case)
family_case = Policy("family & case_visible", "family", (family & case_visible).admits)


def group(prefix: str) -> Policy:
    """Staff of the group ``prefix``, or of all that begin with it where it ends in a dot."""
    return Policy(f"group({prefix})", "staff", lambda person, _: person is not None and person.is_in(prefix))


def allow(*policies: Policy) -> Callable[[View], View]:
    """Let those in whom one of ``policies`` admits. Stands below the blueprint's decorator."""

    def mark(view: View) -> View:
        setattr(view, _MARK, policies)
        return view

    return mark


def takes_files(view: View) -> View:
    """Let a route read a larger body than a form is. Stands below ``allow``."""
    setattr(view, _BODY_MARK, WITH_FILES)
    return view


def policies_of(app: Flask, endpoint: str) -> tuple[Policy, ...]:
    """What the route of ``endpoint`` demands; empty where somebody forgot it."""
    found: tuple[Policy, ...] = getattr(app.view_functions.get(endpoint), _MARK, ())
    return found


def admits(app: Flask, endpoint: str, person: Person | None, arguments: Mapping[str, Any] | None = None) -> bool:
    """Whether ``person`` may open a route with these arguments; for links."""
    return any(policy.admits(person, arguments or {}) for policy in policies_of(app, endpoint))


def register(app: Flask) -> None:
    """Ask the route's policy before every request of ``app``; before anything else reads the request's body."""
    allow(public)(app.view_functions["static"])
    app.before_request(lambda: _guard(app))


def _guard(app: Flask) -> Response | None:
    if request.endpoint is None:
        return None  # there is no such page
    policies = policies_of(app, request.endpoint)
    arguments = request.view_args or {}
    person, admitted = None, policies == (public,)
    if not admitted:
        with current.looking():
            person = current.person()
            admitted = any(policy.admits(person, arguments) for policy in policies)
        current.note_seen()
    if not admitted:
        return _turn_away(policies, person)
    if allowed := getattr(app.view_functions[request.endpoint], _BODY_MARK, None):
        request.max_content_length = allowed
    return None


def _turn_away(policies: tuple[Policy, ...], person: Person | None) -> Response:
    if person is not None or not policies:
        abort(404)
    is_for_staff = policies[0].audience == "staff"
    visit = current.visit()
    owes = visit is not None and visit.owes_code
    page = "access.staff_sign_in" if is_for_staff else "access.sign_in"
    way = url_for("access.second_factor" if owes and is_for_staff else page, next=_way_back())
    if "HX-Request" in request.headers:
        return Response(status=204, headers={"HX-Redirect": way})
    return redirect(way, 303)  # type: ignore[return-value]


def _way_back() -> str | None:
    """Where to go on after sign-in: what was asked for; after a form, the page that it stood on."""
    if request.method in ("GET", "HEAD") and "HX-Request" not in request.headers:
        return request.full_path.rstrip("?")
    return came_from() or None


# -- cases -----------------------------------------------------------------------------------------------------------


def find_case(connection: sa.Connection, arguments: Mapping[str, Any]) -> Any | None:
    """The case that a route's arguments name: ``case_id``, or ``user_task_id`` of one of its tasks."""
    if "user_task_id" in arguments:
        named, column = arguments["user_task_id"], t.user_tasks.c.id
    else:
        named, column = arguments.get("case_id", ""), t.cases.c.id
    if not _ID.fullmatch(str(named)):
        return None
    query = sa.select(t.cases)
    if column.table is t.user_tasks:
        query = query.join(t.user_tasks, t.user_tasks.c.case_id == t.cases.c.id)
    return connection.execute(query.where(column == named)).first()


def can_see_case(connection: sa.Connection, person: Person, case: Any) -> bool:
    """Whether ``person`` may know of ``case`` (a row of ``cases``). The rule is that of ``visible_cases``."""
    query = sa.select(sa.literal(1)).select_from(t.cases).where(t.cases.c.id == case.id, visible_cases(person))
    return connection.execute(query).first() is not None
