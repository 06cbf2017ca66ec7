"""Supervision: one open mark a kind and item, told once, until it is seen to."""

from __future__ import annotations

import pytest

from tasks import outbox, supervision
from tasks import tables as d
from tests.domain.conftest import Case, Release, add_filing, add_item, refuses
from tests.texts_of_packs import manifest, shipped_texts


@pytest.fixture
def release() -> Release:
    return Release(manifest(), shipped_texts("common"))


def test_a_mark_is_set_and_told_once_however_often_it_is_drawn(case: Case) -> None:
    for _ in range(3):
        case.run("supervision.mark", kind="frozen_long")
    mark, notice = case.row(d.supervision), case.row(d.outbox)
    assert (mark.kind, mark.item, mark.noted_at, mark.cleared_at) == ("frozen_long", None, case.now_text, None)
    assert (notice.kind, notice.receiver, notice.subject) == ("notice", "supervisor", "reminder_clerk")
    text = outbox.read_payload(case.connection, case.case_id, notice.id, case.sealer)["text"]
    assert "遗体冻结时间较长" in text


def test_items_and_kinds_are_marked_each_by_itself(case: Case) -> None:
    filing = add_filing(case)
    for code in ("med_stop", "hukou_cancel"):
        add_item(case, code, filing)
        case.run("supervision.mark", kind="department_silent", item=code)
        case.run("supervision.mark", kind="overdue", item=code)
    assert len(case.rows(d.supervision)) == 4


def test_what_was_cleared_can_be_marked_anew(case: Case) -> None:
    assert supervision.mark(case, case.case_id, "overdue", "med_stop")
    supervision.clear(case, case.case_id, "overdue", "other")
    assert not supervision.mark(case, case.case_id, "overdue", "med_stop")
    supervision.clear(case, case.case_id, "overdue", "med_stop")
    assert supervision.mark(case, case.case_id, "overdue", "med_stop")
    assert [bool(row.cleared_at) for row in case.rows(d.supervision)].count(True) == 1


def test_every_kind_that_the_table_knows_has_words(case: Case) -> None:
    for kind in supervision.KINDS:
        assert supervision.mark(case, case.case_id, kind)
    refuses("supervision_kind_unknown", lambda: case.run("supervision.mark", kind="gossip"))
