"""A real case row on a database of each kind, and a small stand-in for the engine's unit of work.

``case`` is a case whose death is reported: deceased and remains rows, and the mirrors that ``report.register`` makes.
``bare_case`` has the facts of a report and nothing else. ``case.run("hold.set", source=…)`` runs a registered worker
as a command would: what it wrote goes when it refuses.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

import tasks  # noqa: F401 - registers every worker
from engine import db
from engine.clock import FixedClock
from engine.errors import RuleViolation
from tests.conftest import postgres_database
from tests.domain import at_the_home
from tests.domain.rows import (
    DECEASED_ID,
    FACTS,
    NOW,
    REGION,
    SEALED,
    add_certificate,
    add_commitment,
    add_filing,
    add_hold,
    add_item,
    open_case,
    payment_values,
    register,
)
from tests.domain.stand_in import Case, Published, Release, make_manifest
from tests.integration.conftest import KEYS

__all__ = [
    "DECEASED_ID",
    "FACTS",
    "KEYS",
    "NOW",
    "REGION",
    "SEALED",
    "Case",
    "Published",
    "Release",
    "add_certificate",
    "add_commitment",
    "add_filing",
    "add_hold",
    "add_item",
    "make_manifest",
    "open_case",
    "payment_values",
    "refuses",
    "register",
]


@pytest.fixture
def clock() -> FixedClock:
    """Stands still at ``NOW`` until the test moves it."""
    return FixedClock(NOW)


@pytest.fixture
def release() -> Release:
    return Release(make_manifest())


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def shared_database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[sa.Engine]:
    """A database that stays empty, since nothing is committed in it; a test that commits asks for ``database``."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("domain") / "shenhou.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        engine = db.connect(f"sqlite:///{path}")
        yield engine
        engine.dispose()
        return
    template = request.getfixturevalue("postgres_template")
    with postgres_database(request.getfixturevalue("postgres_server"), template) as url:
        engine = db.connect(url)
        yield engine
        engine.dispose()


@pytest.fixture
def connection(shared_database: sa.Engine) -> Iterator[sa.Connection]:
    """One write transaction for the length of the test, rolled back at its end; once on each kind of database."""
    with shared_database.connect() as opened:
        transaction = opened.begin()
        yield opened
        transaction.rollback()


@pytest.fixture
def bare_case(connection: sa.Connection, clock: FixedClock, release: Release) -> Case:
    """A case with the facts of a report and nothing registered yet."""
    return open_case(connection, clock, release)


@pytest.fixture
def case(bare_case: Case) -> Case:
    """A case whose death is reported."""
    return register(bare_case)


@pytest.fixture
def payable(case: Case) -> Case:
    """A case in which a payment of the item ``hpf_withdraw`` is lawful."""
    add_certificate(case)
    filing = add_filing(case)
    add_item(case, "hpf_withdraw", filing, "paying")
    add_commitment(case, filing)
    return case


@pytest.fixture
def ready(case: Case) -> Case:
    """A case whose body was taken over on a certificate in force; a clerk of the funeral home acts."""
    add_certificate(case, number=at_the_home.NUMBER)
    at_the_home.take_over(case.act_as("funeral.clerk"))
    return case


def refuses(rule: str, act: Callable[[], object]) -> None:
    """``act`` is refused by a worker under ``rule``, in words that end in what to do next."""
    with pytest.raises(RuleViolation) as raised:
        act()
    assert raised.value.rule == rule, raised.value.message
    assert re.search(r"请|等待|不再|联系", raised.value.message), raised.value.message
