"""Two releases side by side in a browser: coloured, moved together, and each difference one click from its element."""

from __future__ import annotations

from typing import Any

import pytest

from engine.config import CODE_ROOT
from engine.packs import assemble_pack, read_pack
from engine.releases import publish
from tests.browser.conftest import OpenVisitor
from tests.browser.site import Site
from tests.browser.visitor import NARROW, WIDE, Visitor

BOTH = "/compare/?a=hunan@1&b=hunan"
FUNERAL = f"{BOTH}&part=diagrams&process=funeral"
_FIT = """side => {
  const at = document.querySelector(`[data-side=${side}] .viewport`).transform.baseVal.consolidate().matrix;
  return [at.a * 100, at.e, at.f].map(Math.round).join(" ");
}"""
_MARKED = (
    "([side, mark]) => [...document.querySelectorAll(`[data-side=${side}] .${mark}`)].map(one => one.dataset.elementId)"
)


@pytest.fixture
def reader(site: Site, visitor: OpenVisitor) -> Visitor:
    """An analyst, on a site with a second release: a task with another id and a longer way, another payee."""
    pack = read_pack("hunan", CODE_ROOT / "processes", CODE_ROOT / "forms")
    drawn = pack.files["funeral.bpmn"].decode().replace('"receive_body"', '"take_body"')
    drawn = drawn.replace('formId="take_body"', 'formId="receive_body"').replace("P1D", "P2D")
    table = pack.files["payees.dmn"].decode().replace('<dmn:text>"heir"</dmn:text>', '<dmn:text>"deceased"</dmn:text>')
    files = {**pack.files, "funeral.bpmn": drawn.encode(), "payees.dmn": table.encode()}
    with site.runtime.database.begin() as connection:
        made = assemble_pack("hunan", files, pack.origins)
        publish(connection, made, "tests", site.clock.now(), check=lambda _: [])
    opened = visitor("analyst", (WIDE, NARROW))
    opened.become(site.session_of("analyst-clerk"))
    return opened


def drawn(reader: Visitor, mark: str, side: str) -> set[str]:
    found: list[Any] = reader.page.evaluate(_MARKED, [side, mark])
    return {str(one) for one in found}


def test_differences_are_coloured_where_they_are(reader: Visitor) -> None:
    reader.open(FUNERAL)
    reader.page.wait_for_selector("#compare-viewers[data-ready]")
    assert "receive_body" in drawn(reader, "diff-removed", "left")
    assert "take_body" in drawn(reader, "diff-added", "right")
    assert drawn(reader, "diff-added", "left") == drawn(reader, "diff-removed", "right") == set()
    assert drawn(reader, "diff-changed", "left") == drawn(reader, "diff-changed", "right") != set()
    reader.look()


def test_both_drawings_move_and_zoom_together(reader: Visitor) -> None:
    reader.open(FUNERAL)
    page = reader.page
    page.wait_for_selector("#compare-viewers[data-ready]")
    before = page.evaluate(_FIT, "left")
    page.get_by_role("button", name="放大").click()
    page.wait_for_function(f"before => ({_FIT})('left') !== before", arg=before)
    assert page.evaluate(_FIT, "left") == page.evaluate(_FIT, "right")
    zoomed = page.evaluate(_FIT, "right")
    box = page.locator("[data-side=right]").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 - 80, box["y"] + 40, steps=4)
    page.mouse.up()
    page.wait_for_function(f"zoomed => ({_FIT})('left') !== zoomed", arg=zoomed)
    assert page.evaluate(_FIT, "left") == page.evaluate(_FIT, "right")


def test_a_difference_leads_to_its_element_and_back(reader: Visitor) -> None:
    reader.open(FUNERAL)
    page = reader.page
    page.wait_for_selector("#compare-viewers[data-ready]")
    entry = page.locator('[data-element="take_body"]').first
    entry.get_by_role("button", name="在图上看").click()
    assert drawn(reader, "diff-current", "right") == {"take_body"}
    assert drawn(reader, "diff-current", "left") == set()
    page.locator('[data-side=left] [data-element-id="receive_body"]').first.click()
    assert "is-current" in (page.locator('.compare-changes [data-element="receive_body"]').get_attribute("class") or "")


def test_without_a_script_everything_is_told_in_words(reader: Visitor, site: Site) -> None:
    context = reader.context.browser
    assert context is not None
    plain = context.new_context(java_script_enabled=False)
    cookie = {"name": "shenhou", "value": site.session_of("analyst-clerk"), "url": site.address}
    plain.add_cookies([cookie])  # type: ignore[list-item]
    page = plain.new_page()
    page.goto(site.address + FUNERAL)
    assert not page.locator("#compare-viewers").is_visible()
    assert page.locator(".compare-changes > li").count() >= 4
    assert not page.get_by_role("button", name="在图上看").first.is_visible()
    page.goto(site.address + BOTH)
    page.get_by_label("甲").select_option("hunan")
    page.get_by_role("button", name="比较").click()
    assert "两者的文件完全相同" in page.inner_text("#content")
    plain.close()


def test_tables_are_sound_at_every_width(reader: Visitor) -> None:
    for part in ("service", "decisions"):
        reader.open(f"{BOTH}&part={part}")
        reader.open(f"{BOTH}&part={part}&show=all")
    assert "逝者本人" in reader.text()
