"""What must hold after a kill, and at the end. Each check yields sentences; none means that all is well."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from engine import audit, db
from engine import tables as t
from engine.db import reading
from tests.crash.diary import read_diary
from tests.crash.load import EITHER, PASSES, PUSHES
from tests.integration.conftest import KEYS


class Evidence:
    """All that a run has left behind: the database's rows and the diaries."""

    def __init__(self, url: str, folder: Path) -> None:
        database = db.connect(url)
        with reading(database) as connection:
            self.rows = {table.name: list(connection.execute(sa.select(table))) for table in t.metadata.sorted_tables}
            self.breaks = list(audit.verify(connection, KEYS.audit))
        database.dispose()
        lines = [line for diary in sorted(folder.glob("client *")) for line in read_diary(diary)]
        self.told = {line["told"]: line["answer"] for line in lines if "told" in line}
        self.asked = {line["ask"]: line for line in lines if "ask" in line}
        self.reported = [line for diary in sorted(folder.glob("worker *")) for line in read_diary(diary)]
        self.received = read_diary(folder / "received")
        self.lines = [(line, json.loads(line.detail)) for line in self.rows["audit"]]


def faults_after_kill(evidence: Evidence) -> list[str]:
    """What must hold at any time: nothing that anybody was told of is lost, and nothing is half written."""
    return [*_lost(evidence), *_half_written(evidence), *_broken(evidence)]


def faults_at_end(evidence: Evidence, cases: int) -> list[str]:
    """What must hold when the load has been worked to its end: every one of ``cases`` went its way exactly once."""
    return [
        *faults_after_kill(evidence),
        *_unfinished(evidence, cases),
        *_moved_wrongly(evidence),
        *_effects(evidence),
        *_timers(evidence),
    ]


def _lost(evidence: Evidence) -> Iterator[str]:
    cases = {row.id for row in evidence.rows["cases"]}
    completed = Counter(detail["user_task"] for line, detail in evidence.lines if line.verb == "complete")
    messages = Counter((line.case_id, line.subject) for line, _ in evidence.lines if line.verb == "message")
    for request, answer in evidence.told.items():
        verb, args = evidence.asked[request]["verb"], evidence.asked[request]["args"]
        if verb == "start" and answer not in cases:
            yield f"lost: case {answer} was started"
        if verb == "complete" and completed[args["user_task"]] != 1:
            yield f"lost or doubled: user task {args['user_task']} was completed {completed[args['user_task']]} times"
        if verb == "publish" and messages[args["case"], args["name"]] != 1:
            yield f"lost or doubled: message {args['name']} was taken {messages[args['case'], args['name']]} times"
    jobs = {row.id: row.status for row in evidence.rows["jobs"]}
    fired = Counter((line.case_id, line.subject, d["due"]) for line, d in evidence.lines if line.verb == "timer")
    waiting = {row.id for row in evidence.rows["timers"]}
    for report in evidence.reported:
        if "job" in report and jobs.get(report["job"]) != "completed":
            yield f"lost: job {report['job']} was reported and is {jobs.get(report['job'])}"
        if "timer" in report:
            times = fired[report["case"], report["element"], report["due"]]
            if times != 1 or report["timer"] in waiting:
                yield f"lost or doubled: timer {report['element']} of {report['case']} fired {times} times"


def _half_written(evidence: Evidence) -> Iterator[str]:
    """Rows and state must tell the same story: an open row for each token that waits, and no other."""
    states = _open_tokens(evidence)
    rows = {row.id for row in evidence.rows["user_tasks"] if row.status == "open"}
    rows |= {row.id for row in evidence.rows["jobs"] if row.status in ("available", "leased")}
    rows |= {row.id for row in evidence.rows["timers"]} | {row.id for row in evidence.rows["message_waits"]}
    for token in states ^ rows:
        yield f"half written: {token} stands in {'the state' if token in states else 'the rows'} alone"
    for row in evidence.rows["idempotency_keys"]:
        if row.response is None:
            yield f"half written: key {row.key} has no answer"


def _open_tokens(evidence: Evidence) -> set[str]:
    found = set()
    for row in [*evidence.rows["process_instances"], *evidence.rows["inner_scopes"]]:
        _, _, tokens = json.loads(bytes(row.state)[1:]) if row.state is not None else ("", {}, [])
        found |= {token[0] for token in tokens if token[5] and "kind" in token[5]}
    return found


def _broken(evidence: Evidence) -> Iterator[str]:
    yield from (f"audit: {found}" for found in evidence.breaks)


def _unfinished(evidence: Evidence, cases: int) -> Iterator[str]:
    statuses = Counter(row.status for row in evidence.rows["cases"])
    if statuses != {"completed": cases}:
        yield f"unfinished: {cases} cases were to be completed, there are {dict(statuses)}"
    for name in ("timers", "message_waits", "inner_scopes", "incidents", "user_task_candidates"):
        if evidence.rows[name]:
            yield f"unfinished: {len(evidence.rows[name])} {name} are left"
    for name in ("user_tasks", "jobs"):
        if left := [row.element_id for row in evidence.rows[name] if row.status != "completed"]:
            yield f"unfinished: {name} {left}"
    if stale := [row.name for row in evidence.rows["message_inbox"] if row.status == "waiting"]:
        yield f"unfinished: messages {stale} still wait"


def _moved_wrongly(evidence: Evidence) -> Iterator[str]:
    """Every token moved once: the audit lines name each element that a command passed."""
    passed: dict[str, Counter[str]] = {row.id: Counter() for row in evidence.rows["cases"]}
    for line, detail in evidence.lines:
        passed[line.case_id].update(detail.get("path", ()))
    for case_id, counts in passed.items():
        either = [counts.pop(element, 0) for element in EITHER]
        if counts != PASSES or sum(either) != 1:
            yield f"moved: case {case_id} differs by {_difference(counts)}, {EITHER} {either}"


def _difference(counts: Counter[str]) -> dict[str, int]:
    return {name: counts[name] - PASSES[name] for name in sorted({*counts, *PASSES}) if counts[name] != PASSES[name]}


def _effects(evidence: Evidence) -> Iterator[str]:
    """After the receiver has put equal keys together, every effect is there once, and none that nobody asked for."""
    effects = Counter({(line["key"], line["case"], line["element"]) for line in evidence.received})
    by_place = Counter((case, element) for _, case, element in effects.elements())
    for row in evidence.rows["cases"]:
        for element in PUSHES:
            times = by_place.pop((row.id, element), 0)
            if times != 1:
                yield f"effect {'lost' if not times else 'doubled'}: {element} of {row.id} took place {times} times"
        if (stamps := json.loads(row.facts).get("stamps")) != 1:
            yield f"effect doubled: {row.id} was stamped {stamps} times"
    yield from (f"effect of nothing: {place}" for place in by_place)


def _timers(evidence: Evidence) -> Iterator[str]:
    fired: Counter[Any] = Counter(
        (line.case_id, line.subject, detail["due"]) for line, detail in evidence.lines if line.verb == "timer"
    )
    yield from (f"timer fired {times} times: {timer}" for timer, times in fired.items() if times != 1)
