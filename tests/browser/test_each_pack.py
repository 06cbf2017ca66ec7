"""The first scenario of every pack, from the report to its end, at the pages of that pack."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.scenarios.preparing import prepare
from tasks.scenarios.reading import find_scripts, read_script
from tests.browser.conftest import OpenVisitor
from tests.browser.pages_player import PagesPlayer
from tests.browser.site import GoingClock, Site
from tests.packs.conftest import PACKS, SCENARIOS, checkout
from tests.web.conftest import NOW, lay_out
from web.portal.visit_routes import VISIT

ELSEWHERE = "hunan"  # ``test_whole_case`` plays one of its cases from end to end, each time
PLAYED = PACKS if os.environ.get("SHENHOU_SOAK") == "1" else [pack for pack in PACKS if pack != ELSEWHERE]


@pytest.fixture
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """Serves the pack that the test is about, and no other."""
    lay_out(tmp_path, checkout(request.param))
    (tmp_path / "site").mkdir()
    opened = Site.open(tmp_path / "shenhou.db", tmp_path / "site", GoingClock(NOW))
    yield opened
    opened.stop()


@pytest.mark.soak
@pytest.mark.parametrize("site", PLAYED, indirect=True)
def test_first_scenario_goes_as_expected_at_the_pages(
    site: Site, visitor: OpenVisitor, request: pytest.FixtureRequest
) -> None:
    path = find_scripts(SCENARIOS / request.node.callspec.params["site"])[0]
    script = read_script(path.read_bytes(), path.name)
    player = PagesPlayer(site, prepare(site.runtime, checkout(script.scenario.pack), script), script, visitor)
    player.play()
    assert len(player.done) > 10
    if VISIT in checkout(script.scenario.pack).manifest.messages:
        player.look_at_visits()
