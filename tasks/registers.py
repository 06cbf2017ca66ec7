"""Registers (共享数据): what other departments know of the deceased, asked once and kept as plain facts.

One protocol, two adapters: an embedded table with invented people, and a real exchange platform over HTTP. What comes
back is cut to the fields below, none of which is personal; an answer that is not of their kind counts as no answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import sqlalchemy as sa

from engine.actors import Actor
from engine.clock import local_date
from engine.db import reading
from engine.errors import Unavailable
from engine.registry import CaseAccess, Job, worker
from engine.sealing import Sealer
from tasks import identity
from tasks import tables as d
from tasks.exchange import Exchange
from tasks.switches import switch

Check = Callable[[object], bool]


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_region(value: object) -> bool:
    return value is None or (isinstance(value, str) and re.fullmatch(r"[0-9]{6}", value) is not None)


def _one_of(*words: str) -> Check:
    return lambda value: value in words


@dataclass(frozen=True, slots=True)
class Known:
    """What a register may tell: a check for each field, and what stands there for a person it does not know."""

    checks: Mapping[str, Check]
    unknown: Mapping[str, object]


_WELFARE = ("allowance", "destitute", "elder", "hardship", "severe", "dependant")
_HOUSING_TERMS = ("paid_up", "sealed", "frozen", "loan", "guarantee")
REGISTERS: Mapping[str, Known] = {
    "population": Known({"head_of_household": _is_flag}, {"head_of_household": False}),
    "pension": Known(
        {
            "scheme": _one_of("enterprise", "institution", "resident", "none"),
            "state": _one_of("retired", "employed", "none"),
            "work_injury": _is_flag,
        },
        {"scheme": "none", "state": "none", "work_injury": False},
    ),
    "medical": Known({"scheme": _one_of("employee", "resident", "none")}, {"scheme": "none"}),
    "housing": Known({}, {}),
    "vehicles": Known({"licence": _is_flag, "licence_region": _is_region}, {"licence": False, "licence_region": None}),
}
"""Asked of everybody.

Rule: H-3 (retired, enterprise, no work injury), H-8 (head of household), G-1 (licence of the province); inferred."""


FURTHER: Mapping[str, Known] = {
    "welfare": Known(
        dict.fromkeys(_WELFARE, _is_flag),
        dict.fromkeys(_WELFARE, False),
    ),
    "pension_terms": Known({"overpaid": _is_flag}, {"overpaid": None}),
    "medical_terms": Known(
        {"settled": _is_flag, "suspended": _is_flag, "overcredited": _is_flag},
        {"settled": None, "suspended": None, "overcredited": None},
    ),
    "housing_terms": Known(
        dict.fromkeys(_HOUSING_TERMS, _is_flag),
        dict.fromkeys(_HOUSING_TERMS, None),
    ),
}
"""Asked only where the pack's switch ``registers.further`` names them: its rules need them, and nobody else's do.

