"""The indexes that hold only what is at work are used by the queries that look for it."""

from __future__ import annotations

import pytest

from engine import inbox, jobs
from engine.actors import Actor
from engine.db import connect, reading
from tests.conftest import create_schema

CLERK = Actor("wang", frozenset({"clerks"}), "430000")


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (inbox._select(CLERK, inbox.Query(due_before="2026")), "ix_user_tasks_open_due_at"),
        (inbox._select(CLERK, inbox.Query()), "ix_user_tasks_open_candidate_group"),
        (inbox._select(CLERK, inbox.Query(group="clerks")), "ix_user_tasks_open_candidate_group"),
        (inbox._select(Actor("x", unbounded=True), inbox.Query(assignee="wang")), "ix_user_tasks_open_assignee"),
        (jobs._due(["push"], "2026", 10), "ix_jobs_available"),
    ],
)
def test_sqlite_uses_the_index_of_what_is_open(tmp_path: object, query: object, index: str) -> None:
    engine = connect(f"sqlite:///{tmp_path}/x.db")
    create_schema(engine)
    compiled = query.compile(engine)  # type: ignore[attr-defined]
    with reading(engine) as connection:
        values = tuple(compiled.construct_params()[name] for name in compiled.positiontup)
        text = str(query.compile(engine, compile_kwargs={"render_postcompile": True}))  # type: ignore[attr-defined]
        flat = tuple(v for value in values for v in (value if isinstance(value, (list, tuple)) else [value]))
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", flat).all()
    engine.dispose()
    assert any(index in row[3] for row in plan), plan
