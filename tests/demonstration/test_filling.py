"""Filling: it can be broken off anywhere, it keeps out of databases that are not its own, and it can be cleared."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine import db
from engine import tables as t
from engine.actors import SYSTEM
from engine.clock import to_text
from engine.config import CODE_ROOT
from engine.errors import ConfigError, Conflict, PackInvalid
from migrations import current_revision, upgrade
from tasks import tables as d
from tasks.reports import report_death
from tasks.scenarios.inventing import id_number
from tests.demonstration.conftest import Filled, publish_all
from tests.web.conftest import PACK, SOAK
from web.demonstration import filling, records, resetting
from web.demonstration.playing import StoryPlayer
from web.demonstration.stories import Story, read_listing
from web.services import Services
from web.settings import WebSettings
from web.store.settings import file_store
from web.tables import demonstrations

REPORT = {
    "place": "institution",
    "institution_name": "长沙市岳麓区滨江医院",
    "reported_manner": "natural",
    "deceased": {
        "name": "翁同和",
        "sex": "male",
        "id_kind": "resident_id",
        "id_number": id_number("4301", date(1949, 4, 22), 151),
        "died_on": "2026-11-22",
        "died_region": "430104",
        "registered_region": "430104",
        "registered_address": "长沙市岳麓区桃源路 18 号",
    },
    "reporter": {"kind": "relative", "relation": "child", "name": "翁平", "phone": "19900009999"},
}

both_kinds = pytest.mark.parametrize("database_kind", ["sqlite", "postgresql"])


def count(filled: Filled, table: sa.Table, **equal: object) -> int:
    query = sa.select(sa.func.count()).select_from(table)
    with db.reading(filled.own.database) as connection:
        where = (table.c[name] == value for name, value in equal.items())
        return int(connection.execute(query.where(*where)).scalar_one())


def test_filling_stopped_between_stories_goes_on_with_the_next(few: Filled) -> None:
    assert few.fill(stop=lambda: len(few.said) == 1) == 1
    assert not filling.is_filled(few.own, few.listings)
    assert few.fill() == 2
    assert filling.is_filled(few.own, few.listings)
    assert few.said == ["1 ", "2 ", "3 "]
    assert (count(few, t.cases), count(few, t.cases, status="cancelled")) == (3, 0)


@both_kinds
def test_a_story_broken_off_in_its_midst_is_cancelled_and_told_anew(
    few: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps, beating = 0, -1
    take = StoryPlayer._take

    def interrupt(player: StoryPlayer, number: int, step: object) -> None:
        nonlocal steps, beating
        steps += 1
        if steps == 3:
            beating = count(few, t.heartbeats)  # whoever is killed now clears nothing away
            raise KeyboardInterrupt
        take(player, number, step)  # type: ignore[arg-type]

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(StoryPlayer, "_take", interrupt)
        few.fill()
    assert beating == 0
    assert few.fill() == 2
    assert count(few, t.cases, status="cancelled") == 1
    assert count(few, t.cases) == 4
    assert count(few, demonstrations, finished_at=None) == 1
    with db.reading(few.own.database) as connection:
        assert records.finished_stories(connection, PACK) == {story.name for story in few.stories}
        assert records.count_cases(connection) == (4, 0)


def test_a_story_that_its_pack_does_not_play_stays_where_it_stops(few: Filled) -> None:
    first, *others = few.stories
    broken = first.model_copy(update={"then": ({"do": "no_such_task", "as": "window.clerk"},)})
    few.listings = [few.listings[0].model_copy(update={"stories": (broken, *others)})]
    assert few.fill() == 3
    assert "no_such_task" in few.said[0] and few.said[1:] == ["2 ", "3 "]
    assert few.fill() == 0


@both_kinds
def test_a_database_with_other_cases_is_left_alone(few: Filled) -> None:
    report_death(few.own.runtime, SYSTEM, PACK, REPORT, region="430104")
    with pytest.raises(Conflict, match="1 other cases"):
        few.fill()
    assert count(few, t.cases) == 1
    with pytest.raises(Conflict, match="none of its own"):
        resetting.refuse_real_cases(few.own, with_own_cases=True)


def test_nothing_is_filled_beside_a_worker_or_another_filling(few: Filled) -> None:
    with filling.alone(few.own), pytest.raises(Conflict, match="another process"):
        few.fill()
    with few.own.database.begin() as connection:
        beat = {"name": "worker elsewhere", "at": to_text(few.own.clock.now()), "note": ""}
        connection.execute(t.heartbeats.insert().values(beat))
    with pytest.raises(Conflict, match="still running"):
        few.fill()
    assert few.said == []


def test_clearing_asks_before_cases_added_by_hand_go(few: Filled) -> None:
    few.fill()
    resetting.refuse_real_cases(few.own, with_own_cases=False)
    report_death(few.own.runtime, SYSTEM, PACK, REPORT, region="430104")
    with pytest.raises(Conflict, match="1 cases were added by hand"):
        resetting.refuse_real_cases(few.own, with_own_cases=False)
    resetting.refuse_real_cases(few.own, with_own_cases=True)


@both_kinds
def test_clearing_leaves_neither_tables_nor_files_and_all_is_made_anew(few: Filled) -> None:
    if SOAK:
        few.listings = publish_all(few)
    assert few.fill() == len(few.stories)
    assert few.said == [f"{number} " for number in range(1, len(few.stories) + 1)]
    store = file_store(few.own)
    assert list(store.names()) and count(few, d.files)
    resetting.clear(few.own)
    assert list(store.names()) == []
    assert current_revision(few.own.database) is None
    assert sa.inspect(few.own.database).get_table_names() == []
    assert upgrade(few.own.database) and count(few, t.cases) == 0


def test_outside_demonstration_mode_nothing_is_cleared(few: Filled, tmp_path: Path) -> None:
    own = Services(few.own.settings, few.own.runtime, WebSettings(demonstration=False))
    with pytest.raises(ConfigError, match="SHENHOU_DEMO"):
        resetting.refuse_real_cases(own, with_own_cases=True)


def test_the_listing_on_the_page_about_scenarios_is_one_and_names_every_key() -> None:
    page = (CODE_ROOT / "docs" / "scenarios.md").read_text("utf-8")
    block = re.findall(r"```yaml\n(.*?)```", page.partition("## The demonstration")[2], re.DOTALL)[0]
    story = read_listing(block.encode(), "scenarios.md").stories[0]
    assert story.model_fields_set == set(Story.model_fields)


def test_faults_of_a_listing_are_told_with_their_lines() -> None:
    with pytest.raises(PackInvalid) as caught:
        read_listing(b"pack: hunan\nplaces: {}\nstories:\n  - name: A\n", "demonstration.yaml")
    assert {problem.line for problem in caught.value.problems} == {4}
