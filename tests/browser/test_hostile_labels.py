"""Markup in the labels of a pack, before a real browser: diagrams, charts and lists show words and run nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.conftest import OpenVisitor
from tests.browser.site import Site
from tests.browser.visitor import Visitor
from tests.web.conftest import PACK, lay_out
from tests.web.desk_cases import code_of, find_task, play_until
from tests.web.hostile_pack import MARKUP, read_hostile_pack

INJECTED = "img[src='x'], [onerror], script:not([src])"


@pytest.fixture(scope="module")
def web_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published pack all of whose words end in markup."""
    folder = tmp_path_factory.mktemp("hostile")
    lay_out(folder, read_hostile_pack(PACK))
    return folder / "shenhou.db"


@pytest.fixture
def case_id(site: Site) -> str:
    return play_until(site.runtime, "01-home-all-items", "decide_item[survivor_benefit]")


def read(visitor: Visitor, path: str, settled: str = "main") -> str:
    """The words of a page, once ``settled`` is there; nothing of them became part of it."""
    visitor.page.on("dialog", lambda dialog: visitor.complaints.append(dialog.message))
    visitor.page.goto(visitor.site.address + path)
    visitor.page.locator(settled).first.wait_for()
    visitor.page.wait_for_load_state("networkidle")
    assert visitor.page.locator(INJECTED).count() == 0, path
    assert visitor.complaints == [], path
    return visitor.text()


def test_labels_of_a_live_diagram_are_words(site: Site, visitor: OpenVisitor, case_id: str) -> None:
    clerk = visitor("hrss-clerk")
    clerk.become(site.session_of("hrss-clerk"))
    read(clerk, f"/desk/cases/{code_of(site.runtime, case_id)}/diagram", "#diagram svg g.djs-element text")
    labels = clerk.page.locator("#diagram svg text").all_text_contents()
    assert any("onerror=alert(1)" in label for label in labels)


def test_words_of_lists_tasks_and_charts_are_words(site: Site, visitor: OpenVisitor, case_id: str) -> None:
    clerk = visitor("hrss-clerk")
    clerk.become(site.session_of("hrss-clerk"))
    assert MARKUP in read(clerk, "/desk/?queue=claimable")
    task = find_task(site.runtime, case_id, "decide_item", "survivor_benefit")
    assert MARKUP in read(clerk, f"/desk/tasks/{task}")
    clerk.page.locator("[name='outcome']").first.check()  # the fields come anew, put in by htmx
    clerk.settle()
    assert clerk.page.locator(INJECTED).count() == 0
    supervisor = visitor("supervisor-clerk")
    supervisor.become(site.session_of("supervisor-clerk"))
    read(supervisor, "/supervise/")
    assert MARKUP in read(visitor("family"), f"/guide/{PACK}")
