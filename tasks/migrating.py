"""Moving open cases to another release of their pack: first what would become of each, then one by one.

A case stays on the release that it began on until somebody moves it. A frozen case is never moved: what police review
goes on as it was when they began (assumed; no document speaks of it). What moves, moves in a transaction of its own
with a line in its audit, so that an interruption leaves every case whole and the next run goes on with the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from engine import cases
from engine import tables as t
from engine.actors import Actor
from engine.db import reading
from engine.errors import NotFound, RuleViolation
from engine.launches import find_launch
from engine.loaded import LoadedRelease
from engine.migration import Gap, find_gaps
from engine.releases import find_release
from engine.runtime import Runtime
from engine.unit import Unit
from tasks import guards
from tasks import tables as d
from tasks.items import FINAL

Verdict = Literal["movable", "manual", "never"]
Rename = Mapping[str, Mapping[str, str]]
WORDS: Mapping[Verdict, str] = {"movable": "可平移", "manual": "需人工", "never": "不可"}
FROZEN = "办件冻结中（公安审核未结束），不能平移"
_OPEN_JOBS = ("available", "leased", "dead")


@dataclass(frozen=True, slots=True)
class Outlook:
    """What would become of a case: ``reasons`` say why it cannot move by itself. ``number``: its present release's."""

    case_id: str
    code: str
    number: int
    verdict: Verdict
    reasons: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        return WORDS[self.verdict]


def survey(runtime: Runtime, pack: str, release_id: str, rename: Rename | None = None) -> list[Outlook]:
    """Every open case of ``pack`` that is on another release, the oldest first. Raises ``NotFound``."""
    with reading(runtime.database) as connection:
        if find_release(connection, release_id).pack != pack:
            raise NotFound("release", f"{pack} {release_id}")
        target = runtime.releases.get(connection, release_id)
        query = (
            sa.select(t.cases.c.id, t.cases.c.code, t.cases.c.release_id, t.releases.c.number)
            .join(t.releases, t.releases.c.id == t.cases.c.release_id)
            .where(t.cases.c.pack == pack, t.cases.c.status == "open", t.cases.c.release_id != release_id)
            .order_by(t.cases.c.opened_at, t.cases.c.id)
        )
        rows = connection.execute(query).all()
        return [_look_at(connection, runtime, row, target, rename or {}) for row in rows]


def move(runtime: Runtime, actor: Actor, case_id: str, release_id: str, rename: Rename | None = None) -> None:
    """Move one case. Raises ``RuleViolation`` (migration_frozen, migration_item_missing, pack_not_live),
    ``MigrationRefused``, ``Conflict``, ``NotFound``."""

    def check(unit: Unit, target: LoadedRelease) -> None:
        if guards.is_held(unit.connection, case_id):
            raise RuleViolation("migration_frozen", FROZEN, "P-5")
        gone = _items_gone(unit.connection, case_id, target)
        if gone:
            raise RuleViolation("migration_item_missing", "；".join(gone), "P-5")
        if not runtime.trial and find_launch(unit.connection, target.id) is None:
            raise RuleViolation("pack_not_live", "目标版本尚未正式启用，不能平移", "P-5")

    cases.migrate(runtime, actor, case_id, release_id, rename, check=check)


def _look_at(connection: sa.Connection, runtime: Runtime, row: Any, target: LoadedRelease, rename: Rename) -> Outlook:
    case_id, code = row.id, row.code
    present = runtime.releases.get(connection, row.release_id)
    renamed = {(spec, old): new for spec, names in rename.items() for old, new in names.items()}
    never = [FROZEN] if guards.is_held(connection, case_id) else []
    never += _items_gone(connection, case_id, target)
    gaps = find_gaps(connection, case_id, target, renamed)
    never += [_in_words(gap, present) for gap in gaps if _is_beyond_a_map(gap)]
    manual = [_in_words(gap, present) for gap in gaps if not _is_beyond_a_map(gap)]
    manual += list(_unserved_jobs(connection, runtime, case_id, target))
    verdict: Verdict = "never" if never else "manual" if manual else "movable"
    return Outlook(case_id, code, row.number, verdict, (*never, *manual))


def _is_beyond_a_map(gap: Gap) -> bool:
    """A map gives elements other names, inside the processes that are there; a whole process it cannot."""
    return gap.kind == "process" and "." not in gap.place


def _in_words(gap: Gap, present: LoadedRelease) -> str:
    """Why, and what can be done: 新版本没有环节“审核死亡”（police_review/review_death），请在对应表中写明新的环节."""
    kind, _mark, name = gap.place.partition("/")
    if gap.kind == "process":
        remedy = "" if _is_beyond_a_map(gap) else "，请在对应表中写明新的子流程"
        return f"新版本没有流程 {gap.place}{remedy}"
    if gap.kind == "form":
        return f"新版本没有表单 {name}，请先办完用它的环节"
    if gap.kind == "message":
        return f"新版本没有消息 {name}，请先等它到达"
    element = present.processes.element(kind.partition(".")[0], name)
    title = str(getattr(element, "bpmn_name", "") or "")
    shown = f"“{title}”（{gap.place}）" if title else gap.place
    if gap.kind == "other_kind":
        return f"环节{shown}在新版本中不是同一类环节，或汇合处没有这条连线，请在对应表中写明"
    return f"新版本没有环节{shown}，请在对应表中写明新的环节"


def _items_gone(connection: sa.Connection, case_id: str, target: LoadedRelease) -> list[str]:
    """Items that are under way and that the release does not offer: nothing would say who handles them."""
    c = d.items.c
    query = sa.select(c.code).where(c.case_id == case_id, c.status.not_in(FINAL)).order_by(c.code)
    codes = connection.execute(query).scalars()
    return [f"在办事项 {code} 新版本没有" for code in codes if code not in target.manifest.items]


def _unserved_jobs(connection: sa.Connection, runtime: Runtime, case_id: str, target: LoadedRelease) -> Iterator[str]:
    c = t.jobs.c
    query = sa.select(c.type).where(c.case_id == case_id, c.status.in_(_OPEN_JOBS)).distinct().order_by(c.type)
    for job_type in connection.execute(query).scalars():
        if runtime.workers.find(job_type) is None and job_type not in target.manifest.jobs:
            yield f"外部系统正在办理 {job_type}，新版本没有这类任务，请先等它办完"


def count(outlooks: Sequence[Outlook]) -> dict[Verdict, int]:
    """How many of each, all three named."""
    return {verdict: sum(one.verdict == verdict for one in outlooks) for verdict in WORDS}
