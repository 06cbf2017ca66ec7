"""INV-9: what goes to whom. Pushes reach only who takes part in the case, with the fields that they may see."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.facts import leaves
from engine.loaded import LoadedRelease
from engine.runtime import Runtime
from tasks.push_fields import find_rule
from tasks.scenarios.observing import Snapshot

ALWAYS = frozenset({"platform", "elicence", "funeral"})  # told of every death (H-18, H-19, H-36)
CAUSE_FOR = frozenset({"dept.health", "dept.police"})  # C-28
CAUSES = ("cause", "manner")
ACCOUNTS = ("account", "card_number")
ACCOUNTS_FOR = frozenset({"dept.hrss", "dept.medical_insurance", "dept.housing_fund", "dept.finance", "dept.veterans"})


def find_faults(runtime: Runtime, release: LoadedRelease, after: Snapshot, rows: list[Any]) -> Iterator[str]:
    """Faults of the dispatches in ``rows``, opened."""
    items = {*after.items, *(row.item for row in after.rows["terminations"])}
    departments = {release.manifest.items[code].department for code in items if code in release.manifest.items}
    involved = ALWAYS | CAUSE_FOR | {f"dept.{name}" for name in departments}
    involved |= {"bank"} if after.rows["payments"] else set()
    for row in rows:
        if row.kind != "push":
            continue
        if row.receiver not in involved:
            yield f"a push {row.subject} went to {row.receiver}, which has no part in the case"
        yield from _check_fields(row, runtime.sealer.open(bytes(row.sealed), row.id), release)


def _check_fields(row: Any, payload: Mapping[str, Any], release: LoadedRelease) -> Iterator[str]:
    own = release.manifest.pushes.values()
    rule = find_rule(row.subject, row.receiver, own)
    stated = {path for one in own if (one.kind, one.receiver) == (row.subject, row.receiver) for path in one.fields}
    for path in (path for path, _ in leaves(payload)):
        last = path.rpartition(".")[2]
        if last.startswith(CAUSES) and row.receiver not in CAUSE_FOR and path not in stated:
            yield f"a push {row.subject} tells {row.receiver} {path}"
        if last in ACCOUNTS and row.receiver not in ACCOUNTS_FOR:
            yield f"a push {row.subject} tells {row.receiver} the account {path}"
        if rule is None or not any(path == field or path.startswith(f"{field}.") for field in rule.fields):
            yield f"no rule lets a push {row.subject} tell {row.receiver} {path}"
