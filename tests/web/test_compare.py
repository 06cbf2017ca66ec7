"""The comparison's pages: who may read them, and that everything stands in the page itself, without a script."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from engine.config import CODE_ROOT
from engine.packs import assemble_pack, read_pack
from engine.releases import publish
from engine.runtime import Runtime
from tests.web.conftest import PACK, Browser

Browsers = Callable[..., Browser]
XSS = "<script>alert(1)</script>"
BOTH = f"/compare/?a={PACK}@1&b={PACK}"


@pytest.fixture
def changed(runtime: Runtime) -> str:
    """A second release: shorter, with another timer, another officer and a table that pays somebody else; its id."""
    pack = read_pack(PACK, CODE_ROOT / "processes", CODE_ROOT / "forms")
    files = dict(pack.files)
    for name, old, new in (
        ("pack.yaml", "limit_working_days: 25", "limit_working_days: 20"),
        ("pack.yaml", "plain: 注销驾驶证", f"plain: {XSS}"),
        ("police_review.bpmn", "R/P7D", "R/P3D"),
        ("police_review.bpmn", 'candidateGroups="police.officer"', 'candidateGroups="police.household"'),
        ("payees.dmn", '<dmn:text>"heir"</dmn:text>', '<dmn:text>"deceased"</dmn:text>'),
    ):
        text = files[name].decode()
        assert old in text, old
        files[name] = text.replace(old, new, 1).encode()
    with runtime.database.begin() as connection:
        made = assemble_pack(PACK, files, pack.origins)
        return publish(connection, made, "tests", runtime.clock.now(), check=lambda _: []).id


@pytest.mark.parametrize(("login", "status"), [("operator", 200), ("supervisor-clerk", 200), ("analyst-clerk", 200)])
def test_operators_supervisors_and_analysts_compare(browsers: Browsers, login: str, status: int) -> None:
    browser = browsers(login)
    assert browser.get("/compare/").status_code == status
    assert "流程包比较" in browser.get("/staff/account").text


@pytest.mark.parametrize("login", ["window-clerk", "hotline-operator", "police-officer"])
def test_others_do_not_know_of_it(browsers: Browsers, login: str, changed: str) -> None:
    browser = browsers(login)
    assert browser.get(BOTH).status_code == 404
    assert browser.get(f"/compare/source/{changed}/funeral.bpmn").status_code == 404


def test_packs_page_leads_to_it(browsers: Browsers) -> None:
    assert "/compare/" in browsers("operator").get("/ops/").text


def test_service_is_compared_in_words(browsers: Browsers, changed: str) -> None:
    page = browsers("analyst-clerk").get(BOTH).text
    assert "湖南（第 1 版）" in page and "湖南（第 2 版）" in page
    assert "受理后25个工作日" in page and "受理后20个工作日" in page
    assert "付给申请人" in page and "付给逝者本人" in page
    assert "police_review.bpmn" in page and "funeral.bpmn" not in page


def test_only_what_differs_is_shown_until_all_is_asked_for(browsers: Browsers, changed: str) -> None:
    browser = browsers("analyst-clerk")
    whole = browser.get(f"{BOTH}&show=all").text
    assert "停发养老金" in re.sub(r"<select.*?</select>", "", whole, flags=re.DOTALL)
    handling = browser.get(BOTH).text.partition('id="handling"')[2].partition("</section>")[0]
    assert "没有差别。" in handling
    assert "人社经办人" in whole.partition('id="handling"')[2].partition("</section>")[0]


def test_what_is_long_is_folded_with_its_count(browsers: Browsers, changed: str) -> None:
    """Fields by form, forms that are alike by name alone, FEEL behind the words."""
    browser = browsers("analyst-clerk")
    fields = browser.get(BOTH).text.partition('id="fields"')[2].partition("</section>")[0]
    assert "张表单没有差别" in fields and "显示条件" not in fields, "an item is renamed, no form is changed"
    whole = browser.get(f"{BOTH}&show=all").text.partition('id="fields"')[2].partition("</section>")[0]
    folded, _, table = whole.partition("<table")
    assert re.search(r"<summary>[^<]+（application）|<summary>[^<]+ <span", folded)
    assert "显示条件：选了“" in table and "隐藏条件 not(list contains(items," in table


def test_diagrams_are_told_element_by_element(browsers: Browsers, changed: str) -> None:
    browser = browsers("operator")
    page = browser.get(f"{BOTH}&part=diagrams").text
    assert 'data-element="review_death"' in page and 'data-change="changed"' in page
    assert "<del>police.officer</del>" in page and "<ins>police.household</ins>" in page
    assert "R/P7D" in page and "R/P3D" in page
    sources = re.findall(r'data-source="([^"]+)"', page)
    assert len(sources) == 2
    drawn = [browser.get(source) for source in sources]
    assert [answer.mimetype for answer in drawn] == ["application/xml", "application/xml"]
    assert b"R/P7D" in drawn[0].data and b"R/P3D" in drawn[1].data
    same = browser.get(f"{BOTH}&part=diagrams&process=funeral").text
    assert "没有差别。" in same


def test_decisions_are_told_row_by_row(browsers: Browsers, changed: str) -> None:
    page = browsers("operator").get(f"{BOTH}&part=decisions").text
    assert "第5行" in page
    assert '<del title="&#34;heir&#34;">申请人</del>' in page
    assert '<ins title="&#34;deceased&#34;">逝者本人</ins>' in page
    assert "所需材料" not in page


def test_a_pack_against_itself(browsers: Browsers, changed: str) -> None:
    for part in ("service", "diagrams", "decisions"):
        page = browsers("operator").get(f"/compare/?a={PACK}&b={PACK}&part={part}").text
        assert "两者的文件完全相同。" in page


@pytest.mark.parametrize(
    "query",
    [
        "?a=nowhere&b=hunan",
        "?a=hunan@9&b=hunan",
        "?a=&b=",
        "?a=hunan&b=%27%20OR%201=1",
        "?part=%3Cb%3E&a=hunan&b=hunan@x",
    ],
)
def test_what_is_not_there_leaves_the_choice(browsers: Browsers, query: str) -> None:
    answer = browsers("operator").get(f"/compare/{query}")
    assert answer.status_code == 200
    assert "请选择" in answer.text and "逐条差别" not in answer.text


def test_unknown_part_and_process_fall_back(browsers: Browsers, changed: str) -> None:
    browser = browsers("operator")
    assert "共 8 条" in browser.get(f"{BOTH}&part={XSS}").text
    assert "公安审核" in browser.get(f"{BOTH}&part=diagrams&process=../../pack").text


@pytest.mark.parametrize("path", ["0" * 64 + "/funeral.bpmn", "x/funeral.bpmn", "{id}/nothing.bpmn", "{id}/Pack.bpmn"])
def test_sources_that_are_not_there(browsers: Browsers, changed: str, path: str) -> None:
    assert browsers("operator").get(f"/compare/source/{path.format(id=changed)}").status_code == 404


def test_what_a_pack_says_is_never_markup(browsers: Browsers, changed: str) -> None:
    for part in ("service", "diagrams", "decisions"):
        assert XSS not in browsers("operator").get(f"{BOTH}&part={part}&show=all").text
