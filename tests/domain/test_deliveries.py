"""Delivery: all results at once, each once, and the clock runs again."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from tasks import legal_clock
from tasks import tables as d
from tests.domain.conftest import Case, add_filing, add_item, refuses


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
    assert settled.run("delivery.record", mode="window") == {"items": codes}
    row = settled.row(d.deliveries)
    assert (row.mode, orjson.loads(row.items), row.tracking_number) == ("window", codes, None)
    assert (row.delivered_at, row.delivered_by) == (settled.now_text, settled.actor.id)


def test_nothing_is_handed_over_twice(settled: Case) -> None:
    settled.run("delivery.record", mode="online")
    assert settled.run("delivery.record", mode="online") == {"items": []}
    settled.connection.execute(d.items.update().where(d.items.c.code == "med_stop").values(status="done"))
    settled.run("delivery.record", mode="online")
    assert sorted(codes for _, codes in delivered(settled)) == [
        ["hukou_cancel", "survivor_benefit", "will_check"],
        ["med_stop"],
    ]


def test_one_application_is_delivered_without_the_others(settled: Case) -> None:
    add_item(settled, "deposit_small", add_filing(settled, "f2"), "done")
    assert settled.run("delivery.record", mode="online", filing="f2") == {"items": ["deposit_small"]}


def test_the_post_needs_a_number_to_follow(settled: Case) -> None:
    refuses("tracking_number_missing", lambda: settled.run("delivery.record", mode="post"))
    assert not settled.rows(d.deliveries)
    settled.write_facts({"tracking_number": "1234567890123"}, "delivery")
    settled.run("delivery.record", mode="post")
    assert settled.row(d.deliveries).tracking_number == "1234567890123"


def test_a_pause_for_the_post_ends_and_no_other(settled: Case) -> None:
    for reason, item in (("post", None), ("post", "hukou_cancel"), ("supplement", "hukou_cancel"), ("frozen", None)):
        legal_clock.begin_pause(settled.connection, settled.case_id, reason, settled.clock.now(), item=item)
    settled.run("delivery.record", mode="window")
    ended = {(row.reason, row.item): row.ended_at is not None for row in settled.rows(d.pauses)}
    assert ended == {
        ("post", None): True,
        ("post", "hukou_cancel"): True,
        ("supplement", "hukou_cancel"): False,
        ("frozen", None): False,
    }


def test_an_unknown_way_is_refused(settled: Case) -> None:
    refuses("delivery_mode_unknown", lambda: settled.run("delivery.record", mode="pigeon"))
