"""What a foreign page can make a browser send is worth nothing: no form without its token, no way led elsewhere."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from functools import partial

import pytest
import sqlalchemy as sa

from engine.db import reading
from engine.tables import metadata
from tests.web.conftest import Browser
from tests.web.route_rules import FORMS, PAGES, Route
from tests.web.route_world import Persona, World, web_template, world
from tests.web.telephones import ask_for_code
from tests.web.test_routes import address

__all__ = ["web_template", "world"]
EVIL = ["https://evil.example/", "//evil.example/", "/\\evil.example", "/\t/evil.example", "javascript:alert(1)"]
LEAVING = ("access.sign_out", "access.signed_out_everywhere", "access.family_signed_out_everywhere")


def senders(world: World, routes: dict[str, Route]) -> Iterator[tuple[str, Persona, str]]:
    """Each route with the first who may use it in the near region, and its address there."""
    place = world.places["near"]
    for endpoint, route in routes.items():
        who = next(one for one in world.everybody if route.rule(one, place))
        yield endpoint, who, address(world.app, endpoint, route, place, "POST" if endpoint in FORMS else "GET")


def state_of(world: World) -> str:
    """Everything that the database holds, sessions aside: they note when they were seen."""
    digest = hashlib.sha256()
    with reading(world.runtime.database) as connection:
        for table in metadata.sorted_tables:
            if table.name != "web_sessions":
                for row in connection.execute(sa.select(table).order_by(*table.primary_key.columns)):
                    digest.update(repr(tuple(row)).encode())
    return digest.hexdigest()


def test_no_form_is_taken_without_its_token_from_whoever_may_send_it(world: World) -> None:
    foreign = world.staff["430400"][0].browser.token()
    before = state_of(world)
    for endpoint, who, path in senders(world, dict(FORMS)):
        for headers in ({}, {"X-CSRFToken": ""}, {"X-CSRFToken": foreign}):
            answer = who.browser.client.post(path, headers=headers, data={"text": "x", "reason": "x"})
            assert answer.status_code == 400, endpoint
    assert state_of(world) == before


def test_no_answer_leads_to_another_place(world: World) -> None:
    """Whatever a link, a form or a header says of where to go next; each route with two of the ways there are."""
    headers = {"Referer": "https://evil.example/page", "Origin": "https://evil.example"}
    routes = [*senders(world, dict(PAGES)), *senders(world, dict(FORMS))]
    for number, (endpoint, who, path) in enumerate(routes):
        if endpoint in LEAVING:
            continue
        for turn, more in enumerate(({}, {"HX-Request": "true"})):
            evil = EVIL[(number + turn) % len(EVIL)]
            asked = dict.fromkeys(("next", "back", "from", "url"), evil)
            sending = who.browser.get if endpoint in PAGES else partial(who.browser.post, data=asked)
            answer = sending(path, query_string=asked, headers=headers | more)
            for name in ("Location", "HX-Redirect", "HX-Location", "Refresh"):
                assert is_here(answer.headers.get(name, "")), (endpoint, name)
            if answer.mimetype == "text/html":
                assert not re.search(rf'(?:href|action|hx-\w+)="\s*{re.escape(evil)}', answer.text), endpoint


def is_here(way: str) -> bool:
    return way == "" or (way.startswith("/") and way[1:2] not in ("/", "\\") and "\t" not in way)


def test_wrong_host_is_not_answered(world: World) -> None:
    for path in ("/", "/staff/sign-in", "/health"):
        assert world.others[-1].browser.get(path, headers={"Host": "evil.example"}).status_code == 400


def test_cookie_planted_on_a_family_is_worth_nothing_after_its_code(browsers: Callable[..., Browser]) -> None:
    attacker, victim = browsers(), browsers()
    attacker.get("/sign-in")
    planted = attacker.cookie()
    victim.client.set_cookie("shenhou", planted)
    code = ask_for_code(victim)
    half_way = victim.cookie()
    assert victim.post("/sign-in/code", {"code": code}).status_code == 303
    assert victim.get("/account").status_code == 200
    for known in (planted, half_way):
        stranger = Browser(victim.client.application.test_client())
        stranger.client.set_cookie("shenhou", known)
        assert stranger.get("/account").status_code == 303


@pytest.mark.both_databases
def test_a_character_that_no_database_takes_is_as_if_it_were_not_typed(world: World) -> None:
    """U+0000, in addresses, in searches and in forms."""
    clerk = next(one.browser for one in world.everybody if one.name == "window-clerk")
    for path in ("/desk/cases?q=%00&step=%00", "/desk/?queue=mine&q=\0谭", "/lookup?code=%00", "/window/?status=%00"):
        assert clerk.get(path).status_code == 200, path
    assert clerk.post("/window/find", {"text": "\0"}).status_code == 200
    nobody = Browser(world.app.test_client())
    assert nobody.sign_in("window-clerk\0\0").status_code == 303
    assert nobody.get("/desk/").status_code == 200
