"""Materials (材料): one line a document however many items it serves, and where each comes from (P-9).

What can be shared is not asked for, and an original is looked at once for all items. An e-licence counts as an original
(C-32). The rows live with the application; ``filings.<name>.materials`` is the same list for the form.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import zip_longest
from typing import Any
from uuid import uuid4

import orjson
import sqlalchemy as sa

from engine.errors import RuleViolation
from engine.registry import CaseAccess, Job, worker
from tasks import filings, gaps, guards, in_laws, legal_clock, material_terms
from tasks import tables as d
from tasks.command import connection_of, facts_at
from tasks.items import FINAL, items_of, name_of

OPEN = ("needed", "missing", "refused")  # somebody still has to bring it
_MEDIA = ("original", "copy", "scan", "elicence", "any", "none")  # the strictest first
_OF_THE_DECEASED = frozenset({"M01", "M01Y", "M03", "M05", "M06", "M17"})  # the same paper, whichever heir applies


_STANDS_FOR = {"M08": "M09"}
"""A deed of inheritance or a judgment (M08) is one of the three documents of M09: it is asked for once."""


@worker("materials.arrange", in_transaction=True, inputs=("filing", "rows"))
def arrange(job: Job, case: CaseAccess) -> None:
    """Lay out what is asked of an application, from the table's rows of one document and one item, or several, each.

    ``rows``: {code, name, item, source, medium, original, note}, and the terms of ``material_terms`` where the pack has
    them. What was provided or verified before stays so; what is no longer asked for is waived.
    Rule: G-8, P-9 (each document once); C-09, C-32.
    """
    connection, name = connection_of(case), str(job.inputs["filing"])
    filing = filings.get_filing(connection, job.case_id, name)
    filings.demand_status(filing, "filed", "supplement")
    known = {row.code: row for row in rows_of(connection, filing.id)}
    chosen = items_of(connection, filing.id)
    stated = material_terms.each_item(job.inputs["rows"] or (), {row.code for row in chosen if row.status not in FINAL})
    rows = in_laws.with_proof(case, name, stated, [row.code for row in chosen if not row.tracked])
    asked = _merge(rows, gaps.usual_days(case))
    for code, line in asked.items():
        values = {**line, "items": orjson.dumps(line["items"]).decode()} | _origin(case, job.case_id, line)
        row = known.get(code)
        if row is None:
            keys = {"id": uuid4().hex, "case_id": job.case_id, "filing_id": filing.id}
            connection.execute(d.materials.insert().values(**keys, **values))
            continue
        if row.status not in ("needed", "waived"):
            values.pop("status")
        change_material(connection, row.id, **values)
    for code in known.keys() - asked.keys():
        change_material(connection, known[code].id, status="waived")
    show(case, filing)


@worker("materials.check", in_transaction=True, inputs=("filing",))
def check(job: Job, case: CaseAccess) -> None:
    """Look through what the family handed in: every document needs a way, or the submission is refused.

    The form's list has a ``how`` for each: ``upload``, ``bring_original`` (to the window), ``shared``, ``deferred`` or
    ``pledged`` (where the pack allows it for this document, C-33, G-8). Ends the wait for a supplement.
    Refuses with material_missing, original_wanted, deferral_not_offered, pledge_not_offered, filing_settled.
    Rule: H-28 (hunan-2025, 二(四)1(2)), 一次性提交线上联办事项所需材料.
    """
    connection, name = connection_of(case), str(job.inputs["filing"])
    filing = filings.get_filing(connection, job.case_id, name)
    filings.demand_status(filing, "filed", "supplement")
    rows = rows_of(connection, filing.id)
    entries = stated_of(case, name, rows)
    missing = []
    for row in rows:
        status = _status_by_way(row, entries.get(row.code, {}))
        if status is None:
            missing.append(row.name)
            continue
        _attach(connection, row, entries.get(row.code, {}))
        if status != row.status:
            change_material(connection, row.id, status=status)
    if missing:
        message = f"以下材料尚未提供：{'、'.join(missing)}，请上传，或选择到窗口出示原件"
        raise RuleViolation("material_missing", message, "H-28")
    _end_supplement(case, filing)
    show(case, filing, {code: entry.get("how") for code, entry in entries.items()})


def drop_items(case: CaseAccess, filing: Any, codes: Sequence[str]) -> None:
    """Ask for nothing any more on account of withdrawn items; a document that serves no other item is waived.

    What the window has seen already stays seen. Rule: C-09, G-8.
    """
    for row in rows_of(connection_of(case), filing.id):
        served = orjson.loads(row.items)
        left = [code for code in served if code not in codes]
        if left == served:
            continue
        values: dict[str, Any] = {"items": orjson.dumps(left).decode()} if left else {}
        if not left and row.status != "verified":
            values["status"] = "waived"
        if values:
            change_material(connection_of(case), row.id, **values)
    show(case, filing)


def rows_of(connection: sa.Connection, filing_id: str) -> list[Any]:
    """The documents of an application, in the order in which the form lists them."""
    c = d.materials.c
    return list(connection.execute(sa.select(d.materials).where(c.filing_id == filing_id).order_by(c.code)))


def change_material(connection: sa.Connection, material_id: str, **values: Any) -> None:
    connection.execute(d.materials.update().where(d.materials.c.id == material_id).values(**values))


def show(case: CaseAccess, filing: Any, ways: Mapping[str, str | None] | None = None) -> None:
    """Put the list into the facts for the form; ``ways`` are the chosen ones, by default those already there."""
    path = f"filings.{filing.name}"
    if ways is None:
        shown = facts_at(case, path).get("materials") or []
        ways = {entry["code"]: entry.get("how") for entry in shown if isinstance(entry, Mapping) and "code" in entry}
    rows = [row for row in rows_of(connection_of(case), filing.id) if row.status != "waived"]
    case.write_facts({"materials": [_entry(case, row, ways.get(row.code)) for row in rows]}, path)


def stated_of(case: CaseAccess, filing: str, rows: list[Any]) -> dict[str, Mapping[str, Any]]:
    """What the family's list says of each document, by its code."""
    return _entries(facts_at(case, f"filings.{filing}").get("materials") or [], rows)


