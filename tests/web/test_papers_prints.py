"""Printed sheets: what stands on each, and when there is none yet."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask

from engine import db
from engine.clock import FixedClock, to_text
from engine.errors import NotFound, RuleViolation
from engine.runtime import Runtime
from tasks import tables as d
from tasks.commitments import letter_text
from tasks.sealed_texts import seal_text
from tests.web import papers_case
from web.papers.prints import NAMES, OF_A_FILING, paper
from web.papers.reading import read_case
from web.services import Services


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.found.append(data.strip())


def words(html: str) -> str:
    reader = _Text()
    reader.feed(html)
    return "\n".join(reader.found)


@pytest.fixture
def own(app: Flask) -> Any:
    with app.test_request_context():
        yield app.extensions["shenhou"]


@pytest.fixture
def case_id(runtime: Runtime) -> str:
    return papers_case.lay_case(runtime)


def add(own: Services, table: Any, case_id: str, **values: Any) -> None:
    with own.database.begin() as connection:
        connection.execute(table.insert().values({"id": uuid4().hex, "case_id": case_id, **values}))


def filing_id(own: Services, case_id: str) -> str:
    with db.reading(own.database) as connection:
        return str(connection.execute(d.filings.select().where(d.filings.c.case_id == case_id)).one().id)


def test_acceptance_names_items_departments_limit_and_materials(own: Services, case_id: str) -> None:
    text = words(paper(own, case_id, "acceptance"))
    for told in ("受理通知书", "谭䶮", "谭㳘生", "25 个工作日", "2026年12月28日", papers_case.CODE, "死者居民身份证",
                 "基本医疗保险减少登记（终止参保）", "申请人签收"):  # fmt: skip
        assert told in text, told


def test_no_acceptance_before_it_was_accepted(own: Services, runtime: Runtime) -> None:
    waiting = papers_case.lay_case(runtime, filing_status="filed")
    for kind in ("acceptance", "non_acceptance"):
        with pytest.raises(RuleViolation) as raised:
            paper(own, waiting, kind)
        assert raised.value.rule == "paper_not_due"


def test_supplement_names_everything_that_is_missing_and_nothing_that_is_there(own: Services, runtime: Runtime) -> None:
    text = words(paper(own, papers_case.lay_case(runtime, filing_status="supplement"), "supplement"))
    for told in ("补正通知书", "亲属关系佐证材料", "死者居民户口簿", "看不清户主页", "15 日内"):
        assert told in text, told
    assert "申请人居民身份证" not in text


@pytest.mark.both_databases
def test_non_acceptance_gives_the_reason_and_the_remedy(own: Services, runtime: Runtime) -> None:
    text = words(paper(own, papers_case.lay_case(runtime, filing_status="refused"), "non_acceptance"))
    for told in ("不予受理通知书", "看不清户主页", "行政复议", "行政诉讼"):
        assert told in text, told


def test_control_slip_has_a_line_an_item_and_room_to_sign(own: Services, case_id: str) -> None:
    html = paper(own, case_id, "control_slip")
    text = words(html)
    assert "is-wide" in html
    for told in ("办件流转单", "经办人签字", "户口注销", "办理中", "移交人"):
        assert told in text, told


def test_application_has_the_items_first_and_every_field_that_was_filled_in(own: Services, case_id: str) -> None:
    text = words(paper(own, case_id, "application"))
    assert text.index("要办理的事项") < text.index("申请人姓名")
    assert text.count("☑") - 1 == len(papers_case.ITEMS)  # and the declaration
    assert text.count("☐") == 9
    for told in ("谭㳘生", papers_case.DECEASED_ID, papers_case.APPLICANT_ID, "13807310001", "6217002920100012348",
                 "中国建设银行长沙芙蓉支行", "工商银行", "定王台派出所", "非户主死亡注销登记", "正常死亡", "子女",
                 "2026年11月23日", "申请人签名"):  # fmt: skip
        assert told in text, told
    for hidden in ("提交前请先处理", "还没有勾选", "新户主姓名", "授权的公证机构"):
        assert hidden not in text, hidden


def test_commitment_before_signing_has_a_line_for_it(own: Services, case_id: str) -> None:
    text = words(paper(own, case_id, "commitment"))
    for told in ("承诺函", "谭䶮", "住房公积金", "承诺人（签名、手印）"):
        assert told in text, told


def test_a_signed_commitment_is_printed_as_it_was_signed(own: Services, case_id: str, clock: FixedClock) -> None:
    with db.reading(own.database) as connection:
        signed = letter_text(read_case(own.runtime, connection, case_id), case_id, "f1")
    kept = {"text_sha256": hashlib.sha256(signed.encode()).hexdigest(), "version": "hunan-2025.1", "signed_by": "f"}
    add(own, d.commitments, case_id, filing_id=filing_id(own, case_id), signed_at=to_text(clock.now()), **kept)
    clock.advance(timedelta(days=9))
    with own.database.begin() as connection:
        done = {"status": "done", "ended_at": to_text(clock.now()), "ended_by": "x"}
        connection.execute(d.items.update().where(d.items.c.code == "med_stop").values(**done))
    text = words(paper(own, case_id, "commitment"))
    assert "承诺时间：2026-11-23" in text
    assert "终止参保" in text
    assert kept["text_sha256"] in text
    assert "不完全一致" not in text


@pytest.mark.both_databases
def test_a_commitment_that_reads_otherwise_today_says_so(own: Services, case_id: str, clock: FixedClock) -> None:
    kept = {"text_sha256": "0" * 64, "version": "old", "signed_by": "f", "signed_at": to_text(clock.now())}
    add(own, d.commitments, case_id, filing_id=filing_id(own, case_id), **kept)
    assert "不完全一致" in words(paper(own, case_id, "commitment"))


@pytest.mark.both_databases
def test_referral_is_the_packs_slip(own: Services, case_id: str, clock: FixedClock) -> None:
    with pytest.raises(RuleViolation) as raised:
        paper(own, case_id, "referral")
    assert raised.value.rule == "referral_unknown"
    slip = {"number": "ZX-7KQ2M9PXHN-1", "window": "社保窗口", "issued_by": "w", "id": "5" * 32}
    slip["reason"] = seal_text(own.runtime.sealer, d.referrals.c.reason, "前置事项没有办结", id=slip["id"])
    slip |= {"item": "survivor_benefit", "materials": '["申请人有效身份证件"]', "issued_at": to_text(clock.now())}
    add(own, d.referrals, case_id, filing_id=filing_id(own, case_id), **slip)
    text = words(paper(own, case_id, "referral"))
    for told in ("转线下告知单", "ZX-7KQ2M9PXHN-1", "前置事项没有办结", "社保窗口", "申请人有效身份证件"):
        assert told in text, told


@pytest.mark.both_databases
def test_receipt_lists_certificates_and_results(own: Services, case_id: str, runtime: Runtime) -> None:
    papers_case.add_certificate(runtime, case_id)
    with own.database.begin() as connection:
        done = {"status": "done", "ended_at": "2026-12-01T01:00:00.000000Z", "ended_by": "x"}
        connection.execute(d.items.update().where(d.items.c.code == "hukou_cancel").values(**done))
    text = words(paper(own, case_id, "receipt"))
    for told in ("结果物领取回执", "死亡证明", "户口注销办理结果", "已办结", "领取人签名", "申请人本人"):
        assert told in text, told
    assert "终止参保" not in text


def test_every_kind_has_a_name_and_unknown_ones_are_not_there(own: Services, case_id: str) -> None:
    assert set(NAMES) == {*OF_A_FILING, "referral"}
    for kind, filing in (("passport", "f1"), ("acceptance", "f9")):
        with pytest.raises(NotFound):
            paper(own, case_id, kind, filing=filing)
    with pytest.raises(NotFound):
        paper(own, "0" * 32, "acceptance")


def test_names_are_escaped_and_nothing_is_inline(own: Services, case_id: str, runtime: Runtime) -> None:
    with own.database.begin() as connection:
        bad = "<script>alert(1)</script>"
        connection.execute(d.materials.update().where(d.materials.c.code == "M01").values(name=bad))
    html = paper(own, case_id, "acceptance")
    assert "<script>alert" not in html
    assert "style=" not in html
    assert "onclick" not in html
