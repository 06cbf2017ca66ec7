"""What a scenario expects against what is there: the first difference, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tasks.scenarios.expected import Dispatch, Expectation
from tasks.scenarios.observing import Snapshot, find_jobs, find_tasks, name_task

Unmet = tuple[tuple[str, ...], str, str]
"""The key path in the expectation, what was expected, what was found."""


def find_unmet(expected: Expectation, snapshot: Snapshot) -> Iterator[Unmet]:
    """Every difference, in the order of the keys in the documentation."""
    yield from _compare_scalars(expected, snapshot)
    yield from _compare_tasks(expected, snapshot)
    for key, latest in LATEST.items():
        found = latest(snapshot)
        for name, value in getattr(expected, key).items():
            if found.get(name, "none") != value:
                yield (key, name), value, str(found.get(name, "none"))
    for path, value in expected.facts.items():
        there = _fact(snapshot.facts, path)
        if there != value:
            yield ("facts", path), repr(value), repr(there)
    for number, dispatch in enumerate(expected.outbox):
        yield from _compare_dispatch(dispatch, number, snapshot)
    for key, listed in WHOLE.items():
        wanted = getattr(expected, key)
        if wanted is not None and sorted(wanted) != sorted(listed(snapshot)):
            yield (key,), _listed(wanted), _listed(listed(snapshot))


def _compare_scalars(expected: Expectation, snapshot: Snapshot) -> Iterator[Unmet]:
    if expected.status is not None and expected.status != snapshot.status:
        yield ("status",), expected.status, f"{snapshot.status}; {_pending(snapshot)}"
    if expected.held is not None and expected.held != snapshot.held:
        yield ("held",), _yes(expected.held), _yes(snapshot.held)
    cremated = bool(snapshot.rows["cremations"])
    if expected.cremated is not None and expected.cremated != cremated:
        yield ("cremated",), _yes(expected.cremated), _yes(cremated)


def _compare_tasks(expected: Expectation, snapshot: Snapshot) -> Iterator[Unmet]:
    for number, reference in enumerate(expected.open):
        if not find_tasks(snapshot, reference):
            yield ("open", str(number)), f"{reference} is open", _pending(snapshot)
    for number, reference in enumerate(expected.not_open):
        if find_tasks(snapshot, reference):
            yield ("not_open", str(number)), f"{reference} is not open", "it is open"
    for number, reference in enumerate(expected.jobs):
        if not find_jobs(snapshot, reference):
            waiting = _listed(f"{row.type}" for row in snapshot.waiting_jobs)
            yield ("jobs", str(number)), f"the job {reference} waits", f"waiting jobs: {waiting}"


def _compare_dispatch(expected: Dispatch, number: int, snapshot: Snapshot) -> Iterator[Unmet]:
    wanted = expected.model_dump(exclude={"count"}, exclude_none=True)
    rows = snapshot.rows["outbox"]
    found = [row for row in rows if all(getattr(row, name) == value for name, value in wanted.items())]
    if (expected.count is None and not found) or (expected.count is not None and expected.count != len(found)):
        there = _listed(f"{row.kind} {row.subject} to {row.receiver} {row.item or ''} {row.status}" for row in rows)
        many = "at least one" if expected.count is None else str(expected.count)
        yield ("outbox", str(number)), f"{many} of {wanted}", f"{len(found)}; there are: {there}"


def _latest(table: str, key: str, value: Callable[[Any], str]) -> Callable[[Snapshot], dict[str, str]]:
    return lambda snapshot: {getattr(row, key): value(row) for row in snapshot.rows[table]}


LATEST: Mapping[str, Callable[[Snapshot], dict[str, str]]] = {
    "items": _latest("items", "code", lambda row: str(row.status)),
    "due_on": _latest("items", "code", lambda row: str(row.due_on)),
    "materials": _latest("materials", "code", lambda row: str(row.status)),
    "certificates": _latest("certificates", "kind", lambda row: str(row.status)),
    "payments": _latest("payments", "item", lambda row: str(row.status)),
    "terminations": _latest("terminations", "item", lambda row: "reversed" if row.reversed_at else "applied"),
}
WHOLE: Mapping[str, Callable[[Snapshot], list[str]]] = {
    "incidents": lambda snapshot: [row.element_id for row in snapshot.open_incidents],
    "referrals": lambda snapshot: [row.item or "application" for row in snapshot.rows["referrals"]],
    "supervision": lambda snapshot: sorted({row.kind for row in snapshot.rows["supervision"]}),
    "deliveries": lambda snapshot: [row.mode for row in snapshot.rows["deliveries"]],
}


def _fact(facts: Any, path: str) -> Any:
    for name in path.split("."):
        facts = facts.get(name) if isinstance(facts, Mapping) else None
    return facts


def _pending(snapshot: Snapshot) -> str:
    """What the case waits for, for who must find out why it is not where it should be."""
    parts = {
        "open": [name_task(row) for row in snapshot.open_tasks.values()],
        "jobs": [f"{row.type} ({row.status})" for row in snapshot.waiting_jobs],
        "awaited messages": [row.name for row in snapshot.rows["message_waits"]],
        "incidents": [f"{row.element_id}: {row.message}" for row in snapshot.open_incidents],
    }
    told = [f"{name}: {_listed(values)}" for name, values in parts.items() if values]
    return "; ".join(told) or "nothing is open"


def _listed(values: Any) -> str:
    return ", ".join(sorted(map(str, values))) or "none"


def _yes(value: bool) -> str:
    return "yes" if value else "no"
