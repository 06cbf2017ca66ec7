"""The window's checklist: the guide of the running release, narrowed to one family, on a sheet."""

from __future__ import annotations

from collections.abc import Callable

from tests.web.conftest import PACK, Browser

Browsers = Callable[..., Browser]
PRINT = f"/window/checklist/{PACK}"


def test_window_chooses_items_and_applicant(browsers: Browsers) -> None:
    page = browsers("window-clerk").get("/window/checklist").text
    assert 'name="item" value="pension_suspend"' in page
    assert "第二顺位继承人" in page and 'name="payee"' in page


def test_sheet_lists_what_this_family_brings(browsers: Browsers) -> None:
    browser = browsers("window-clerk")
    whole = browser.get(PRINT).text
    small = browser.get(f"{PRINT}?item=licence_cancel&kind=first_order&payee=deceased").text
    for words in ("材料清单", "全程无收费", "死者居民户口簿", "12345", "注销驾驶证"):
        assert words in small
    assert "没有第一顺位继承人的证明" in whole
    assert "没有第一顺位继承人的证明" not in small
    assert "死者银行卡复印件" in whole and "死者银行卡复印件" not in small
    assert "没有第一顺位继承人的证明" in browser.get(f"{PRINT}?item=hpf_withdraw&kind=second_order").text


def test_unknown_choices_narrow_nothing(browsers: Browsers) -> None:
    browser = browsers("window-clerk")
    answer = browser.get(f"{PRINT}?item=%3Cb%3E&kind=emperor&payee=%3Cscript%3E")
    assert answer.status_code == 200
    assert "<script>" not in answer.text.replace("<script src", "")
    assert "没有第一顺位继承人的证明" in answer.text


def test_only_the_window_and_only_packs_that_run(browsers: Browsers) -> None:
    assert browsers("window-clerk").get("/window/checklist/nowhere").status_code == 404
    assert browsers("hrss-clerk").get(PRINT).status_code == 404
