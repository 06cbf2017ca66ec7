"""Full cases in the benchmark: recorded, replayed with people of their own, and brought to the embed and the report."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bench import full_cases
from bench.fresh import CITIES, SERIALS, number_like, person_like, renaming
from bench.full_case import FullCase, Served, read_scenario
from bench.full_case_report import NAIVE, OURS, OURS_CACHED, Measured, ratio_lines, section
from bench.peers import spiff_full_case
from bench.played import Played
from bench.recording import NotRecordable, Recording
from bench.subject import Incomplete
from engine import tables as t
from engine.db import reading
from forms.formats import is_id_number
from tasks import tables as d

HUNAN = full_cases.SCENARIOS / "hunan" / "01-home-all-items.yaml"


@pytest.fixture(scope="module")
def full_case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FullCase]:
    """Hunan's first scenario, recorded."""
    made = FullCase.open(tmp_path_factory.mktemp("full_case"), read_scenario(HUNAN))
    yield made
    made.close()


@pytest.fixture
def kept(full_case: FullCase) -> Iterator[FullCase]:
    """The same, for a test that spoils the recording."""
    recording = full_case.recording
    yield full_case
    full_case.recording = recording


# -- recording ---------------------------------------------------------------------------------------------------------


def test_recording_holds_what_moves_the_case_and_leaves_out_what_is_refused(full_case: FullCase) -> None:
    scenario, recording = read_scenario(HUNAN).scenario, full_case.recording
    moving = [step for step in scenario.steps if getattr(step, "refused", "no") is None or hasattr(step, "job")]
    assert len(recording.commands) == len(moving)
    assert recording.completions == sum(not hasattr(step, "job") for step in moving)
    assert recording.status == "completed"
    assert recording.person == "430199196304254494"
    assert set(recording.numbers) == {"TD4301-2026-0101", "HH4301-2026-0101"}


def test_recording_keeps_who_filled_what_in_and_when(full_case: FullCase) -> None:
    investigated = next(one for one in full_case.recording.commands if one.what == "investigate_cause")
    assert (investigated.actor, investigated.groups) == ("clinic.doctor", ("clinic.doctor",))
    assert investigated.values["finding"] == "natural"
    assert len(investigated.values) > 1  # the player filled in the rest
    assert investigated.at == "2026-03-09T01:30:01.000000Z"
    assert [one.at for one in full_case.recording.commands] == sorted(one.at for one in full_case.recording.commands)


def test_recording_goes_to_another_process_whole(full_case: FullCase) -> None:
    data = json.loads(json.dumps(full_case.recording.as_data(), ensure_ascii=False))
    assert Recording.from_data(data) == full_case.recording


def test_retried_incident_cannot_be_replayed(tmp_path: Path) -> None:
    path = tmp_path / "01-retry.yaml"
    text = HUNAN.read_text("utf-8")
    path.write_text(f"{text[: text.index('steps:')]}steps:\n  - retry: consult_registers\n", "utf-8")
    with pytest.raises(NotRecordable, match=r"01-retry\.yaml"):
        FullCase.open(tmp_path, read_scenario(path))


# -- fresh people ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["430199196304254494", "43019919470110284X"])
def test_new_people_have_valid_numbers_of_the_same_birthday_and_sex(number: str) -> None:
    copies = [person_like(number, copy) for copy in range(1, 2_000)]
    assert len({number, *copies}) == 2_000
    assert {copy[:2] + copy[4:14] for copy in copies} == {number[:2] + number[4:14]}
    assert {int(copy[16]) % 2 for copy in copies} == {int(number[16]) % 2}
    assert all(is_id_number(copy, date(2026, 3, 9)) for copy in copies)


def test_people_run_out() -> None:
    with pytest.raises(ValueError, match="people like"):
        person_like("430199196304254494", CITIES * SERIALS)


def test_other_numbers_are_counted_on() -> None:
    assert number_like("TD4301-2026-0101", 3) == "TD4301-2026-0104"
    assert number_like("湘〔2026〕9998号", 3) == "湘〔2026〕0001号"
    assert person_like("E12345678", 1) == "E12345679"
    with pytest.raises(ValueError, match="no digits"):
        number_like("无编号", 1)


def test_renaming_reaches_every_place_and_nothing_else(full_case: FullCase) -> None:
    person, (cremation, _) = full_case.recording.person, full_case.recording.numbers
    rename = renaming(full_case.recording, 1)
    values = {"deceased": {"id_number": person, "name": "诸葛桂英"}, "rows": [{"number": cremation}, 7, None]}
    expected = {"deceased": {"id_number": person_like(person, 1), "name": "诸葛桂英"}}
    assert rename(values) == expected | {"rows": [{"number": number_like(cremation, 1)}, 7, None]}


