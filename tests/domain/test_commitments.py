"""The commitment letter: what was signed can be held up later."""

from __future__ import annotations

import hashlib

from engine.clock import FixedClock
from tasks import commitments
from tasks import tables as d
from tests.domain.applying import (
    FAMILY,
    WINDOW,
    prepare,
    refused,
    select,
    sign,
    withdraw,
)
from tests.domain.conftest import Case


def test_version_text_signer_and_time_are_kept(case: Case) -> None:
    prepare(case)
    select(case, "hpf_withdraw", "cert_normal")
    sign(case)
    row = case.row(d.commitments)
    text = "试验流程包承诺函\n谭䶮承诺：本人系谭㳘生的合法继承人之一。\n住房公积金提取（死亡）；2026-11-23"
    assert row.text_sha256 == hashlib.sha256(text.encode()).hexdigest()
    assert (row.version, row.signed_by, row.signed_at) == ("2025.1", FAMILY.id, case.now_text)
    assert row.signer_digest == case.row(d.filings).identity_digest
    kept = case.facts["filings"]["f1"]["commitment"]
    assert kept == {"agreed": True, "version": "2025.1", "text_sha256": row.text_sha256, "signed_on": "2026-11-23"}


def test_the_letter_goes_by_the_kind_of_heir(case: Case) -> None:
    prepare(case)
    select(case, "hpf_withdraw", applicant={"kind": "legatee"})
    assert "谭㳘生的受遗赠人" in commitments.letter_text(case, case.case_id, "f1")


def test_whoever_does_not_agree_has_not_signed(case: Case) -> None:
    prepare(case)
    select(case, "hpf_withdraw")
    for agreed in (None, False, "true"):
        case.submit({"agreed": agreed}, "filings.f1.commitment")
        refusal = refused(case, "commitment.sign", filing="f1")
        assert (refusal.rule, refusal.source) == ("commitment_refused", "H-32")
    assert case.rows(d.commitments) == []


def test_signing_again_before_the_acceptance_replaces_the_letter(case: Case, clock: FixedClock) -> None:
    prepare(case)
    select(case, "med_stop", "will_check")
    sign(case)
    first = case.row(d.commitments)
    withdraw(case, ["will_check"])
    clock.move_to("2026-11-24T09:00:00+08:00")
    sign(case)
    second = case.row(d.commitments)
    assert second.id == first.id
    assert second.text_sha256 != first.text_sha256
    assert second.signed_at == case.now_text


def test_a_letter_is_not_changed_after_the_acceptance(case: Case) -> None:
    prepare(case)
    left = select(case, "med_stop")
    sign(case)
    case.submit({"decision": "accept"}, "filings.f1.acceptance")
    case.actor = WINDOW
    case.run("application.accept", filing="f1", items=left)
    assert refused(case, "commitment.sign", filing="f1").rule == "filing_settled"


def test_a_letter_without_a_stated_version_goes_by_its_content(case: Case) -> None:
    prepare(case)
    data = "{{ applicant_name }}承诺".encode()
    case.release.files["templates/commitment.j2"] = data
    select(case, "med_stop")
    sign(case)
    assert case.row(d.commitments).version == f"sha256:{hashlib.sha256(data).hexdigest()[:16]}"
