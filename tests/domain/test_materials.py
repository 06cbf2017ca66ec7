"""Documents: one line each, shared where they can be, handed in, sent back, verified once."""

from __future__ import annotations

from typing import Any

import pytest

from tasks import tables as d
from tests.domain.applying import SECOND_HEIR_ID, WINDOW, prepare, refused, select, sign
from tests.domain.conftest import Case


def line(code: str, name: str, item: str, source: str = "applicant", **more: Any) -> dict[str, Any]:
    row = {"code": code, "name": name, "item": item, "source": source, "medium": "scan", "original": False, "note": ""}
    return row | more


CERTIFICATE = [
    line("M05", "死亡证明", "hpf_withdraw", "system", medium="elicence"),
    line(
        "M05",
        "死亡证明",
        "survivor_benefit",
        "shared",
        medium="elicence",
        original=True,
        note="需原件，电子证照视同原件",
    ),
]
KINSHIP = [
    line("M07", "亲属关系佐证材料", "hpf_withdraw"),
    line("M07", "亲属关系佐证材料", "survivor_benefit", original=True, note="拨付对象为家属时必须，需原件"),
]
BOOKLET = [line("M03", "死者居民户口簿", "hpf_withdraw")]
INHERITANCE = [line("M08", "继承公证书或法院生效判决书", "hpf_withdraw", note="两者提供其一")]
LETTER = [line("M13", "承诺函", "hpf_withdraw", "generated", medium="none")]
ROWS = [*CERTIFICATE, *KINSHIP, *BOOKLET, *INHERITANCE, *LETTER]


def arranged(case: Case, rows: list[dict[str, Any]] | None = None, certificate: str = "medical") -> dict[str, Any]:
    """A filed application whose documents are laid out; the list by code."""
    prepare(case, certificate)
    select(case, "hpf_withdraw", "survivor_benefit")
    case.run("materials.arrange", filing="f1", rows=ROWS if rows is None else rows)
    return listed(case)


def listed(case: Case, filing: str = "f1") -> dict[str, Any]:
    return {entry["code"]: entry for entry in case.facts["filings"][filing]["materials"]}


def hand_in(case: Case, **ways: str) -> None:
    entries = [{**entry, "how": ways.get(code)} for code, entry in listed(case).items()]
    case.submit({"materials": entries}, "filings.f1")


def status_of(case: Case) -> dict[str, str]:
    return {row.code: row.status for row in case.rows(d.materials)}


def test_each_document_is_one_line_with_the_items_it_serves(case: Case) -> None:
    kinship = arranged(case)["M07"]
    assert kinship["items"] == ["hpf_withdraw", "survivor_benefit"]
    assert kinship["items_text"] == "住房公积金提取（死亡）、企业退休职工遗属待遇及个人账户余额申领"
    assert (kinship["original"], kinship["note"]) == (True, "拨付对象为家属时必须，需原件")
    assert len(case.rows(d.materials)) == 5


def test_a_row_for_several_items_counts_for_those_that_were_chosen(case: Case) -> None:
    card = line("M12", "死者银行卡", "") | {"item": ["survivor_benefit", "med_withdraw", "hpf_withdraw"]}
    needless = line("M14", "申请表", "") | {"item": ["licence_cancel"]}
    asked = arranged(case, [card, needless])
    assert {code: entry["items"] for code, entry in asked.items()} == {"M12": ["survivor_benefit", "hpf_withdraw"]}


def test_the_strictest_medium_holds_for_all_items(case: Case) -> None:
    rows = [line("M12", "死者银行卡", "hpf_withdraw"), line("M12", "死者银行卡", "survivor_benefit", medium="copy")]
    assert arranged(case, rows)["M12"]["medium"] == "copy"


def test_the_certificate_is_shared_and_counts_as_an_original(case: Case) -> None:
    certificate = arranged(case)["M05"]
    assert (certificate["status"], certificate["source"], certificate["medium"]) == ("held", "system", "elicence")


@pytest.mark.parametrize(("certificate", "status"), [("ruling", "held"), ("medical", "needed")])
def test_the_ruling_that_the_window_has_recorded_is_not_asked_for_again(
    case: Case, certificate: str, status: str
) -> None:
    ruling = line("M17", "宣告死亡判决书", "hpf_withdraw")
    assert arranged(case, [ruling], certificate)["M17"]["status"] == status


def test_what_the_register_holds_is_not_asked_for(case: Case) -> None:
    case.write_facts({"population": {"found": True}}, "registers")
    booklet = arranged(case)["M03"]
    assert (booklet["status"], booklet["source"], booklet["medium"]) == ("held", "shared", "elicence")


def test_what_no_register_holds_is_asked_for(case: Case) -> None:
    case.write_facts({"population": {"found": False}}, "registers")
    documents = arranged(case)
    assert (documents["M03"]["status"], documents["M03"]["source"]) == ("needed", "applicant")
    assert documents["M08"]["status"] == "needed"