# -- replaying ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "cached"), [(1, False), (2, True)])
def test_cases_played_side_by_side_all_end_as_the_recorded_one(full_case: FullCase, count: int, cached: bool) -> None:
    played, recording = full_case.play(count, cached=cached), full_case.recording
    assert played.cases == count
    assert len(played.milliseconds) == len(played.cpu_milliseconds) == count * recording.completions
    assert played.commands == [recording.lines] * count
    assert len(played.state_bytes) == len(played.audit_bytes) == count
    assert min(played.state_bytes + played.audit_bytes) > 1_000
    assert set(played.seconds) == {"start", "complete", "answer", "work"}


def test_replayed_cases_leave_the_same_rows_in_the_domain(full_case: FullCase) -> None:
    full_case.play(1, cached=True)
    with reading(full_case.runtime.database) as connection:
        case_ids = connection.execute(sa.select(t.cases.c.id).where(t.cases.c.status == "completed")).scalars().all()
        found = [_left_behind(connection, case_id) for case_id in case_ids]
    assert len(found) > 1
    assert all(one == found[0] for one in found)
    items, payments, outbox = found[0]
    assert sorted(items) == ["done"] * 12 + ["not_applicable"]
    assert payments == ["paid"] * 4
    assert set(outbox) == {"delivered"}


def _left_behind(connection: sa.Connection, case_id: str) -> list[list[str]]:
    tables = (d.items, d.payments, d.outbox)
    queries = [sa.select(table.c.status).where(table.c.case_id == case_id) for table in tables]
    return [sorted(connection.execute(query).scalars()) for query in queries]


def test_replay_that_goes_another_way_is_an_error_and_not_a_time(kept: FullCase) -> None:
    first = kept.recording.commands[0]
    kept.recording = replace(kept.recording, commands=(first,), ends_at=first.at)
    with pytest.raises(Incomplete, match=r"are \('open', .* instead of \('completed'"):
        kept.play(1, cached=True)


def test_replay_that_finds_no_such_task_says_which(kept: FullCase) -> None:
    first, *others = kept.recording.commands
    kept.recording = replace(kept.recording, commands=(replace(first, what="assign_nobody"), *others))
    with pytest.raises(Incomplete, match="assign_nobody"):
        kept.play(1, cached=True)


def test_both_subjects_answer_requests(tmp_path: Path) -> None:
    for served in (Served(), spiff_full_case.Served()):
        assert served.reply_to({"do": "open", "directory": str(tmp_path)}) == {}
        with pytest.raises(ValueError, match="play"):
            served.reply_to({"do": "play", "cases": 1, "cached": True})
        served.close()


# -- the embed ---------------------------------------------------------------------------------------------------------


def test_embed_goes_the_same_way_to_the_end(full_case: FullCase, tmp_path: Path) -> None:
    file = tmp_path / "recording.json"
    file.write_text(json.dumps(full_case.recording.as_data(), ensure_ascii=False), "utf-8")
    served = spiff_full_case.Served()
    served.reply_to({"do": "open", "directory": str(tmp_path)})
    told = served.reply_to({"do": "read", "recording": str(file)})
    played = Played(**served.reply_to({"do": "play", "cases": 1}))
    served.close()
    assert told["skipped"] == 0
    assert told["dropped"]["service tasks"] > 0
    assert len(played.milliseconds) == full_case.recording.completions
    assert played.commands == [1 + len(full_case.recording.commands)]
    assert len(played.state_bytes) == 1


# -- the section -------------------------------------------------------------------------------------------------------


def played_in(milliseconds: float, *, work: float = 0.0, state_bytes: int = 0, audit_bytes: int = 0) -> Played:
    """Two cases of two completions of that length each."""
    seconds = {"complete": 4 * milliseconds / 1000} | ({"work": work} if work else {})
    audit = [audit_bytes] * 2 if audit_bytes else []
    return Played(2, [milliseconds] * 4, [milliseconds / 2] * 4, seconds, [state_bytes] * 2, audit, [7, 7])


def measured() -> Measured:
    found = Measured("hunan 01-home", completions=2, dropped={"service tasks": 3, "decisions": 1})
    found.played[NAIVE] = played_in(40.0, state_bytes=400_000)
    found.played[OURS] = played_in(10.0, work=0.04, state_bytes=30_000, audit_bytes=9_000)
    found.played[OURS_CACHED] = played_in(8.0, work=0.032, state_bytes=30_000, audit_bytes=9_000)
    return found


