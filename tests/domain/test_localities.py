"""Places: open or not yet, on line or not, with the services that they have claimed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from engine import tables as t
from engine.actors import Actor
from engine.errors import InvalidInput, NotFound
from tasks import localities
from tasks import tables as d
from tasks.localities import Setting
from tests.domain.applying import FAMILY, WINDOW, prepare, refused, select
from tests.domain.conftest import Case

TODAY = date(2026, 11, 23)
CITY, COUNTY, NEIGHBOUR = "430100", "430102", "430103"
LEAD = Actor("lead", frozenset({"lead.clerk"}), CITY)


@pytest.fixture(autouse=True)
def _place(case: Case) -> None:
    prepare(case)
    case.connection.execute(sa.update(t.cases).where(t.cases.c.id == case.case_id).values(region=COUNTY))


def say(case: Case, region: str, **more: Any) -> None:
    setting = Setting(region, **more)
    localities.save_setting(case.connection, LEAD, case.release.manifest, setting, case.now())


def found(case: Case, region: str = COUNTY) -> localities.Locality:
    return localities.locality_at(case.connection, case.release.manifest, case.release.switches, region, TODAY)


def test_where_nobody_has_said_anything_everything_is_open(case: Case) -> None:
    place = found(case)
    assert (place.is_open, place.online, place.items) == (True, True, None)


def test_in_a_pilot_only_the_places_that_are_named_take_cases(case: Case) -> None:
    case.release.switches = {"localities": {"unset": "closed"}}
    say(case, COUNTY)
    assert (found(case).is_open, found(case, NEIGHBOUR).is_open) == (True, False)
    localities.demand_open(case, case.case_id)
    case.connection.execute(sa.update(t.cases).where(t.cases.c.id == case.case_id).values(region=NEIGHBOUR))
    with pytest.raises(Exception, match="还没有开通") as refusal:
        localities.demand_open(case, case.case_id)
    assert getattr(refusal.value, "rule", "") == "locality_closed"


@pytest.mark.parametrize(("opens_on", "is_open"), [("2026-11-23", True), ("2026-11-24", False)])
def test_a_place_opens_on_its_day(case: Case, opens_on: str, is_open: bool) -> None:
    say(case, COUNTY, opens_on=date.fromisoformat(opens_on))
    assert (found(case).is_open, found(case).online) == (is_open, is_open)


def test_the_nearest_level_is_heard(case: Case) -> None:
    say(case, CITY, online=False)
    say(case, COUNTY, online=True)
    assert (found(case).online, found(case, NEIGHBOUR).online) == (True, False)


def test_a_county_that_names_no_services_has_those_of_its_city(case: Case) -> None:
    say(case, CITY, items=("equity_query",))
    say(case, COUNTY)
    assert found(case).offers("equity_query")
    assert not found(case).offers("will_check")
    say(case, COUNTY, items=("will_check",))
    assert not found(case).offers("equity_query")


def test_what_is_not_claimed_goes_to_the_window_with_a_slip(case: Case) -> None:
    say(case, COUNTY, items=("equity_query",), officer_name="罗翀", officer_phone="0731-5235")
    assert select(case, "equity_query", "will_check", "cremation") == ["equity_query"]
    assert case.row(d.items, code="will_check").status == "offline"
    assert case.row(d.items, code="cremation").status == "dormant"
    slip = case.row(d.referrals)
    assert slip.item == "will_check"
    assert "尚未认领" in case.words(d.referrals.c.reason)
    assert "专员：罗翀 0731-5235" in slip.window


def test_a_family_applies_at_the_window_where_nothing_is_taken_on_line(case: Case) -> None:
    say(case, COUNTY, online=False)
    case.actor = FAMILY
    assert refused(case, "application.register", filing="f1").rule == "online_closed"
    case.actor = WINDOW
    assert refused(case, "application.register", filing="f1").rule == "no_items"  # past the channel


def test_diagrams_read_whether_it_is_on_line(case: Case) -> None:
    localities.show(case, case.case_id)
    assert case.facts["locality"]["online"] is True
    say(case, COUNTY, online=False)
    localities.show(case, case.case_id)
    assert case.facts["locality"]["online"] is False


def test_a_level_speaks_for_itself_and_what_lies_in_it(case: Case) -> None:
    with pytest.raises(NotFound):
        say(case, "430200")
    with pytest.raises(NotFound):
        say(case, "430000")
    say(case, COUNTY, online=False)
    say(case, COUNTY, officer_name="罗翀")
    assert [one.online for one in localities.list_settings(case.connection, "pack", CITY)] == [True]
    assert localities.list_settings(case.connection, "pack", "430200") == []


@pytest.mark.parametrize("items", [("nonsense",), ("cremation",)])
def test_only_what_departments_handle_can_be_claimed(case: Case, items: tuple[str, ...]) -> None:
    with pytest.raises(InvalidInput) as refusal:
        say(case, COUNTY, items=items)
    assert list(refusal.value.fields) == ["items"]


def test_what_was_said_is_taken_back_by_whoever_may_say_it(case: Case) -> None:
    say(case, COUNTY, online=False)
    manifest = case.release.manifest
    with pytest.raises(NotFound):
        localities.clear_setting(case.connection, Actor("lead", frozenset(), "430200"), manifest, COUNTY)
    assert found(case).online is False
    localities.clear_setting(case.connection, LEAD, manifest, COUNTY)
    assert found(case).online is True
    with pytest.raises(NotFound):
        localities.clear_setting(case.connection, LEAD, manifest, COUNTY)
