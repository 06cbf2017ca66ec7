"""The benchmark itself: every subject does the same work to the end, and the arithmetic of the table is right."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree

from bench.desk.report import Desk
from bench.diagrams import DIALECTS, NAMESPACES, diagram_of
from bench.floor import Floor, Tokens
from bench.pack import build_pack, build_workers
from bench.peers import camunda_python
from bench.peers.spiff_cached import SpiffCached
from bench.peers.spiff_memory import SpiffMemory
from bench.peers.spiff_naive import SpiffNaive
from bench.processes import Conversation, SubjectFailed, entries
from bench.report import Extras, Line, Sample, ratio_lines, table
from bench.run import main
from bench.shenhou import Shenhou
from bench.subject import Incomplete, Outcome, Subject, run_case, serve
from bench.workload import BYTES_OF_VALUES, Values, completions_of, graph_of, steps_of, values_of
from engine.feel import Feel
from engine.feel_functions import standard_functions
from engine.lint import check_pack


@pytest.mark.parametrize("branches", [1, 2, 10, 40])
def test_a_case_takes_each_of_n_plus_4_steps_once_and_the_first_branch_in_order(branches: int) -> None:
    steps = steps_of(branches)
    users = {node.id for node in graph_of(branches).nodes if node.kind == "user"} - {"review_death"}
    assert len(steps) == branches + 4 == completions_of(branches)
    assert set(steps) == users
    assert steps.index("accept_01") < steps.index("handle_01")
    assert steps == steps_of(branches)


def test_values_of_every_step_have_the_stated_size() -> None:
    sizes = {len(json.dumps(values_of(step), ensure_ascii=False).encode()) for step in steps_of(40)}
    assert sizes == {BYTES_OF_VALUES}


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_every_dialect_draws_the_whole_graph(dialect: str) -> None:
    root, graph = etree.fromstring(diagram_of(dialect, 5)), graph_of(5)
    process = root.find("bpmn:process", NAMESPACES)
    assert process is not None
    drawn = {element.get("bpmnElement") for element in root.iter(f"{{{NAMESPACES['bpmndi']}}}*")}
    flows = process.findall("bpmn:sequenceFlow", NAMESPACES)
    assert {child.get("id") for child in process if child not in flows} == {node.id for node in graph.nodes}
    assert {(f.get("sourceRef"), f.get("targetRef")) for f in flows} == {(f.source, f.target) for f in graph.flows}
    assert drawn >= {node.id for node in graph.nodes} | {flow.id for flow in graph.flows}


@pytest.mark.parametrize("make", [Floor, SpiffMemory, SpiffNaive, SpiffCached])
def test_python_subjects_take_a_case_to_its_end(make: type[Subject], tmp_path: Path) -> None:
    subject = make()
    subject.open(tmp_path, [3])
    times = run_case(subject, 3)
    subject.close()
    assert len(times.milliseconds) == len(times.cpu_milliseconds) == completions_of(3)
    assert (times.state_bytes > 0) is (make is not SpiffMemory)


@pytest.mark.parametrize("cached", [False, True])
def test_our_subject_takes_a_case_to_its_end_with_and_without_its_cache(cached: bool, tmp_path: Path) -> None:
    subject = Shenhou(cached=cached)
    subject.open(tmp_path, [3])
    times = run_case(subject, 3)
    subject.close()
    assert len(times.milliseconds) == completions_of(3)
    assert times.state_bytes > 0


def test_our_subject_weighs_what_its_cache_holds(tmp_path: Path) -> None:
    subject = Shenhou()
    subject.open(tmp_path, [2])
    assert subject.bytes_per_cached_case(2, 3) > 1_000
    subject.close()


@pytest.mark.parametrize("branches", [2, 10, 40])
def test_our_pack_has_no_errors(branches: int) -> None:
    types, feel = build_workers().by_type(), Feel(standard_functions())
    problems = check_pack(build_pack(branches), job_types=types, feel=feel, now=datetime(2026, 3, 2, tzinfo=UTC))
    assert [str(problem) for problem in problems if problem.severity == "error"] == []


def test_npm_subject_takes_a_case_to_its_end(tmp_path: Path) -> None:
    (entry,) = [each for each in entries() if each.key == "bpmn_engine"]
    with Conversation(entry, tmp_path / "npm", [2]) as talk:
        reply = talk.ask(do="run", branches=2, cases=2)
    assert len(reply["milliseconds"]) == len(reply["cpu_milliseconds"]) == 2 * completions_of(2)
    assert min(reply["state_bytes"]) > 0


def test_choice_leads_an_abnormal_death_to_the_police() -> None:
    tokens = Tokens(graph_of(2))
    tokens.complete("report_death", values_of("report_death") | {"manner": "abnormal"})
    assert tokens.waiting == {"review_death"}


class Forgetful:
    """A subject that reports one automatic step too few, or the end too early."""

    def __init__(self, *, records: int, ended: Sequence[bool]) -> None:
        self.done, self.records, self.ended = 0, records, list(ended)

    def open(self, directory: Path, branches: Sequence[int]) -> None:
        """Nothing to prepare."""

    def start(self, branches: int) -> str:
        return "1"

    def locate(self, case: str, step: str) -> str:
        return step

    def complete(self, case: str, user_task: str, values: Values) -> None:
        self.done += 1

    def state_bytes(self, case: str) -> int:
        return 1

    def outcome(self, case: str) -> Outcome:
        return Outcome(self.ended[0] if self.done < completions_of(2) else self.ended[1], self.done, self.records)

    def close(self) -> None:
        """Nothing to let go of."""


@pytest.mark.parametrize(("records", "ended"), [(1, (False, True)), (2, (True, True)), (2, (False, False))])
def test_lost_work_is_an_error_and_not_a_time(records: int, ended: tuple[bool, bool]) -> None:
    with pytest.raises(Incomplete):
        run_case(Forgetful(records=records, ended=ended), 2)


def test_subject_answers_a_failure_and_goes_on() -> None:
    requests = [{"do": "fly"}, {"do": "weigh", "branches": 2, "cases": 1}, {"do": "run", "branches": 2, "cases": 1}]
    answers = io.StringIO()
    serve(Forgetful(records=2, ended=(False, True)), io.StringIO("\n".join(map(json.dumps, requests))), answers)
    unknown, unweighed, run = map(json.loads, answers.getvalue().splitlines())
    assert "fly" in unknown["error"]
    assert "weigh" in unweighed["error"]
    assert run["state_bytes"] == [1]


def test_failing_subject_is_named(tmp_path: Path) -> None:
    (entry,) = [each for each in entries() if each.key == "floor"]
    with Conversation(entry, tmp_path / "floor", [2]) as talk, pytest.raises(SubjectFailed, match=r"floor: .*fly"):
        talk.ask(do="fly")


def test_absent_subject_says_how_to_get_it(tmp_path: Path) -> None:
    assert "pip install camunda-python" in camunda_python.absence(str(tmp_path / "python"))


def sample(milliseconds: Sequence[float], state_bytes: int = 0) -> Sample:
    return Sample(list(milliseconds), [each / 2 for each in milliseconds], [state_bytes])


def test_sample_gives_rate_median_and_p95_by_nearest_rank() -> None:
    measured = sample([float(each) for each in range(1, 21)])
    assert measured.per_second == pytest.approx(20 * 1000 / 210)
    assert measured.median == 10.5
    assert measured.p95 == 19.0
    assert measured.cpu == 5.25


def lines_of(ours: dict[int, Sample], extras: Extras) -> dict[str, Line]:
    naive = {10: sample([10.0], 40_000), 40: sample([30.0], 120_000)}
    samples = {"shenhou": ours, "spiff_naive": naive, "floor": {10: sample([0.5]), 40: sample([0.5])}}
    return {line.name: line for line in ratio_lines(samples, extras, [10, 40])}


def test_ratios_are_ours_against_the_naive_embed_and_the_floor() -> None:
    extras = Extras({10: sample([2.0]), 10_000: sample([2.2])}, {10: 90_000.0, 40: 149_999.0})
    lines = lines_of({10: sample([2.0], 10_000), 40: sample([2.5], 24_000)}, extras)
    measured = {name: line.measured for name, line in lines.items()}
    assert measured["completions/s, ours to naive, N=10"] == pytest.approx(5.0)
    assert measured["completions/s, ours to naive, N=40"] == pytest.approx(12.0)
    assert measured["bytes of state, ours to naive, N=10"] == pytest.approx(0.25)
    assert measured["cost of a completion, N=40 to N=10"] == pytest.approx(1.25)
    assert measured["cost of a completion, 10,000 open cases to 10"] == pytest.approx(1.1)
    assert measured["memory of a cached case, KB, N=40"] == pytest.approx(149.999)
    assert measured["processor time of a completion, naive to ours, N=40"] == pytest.approx(12.0)
    assert measured["cost of a completion, ours to the floor, N=40"] == pytest.approx(5.0)
    assert all(line.holds for line in lines.values() if line.is_target)


def test_each_missed_target_is_a_miss() -> None:
    extras = Extras({10: sample([2.0]), 10_000: sample([2.5])}, {10: 90_000.0, 40: 150_001.0})
    lines = lines_of({10: sample([2.1], 10_001), 40: sample([3.2], 24_000)}, extras)
    missed = {name for name, line in lines.items() if line.is_target and not line.holds}
    assert missed == {
        "completions/s, ours to naive, N=10",
        "completions/s, ours to naive, N=40",
        "bytes of state, ours to naive, N=10",
        "cost of a completion, N=40 to N=10",
        "cost of a completion, 10,000 open cases to 10",
        "memory of a cached case, KB, N=40",
    }


def test_what_was_not_measured_does_not_hold() -> None:
    lines = ratio_lines({"spiff_naive": {10: sample([10.0], 40_000)}}, Extras(), [10])
    targets = [line for line in lines if line.is_target]
    assert targets
    assert not any(line.holds for line in targets)
    assert all("not measured" in str(line) and str(line).endswith("MISS") for line in targets)


def test_table_shows_every_subject_and_why_one_is_absent() -> None:
    text = table(
        {"shenhou": "Shenhou", "spiff_memory": "SpiffWorkflow in memory", "camunda_python": "camunda-python"},
        {"shenhou": {10: sample([1.0, 1.0, 2.0], 9_876)}, "spiff_memory": {10: sample([4.0])}},
        {"camunda_python": "not installed"},
    )
    _, _, ours, memory, camunda = text.splitlines()
    assert ours.split() == ["Shenhou", "10", "750.0", "1.00", "2.00", "0.67", "9,876"]
    assert memory.split()[-1] == "–"
    assert camunda.split() == ["camunda-python", "not", "installed"]


def test_run_that_cannot_measure_a_target_fails_and_leaves_no_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "report.json"
    options = ["--only", "floor", "--n", "2", "--rounds", "1", "--cases", "1"]
    assert main([*options, "--directory", str(tmp_path / "stores"), "--json", str(report)]) == 1
    assert "not measured" in capsys.readouterr().out
    assert json.loads(report.read_text("utf-8"))["subjects"]["floor"]["2"]["completions"] == completions_of(2)
    assert list((tmp_path / "stores").iterdir()) == []


def test_sections_can_be_measured_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr("bench.run.full_cases.measure_all", lambda *_, **__: asked.append("full_cases") or [])
    monkeypatch.setattr("bench.run.measure_desk", lambda *_: asked.append("desk") or Desk())
    assert main(["--only", "full_cases", "--directory", str(tmp_path)]) == 0
    assert main(["--only", "desk", "--directory", str(tmp_path)]) == 1  # nothing of it was measured
    assert asked == ["full_cases", "desk"]
