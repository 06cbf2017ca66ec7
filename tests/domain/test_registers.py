"""Registers: what becomes of an answer, of none, and of a wrong one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import yaml

from engine.clock import FixedClock
from engine.errors import Unavailable
from engine.sealing import Sealer
from forms.formats import is_id_number
from tasks import tables as d
from tasks.adapters import make_resources
from tasks.exchange import Exchange
from tasks.registers import FURTHER, REGISTERS, EmbeddedRegisters, HttpRegisters, Register, Registers, fill
from tasks.settings import OutsideSettings
from tests.domain.conftest import DECEASED_ID, NOW, Case, Release
from tests.domain.stubs import Website, serve_http
from tests.integration.conftest import KEYS
from tests.texts_of_packs import manifest

PEOPLE = Path(__file__).resolve().parents[1] / "scenarios" / "people.yaml"
KNOWN: dict[str, Any] = {
    "id_number": DECEASED_ID,
    "name": "谭㳘生",
    "population": {"head_of_household": True, "name": "谭㳘生"},
    "pension": {"scheme": "enterprise", "state": "retired", "work_injury": False, "account": "6217000000000001"},
    "medical": {"scheme": "employee"},
    "housing": {},
    "vehicles": {"licence": True, "licence_region": "430100"},
}
NOBODY = {
    "population": {"found": False, "head_of_household": False},
    "pension": {"found": False, "scheme": "none", "state": "none", "work_injury": False},
    "medical": {"found": False, "scheme": "none"},
    "housing": {"found": False},
    "vehicles": {"found": False, "licence": False, "licence_region": None},
}


class Asked:
    """An adapter that notes what it is asked and answers as told."""

    def __init__(self, records: Mapping[str, Any] | None = None) -> None:
        self.records, self.questions = records or {}, list[tuple[str, str, str, str]]()

    def look_up(self, register: str, id_kind: str, id_number: str, key: str) -> Mapping[str, Any] | None:
        self.questions.append((register, id_kind, id_number, key))
        found = self.records.get(register)
        return found if found is None else dict(found)


@pytest.fixture
def release() -> Release:
    return Release(manifest(region="430000"))


def ask(case: Case, adapter: Register) -> Any:
    case.resources[Registers] = Registers(adapter)
    case.run("registers.consult")
    return case.facts["registers"]


def test_what_the_registers_know_becomes_facts_and_nothing_personal_does(case: Case) -> None:
    adapter = Asked(KNOWN)
    facts = ask(case, adapter)
    assert facts == {
        "population": {"found": True, "head_of_household": True},
        "pension": {"found": True, "scheme": "enterprise", "state": "retired", "work_injury": False},
        "medical": {"found": True, "scheme": "employee"},
        "housing": {"found": True},
        "vehicles": {"found": True, "licence": True, "licence_region": "430100", "issued_here": True},
        "consulted_on": "2026-11-23",
    }
    assert {(kind, number) for _, kind, number, _ in adapter.questions} == {("resident_id", DECEASED_ID)}
    assert len({key for *_, key in adapter.questions}) == len(REGISTERS)


def test_somebody_unknown_is_described_without_a_gap(case: Case) -> None:
    facts = ask(case, Asked())
    assert {name: facts[name] for name in NOBODY} == NOBODY | {"vehicles": NOBODY["vehicles"] | {"issued_here": False}}


def test_further_registers_are_asked_only_where_the_pack_needs_them(case: Case) -> None:
    """P-11: no more is asked than the pack's rules read (S-12, S-13, C-17)."""
    known = KNOWN | {"welfare": dict.fromkeys(("allowance", "destitute", "hardship", "severe", "dependant"), False)}
    known["welfare"]["elder"] = True
    adapter = Asked(known)
    assert "welfare" not in ask(case, adapter)
    case.release.switches = {"registers": {"further": ["welfare", "housing_terms"]}}
    facts = ask(case, adapter)
    assert facts["welfare"] == {"found": True} | known["welfare"]
    assert facts["housing_terms"] == {"found": False} | dict.fromkeys(FURTHER["housing_terms"].checks)
    assert "pension_terms" not in facts
    assert {name for name, *_ in adapter.questions} == {*REGISTERS, "welfare", "housing_terms"}


def test_a_licence_of_another_province_is_not_of_here(case: Case) -> None:
    facts = ask(case, Asked({"vehicles": {"licence": True, "licence_region": "440100"}}))
    assert (facts["vehicles"]["licence"], facts["vehicles"]["issued_here"]) == (True, False)


def test_nobody_is_asked_about_a_person_without_a_document(case: Case) -> None:
    case.write_facts({"id_kind": "none"}, "deceased")
    adapter = Asked(KNOWN)
    assert ask(case, adapter)["population"]["found"] is False
    assert adapter.questions == []