def test_played_cases_add_up() -> None:
    whole = played_in(10.0, work=0.04)
    whole.add(played_in(30.0))
    assert whole.cases == 4
    assert whole.seconds == pytest.approx({"complete": 0.16, "work": 0.04})
    assert whole.milliseconds == [10.0] * 4 + [30.0] * 4
    assert whole.commands == [7] * 4
    assert whole.cases_per_second == pytest.approx(20.0)


def test_time_is_kept_by_what_was_done_and_of_completions_one_by_one() -> None:
    played = Played()
    for verb in ("start", "complete", "complete", "work"):
        with played.timing(verb):
            pass
    assert set(played.seconds) == {"start", "complete", "work"}
    assert len(played.milliseconds) == len(played.cpu_milliseconds) == 2
    assert played.seconds["complete"] == pytest.approx(sum(played.milliseconds) / 1000)


def test_ratios_compare_completions_whole_cases_and_bytes() -> None:
    found = {line.name: line for line in ratio_lines(measured())}
    ratios = {name: line.measured for name, line in found.items()}
    assert ratios["completions/s, ours to naive"] == pytest.approx(4.0)
    assert ratios["cases/s, ours to naive"] == pytest.approx(2.0)  # the worker's rounds count
    assert ratios["completions/s, ours with its cache to naive"] == pytest.approx(5.0)
    assert ratios["bytes of state half-way, ours to naive"] == pytest.approx(0.075)
    assert not any(line.is_target for line in found.values())


def test_section_shows_every_engine_and_what_was_left_out() -> None:
    text = section([measured()])
    rows = {line[:46].strip(): line[46:].split() for line in text.splitlines()}
    assert rows[OURS] == ["25.00", "100.0", "10.00", "10.00", "5.00", "7", "30,000", "9,000"]
    assert rows[NAIVE] == ["12.50", "25.0", "40.00", "40.00", "20.00", "7", "400,000", "–"]
    assert "completions 50%, what is due (jobs, outbox, timers) 50%" in text
    assert "left out: 1 decisions, 3 service tasks" in text


def test_section_says_why_the_embed_is_absent_and_why_nothing_was_measured() -> None:
    alone = measured()
    del alone.played[NAIVE]
    alone.absence = "it waits at receive_body"
    text = section([alone, Measured("guangdong 01-x", failure="full_case: Difference")])
    assert f"{NAIVE}: cannot go this way: it waits at receive_body" in text
    assert "guangdong 01-x: not measured: full_case: Difference" in text
    assert "to naive" not in text
    assert section([]) == ""


def test_figures_are_written_as_data() -> None:
    data: dict[str, Any] = json.loads(json.dumps(measured().as_data()))
    assert data["engines"][OURS]["cases_per_second"] == pytest.approx(25.0)
    assert data["engines"][OURS]["audit_bytes"] == 9_000
    assert "audit_bytes" not in data["engines"][NAIVE]
    assert data["ratios"]["completions/s, ours to naive"] == pytest.approx(4.0)


def test_first_scenario_of_every_pack_is_found(tmp_path: Path) -> None:
    names = ("hunan/01-home.yaml", "hunan/02-hospital.yaml", "guangdong/01-city.yaml", "guangdong/coverage.yaml")
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert full_cases.find_scenarios(tmp_path) == [tmp_path / names[2], tmp_path / names[0]]
    assert HUNAN in full_cases.find_scenarios()


def test_scenario_that_cannot_be_played_is_told_and_fails_the_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario = tmp_path / "nowhere" / "01-bad.yaml"
    scenario.parent.mkdir()
    scenario.write_text("scenario: 坏的\n", "utf-8")
    stores = tmp_path / "stores"
    assert full_cases.main(["--scenario", str(scenario), "--directory", str(stores), "--seconds", "0"]) == 1
    assert "nowhere 01-bad: not measured: full_case: PackInvalid" in capsys.readouterr().out
    assert list(stores.iterdir()) == []


def test_way_that_the_embed_cannot_go_is_told_and_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sample = Played(1, [2.0], [1.0], {"complete": 0.002}, [9], [9], [2])
    measured = Measured("guizhou 01", 1, {OURS: sample, OURS_CACHED: sample}, absence="a loop side by side")
    monkeypatch.setattr(full_cases, "measure_all", lambda *_, **__: [measured])
    assert full_cases.main(["--directory", str(tmp_path)]) == 0
    assert f"{NAIVE}: cannot go this way: a loop side by side" in capsys.readouterr().out
