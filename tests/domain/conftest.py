"""A real case row on a database of each kind, and a small stand-in for the engine's unit of work.

``case`` is a case whose death is reported: deceased and remains rows, and the mirrors that ``report.register`` makes.
``bare_case`` has the facts of a report and nothing else. ``case.run("hold.set", source=…)`` runs a registered worker
as a command would: what it wrote goes when it refuses.
"""

from __future__ import annotations

import copy
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast
from uuid import uuid4

import orjson
import pytest
import sqlalchemy as sa

import forms
import tasks  # noqa: F401 - registers every worker
from engine import db
from engine import tables as t
from engine.actors import SYSTEM, Actor
from engine.clock import FixedClock, to_text
from engine.errors import RuleViolation
from engine.facts import Facts, merged, nested
from engine.pack_schema import Manifest
from engine.registry import WORKERS, Job
from engine.sealing import Sealer
from tasks import tables as d
from tasks.identity import digest
from tasks.reports import MIRRORS
from tests.conftest import postgres_database
from tests.integration.conftest import KEYS

T = TypeVar("T")
NOW = "2026-11-23T09:00:00+08:00"  # a Monday
REGION = "430102"
DECEASED_ID = "430102194803121313"
FACTS: Mapping[str, Any] = {
    "place": "institution",
    "reported_manner": "natural",
    "reporter": {"relation": "子女", "kind": "relative"},
    "deceased": {
        "id_kind": "resident_id",
        "sex": "male",
        "ethnicity": "汉族",
        "died_on": "2026-11-22",
        "died_region": REGION,
        "registered_region": REGION,
    },
}
SEALED: Mapping[str, Any] = {
    "reporter": {"name": "谭䶮", "phone": "13800000001"},
    "deceased": {
        "name": "谭㳘生",
        "id_number": DECEASED_ID,
        "born_on": "1948-03-12",
        "died_at": "2026-11-22T21:40:00+08:00",
        "registered_address": "长沙市芙蓉区定王台街道",
    },
}


@dataclass
class Release:
    """What a worker may ask of its release; a test changes whatever it needs."""

    manifest: Manifest
    files: dict[str, bytes] = field(default_factory=dict)
    switches: dict[str, Any] = field(default_factory=dict)
    known_forms: dict[str, forms.Form] = field(default_factory=dict)

    def form(self, form_id: str) -> forms.Form:
        return self.known_forms[form_id]


def make_manifest(**parts: Any) -> Manifest:
    """The manifest of a small pack, with whatever ``parts`` (items, groups …) a test adds."""
    names = {"short": "试验", "official": "试验流程包"}
    return Manifest.model_validate({"code": "pack", "names": names, "region": "430000", "main": "main"} | parts)


@dataclass(frozen=True)
class Published:
    """A message that a worker published."""

    name: str
    payload: Mapping[str, Any]
    correlation_key: str | None
    keep: bool


