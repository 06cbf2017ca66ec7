"""What Tianshui's plan says that no single case shows: its services and documents, its form, and where it is silent."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from engine import tables as t
from engine.clock import FixedClock
from engine.errors import RuleViolation
from engine.feel import Feel
from engine.loaded import LoadedRelease
from engine.runtime import Runtime
from tasks.filings import find_filing
from tasks.guide import Guide, build_guide
from tasks.scenarios.player import play
from tasks.scenarios.preparing import prepare
from tasks.scenarios.reading import read_script
from tasks.tables import outbox
from tests.packs.conftest import SCENARIOS, checkout
from tests.packs.test_scenarios import tell
from web.papers.derived import derived, derived_names
from web.papers.reading import CaseReading, read_case
from web.papers.sheet import Pairs, Signatures

NOW = FixedClock("2026-11-23T09:00:00+08:00").now()
CERTIFICATES = {"cert_normal", "cert_abnormal"}
PENSIONS = {"pension_account", "survivor_benefit", "resident_pension"}
LISTED = CERTIFICATES | PENSIONS | {"cremation", "hukou_cancel", "med_withdraw", "hpf_withdraw", "will_check"}
UNLISTED = {"licence_cancel", "equity_query", "deposit_small"}
DOCUMENTS = {
    "M02": LISTED,
    "M02Y": {"cremation", "hukou_cancel"},
    "M01": LISTED - {"med_withdraw"},
    "M01Y": {"cremation", "hukou_cancel"},
    "M03": CERTIFICATES | {"hukou_cancel", "will_check"},
    "M05": LISTED - CERTIFICATES,
    "M12": PENSIONS | {"med_withdraw"},
    "M15": {"pension_account", "survivor_benefit"},
    "M15J": {"resident_pension"},
    "M08": {"hpf_withdraw"},
}
"""附件2, row by row; the originals that its remarks ask for are lines of their own."""


@pytest.fixture(scope="module")
def guide() -> Guide:
    return build_guide(LoadedRelease(checkout("tianshui")), Feel(), NOW)


def test_services_are_the_ten_topics_with_the_pensions_split_in_three() -> None:
    """T-1: the certificate is two items here, one of health and one of the police; nothing stops by itself."""
    manifest = checkout("tianshui").manifest
    assert set(manifest.items) == LISTED | UNLISTED
    assert not any(item.automatic for item in manifest.items.values())
    assert {manifest.items[code].department for code in PENSIONS} == {"hrss"}
    assert "继承公证信息核查" in manifest.items["will_check"].aliases


def test_documents_are_those_of_the_list(guide: Guide) -> None:
    """附件2, and the three services without a row in it (C-22)."""
    names = {item.plain: item.code for item in guide.items}
    found = {one.code: {names[item] for item in one.items} for one in guide.materials}
    for code, items in DOCUMENTS.items():
        assert found[code] - UNLISTED == items, code
    for code in UNLISTED:
        notes = [one.note for one in guide.materials if code in found[one.code] and one.code not in ("M14", "M17")]
        assert notes and all("待主管部门确认" in note for note in notes), code


def test_a_ruling_stands_for_the_certificate_wherever_one_is_asked_for(guide: Guide) -> None:
    """附件1 职工死亡或被宣告死亡: also for the services whose documents are borrowed."""
    names = {item.plain: item.code for item in guide.items}
    found = {one.code: {names[item] for item in one.items} for one in guide.materials}
    assert found["M17"] == found["M05"] - {"cremation"}


def test_originals_are_shown_at_the_window_and_the_booklet_with_them(guide: Guide) -> None:
    """附件2 1–4, remarks; C-23, C-32: an e-licence counts as the original of the certificate."""
    by_code = {one.code: one for one in guide.materials}
    assert {code for code, one in by_code.items() if one.medium == "original"} == {"M01Y", "M02Y", "M03"}
    assert by_code["M05"].original and not by_code["M05"].is_brought
    assert "需到窗口核验户口簿" in by_code["M03"].note


def test_the_form_asks_what_the_plan_s_form_asks() -> None:
    """附件1; C-08: no number of the cremation, and no field for a service that the form has none for."""
    form = LoadedRelease(checkout("tianshui")).form("application")
    asked = {".".join(field.path): field for field in form.fields.values()}
    applicant = {"name", "sex", "ethnicity", "id_number", "phone", "relation", "address", "registered_address"}
    payout = {"card", "account_name", "bank", "account", "bank_code"}
    expected = {f"applicant.{name}" for name in applicant} | {f"payout.{name}" for name in payout}
    expected |= {"deceased.ethnicity", "deceased.work_unit", "housing.account", "housing.bank"}
    assert expected <= set(asked)
    assert not {name for name in asked if name.startswith(("household.", "notary.", "social.", "cremation"))}
    assert len(asked["applicant.ethnicity"].options or ()) in (0, 56)
    provisional = {name for name, field in asked.items() if field.component.properties.get("x-provisional")}
    assert provisional == {"deposit.account", "deposit.bank"}


def test_what_the_plan_does_not_say_is_not_said_for_it(guide: Guide) -> None:
    """C-33, T-9, T-11: no number of days, no fee, no gaps, no evaluation, no stop that comes by itself."""
    manifest = checkout("tianshui").manifest
    switches = {one.key: one.value for one in manifest.switches.values()}
    assert manifest.limit_working_days is None and all(item.limit is None for item in guide.items)
    assert switches["evaluation.enabled"] is False and switches["materials.deferral"] is False
    assert switches["terminations.items"] == () and switches["standing.second_order"] == "open"
    assert not guide.fee.is_stated and not guide.by_themselves
    assert "med_stop" not in manifest.items and manifest.items["med_withdraw"].requires == ()
    templates = {name: data.decode() for name, data in checkout("tianshui").files.items() if name.endswith(".j2")}
    assert [name for name, text in templates.items() if "容缺" in text] == []
    drawn = b"".join(data for name, data in checkout("tianshui").files.items() if name.endswith(".bpmn")).decode()
    said = [message.name for message in manifest.messages.values()] + [one.title for one in manifest.switches.values()]
    assert "容缺" not in drawn and not [words for words in said if "容缺" in words]


def test_lead_units_stand_with_the_source() -> None:
    """T-3."""
    note = checkout("tianshui").manifest.sources["tianshui-2025"].note or ""
    assert all(unit in note for unit in ("市大数据中心", "市政务服务中心", "县区政府"))


def test_hotline_guide_and_window_say_the_same(guide: Guide) -> None:
    """T-8, P-16: one number, and one reading of the pack for guide, checklist and answers (三统一)."""
    assert guide.hotline == "12345"
    assert {channel.kind for channel in guide.channels} == {"online", "window", "agent", "home_visit"}
    booklet = [item.code for item in guide.items if any(one.code == "M03" for one in item.materials)]
    assert set(booklet) == DOCUMENTS["M03"]


@pytest.mark.parametrize(
    ("number", "requirement"), [("C-03", "T-10"), ("C-15", "T-2"), ("C-21", "T-2"), ("C-22", "T-2"), ("C-23", "T-6")]
)
def test_what_the_plan_leaves_open_cites_it_and_waits_for_the_authority(number: str, requirement: str) -> None:
    switch = checkout("tianshui").manifest.switches[number]
    assert switch.status == "待确认" and switch.value == switch.default
    assert requirement in {citation.requirement for citation in switch.source}
    assert {citation.source for citation in switch.source} == {"tianshui-2025"}


@pytest.fixture
def told(own_runtime: Runtime) -> CaseReading:
    """The case of the first story, in which nearly everything was applied for, as papers read it."""
    script = read_script((SCENARIOS / "tianshui" / "01-home-all-items.yaml").read_bytes(), "01-home-all-items.yaml")
    played = play(prepare(own_runtime, checkout("tianshui"), script), script)
    assert played.difference is None, tell(played)
    connection = own_runtime.database.connect()
    case_id = connection.execute(sa.select(t.cases.c.id)).scalar_one()
    return read_case(own_runtime, connection, case_id)


def test_the_department_s_form_is_made_from_the_application(told: CaseReading) -> None:
    """C-23: filled in once; the sheet for residents is not due where nobody applied for their pension."""
    filing = find_filing(told.connection, told.case_id, "f1")
    papers = told.release.manifest.papers
    sheet = derived(told, filing, papers["pension_return"])
    rows = {label: value for part in sheet.parts if isinstance(part, Pairs) for label, value in part.rows}
    assert sheet.title == "社会保险参保人员遗属待遇及个人账户返还业务申请表"
    assert rows["开户姓名"] == "尕伏羲" and rows["银行行号"] == "103825030019"
    assert rows["卡种"] == "已故人员社保卡" and rows["民族"] == "回族" and rows["与已故人员关系"] == "子女"
    assert [label for label, value in rows.items() if not value] == ["户籍地址"] * (not rows["户籍地址"])
    assert isinstance(sheet.parts[-1], Signatures) and "待人社部门确认" in sheet.copies
    assert set(derived_names(told.connection, told.release, filing.id)) == {"pension_return"}
    with pytest.raises(RuleViolation) as raised:
        derived(told, filing, papers["resident_cancel"])
    assert raised.value.rule == "paper_not_due"


def test_pushes_carry_the_fields_that_the_plan_names_and_no_others(told: CaseReading) -> None:
    """T-4, C-28: 死者姓名、身份证号、死亡时间、死亡原因 go to the city's platform, and the cause to nobody else."""
    c = outbox.c
    sent = {
        (row.receiver, row.subject): told.sealer.open(bytes(row.sealed), row.id)
        for row in told.connection.execute(sa.select(outbox).where(c.kind == "push", c.item.is_(None)))
    }
    death = sent["platform", "certificate"]
    assert set(death) == {"case_code", "deceased", "death", "certificate"} and set(death["death"]) == {"cause"}
    assert set(death["deceased"]) == {"name", "id_kind", "id_number", "died_on", "died_at"}
    cremation = sent["platform", "cremation"]
    assert {"cremated_at", "place"} <= set(cremation["cremation"]) and "death" not in cremation
    assert "death" not in sent["elicence", "certificate"] and "died_at" in sent["elicence", "certificate"]["deceased"]
