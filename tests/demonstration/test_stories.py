"""The whole demonstration: every story comes to its end and shows what it promises; every state is among them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from engine import db
from engine import tables as t
from engine.clock import from_text
from tasks import tables as d
from tasks.scenarios.expectations import find_unmet
from tasks.scenarios.inventing import id_number
from tasks.scenarios.observing import Snapshot, observe
from tests.demonstration.conftest import Filled
from web.demonstration.stories import SCENARIOS, Story, find_listing, read_person
from web.store.settings import file_store
from web.tables import case_parties, demonstrations, families, tickets


def cases_of(filled: Filled) -> Iterator[tuple[Story, Snapshot]]:
    stories = {story.name: story for story in filled.stories}
    assert len(stories) == len(filled.stories), "two packs tell a story of one name"
    with db.reading(filled.own.database) as connection:
        rows = connection.execute(sa.select(demonstrations).order_by(demonstrations.c.serial)).all()
    for row in rows:
        yield stories[row.story], observe(filled.own.runtime, row.case_id)


def column(filled: Filled, chosen: sa.Column[Any], *where: sa.ColumnElement[bool]) -> set[Any]:
    with db.reading(filled.own.database) as connection:
        return set(connection.execute(sa.select(chosen).where(*where)).scalars())


def test_every_story_is_told_to_its_end_and_shows_what_it_promises(whole: Filled) -> None:
    assert whole.said == [f"{number} " for number in range(1, len(whole.stories) + 1)]
    told = list(cases_of(whole))
    assert [story.name for story, _ in told] == [story.name for story in whole.stories]
    assert {story.name: list(find_unmet(story.shows, seen)) for story, seen in told} == {
        story.name: [] for story in whole.stories
    }


def test_there_are_some_sixty_cases_of_all_packs_and_every_state_is_among_them(whole: Filled) -> None:
    seen = [snapshot for _, snapshot in cases_of(whole)]
    assert 50 <= len(seen) <= 70
    assert min(len(listing.stories) for listing in whole.listings) >= 4
    assert len({listing.pack for listing in whole.listings}) >= 5
    assert {one.facts["place"] for one in seen} == {
        *("home", "institution", "on_the_way", "elsewhere", "declared", "certified")
    }
    assert {one.status for one in seen} == {"open", "closed"}
    assert any(one.held for one in seen) and any(one.facts["hold"]["criminal"] for one in seen)
    assert column(whole, d.items.c.status) == {
        *("dormant", "processing", "supplement", "done", "refused", "withdrawn", "offline", "not_applicable", "paying")
    }
    assert column(whole, d.payments.c.status) == {"ordered", "paid", "returned", "cancelled"}
    assert column(whole, d.filings.c.status) >= {"filed", "supplement", "accepted", "refused", "withdrawn"}
    assert column(whole, d.materials.c.status) >= {"needed", "provided", "held", "verified", "refused", "waived"}
    assert column(whole, d.certificates.c.kind) == {"medical", "abnormal", "cremation"}
    assert column(whole, d.objections.c.status) == {"open", "upheld", "rejected"}
    assert column(whole, d.remains.c.disposition) == {"unknown", "cremation", "burial", "donation", "none"}
    assert column(whole, d.deliveries.c.mode) == {"online", "window", "post"}
    assert column(whole, d.supervision.c.kind) == {
        *("certificate_late", "frozen_long", "due_soon", "overdue", "department_silent", "low_rating"),
        "deferred_uncured",
    }
    assert column(whole, t.incidents.c.element_id, t.incidents.c.status == "open") == {"deliver_dispatch"}
    assert column(whole, tickets.c.status) == {"open", "answered"}


def test_every_queue_of_a_clerk_has_something(whole: Filled) -> None:
    open_now = (t.user_tasks.c.status == "open", t.user_tasks.c.candidate_group.is_not(None))
    waiting = column(whole, t.user_tasks.c.candidate_group, *open_now)
    assert waiting >= {
        *("hospital.physician", "clinic.head", "clinic.doctor", "police.officer", "funeral.clerk", "window.clerk"),
        *("hrss.clerk", "hrss.reviewer", "housing_fund.reviewer", "medical_insurance.clerk", "justice.notary"),
        *("market.clerk", "finance.bank", "police.household", "civil_affairs.clerk", "supervisor.clerk"),
    }
    assert column(whole, t.user_tasks.c.assignee, t.user_tasks.c.status == "open") - {None}


def test_nothing_happened_after_now_and_nobody_acted_without_an_account(whole: Filled) -> None:
    now = whole.own.clock.now()
    with db.reading(whole.own.database) as connection:
        acted = connection.execute(sa.select(t.audit.c.actor, t.audit.c.at)).all()
        logins = set(connection.execute(sa.select(t.users.c.login)).scalars())
        known = {f"family:{one}" for one in connection.execute(sa.select(families.c.id)).scalars()}
    assert max(from_text(row.at) for row in acted) <= now
    assert {row.actor for row in acted} - logins - known <= {"system", "worker", "clock"}


def test_people_are_invented_and_no_two_alike(whole: Filled) -> None:
    names = [read_person(text).name for story in whole.stories for text in (story.deceased, story.family)]
    assert len(set(names)) == len(names)
    assert any(ord(sign) > 0xFFFF for name in names for sign in name), "no name with a rare character"
    numbers = [one.facts["deceased"].get("id_kind") for _, one in cases_of(whole)]
    assert set(numbers) == {"resident_id", "none"}
    with db.reading(whole.own.database) as connection:
        digests = connection.execute(sa.select(d.deceased.c.identity_digest)).scalars().all()
    assert len({one for one in digests if one}) == len([one for one in digests if one])


def test_deaths_are_reported_by_whoever_the_pack_lets_report(whole: Filled) -> None:
    """The first line of each case's audit: in one pack a family may not report, and staff do."""
    with db.reading(whole.own.database) as connection:
        first = sa.select(t.audit.c.case_id, t.audit.c.actor).where(t.audit.c.seq == 1)
        actors = {row.case_id: row.actor for row in connection.execute(first)}
        rows = connection.execute(sa.select(demonstrations.c.pack, demonstrations.c.case_id)).all()
    by_pack: dict[str, set[bool]] = {}
    for row in rows:
        by_pack.setdefault(row.pack, set()).add(actors[row.case_id].startswith("family:"))
    assert by_pack.pop("yueyang") == {False}
    assert all(True in by_family for by_family in by_pack.values()) and True in by_pack["hunan"]