def test_what_should_be_shared_and_is_not_there_is_asked_for(case: Case) -> None:
    rows = [line("M06", "火化证明", "hpf_withdraw", "shared", medium="elicence")]
    assert arranged(case, rows)["M06"]["source"] == "applicant"


def test_the_letter_is_generated(case: Case) -> None:
    letter = arranged(case)["M13"]
    assert (letter["source"], letter["status"]) == ("generated", "held")


def test_every_document_that_is_asked_for_needs_a_way(case: Case) -> None:
    arranged(case)
    hand_in(case, M07="upload")
    refusal = refused(case, "materials.check", filing="f1")
    assert refusal.rule == "material_missing"
    assert "死者居民户口簿、继承公证书或法院生效判决书" in str(refusal)
    assert "亲属关系" not in str(refusal)
    assert status_of(case)["M07"] == "needed"


def test_an_upload_without_a_file_is_no_way(case: Case) -> None:
    arranged(case, BOOKLET)
    case.submit({"materials": [{"code": "M03", "how": "upload", "files": []}]}, "filings.f1")
    assert refused(case, "materials.check", filing="f1").rule == "material_missing"


def test_saying_that_something_is_shared_does_not_make_it_so(case: Case) -> None:
    arranged(case, BOOKLET)
    hand_in(case, M03="shared")
    assert refused(case, "materials.check", filing="f1").rule == "material_missing"


def test_what_is_handed_in_is_noted_with_its_way(case: Case) -> None:
    arranged(case)
    hand_in(case, M03="upload", M07="bring_original", M08="upload")
    case.run("materials.check", filing="f1")
    assert status_of(case) == {"M03": "provided", "M05": "held", "M07": "needed", "M08": "provided", "M13": "held"}
    assert (listed(case)["M07"]["how"], listed(case)["M05"]["how"]) == ("bring_original", None)


def test_a_file_belongs_to_the_document_that_it_was_sent_for(case: Case) -> None:
    arranged(case)
    file = {"id": "a" * 32, "case_id": case.case_id, "name": "关系证明.jpg", "media_type": "image/jpeg", "bytes": 9}
    file |= {"sha256": "0" * 64, "uploaded_by": "family:1", "uploaded_at": "2026-11-23T01:00:00.000000Z"}
    case.connection.execute(d.files.insert().values(file))
    entries = [{**entry, "how": "bring_original"} for entry in listed(case).values()]
    kinship = next(entry for entry in entries if entry["code"] == "M07")
    kinship |= {"how": "upload", "files": ["a" * 32]}
    case.submit({"materials": entries}, "filings.f1")
    case.run("materials.check", filing="f1")
    [kept] = case.rows(d.files)
    assert [row.code for row in case.rows(d.materials) if row.id == kept.material_id] == ["M07"]


def test_a_form_without_codes_goes_by_the_order_of_its_rows(case: Case) -> None:
    arranged(case, [*BOOKLET, *INHERITANCE])
    case.submit({"materials": [{"how": "upload"}, {"how": "upload"}]}, "filings.f1")
    case.run("materials.check", filing="f1")
    assert status_of(case) == {"M03": "provided", "M08": "provided"}


@pytest.mark.parametrize(("allowed", "status"), [(True, "deferred"), (False, "")])
def test_a_gap_is_left_only_where_the_pack_allows_it(case: Case, allowed: bool, status: str) -> None:
    case.release.switches = {"materials": {"deferral": allowed}}
    arranged(case, BOOKLET)
    hand_in(case, M03="deferred")
    if not allowed:
        refusal = refused(case, "materials.check", filing="f1")
        assert (refusal.rule, refusal.source) == ("deferral_not_offered", "C-33")
        return
    case.run("materials.check", filing="f1")
    assert status_of(case) == {"M03": status}


def test_a_second_round_keeps_what_was_provided(case: Case) -> None:
    arranged(case)
    hand_in(case, M03="upload", M07="upload", M08="upload")
    case.run("materials.check", filing="f1")
    case.run("materials.arrange", filing="f1", rows=[*KINSHIP, *INHERITANCE, line("M12", "死者银行卡", "med_withdraw")])
    assert status_of(case) == {
        "M03": "waived",
        "M05": "waived",
        "M07": "provided",
        "M08": "provided",
        "M12": "needed",
        "M13": "waived",
    }
    assert list(listed(case)) == ["M07", "M08", "M12"]
    assert listed(case)["M07"]["how"] == "upload"


def reviewed(case: Case, decision: str = "accept", **more: Any) -> None:
    sign(case)
    case.submit({"decision": decision, **more}, "filings.f1.acceptance")
    case.actor = WINDOW