def _merge(rows: Sequence[Mapping[str, Any]], usual_days: int | None) -> dict[str, dict[str, Any]]:
    """One line a document: the items it serves, the strictest medium and terms, an original if any item wants one."""
    asked: dict[str, dict[str, Any]] = {}
    for row in rows:
        first = {"name": row["name"], "items": [], "source": row["source"], "medium": row["medium"]}
        line = asked.setdefault(str(row["code"]), {"code": row["code"], **first, "original": False, "note": None})
        if row["item"] not in line["items"]:
            line["items"].append(row["item"])
        line["original"] = line["original"] or bool(row.get("original"))
        line["medium"] = min(line["medium"], row["medium"], key=_MEDIA.index)
        if row["source"] in ("shared", "system") and line["source"] == "applicant":
            line["source"] = row["source"]
        notes = [*(line["note"] or "").split("；"), str(row.get("note") or "")]
        line["note"] = "；".join(dict.fromkeys(note for note in notes if note)) or None
    terms = material_terms.by_document(rows, usual_days)
    for code, line in asked.items():
        line |= terms[code]
    for narrow, wide in _STANDS_FOR.items():
        if narrow in asked and wide in asked:
            served = asked.pop(wide)
            asked[narrow]["items"] += [code for code in served["items"] if code not in asked[narrow]["items"]]
            asked[narrow]["original"] = asked[narrow]["original"] or served["original"]
    return asked


def _origin(case: CaseAccess, case_id: str, line: Mapping[str, Any]) -> dict[str, Any]:
    """Where a document comes from in this very case: what a register or the case itself holds is not asked for."""
    connection, code, source = connection_of(case), line["code"], line["source"]
    if source in ("generated", "prior_item"):
        return {"source": source, "status": "held"}
    if code in _OF_THE_DECEASED and (seen := _verified_before(connection, case_id, code)):
        return {"source": "system", "status": "verified"} | seen
    if line["medium"] == gaps.ORIGINAL:
        return {"source": "applicant", "status": "needed"}
    if (held := _HOLDERS.get(code)) and held(case, case_id):
        return {"source": "shared" if source == "applicant" else source, "medium": "elicence", "status": "held"}
    return {"source": "applicant", "status": "needed"}


