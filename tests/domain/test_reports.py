"""How a case begins: whose death, one open case for each, and what the report must be right about."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from engine import cases
from engine import tables as t
from engine.actors import Actor
from engine.clock import FixedClock
from engine.errors import InvalidInput, NotFound, RuleViolation
from engine.registry import WORKERS
from engine.runtime import Runtime
from tasks import tables as d
from tasks.reports import MIRRORS, report_death
from tests.domain.conftest import (
    DECEASED_ID,
    Case,
    Release,
    add_filing,
    add_item,
    make_manifest,
    open_case,
    refuses,
)
from tests.integration.conftest import KEYS, World, form

WINDOW = Actor("wang", frozenset({"window.clerk"}), "430000")
SENSITIVE = ("deceased.name", "deceased.id_number", "deceased.born_on", "reporter.name")
FIELDS = ("place!", "deceased.id_kind", "deceased.sex", "deceased.died_on!", *SENSITIVE)
DECEASED = {
    "id_kind": "resident_id",
    "sex": "male",
    "died_on": "2026-11-22",
    "name": "谭㳘生",
    "id_number": DECEASED_ID,
    "born_on": "1948-03-12",
}
MESSAGE = {"name": "死亡报告", "description": "报告", "form": "death_report", "senders": ["window.clerk"]}
REPORT = {"place": "institution", "deceased": DECEASED, "reporter": {"name": "谭䶮"}}


@pytest.fixture
def world(database: sa.Engine) -> Any:
    """A published pack whose main process registers the report and waits."""
    clock = FixedClock("2026-11-23T09:00:00+08:00")
    made = World(Runtime(database, KEYS, clock=clock, workers=WORKERS), clock, WORKERS, WINDOW)
    made.publish(
        main="start reported message=death_reported\njob register_report type=report.register\nuser wait form=plain\n"
        "job close_case type=report.close\nend e\nreported -> register_report -> wait -> close_case -> e",
        form_death_report=form(*FIELDS, sensitive=SENSITIVE),
        messages={"death_reported": MESSAGE},
    )
    yield made
    made.runtime.close()


def report(world: World, **changes: str) -> str:
    """Report the death with other words about the deceased."""
    values = {**REPORT, "deceased": {**DECEASED, **changes}}
    return report_death(world.runtime, WINDOW, "pack", values, region="430102")


# -- the public verb ---------------------------------------------------------------------------------------------


def test_report_opens_a_case_and_seals_who_it_is_about(world: World) -> None:
    case_id = report(world)
    row, facts = world.case(case_id), world.facts(case_id)
    assert (row.status, row.region) == ("open", "430102")
    assert facts["deceased"] == {"id_kind": "resident_id", "sex": "male", "died_on": "2026-11-22"}
    assert DECEASED_ID not in row.facts
    assert facts["hold"] == MIRRORS["hold"]
    assert world.rows(d.deceased)[0].died_on == "2026-11-22"
    assert world.open(case_id) == ["wait"]
    assert cases.find_by_sealed(world.runtime, WINDOW, "deceased.id_number", DECEASED_ID) == [case_id]


def test_second_report_of_the_same_person_is_refused_and_tells_nothing_of_the_first(world: World) -> None:
    case_id = report(world)
    with pytest.raises(RuleViolation) as raised:
        report(world, name="谭某", id_number=DECEASED_ID.lower())
    assert raised.value.rule == "case_exists"
    row = world.case(case_id)
    assert not any(told in raised.value.message for told in (case_id, row.code, "谭", DECEASED_ID))
    assert "原办件" in raised.value.message
    assert len(world.rows(d.deceased)) == 1


def test_person_whose_case_is_completed_is_not_reported_again(world: World) -> None:
    first = report(world)
    world.complete("wait", first)
    assert world.case(first).status == "completed"
    with pytest.raises(RuleViolation) as raised:
        report(world)
    assert raised.value.rule == "case_exists"


def test_person_whose_case_was_cancelled_can_be_reported_again(world: World) -> None:
    first = report(world)
    cases.cancel(world.runtime, WINDOW, first, "误建")
    assert report(world) != first


def test_repeated_report_with_the_same_key_is_the_same_case(world: World) -> None:
    first = report_death(world.runtime, WINDOW, "pack", REPORT, key="k1")
    assert report_death(world.runtime, WINDOW, "pack", REPORT, key="k1") == first


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"died_on": ""}, "deceased.died_on"),
        ({"id_number": "430102194803121314"}, "deceased.id_number"),
        ({"id_number": ""}, "deceased.id_number"),
        ({"born_on": "1948-03-13"}, "deceased.born_on"),
        ({"sex": "female"}, "deceased.sex"),
        ({"died_on": "2026-11-24"}, "deceased.died_on"),
        ({"died_on": "1947-01-01"}, "deceased.died_on"),
        ({"id_kind": "none"}, "deceased.id_number"),
        ({"id_kind": "visa"}, "deceased.id_kind"),
    ],
)
def test_faults_of_a_report_are_told_at_their_fields(world: World, changes: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        report(world, **changes)
    assert list(raised.value.fields) == [field]
    assert world.rows(d.deceased) == []


def test_report_to_a_pack_or_region_of_others_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        report_death(world.runtime, WINDOW, "nowhere", REPORT)
    with pytest.raises(NotFound):
        report_death(world.runtime, Actor("li", region="520000"), "pack", REPORT)


def test_diagram_is_no_way_around_the_check_of_the_number(world: World) -> None:
    wrong = {**REPORT, "deceased": {**DECEASED, "id_number": "430102194803121314"}}
    with pytest.raises(RuleViolation) as raised:
        cases.start(world.runtime, WINDOW, "pack", message="death_reported", payload=wrong)
    assert raised.value.rule == "identity_invalid"
    assert world.rows(d.deceased) == []


# -- the worker ------------------------------------------------------------------------------------------------------


def test_registration_lays_out_rows_and_every_mirror(bare_case: Case) -> None:
    bare_case.run("report.register")
    row = bare_case.row(d.deceased)
    assert (row.released, row.died_on, row.reported_at) == (False, "2026-11-22", bare_case.now_text)
    assert bare_case.row(d.remains).disposition == "unknown"
    for name, value in MIRRORS.items():
        assert bare_case.facts[name] == value
    assert bare_case.facts["locality"] == {"died_here": True, "registered_here": True, "online": True, "unclaimed": []}


def test_registration_tells_diagrams_the_code_of_their_own_case(bare_case: Case) -> None:
    other = open_case(bare_case.connection, bare_case.clock, bare_case.release)
    bare_case.run("report.register")
    codes = {row.id: row.code for row in bare_case.connection.execute(sa.select(t.cases.c.id, t.cases.c.code))}
    assert bare_case.facts["code"] == codes[bare_case.case_id] != codes[other.case_id]


def test_one_declared_dead_has_no_remains(bare_case: Case) -> None:
    bare_case.write_facts({"place": "declared"})
    bare_case.run("report.register")
    assert bare_case.row(d.remains).disposition == "none"
    assert bare_case.facts["remains"]["disposition"] == "none"


def test_locality_is_by_the_regions_of_the_pack(bare_case: Case) -> None:
    bare_case.submit({"died_region": "440304", "registered_region": "430525"}, "deceased")
    bare_case.run("report.register")
    assert bare_case.facts["locality"] == {"died_here": False, "registered_here": True, "online": True, "unclaimed": []}


def test_unknown_region_is_not_here(bare_case: Case, release: Release) -> None:
    bare_case.submit({"died_region": None}, "deceased")
    release.manifest = make_manifest(region="431000")
    bare_case.run("report.register")
    assert bare_case.facts["locality"] == {
        "died_here": False,
        "registered_here": False,
        "online": True,
        "unclaimed": [],
    }


def test_those_without_a_document_are_registered_each(bare_case: Case) -> None:
    for _ in range(2):
        facts, sealed = {"deceased": {"id_kind": "none"}}, {"deceased": {"id_number": None, "born_on": None}}
        case = open_case(bare_case.connection, bare_case.clock, bare_case.release, facts, sealed)
        case.run("report.register")
        assert case.row(d.deceased).identity_digest is None


def test_close_demands_an_end_of_every_item(case: Case) -> None:
    case.run("report.close")
    filing = add_filing(case)
    add_item(case, "hukou_cancel", filing, "done")
    add_item(case, "med_stop", filing, "supplement")
    refuses("items_unfinished", lambda: case.run("report.close"))


def test_close_does_not_wait_for_another_heirs_items(case: Case) -> None:
    add_item(case, "hukou_cancel", add_filing(case), "offline")
    add_item(case, "will_check", add_filing(case, "f2"), "processing")
    case.run("report.close")
