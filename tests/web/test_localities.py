"""The lead unit's page: services claimed, an officer named, applications on line switched, within the own region."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tasks import tables as d
from tests.web.conftest import PACK, Browser
from tests.web.test_window import XSS

Browsers = Callable[..., Browser]
SAID: dict[str, Any] = {
    "region": "430102",
    "is_open": "yes",
    "online": "no",
    "claims": "some",
    "items": ["hukou_cancel", "will_check"],
    "officer_name": "罗翀",
    "officer_phone": "0731-85235",
    "opens_on": "2026-12-01",
}


def test_a_place_is_opened_and_shown(browsers: Browsers, rows: Any) -> None:
    lead = browsers("lead-clerk")
    assert "还没有地方登记" in lead.get("/localities/").text
    assert lead.post(f"/localities/{PACK}", SAID).status_code == 303
    [row] = rows(d.localities)
    assert (row.region, bool(row.is_open), bool(row.online)) == ("430102", True, False)
    assert (row._mapping["items"], row.opens_on) == ('["hukou_cancel","will_check"]', "2026-12-01")
    assert row.changed_by == "lead-clerk"
    page = lead.get("/localities/").text
    for words in ("长沙市芙蓉区", "430102", "2026-12-01起", "不开通", "注销户口、", "罗翀 0731-85235"):
        assert words in page, words
    form = lead.get(f"/localities/{PACK}/430102").text
    assert 'value="罗翀"' in form
    assert '<option value="430102" selected>长沙市芙蓉区</option>' in form
    assert form.index('<optgroup label="长沙市">') < form.index('value="430100"') < form.index('value="430102"')
    assert "贵州" not in form and "不清楚哪个" not in form


@pytest.mark.both_databases
def test_saying_it_again_takes_the_place_of_what_was_said(browsers: Browsers, rows: Any) -> None:
    lead = browsers("lead-clerk")
    lead.post(f"/localities/{PACK}", SAID)
    lead.post(f"/localities/{PACK}", SAID | {"claims": "all", "online": "yes", "opens_on": ""})
    [row] = rows(d.localities)
    assert (bool(row.online), row._mapping["items"], row.opens_on) == (True, None, None)


def test_what_was_said_is_taken_back(browsers: Browsers, rows: Any) -> None:
    lead = browsers("lead-clerk")
    assert "取消登记" not in lead.get(f"/localities/{PACK}/new").text
    lead.post(f"/localities/{PACK}", SAID)
    assert "取消登记" in lead.get(f"/localities/{PACK}/430102").text
    assert lead.post(f"/localities/{PACK}/430102/clear").status_code == 303
    assert rows(d.localities) == []
    assert "已取消登记" in lead.get("/localities/").text
    assert lead.post(f"/localities/{PACK}/430102/clear").status_code == 404
    assert lead.post(f"/localities/{PACK}/520102/clear").status_code == 404


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"region": "520102"}, "不在您的管辖范围内"),
        ({"region": "43"}, "六位行政区划代码"),
        ({"items": ["cremation"]}, "不用认领"),
        ({"opens_on": "明天"}, "日期请写成"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    browsers: Browsers, rows: Any, change: dict[str, Any], words: str
) -> None:
    answer = browsers("lead-clerk").post(f"/localities/{PACK}", SAID | change)
    assert answer.status_code == 422
    assert words in answer.text
    assert 'value="罗翀"' in answer.text
    assert rows(d.localities) == []


def test_names_are_never_markup(browsers: Browsers) -> None:
    lead = browsers("lead-clerk")
    lead.post(f"/localities/{PACK}", SAID | {"officer_name": XSS[:40]})
    assert "<script>alert" not in lead.get("/localities/").text


@pytest.mark.parametrize("login", ["window-clerk", "supervisor-clerk", "operator"])
def test_it_is_the_lead_unit_s_alone(browsers: Browsers, rows: Any, login: str) -> None:
    other = browsers(login)
    assert other.get("/localities/").status_code == 404
    assert other.post(f"/localities/{PACK}", SAID).status_code == 404
    assert rows(d.localities) == []


def test_pages_of_places_that_said_nothing_are_not_there(browsers: Browsers) -> None:
    lead = browsers("lead-clerk")
    assert lead.get(f"/localities/{PACK}/430102").status_code == 404
    assert lead.get("/localities/nonsense/new").status_code == 404
    assert lead.get(f"/localities/{PACK}/new").status_code == 200