def _verified_before(connection: sa.Connection, case_id: str, code: str) -> dict[str, Any] | None:
    """Who saw the original for another application on the case (C-32: once for all)."""
    c = d.materials.c
    query = sa.select(c.verified_at, c.verified_by).where(c.case_id == case_id, c.code == code, c.status == "verified")
    row = connection.execute(query).first()
    return dict(row._mapping) if row else None


def _is_registered(case: CaseAccess, _case_id: str) -> bool:
    return facts_at(case, "registers.population").get("found") is True


def _is_certified(case: CaseAccess, case_id: str) -> bool:
    return guards.find_death_certificate(connection_of(case), case_id) is not None


def _is_declared(case: CaseAccess, case_id: str) -> bool:
    certificate = guards.find_death_certificate(connection_of(case), case_id)
    return certificate is not None and certificate.kind == "ruling"


def _is_cremated(case: CaseAccess, case_id: str) -> bool:
    query = sa.select(d.cremations.c.case_id).where(d.cremations.c.case_id == case_id)
    return connection_of(case).execute(query).first() is not None


_HOLDERS: Mapping[str, Callable[[CaseAccess, str], bool]] = {
    "M01": _is_registered,  # 死者身份证
    "M03": _is_registered,  # 死者户口簿
    "M05": _is_certified,  # 死亡证明
    "M06": _is_cremated,  # 火化证明
    "M17": _is_declared,  # 宣告死亡判决书
}
"""What can be shared, by the catalogue of materials (requirements, 11)."""


def _entries(shown: Any, rows: list[Any]) -> dict[str, Mapping[str, Any]]:
    """What the form says for each document; a form whose rows name no code goes by their order."""
    asked = [row for row in rows if row.status != "waived"]
    entries: dict[str, Mapping[str, Any]] = {}
    for entry, row in zip_longest(shown if isinstance(shown, list) else [], asked):
        if isinstance(entry, Mapping):
            code = entry.get("code") or (row.code if row is not None else "")
            entries[str(code)] = entry
    return entries


def _status_by_way(row: Any, entry: Mapping[str, Any]) -> str | None:
    """The document's status after this submission; None where nobody has it yet."""
    how = entry.get("how")
    if row.source != "applicant" or row.status in ("verified", "waived"):
        return str(row.status)
    if how in ("upload", "deferred", "pledged") and row.medium == gaps.ORIGINAL:
        raise RuleViolation("original_wanted", f"“{row.name}”须到窗口出示，请选择到窗口出示原件", "C-23")
    if how == "upload":
        return None if entry.get("files", True) in ([], None, "") else "provided"
    if how == "bring_original":
        return "needed"
    if how == "deferred":
        if row.cure_days is None:
            raise RuleViolation("deferral_not_offered", f"“{row.name}”不能先受理、后补交，请提供后再提交", "C-33")
        return "deferred"
    if how == "pledged":
        if not row.pledge:
            raise RuleViolation("pledge_not_offered", f"“{row.name}”不能用告知承诺代替，请提供后再提交", "G-8")
        return "pledged"
    return str(row.status) if row.status not in OPEN else None


def _attach(connection: sa.Connection, row: Any, entry: Mapping[str, Any]) -> None:
    """Let the files that came for a document be its own, so that whoever reviews it finds them there."""
    keys = [key for key in entry.get("files") or () if isinstance(key, str)] if entry.get("how") == "upload" else []
    if keys:
        f = d.files.c
        connection.execute(d.files.update().where(f.id.in_(keys), f.case_id == row.case_id).values(material_id=row.id))


def _end_supplement(case: CaseAccess, filing: Any) -> None:
    if filing.status == "supplement":
        filings.save_filing(case, filing.case_id, filing.name, status="filed")
    for item in items_of(connection_of(case), filing.id):
        legal_clock.end_pause(connection_of(case), filing.case_id, case.now(), reason="supplement", item=item.code)


def _entry(case: CaseAccess, row: Any, how: str | None) -> dict[str, Any]:
    codes = orjson.loads(row.items)
    names = "、".join(name_of(case, code) for code in codes)
    shown = {"code": row.code, "name": row.name, "items": codes, "items_text": names, "source": row.source}
    shown |= {"medium": row.medium, "original": row.original, "note": row.note, "status": row.status}
    shown |= {name: getattr(row, name) for name in ("copies", "cure_days", "pledge", "review", "deferred_until")}
    return {**shown, "how": how}