def test_families_take_part_under_their_telephones(whole: Filled) -> None:
    assert column(whole, case_parties.c.role) >= {"reporter", "applicant", "objector"}
    assert column(whole, case_parties.c.filing) >= {"f1", "f2"}


def test_samples_are_stored_with_their_documents(whole: Filled) -> None:
    with db.reading(whole.own.database) as connection:
        rows = connection.execute(sa.select(d.files)).all()
    assert {row.media_type for row in rows} == {"image/png", "application/pdf"}
    assert all(row.name.startswith("样例-") for row in rows)
    assert [row for row in rows if row.material_id]
    for row in rows[:3]:
        assert file_store(whole.own).read(row.id)[:4] in (b"\x89PNG", b"%PDF")


def test_a_second_filling_adds_nothing(whole: Filled) -> None:
    said = len(whole.said)
    assert whole.fill() == 0
    assert len(whole.said) == said


def test_identity_numbers_belong_to_nobody_and_have_their_check_digit() -> None:
    number = id_number("4301", read_person("谭㛃 女 1948-03-12").born_on, 124)
    assert re.fullmatch(r"430199194803121\d\d[0-9X]", number)
    digits = sum(int(sign) * 2 ** (17 - place) for place, sign in enumerate(number[:17]))
    assert number[17] == "10X98765432"[digits % 11]


@pytest.mark.parametrize("pack", sorted(path.name for path in SCENARIOS.iterdir() if path.is_dir()))
def test_every_listing_names_scenarios_that_there_are(pack: str) -> None:
    listing = find_listing(pack)
    for story in listing.stories if listing else ():
        assert (SCENARIOS / pack / story.scenario).is_file(), story.name
