"""What everybody may read at the families' entrance: start page, guide, the four questions."""

from __future__ import annotations

import pytest

from engine import db
from engine.releases import current_release
from engine.runtime import Runtime
from tasks.guide import build_guide, list_materials
from tests.web.conftest import PACK, Browser

COMPLETE = "where=both&how=natural&who=first_order"


def test_start_page_offers_one_button_and_what_to_bring(browser: Browser) -> None:
    page = browser.get("/").text
    assert page.count("btn-primary") == 1 and f"/report/{PACK}" in page and "12345" in page
    assert "申请人有效身份证件" in page or "身份证" in page


def test_guide_comes_from_the_running_release(browser: Browser) -> None:
    answer = browser.get("/guide")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/guide/{PACK}")
    page = browser.get(f"/guide/{PACK}").text
    for words in ("停发养老金", "企业职工养老保险待遇暂停", "25个工作日", "附件3 四 7", "死亡证明", "12345"):
        assert words in page


@pytest.mark.parametrize("path", ["/guide/nowhere", "/suggest/nowhere", "/guide/common"])
def test_pack_that_is_not_offered_is_not_there(browser: Browser, path: str) -> None:
    assert browser.get(path).status_code == 404


def test_guide_names_each_document_once_and_who_needs_it(runtime: Runtime) -> None:
    with db.reading(runtime.database) as connection:
        release = runtime.releases.get(connection, current_release(connection, PACK).id)
    guide = build_guide(release, runtime.feel, runtime.clock.now())
    codes = [material.code for material in guide.materials]
    assert len(codes) == len(set(codes)) > 5
    certificate = next(material for material in guide.materials if material.code == "M05")
    assert not certificate.is_brought and len(certificate.items) > 3
    assert any(material.only_for for material in guide.materials)
    small = list_materials(release, runtime.feel, runtime.clock.now(), ["licence_cancel"], "first_order")
    assert {material.code for material in small} < set(codes)


def test_questions_are_all_to_be_answered(browser: Browser) -> None:
    assert "四个问题都要选" in browser.get(f"/suggest/{PACK}?where=both").text


def test_advice_says_what_cannot_be_done_here_and_where_it_can(browser: Browser) -> None:
    page = browser.get(f"/suggest/{PACK}?{COMPLETE}&insured=employed&insured=medical_resident").text
    assert "不是企业退休职工" in page and "人力资源社会保障部门办事窗口" in page
    assert "没有可支取的个人账户" in page


def test_advice_refuses_where_the_release_is_not_competent(browser: Browser) -> None:
    page = browser.get(f"/suggest/{PACK}?where=neither&how=natural&who=first_order&insured=retired").text
    assert "这里可能不能受理" in page


def test_what_is_asked_in_the_address_is_never_markup(browser: Browser) -> None:
    page = browser.get(f"/suggest/{PACK}?task=%3Cscript%3Ealert(1)%3C/script%3E&where=%22%3E%3Cb%3E").text
    assert "<script>alert" not in page and "<b>" not in page
