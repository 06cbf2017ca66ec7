"""Delivery: all results at once, each once, and the clock runs again."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from tasks import legal_clock
from tasks import tables as d
from tests.domain.applying import FAMILY, WINDOW
from tests.domain.conftest import Case, add_filing, add_item, refuses
from tests.domain.paying import complete


@pytest.fixture
def settled(case: Case) -> Case:
    """An application with items that ended in every way, and one that has not."""
    filing = add_filing(case)
    for code, status in (
        ("hukou_cancel", "done"),
        ("will_check", "refused"),
        ("survivor_benefit", "offline"),
        ("licence_cancel", "withdrawn"),
        ("cremation", "not_applicable"),
        ("med_stop", "processing"),
    ):
        add_item(case, code, filing, status)
    return case


def delivered(case: Case) -> list[tuple[str, Any]]:
    return [(row.mode, orjson.loads(row.items)) for row in case.rows(d.deliveries)]


def test_everything_with_a_result_is_handed_over_at_once(settled: Case) -> None:
    codes = ["hukou_cancel", "survivor_benefit", "will_check"]
    assert settled.run("delivery.record", mode="window", filing="f1") == {"items": codes}
    row = settled.row(d.deliveries)
    assert (row.mode, orjson.loads(row.items), row.tracking_number) == ("window", codes, None)
    assert (row.delivered_at, row.delivered_by) == (settled.now_text, settled.actor.id)


def test_nothing_is_handed_over_twice(settled: Case) -> None:
    settled.run("delivery.record", mode="online", filing="f1")
    assert settled.run("delivery.record", mode="online", filing="f1") == {"items": []}
    settled.connection.execute(d.items.update().where(d.items.c.code == "med_stop").values(status="done"))
    settled.run("delivery.record", mode="online", filing="f1")
    assert sorted(codes for _, codes in delivered(settled)) == [
        ["hukou_cancel", "survivor_benefit", "will_check"],
        ["med_stop"],
    ]


def test_one_application_is_delivered_without_the_others(settled: Case) -> None:
    second = add_filing(settled, "f2")
    add_item(settled, "deposit_small", second, "done")
    assert settled.run("delivery.record", mode="online", filing="f2") == {"items": ["deposit_small"]}
    assert settled.row(d.deliveries).filing_id == second


def test_the_post_needs_a_number_to_follow(settled: Case) -> None:
    refuses("tracking_number_missing", lambda: settled.run("delivery.record", mode="post", filing="f1"))
    assert not settled.rows(d.deliveries)
    settled.write_facts({"tracking_number": "1234567890123"}, "filings.f2.delivery")
    refuses("tracking_number_missing", lambda: settled.run("delivery.record", mode="post", filing="f1"))
    settled.write_facts({"tracking_number": "1234567890123"}, "filings.f1.delivery")
    settled.run("delivery.record", mode="post", filing="f1")
    assert settled.row(d.deliveries).tracking_number == "1234567890123"


def test_a_pause_for_the_post_ends_and_no_other(settled: Case) -> None:
    for reason, item in (("post", None), ("post", "hukou_cancel"), ("supplement", "hukou_cancel"), ("frozen", None)):
        legal_clock.begin_pause(settled.connection, settled.case_id, reason, settled.clock.now(), item=item)
    settled.run("delivery.record", mode="window", filing="f1")
    ended = {(row.reason, row.item): row.ended_at is not None for row in settled.rows(d.pauses)}
    assert ended == {
        ("post", None): False,
        ("post", "hukou_cancel"): True,
        ("supplement", "hukou_cancel"): False,
        ("frozen", None): False,
    }


def test_an_unknown_way_is_refused(settled: Case) -> None:
    refuses("delivery_mode_unknown", lambda: settled.run("delivery.record", mode="pigeon", filing="f1"))


@pytest.fixture
def waiting(settled: Case) -> Case:
    """The same, its results still waiting, and another heir's application."""
    add_filing(settled, "f2")
    settled.actor = FAMILY
    complete(settled, "file_application", "filings.f1", FAMILY.id)
    return settled


def choose(case: Case, filing: str = "f1", **stated: Any) -> None:
    address = {"address": stated.pop("address")} if "address" in stated else {}
    case.submit(stated, "delivery_choice", address)
    case.run("delivery.choose", filing=filing)


def test_the_way_is_changed_for_one_application_and_the_address_is_sealed(waiting: Case) -> None:
    choose(waiting, mode="post", address="长沙市天心区书院路9号")
    assert waiting.facts["filings"]["f1"]["delivery"] == {"mode": "post"}
    assert waiting.sealed["filings"]["f1"]["delivery"]["address"] == "长沙市天心区书院路9号"
    assert "delivery" not in waiting.facts["filings"].get("f2", {})
    assert [(sent.name, sent.correlation_key) for sent in waiting.published] == [("delivery_chosen", "f1")]
    choose(waiting, mode="window")
    assert waiting.facts["filings"]["f1"]["delivery"] == {"mode": "window"}
    assert waiting.sealed["filings"]["f1"]["delivery"]["address"] is None


def test_nobody_changes_the_way_of_anothers_results_but_the_window(waiting: Case) -> None:
    refuses("filing_not_yours", lambda: choose(waiting, "f2", mode="online"))
    waiting.actor = WINDOW
    choose(waiting, "f2", mode="online")
    assert waiting.facts["filings"]["f2"]["delivery"] == {"mode": "online"}


def test_what_is_on_its_way_goes_where_it_was_sent(waiting: Case) -> None:
    waiting.run("delivery.record", mode="online", filing="f1")
    refuses("results_delivered", lambda: choose(waiting, mode="window"))
    assert "f1" not in waiting.facts["filings"]


@pytest.mark.parametrize("status", ["draft", "refused", "withdrawn", "lapsed", "not_needed"])
def test_an_application_without_results_has_nothing_to_send(waiting: Case, status: str) -> None:
    waiting.connection.execute(d.filings.update().values(status=status))
    refuses("filing_settled", lambda: choose(waiting, mode="window"))
