"""The report of a death: how a case begins, and what must be so before it closes.

Reporter and applicant are two roles (C-31): whoever reports need not inherit, and reports what is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from engine import cases, divisions
from engine.actors import Actor
from engine.clock import local_date, to_text
from engine.errors import InvalidInput, RuleViolation
from engine.registry import CaseAccess, Job, worker
from engine.runtime import Runtime
from tasks import identity, localities
from tasks import tables as d
from tasks.command import case_code, connection_of, text_of, values_at
from tasks.filings import FIRST
from tasks.funeral import DECLARED
from tasks.items import FINAL

MESSAGE = "death_reported"
MIRRORS: Mapping[str, Any] = {
    "certificate": {"valid": False, "kind": "", "issued_on": None, "published": False},
    "hold": {"active": False, "criminal": False, "since": None, "count": 0},
    "remains": {
        "told": False,
        "taken_over": False,
        "disposition": "unknown",
        "disposed": False,
        "settled": False,
        "cremated": False,
        "cremated_on": None,
    },
    "application": {"status": "none", "accepted_on": None, "due_on": None},
    "objection": {"open": False, "upheld": False},
    "terminations": {"applied": []},
    "filings": {},
    "items": {},
    "revoked": False,
}
"""Facts that mirror tables, as they are before anything has happened: a condition that reads one never meets null."""


def report_death(
    runtime: Runtime,
    actor: Actor,
    pack: str,
    report: Mapping[str, Any],
    *,
    region: str = "",
    key: str | None = None,
) -> str:
    """Open a case from a report, the values of the form of the message ``death_reported``; the case's id.

    ``region`` is the place that handles the case, by default the pack's; ``key`` makes a repeated report the same one.
    The form asks for a province before it offers its counties; a report that only names the place gets it from there.
    Raises ``NotFound`` for a pack, ``InvalidInput`` by field, ``RuleViolation`` ``case_exists``.
    """
    person = report.get("deceased")
    if isinstance(person, Mapping):
        faults = identity.find_faults(person, local_date(runtime.clock.now()))
        if faults:
            raise InvalidInput({f"deceased.{name}": [fault] for name, fault in faults.items()})
        report = {**report, "deceased": with_provinces(person)}
    return cases.start(runtime, actor, pack, region=region, message=MESSAGE, payload=report, key=key)


def begun_in(region: str) -> dict[str, Any]:
    """What a report's form begins with where nobody has typed: the province of ``region``, whose places it offers."""
    return {"deceased": dict.fromkeys(("died_province", "registered_province"), divisions.province_of(region))}


def with_provinces(person: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of a person, with the province of each place of which only the code is known."""
    named = {name: person.get(f"{name}_region") for name in ("died", "registered")}
    known = {f"{name}_province": divisions.province_of(code) for name, code in named.items() if isinstance(code, str)}
    return known | dict(person)


@worker("report.register", in_transaction=True, errors=("case_exists",))
def register(job: Job, case: CaseAccess) -> None:
    """Register the deceased and the body, and lay out the facts that mirror tables, with the case's code.

    One case for a deceased, open or completed, unless it was cancelled or the death revoked (P-1; C-26, inferred).
    Refuses with case_exists, identity_invalid, locality_closed.
    """
    connection, person = connection_of(case), values_at(case, "deceased")
    faults = identity.find_faults(person, local_date(case.now()))
    if faults:
        raise RuleViolation("identity_invalid", "；".join(faults.values()), "C-25")
    localities.demand_open(case, job.case_id)
    kind, number = text_of(person, "id_kind") or identity.RESIDENT, text_of(person, "id_number")
    row = {"case_id": job.case_id, "identity_digest": identity.digest(case.sealer, kind, number)}
    row |= {"died_on": text_of(person, "died_on")[:10] or None, "reported_at": to_text(case.now())}
    try:
        with connection.begin_nested():
            connection.execute(d.deceased.insert().values(row))
    except sa.exc.IntegrityError:  # the same person has a case
        raise _case_exists() from None
    disposition = "none" if case.facts.get("place") == DECLARED else "unknown"
    connection.execute(d.remains.insert().values(case_id=job.case_id, disposition=disposition))
    case.write_facts({**MIRRORS, "remains": {**MIRRORS["remains"], "disposition": disposition}})
    case.write_facts({"code": case_code(connection, job.case_id)})
    case.write_facts(_locality(case), "locality")
    localities.show(case, job.case_id)


@worker("report.close", in_transaction=True)
def close(job: Job, case: CaseAccess) -> None:
    """The last step: every item of the case has ended in exactly one way. Refuses with items_unfinished.

    Items of another heir's application (C-26) belong to its own process, which keeps the case open until they have
    ended. Rule: INV-6; P-1.
    """
    i, f = d.items.c, d.filings.c
    query = (
        sa.select(i.code)
        .select_from(d.items.outerjoin(d.filings, f.id == i.filing_id))
        .where(i.case_id == job.case_id, i.status.not_in(FINAL), sa.or_(f.id.is_(None), f.name == FIRST))
    )
    codes = sorted(connection_of(case).execute(query).scalars())
    if codes:
        known = case.release.manifest.items
        names = "、".join(known[code].name if code in known else code for code in codes)
        raise RuleViolation("items_unfinished", f"尚有事项没有结果（{names}），不能办结；请先办完这些事项", "INV-6")


def _case_exists() -> RuleViolation:
    """Whoever reports is not told which case it is, nor who reported it."""
    message = (
        "该逝者已有办件（正在办理或者已经办结），不能重复登记；请凭办件编号在原办件中办理，"
        "没有编号的请到政务服务窗口核验身份后查找"
    )
    return RuleViolation("case_exists", message, "P-1")


def _locality(case: CaseAccess) -> dict[str, bool]:
    """Whether the place of death and of registration lie in the pack's region (C-01)."""
    own = Actor("", region=case.release.manifest.region or "")
    person = values_at(case, "deceased")
    regions = {"died_here": "died_region", "registered_here": "registered_region"}
    return {name: bool(region := text_of(person, field)) and own.covers(region) for name, field in regions.items()}
