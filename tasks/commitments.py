"""The commitment letter (承诺函): which text was signed, by whom and when, so that it can be held up later."""

from __future__ import annotations

import hashlib
from uuid import uuid4

from engine.clock import local_date, to_text
from engine.errors import RuleViolation
from engine.registry import CaseAccess, Job, worker
from engine.texts import TextFault, read_version, render
from tasks import filings, items, materials
from tasks import tables as d
from tasks.command import connection_of, facts_at, text_of, values_at

TEMPLATE = "commitment"


@worker("commitment.sign", in_transaction=True, inputs=("filing",))
def sign(job: Job, case: CaseAccess) -> None:
    """Keep the letter that the applicant has agreed to: version, hash of the text as shown, signer and time.

    Signing again before the acceptance, after a supplement, replaces the letter. Refuses with commitment_refused,
    filing_settled.
    Rule: H-32 (hunan-2025, 附件4), 签署后即产生法律效力; what is kept is inferred. C-03: it goes by the kind of heir.
    """
    connection, name = connection_of(case), str(job.inputs["filing"])
    filing = filings.get_filing(connection, job.case_id, name)
    filings.demand_status(filing, "filed")
    if facts_at(case, f"filings.{name}.commitment").get("agreed") is not True:
        message = "请阅读承诺函并选择“同意”后再提交；不同意的，可以撤回申请或到窗口逐项办理"
        raise RuleViolation("commitment_refused", message, "H-32")
    text = letter_text(case, job.case_id, name)
    signed = {
        "version": read_letter_version(case),
        "text_sha256": hashlib.sha256(text.encode()).hexdigest(),
        "signer_digest": filing.identity_digest,
        "signed_by": case.actor.id,
        "signed_at": to_text(case.now()),
    }
    c = d.commitments.c
    changed = connection.execute(d.commitments.update().where(c.filing_id == filing.id).values(signed))
    if not changed.rowcount:
        keys = {"id": uuid4().hex, "case_id": job.case_id, "filing_id": filing.id}
        connection.execute(d.commitments.insert().values(keys | signed))
    shown = {"version": signed["version"], "text_sha256": signed["text_sha256"]}
    case.write_facts(shown | {"signed_on": local_date(case.now()).isoformat()}, f"filings.{name}.commitment")


def letter_text(case: CaseAccess, case_id: str, name: str) -> str:
    """The letter as the applicant reads and signs it, from the pack's ``templates/commitment.j2``.

    It is given official_name, applicant_name, applicant_kind, deceased_name, items ({code, name} of the application's
    open ones), deferred ({name, days}: what is brought within so many working days after acceptance), pledged ({name,
    text}: what is declared instead of handed in) and signed_on, the day.
    """
    filing = filings.get_filing(connection_of(case), case_id, name)
    chosen = [row.code for row in items.items_of(connection_of(case), filing.id) if row.status not in items.FINAL]
    rows = materials.rows_of(connection_of(case), filing.id)
    return render(
        case.release,
        TEMPLATE,
        official_name=case.release.manifest.names.official,
        applicant_name=text_of(values_at(case, f"filings.{name}.applicant"), "name"),
        applicant_kind=filing.applicant_kind,
        deceased_name=text_of(values_at(case, "deceased"), "name"),
        items=[{"code": code, "name": items.name_of(case, code)} for code in chosen],
        deferred=[{"name": row.name, "days": row.cure_days} for row in rows if row.status == "deferred"],
        pledged=[{"name": row.name, "text": row.pledge} for row in rows if row.status == "pledged"],
        signed_on=local_date(case.now()).isoformat(),
    )


def read_letter_version(case: CaseAccess) -> str:
    """The version that the template states; without one, what identifies its content."""
    try:
        return read_version(case.release, TEMPLATE)
    except TextFault:
        data = case.release.files[f"templates/{TEMPLATE}.j2"]
        return f"sha256:{hashlib.sha256(data).hexdigest()[:16]}"