@pytest.mark.parametrize(
    ("register", "record"),
    [
        ("pension", {"scheme": "enterprise", "state": "retired"}),
        ("pension", {"scheme": "farmers", "state": "retired", "work_injury": False}),
        ("pension", {"scheme": "enterprise", "state": "retired", "work_injury": "no"}),
        ("medical", {"scheme": None}),
        ("vehicles", {"licence": True, "licence_region": "长沙"}),
    ],
)
def test_an_answer_that_makes_no_sense_counts_as_none(case: Case, register: str, record: dict[str, Any]) -> None:
    with pytest.raises(Unavailable, match=f"登记库 {register} 的应答缺少字段或格式不符："):
        ask(case, Asked(KNOWN | {register: record}))
    assert "registers" not in case.facts


@pytest.fixture
def embedded(database: sa.Engine) -> EmbeddedRegisters:
    with database.connect() as connection, connection.begin():
        assert fill(connection, Sealer(KEYS), [KNOWN]) == len(REGISTERS)
    return EmbeddedRegisters(database, Sealer(KEYS))


def test_the_embedded_registers_find_a_person_by_the_number_alone(embedded: EmbeddedRegisters) -> None:
    found = embedded.look_up("pension", "resident_id", f" {DECEASED_ID} ", "k")
    assert found == KNOWN["pension"]
    assert embedded.look_up("pension", "resident_id", "430102194803121321", "k") is None
    assert embedded.look_up("pension", "none", "", "k") is None


def test_the_table_shows_nobody(embedded: EmbeddedRegisters, database: sa.Engine) -> None:
    with database.connect() as connection:
        rows = connection.execute(sa.select(d.register_records)).all()
    assert len(rows) == len(REGISTERS)
    assert not any(DECEASED_ID in row.identity_digest or b"6217" in bytes(row.sealed) for row in rows)


def test_a_person_who_is_filled_in_again_is_replaced(embedded: EmbeddedRegisters, database: sa.Engine) -> None:
    with database.connect() as connection, connection.begin():
        assert fill(connection, Sealer(KEYS), [{"id_number": DECEASED_ID, "medical": {"scheme": "resident"}}]) == 1
    assert embedded.look_up("medical", "resident_id", DECEASED_ID, "k") == {"scheme": "resident"}
    assert embedded.look_up("pension", "resident_id", DECEASED_ID, "k") is None


def test_a_record_that_no_register_would_give_is_not_filled_in(connection: sa.Connection) -> None:
    with pytest.raises(ValueError, match="格式不符：scheme"):
        fill(connection, Sealer(KEYS), [KNOWN | {"medical": {"scheme": "golden"}}])
    with pytest.raises(ValueError, match="has a number"):
        fill(connection, Sealer(KEYS), [{"id_number": "", "housing": {}}])


@pytest.fixture
def site() -> Iterator[Website]:
    with serve_http() as website:
        yield website


@pytest.fixture
def platform(site: Website) -> Iterator[HttpRegisters]:
    exchange = Exchange(FixedClock(NOW), 8)
    yield HttpRegisters(exchange, f"{site.url}/registers/")
    exchange.close()


def test_an_exchange_platform_is_asked_without_a_number_in_the_address(platform: HttpRegisters, site: Website) -> None:
    site.say((200, {"found": True, "record": {"scheme": "employee"}}))
    assert platform.look_up("medical", "resident_id", DECEASED_ID, "job:medical") == {"scheme": "employee"}
    (request,) = site.requests
    assert (request.path, request.headers["Idempotency-Key"]) == ("/registers/medical", "job:medical")
    assert request.body == {"register": "medical", "id_kind": "resident_id", "id_number": DECEASED_ID}


def test_only_a_stated_absence_means_that_nobody_is_there(platform: HttpRegisters, site: Website) -> None:
    site.say((200, {"found": False}))
    assert platform.look_up("medical", "resident_id", DECEASED_ID, "k") is None
    for answer in ((404, {}), (200, {}), (200, {"found": True}), (200, {"found": True, "record": []}), (503, {})):
        site.say(answer)
        with pytest.raises(Unavailable):
            platform.look_up("medical", "resident_id", DECEASED_ID, "k")


def test_settings_choose_the_adapter(database: sa.Engine) -> None:
    clock, sealer = FixedClock(NOW), Sealer(KEYS)
    default = make_resources(database, sealer, clock)[Registers]
    outside = make_resources(database, sealer, clock, OutsideSettings({}, "https://x.example", 20))[Registers]
    assert isinstance(default, Registers) and isinstance(default.adapter, EmbeddedRegisters)
    assert isinstance(outside, Registers) and isinstance(outside.adapter, HttpRegisters)


def test_the_invented_people_are_nobody_and_can_be_filled_in(connection: sa.Connection) -> None:
    people = yaml.safe_load(PEOPLE.read_text("utf-8"))
    numbers = [person["id_number"] for person in people]
    assert len(set(numbers)) == len(numbers)
    assert all(is_id_number(number, date(2026, 11, 23)) and number[4:6] == "99" for number in numbers)
    assert all(set(person) <= {"id_number", "name", "note", *REGISTERS} for person in people)
    assert fill(connection, Sealer(KEYS), people) == sum(len(set(person) & set(REGISTERS)) for person in people)
    assert {sign for person in people for sign in person["name"]} >= set("㛃𬱖翀甪")