class Case:
    """A case for workers, without diagrams: ``engine.registry.CaseAccess`` on a connection that the test holds."""

    def __init__(self, connection: sa.Connection, case_id: str, clock: FixedClock, release: Release) -> None:
        self.connection: sa.Connection = connection
        self.case_id, self.clock, self.release = case_id, clock, release
        self.actor: Actor = SYSTEM
        self.sealer = Sealer(KEYS)
        self.published: list[Published] = []
        self.resources: dict[type, Any] = {}
        row = connection.execute(sa.select(t.cases).where(t.cases.c.id == case_id)).one()
        self.region: str = row.region
        self.record = Facts(case_id, row.facts, row.sealed, self.sealer)

    # -- what a worker sees ------------------------------------------------------------------------------------------

    @property
    def facts(self) -> Mapping[str, Any]:
        return self.record.open

    @property
    def sealed(self) -> Mapping[str, Any]:
        return self.record.sealed

    def now(self) -> Any:
        return self.clock.now()

    def write_facts(self, values: Mapping[str, Any], path: str = "") -> None:
        self.record.merge(values, path)

    def write_sealed(self, values: Mapping[str, Any], path: str = "") -> None:
        self.record.merge_sealed(values, path)

    def publish(
        self,
        name: str,
        payload: Mapping[str, Any] | None = None,
        *,
        correlation_key: str | None = None,
        keep: bool = False,
    ) -> None:
        self.published.append(Published(name, payload or {}, correlation_key, keep))

    def resource(self, cls: type[T]) -> T:
        if cls not in self.resources:
            raise LookupError(cls.__name__)
        return cast(T, self.resources[cls])

    # -- short words for tests ---------------------------------------------------------------------------------------

    @property
    def now_text(self) -> str:
        return to_text(self.clock.now())

    @property
    def messages(self) -> list[str]:
        """Names of what was published so far, in order."""
        return [message.name for message in self.published]

    def run(self, type_: str, **inputs: Any) -> dict[str, Any]:
        """The result of the registered worker ``type_``; what it wrote goes with what it raises."""
        job_type = WORKERS.find(type_)
        assert job_type is not None, f"no worker {type_}"
        named = {name.removesuffix("?") for name in job_type.inputs}
        demanded = {name for name in job_type.inputs if not name.endswith("?")}
        assert demanded <= set(inputs) <= named, f"{type_} takes {job_type.inputs}"
        job = Job(uuid4().hex, self.case_id, "test", "test_element", type_, inputs, {}, 1)
        restore, before = self.record.savepoint(), len(self.published)
        try:
            with self.connection.begin_nested():
                result = dict(job_type.function(job, self) or {})
        except BaseException:
            restore()
            del self.published[before:]
            raise
        assert set(result) <= set(job_type.outputs), f"{type_} declares {job_type.outputs}"
        return result

    def act_as(self, *groups: str) -> Case:
        """Let a person of these groups give the next commands; with none, the engine itself."""
        self.actor = Actor("zhang", frozenset(groups), "430000") if groups else SYSTEM
        return self

    def submit(self, values: Mapping[str, Any], path: str = "", sealed: Mapping[str, Any] | None = None) -> None:
        """What a form would have stored: open and sealed values under a facts path."""
        self.record.merge(values, path)
        self.record.merge_sealed(sealed or {}, path)

    def insert(self, table: sa.Table, **values: Any) -> None:
        """A row of this case, in a savepoint of its own, so that a refused one leaves the transaction usable."""
        row = ({"case_id": self.case_id} if "case_id" in table.c else {}) | values
        with self.connection.begin_nested():
            self.connection.execute(table.insert().values(row))

    def rows(self, table: sa.Table, **equal: Any) -> list[Any]:
        """Rows of this case (all rows, of a table without ``case_id``)."""
        equal = ({"case_id": self.case_id} if "case_id" in table.c else {}) | equal
        query = sa.select(table).where(*(table.c[name] == value for name, value in equal.items()))
        return list(self.connection.execute(query.order_by(*table.primary_key.columns)))

    def row(self, table: sa.Table, **equal: Any) -> Any:
        """The only row of this case."""
        found = self.rows(table, **equal)
        assert len(found) == 1, found
        return found[0]

    def save(self) -> None:
        """Write the facts back, as the end of a command does; for a test that opens the case anew."""
        values = {"facts": self.record.text(), "sealed": self.record.sealed_bytes()}
        self.connection.execute(t.cases.update().where(t.cases.c.id == self.case_id).values(values))


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


def open_case(
    connection: sa.Connection,
    clock: FixedClock,
    release: Release,
    facts: Mapping[str, Any] | None = None,
    sealed: Mapping[str, Any] | None = None,
) -> Case:
    """A new case row with the facts of a report; ``facts`` and ``sealed`` are laid over them."""
    case_id, now = uuid4().hex, to_text(clock.now())
    if connection.execute(sa.select(t.releases.c.id)).first() is None:
        released = {"id": "0" * 64, "pack": "pack", "number": 1, "version": "1", "manifest": "{}"}
        connection.execute(t.releases.insert().values(**released, published_at=now, published_by="test"))
    row: dict[str, Any] = {
        "id": case_id,
        "code": f"SH-{case_id[:12]}",
        "pack": "pack",
        "release_id": "0" * 64,
        "region": REGION,
    }
    row |= {"status": "open", "revision": 1, "audit_seq": 0, "audit_head": "0" * 64, "opened_at": now}
    shown = merged(copy.deepcopy(dict(FACTS)), facts or {})
    hidden = merged(copy.deepcopy(dict(SEALED)), sealed or {})
    row |= {"facts": orjson.dumps(shown).decode(), "sealed": Sealer(KEYS).seal(hidden, case_id)}
    connection.execute(t.cases.insert().values(row))
    return Case(connection, case_id, clock, release)