def test_the_window_sees_an_original_once_for_all_items(case: Case) -> None:
    arranged(case, [*KINSHIP, *CERTIFICATE])
    hand_in(case, M07="bring_original")
    case.run("materials.check", filing="f1")
    reviewed(case, verified=["M07"])
    case.run("application.accept", filing="f1", items=["hpf_withdraw", "survivor_benefit"])
    row = case.row(d.materials, code="M07")
    assert (row.status, row.verified_by, row.verified_at) == ("verified", WINDOW.id, case.now_text)
    assert listed(case)["M07"]["status"] == "verified"


def test_a_scan_does_not_stand_for_an_original(case: Case) -> None:
    arranged(case, [*KINSHIP, *INHERITANCE])
    hand_in(case, M07="upload", M08="upload")
    case.run("materials.check", filing="f1")
    reviewed(case, verified=[])
    refusal = refused(case, "application.accept", filing="f1", items=["hpf_withdraw"])
    assert (refusal.rule, refusal.source) == ("original_unverified", "C-32")
    assert "亲属关系佐证材料" in str(refusal)
    assert "继承公证书" not in str(refusal)


def test_an_original_that_was_never_brought_is_missing(case: Case) -> None:
    arranged(case, BOOKLET)
    hand_in(case, M03="bring_original")
    case.run("materials.check", filing="f1")
    reviewed(case)
    assert refused(case, "application.accept", filing="f1", items=["hpf_withdraw"]).rule == "material_missing"
    assert case.row(d.filings).status == "filed"


def test_the_window_accepts_with_a_gap_until_a_day(case: Case) -> None:
    case.release.switches = {"materials": {"deferral": True}}
    arranged(case, BOOKLET)
    hand_in(case, M03="bring_original")
    case.run("materials.check", filing="f1")
    reviewed(case, "deferred")
    case.run("application.accept", filing="f1", items=["hpf_withdraw"])
    row = case.row(d.materials)
    assert (row.status, row.deferred_until) == ("deferred", "2026-12-07")


def test_without_the_switch_the_window_leaves_no_gap(case: Case) -> None:
    arranged(case, [])
    reviewed(case, "deferred")
    assert refused(case, "application.accept", filing="f1", items=["hpf_withdraw"]).rule == "deferral_not_offered"


def test_what_the_window_sends_back_must_come_anew(case: Case) -> None:
    arranged(case, [*BOOKLET, *INHERITANCE])
    hand_in(case, M03="upload", M08="upload")
    case.run("materials.check", filing="f1")
    reviewed(case, "supplement", returned=["M08"])
    case.run("application.supplement", filing="f1")
    assert status_of(case) == {"M03": "provided", "M08": "refused"}
    assert listed(case)["M08"]["how"] is None
    hand_in(case)
    refusal = refused(case, "materials.check", filing="f1")
    assert "继承公证书或法院生效判决书" in str(refusal)
    assert "户口簿" not in str(refusal)
    hand_in(case, M08="upload")
    case.run("materials.check", filing="f1")
    assert (status_of(case)["M08"], case.row(d.filings).status) == ("provided", "filed")


def test_a_paper_of_the_deceased_is_seen_once_for_all_heirs(case: Case) -> None:
    arranged(case, BOOKLET)
    hand_in(case, M03="bring_original")
    case.run("materials.check", filing="f1")
    reviewed(case, verified=["M03"])
    case.run("application.accept", filing="f1", items=["hpf_withdraw"])
    case.run("application.join", channel="window")
    select(case, "will_check", filing="f2", applicant_sealed={"name": "谭䢺", "id_number": SECOND_HEIR_ID})
    rows = [line("M03", "死者居民户口簿", "will_check"), line("M02", "申请人居民身份证", "will_check")]
    case.run("materials.arrange", filing="f2", rows=rows)
    documents = listed(case, "f2")
    assert (documents["M03"]["status"], documents["M02"]["status"]) == ("verified", "needed")


def test_documents_of_an_accepted_application_are_not_laid_out_anew(case: Case) -> None:
    arranged(case, [])
    reviewed(case)
    case.run("application.accept", filing="f1", items=[])
    for type_, inputs in (("materials.arrange", {"rows": ROWS}), ("materials.check", {})):
        assert refused(case, type_, filing="f1", **inputs).rule == "filing_settled"


def test_a_deed_or_judgment_that_is_asked_for_stands_for_the_choice_of_three(case: Case) -> None:
    choice = line("M09", "财产分配协议、继承公证书或法院生效判决书", "survivor_benefit", original=True)
    asked = arranged(case, [choice, *INHERITANCE])
    assert list(asked) == ["M08"]
    assert (asked["M08"]["items"], asked["M08"]["original"]) == (["hpf_withdraw", "survivor_benefit"], True)


def test_the_choice_of_three_stays_where_no_deed_is_asked_for(case: Case) -> None:
    choice = line("M09", "财产分配协议、继承公证书或法院生效判决书", "survivor_benefit")
    assert list(arranged(case, [choice])) == ["M09"]
