"""What a command on a case led to: the case in short, and everything that it waits for now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine import db
from web.cli.case_reading import read_case
from web.cli.output import print_json, print_line
from web.services import Services

_PARTS = ("user_tasks", "jobs", "timers", "messages", "incidents")


def tell_case(own: Services, case_id: str, *, as_json: bool) -> None:
    """Print the case's standing, as text or as a JSON object."""
    with db.reading(own.database) as connection:
        found = read_case(connection, own.runtime, case_id)
    if as_json:
        print_json(summary_of(found))
        return
    case = found["case"]
    print_line(f"Case {case['code']} ({case['id']}) is {case['status']}.")
    for line in _lines(found):
        print_line(f"  {line}")


def summary_of(found: dict[str, Any]) -> dict[str, Any]:
    """A case as ``read_case`` gives it, without its facts and instances."""
    return {**found["case"], **{part: found[part] for part in _PARTS}}


def _lines(found: dict[str, Any]) -> Iterator[str]:
    for row in found["user_tasks"]:
        yield f"open: {row['name']} ({row['id']})"
    for row in found["jobs"]:
        yield f"job: {row['type']} at {row['element_id']}, {row['status']} ({row['id']})"
    for row in found["messages"]:
        key = f" with the key {row['correlation_key']}" if row["correlation_key"] else ""
        yield f"message: {row['name']}{key}"
    for row in found["timers"]:
        yield f"timer: {row['element_id']} at {row['due_at']}"
    for row in found["incidents"]:
        yield f"INCIDENT at {row['element_id']}: {row['message']} ({row['id']})"