def register(case: Case) -> Case:
    """What ``report.register`` leaves behind, laid out by hand: tests of other workers do not stand on it."""
    identity = digest(case.sealer, case.facts["deceased"]["id_kind"], case.sealed["deceased"].get("id_number", ""))
    case.insert(d.deceased, identity_digest=identity, open=True, died_on="2026-11-22", reported_at=case.now_text)
    case.insert(d.remains, disposition="unknown")
    case.write_facts(copy.deepcopy(dict(MIRRORS)))
    return case


def refuses(rule: str, act: Callable[[], object]) -> None:
    """``act`` is refused by a worker under ``rule``, in words that end in what to do next."""
    with pytest.raises(RuleViolation) as raised:
        act()
    assert raised.value.rule == rule, raised.value.message
    assert re.search(r"请|等待|不再|联系", raised.value.message), raised.value.message


def add_certificate(case: Case, kind: str = "medical", status: str = "valid", number: str = "") -> str:
    """A certificate row and its mirror, as ``certificate.issue`` would leave them; its id."""
    certificate_id = uuid4().hex
    values = {
        "kind": kind,
        "number": number or f"NO-{certificate_id[:10]}",
        "issuer": "长沙市定王台街道社区卫生服务中心",
    }
    values |= {"issued_by": "yishi", "issued_at": case.now_text, "status": status}
    case.insert(d.certificates, id=certificate_id, **values)
    if status == "valid" and kind != "cremation":
        case.write_facts({"valid": True, "kind": kind, "issued_on": "2026-11-23"}, "certificate")
    return certificate_id


def add_hold(case: Case, source: str = "hospital.physician", criminal: bool = False) -> str:
    """An active hold and its mirror; its id."""
    hold_id = uuid4().hex
    case.insert(
        d.holds, id=hold_id, source=source, reason="死因存疑", criminal=criminal, set_at=case.now_text, set_by="yishi"
    )
    case.write_facts({"active": True, "criminal": criminal, "since": "2026-11-23", "count": 1}, "hold")
    return hold_id


def add_filing(case: Case, name: str = "f1", status: str = "accepted", **values: Any) -> str:
    """An application (办件申请) row; its id."""
    filing_id = uuid4().hex
    row = {"channel": "window", "applicant_kind": "first_order", "filed_at": case.now_text} | values
    case.insert(d.filings, id=filing_id, name=name, status=status, **row)
    return filing_id


def add_item(case: Case, code: str, filing_id: str | None = None, status: str = "processing", **values: Any) -> None:
    """An item row and its mirror; one that is in state ``paying`` pays."""
    row = {"department": "hrss", "selected_at": case.now_text, "pays": status == "paying"} | values
    case.insert(d.items, code=code, filing_id=filing_id, status=status, **row)
    case.write_facts(nested(code, {"status": status, "department": row["department"]}), "items")


def add_commitment(case: Case, filing_id: str) -> str:
    """A signed commitment letter; its id."""
    commitment_id = uuid4().hex
    values = {"version": "2025-1", "text_sha256": "a" * 64, "signed_by": "applicant", "signed_at": case.now_text}
    case.insert(d.commitments, id=commitment_id, filing_id=filing_id, **values)
    return commitment_id


def payment_values(case: Case, item: str, filing_id: str, **values: Any) -> dict[str, Any]:
    """The columns of an ordered payment."""
    row: dict[str, Any] = {"id": uuid4().hex, "item": item, "filing_id": filing_id, "payee_kind": "deceased"}
    row |= {"payee_digest": "b" * 64, "account_tail": "1234", "sealed": b"sealed", "amount_cents": 120_000}
    row |= {"status": "ordered", "decided_by": "jingban", "approved_by": "fuhe", "ordered_at": case.now_text}
    return row | values
