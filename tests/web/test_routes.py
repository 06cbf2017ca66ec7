"""Every route, for every role, in two regions: who may is answered, who may not learns nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
from flask import Flask
from werkzeug.routing import Rule

from tests.web.route_rules import FORMS, PAGES, Route, anybody
from tests.web.route_world import FAR, NEAR, Persona, Place, World, web_template, world
from tests.web.soundness import faults_of

__all__ = ["web_template", "world"]
WRITES = {"POST", "PUT", "PATCH", "DELETE"}
JSON = {"Accept": "application/json"}  # a refusal that need not be drawn
# These sign somebody out, each more than the one before it.
ENDING = ("access.family_signed_out_everywhere", "access.signed_out_everywhere", "access.sign_out")
SIGN_IN = {True: "/sign-in", False: "/staff/sign-in"}


def rules_of(app: Flask, *, writing: bool) -> dict[str, Rule]:
    """The routes that change something, or the others; static files aside."""
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]
    return {rule.endpoint: rule for rule in rules if bool((rule.methods or set()) & WRITES) is writing}


def test_every_route_has_its_expectation(app: Flask) -> None:
    """A new route is written down in ``route_rules`` before it is served; one that is gone stands there no more."""
    assert set(rules_of(app, writing=False)) == set(PAGES)
    assert set(rules_of(app, writing=True)) == set(FORMS)


def places_of(world: World, route: Route) -> Iterator[Place]:
    """Where a route is tried: in both regions where its arguments are of a case, as far as the case has them."""
    if not route.is_placed:
        yield world.places["near"]
        return
    for place in world.places.values():
        if all(value.strip("{}") in place.arguments for value in route.arguments.values() if value.startswith("{")):
            yield place


def address(app: Flask, endpoint: str, route: Route, place: Place, method: str) -> str:
    arguments = {name: value.format(**place.arguments) for name, value in route.arguments.items()}
    with app.test_request_context():
        path: str = app.url_map.bind("localhost").build(endpoint, arguments, method=method)
    return path


def expected(route: Route, who: Persona, where: Place) -> tuple[int, str]:
    """The status, and where it leads whoever is to sign in first."""
    if route.rule(who, where):
        return route.answer, ""
    return (303, SIGN_IN[route.family_page]) if who.kind == "nobody" else (404, "")


def walk(world: World, personas: list[Persona], routes: Mapping[str, Route], method: str) -> list[str]:
    """What was not answered as it should. Forms are sent empty, by those alone who may not."""
    wrong = []
    tokens = {who.name: {"X-CSRFToken": who.browser.token()} for who in personas if method == "POST"}
    for endpoint, route in routes.items():
        for place in places_of(world, route):
            path = address(world.app, endpoint, route, place, method)
            for who in personas:
                status, leads_to = expected(route, who, place)
                if (method == "POST" and route.rule(who, place)) or (route.rule is anybody and who.kind != "nobody"):
                    continue
                headers = {} if route.rule(who, place) else JSON | tokens.get(who.name, {})
                answer = who.browser.client.open(path, method=method, headers=headers)
                went = answer.headers.get("Location", "").partition("?")[0] if leads_to else ""
                if route.rule(who, place):
                    wrong += [f"{who.name} {path}: {fault}" for fault in faults_of(answer)]
                if (answer.status_code, went) != (status, leads_to):
                    wrong.append(f"{who.name} {method} {path}: {answer.status_code} {went}, not {status} {leads_to}")
    return wrong


@pytest.mark.parametrize("region", [NEAR, FAR])
def test_staff_see_what_is_theirs_and_nothing_else(world: World, region: str) -> None:
    wrong = walk(world, world.staff[region], PAGES, "GET")
    assert not wrong, "\n".join(wrong)


def test_families_see_what_is_theirs_and_nothing_else(world: World) -> None:
    wrong = walk(world, world.others, PAGES, "GET")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("region", [NEAR, FAR])
def test_staff_send_nothing_where_they_may_not(world: World, region: str) -> None:
    wrong = walk(world, world.staff[region], FORMS, "POST")
    assert not wrong, "\n".join(wrong)


def test_families_send_nothing_where_they_may_not(world: World) -> None:
    wrong = walk(world, world.others, FORMS, "POST")
    assert not wrong, "\n".join(wrong)


@pytest.mark.both_databases
def test_who_may_send_is_heard(world: World) -> None:
    """By the first who may, in the near region: few forms change anything when they are sent empty."""
    place, wrong = world.places["near"], []
    for endpoint in [*(FORMS.keys() - set(ENDING)), *ENDING]:
        route = FORMS[endpoint]
        who = next(one for one in world.everybody if route.rule(one, place))
        answer = who.browser.post(address(world.app, endpoint, route, place, "POST"))
        turned_away = route.rule is not anybody and "/sign-in?next" in answer.headers.get("Location", "")
        if answer.status_code != route.answer or turned_away:
            wrong.append(f"{who.name} {endpoint}: {answer.status_code}, not {route.answer}: {answer.text[:2000]}")
    assert not wrong, "\n".join(wrong)


def test_what_the_answers_are_worked_out_from_is_not_empty(world: World) -> None:
    """Some see the near case and some do not; nobody sees both; each rule lets somebody in."""
    near, far = world.places["near"], world.places["far"]
    for route in [*PAGES.values(), *FORMS.values()]:
        admitted = {who.name for who in world.everybody if route.rule(who, near)}
        assert admitted
        if route.is_placed:
            assert not admitted & {who.name for who in world.everybody if route.rule(who, far)}