Rule: S-11 … S-18, C-17 (shanxi-2024, 三(三) and the notes of 附件2); P-11, no more is asked than is needed."""


class Register(Protocol):
    """An adapter. ``key`` names the query, so that a platform that counts or bills them recognises a repetition."""

    def look_up(self, register: str, id_kind: str, id_number: str, key: str) -> Mapping[str, Any] | None:
        """What ``register`` has on a person, None where it has nobody. Raises ``Unavailable``."""


class EmbeddedRegisters:
    """The table ``register_records``: for demonstrations, and for places without an exchange platform."""

    def __init__(self, database: sa.Engine, sealer: Sealer) -> None:
        self._database, self._sealer = database, sealer

    def look_up(self, register: str, id_kind: str, id_number: str, key: str) -> Mapping[str, Any] | None:
        digest, c = identity.digest(self._sealer, id_kind, id_number), d.register_records.c
        query = sa.select(d.register_records).where(c.register == register, c.identity_digest == digest)
        with reading(self._database) as connection:
            row = connection.execute(query).first()
        if row is None:
            return None
        found: Mapping[str, Any] = self._sealer.open(bytes(row.sealed), row.identity_digest)
        return found


class HttpRegisters:
    """An exchange platform: ``POST <url>/<register>`` of ``{id_kind, id_number}``, answered by ``{found, record}``."""

    def __init__(self, exchange: Exchange, url: str) -> None:
        self._exchange, self._url = exchange, url.rstrip("/")

    def look_up(self, register: str, id_kind: str, id_number: str, key: str) -> Mapping[str, Any] | None:
        body = {"register": register, "id_kind": id_kind, "id_number": id_number}
        answer = self._exchange.post(f"{self._url}/{register}", body, key)
        found, record = answer.get("found"), answer.get("record")
        if found is False:
            return None
        if found is not True or not isinstance(record, dict):
            raise Unavailable(f"登记库 {register} 的应答既没有说查无此人，也没有给出记录")
        return record


@dataclass(frozen=True, slots=True)
class Registers:
    """The registers of an installation."""

    adapter: Register = field(repr=False)

    def consult(
        self, id_kind: str, id_number: str, key: str, further: Collection[str] = ()
    ) -> dict[str, dict[str, object]]:
        """What every register, and those of ``further``, say of a person, by the register's name.

        Raises ``Unavailable``, also for a nonsensical answer.
        """
        asked = {**REGISTERS, **{name: known for name, known in FURTHER.items() if name in further}}
        return {name: self._ask(name, known, id_kind, id_number, key) for name, known in asked.items()}

    def _ask(self, name: str, known: Known, id_kind: str, id_number: str, key: str) -> dict[str, object]:
        asked = bool(id_number) and id_kind != identity.NONE
        record = self.adapter.look_up(name, id_kind, id_number, f"{key}:{name}") if asked else None
        return cut(name, known, record)


def cut(name: str, known: Known, record: Mapping[str, Any] | None) -> dict[str, object]:
    """The fields of ``known``, the rest dropped. A field that is missing or of another kind is ``Unavailable``."""
    if record is None:
        return {"found": False, **known.unknown}
    wrong = [key for key, check in known.checks.items() if key not in record or not check(record[key])]
    if wrong:
        raise Unavailable(f"登记库 {name} 的应答缺少字段或格式不符：{'、'.join(wrong)}")
    return {"found": True, **{key: record[key] for key in known.checks}}


@worker("registers.consult", lease_seconds=240)
def consult(job: Job, case: CaseAccess) -> None:
    """Ask the registers about the deceased and keep what is not personal under ``registers`` of the facts.

    Runs after the commit. Raises ``Unavailable`` while a register does not answer.
    Rule: H-3 (hunan-2025, 二(一)5, 无工伤信息) needs the pension register; sharing instead of papers is inferred (P-9).
    """
    deceased = case.sealed.get("deceased") or {}
    id_kind = str((case.facts.get("deceased") or {}).get("id_kind") or identity.NONE)
    further = switch(case.release, "registers.further", ())
    found = case.resource(Registers).consult(id_kind, str(deceased.get("id_number") or ""), job.id, further)
    vehicles = found["vehicles"]
    vehicles["issued_here"] = _lies_in(vehicles["licence_region"], case.release.manifest.region)
    case.write_facts({**found, "consulted_on": local_date(case.now()).isoformat()}, "registers")


def fill(connection: sa.Connection, sealer: Sealer, people: Iterable[Mapping[str, Any]]) -> int:
    """Put people into the embedded registers, replacing what they had; how many records were written.

    A person is ``{id_number, id_kind?, population?: {…}, pension?: {…}, medical?, housing?, vehicles?}``; whatever else
    is said (a name, a note) is for the reader. ValueError for a record that a register would not give.
    """
    written = 0
    for person in people:
        whose = str(person.get("id_kind") or identity.RESIDENT), str(person["id_number"])
        digest = identity.digest(sealer, *whose)
        if digest is None:
            raise ValueError("a person in a register has a number")
        connection.execute(d.register_records.delete().where(d.register_records.c.identity_digest == digest))
        rows = [
            {"register": name, "identity_digest": digest, "sealed": sealer.seal(dict(person[name]), digest)}
            for name, known in {**REGISTERS, **FURTHER}.items()
            if person.get(name) is not None and _is_sound(name, known, person[name])
        ]
        if rows:
            connection.execute(d.register_records.insert(), rows)
        written += len(rows)
    return written


def _is_sound(name: str, known: Known, record: Mapping[str, Any]) -> bool:
    try:
        return bool(cut(name, known, record)) or True
    except Unavailable as fault:
        raise ValueError(str(fault)) from None


def _lies_in(region: object, whole: str | None) -> bool:
    """Whether a place lies in the pack's own region; an unknown one does not."""
    return isinstance(region, str) and Actor("", region=whole or "").covers(region)
