"""What Guizhou asks for beyond single cases: names and codes, rules in the pack's hands, room for more services."""

from __future__ import annotations

from engine.clock import FixedClock
from engine.feel import Feel
from engine.loaded import LoadedRelease
from engine.packs import Pack, assemble_pack
from engine.runtime import Runtime
from tasks.scenarios.player import play
from tasks.scenarios.preparing import prepare
from tasks.scenarios.reading import read_script
from tests.packs.conftest import checkout
from tests.packs.test_scenarios import tell

CODE = "guizhou"
NOW = FixedClock("2026-11-23T09:00:00+08:00").now()
KINDS = ("first_order", "second_order", "testamentary", "legatee")
FURTHER = """
  elder_stop:
    name: 高龄津贴停发
    plain: 停发高龄津贴
    department: civil_affairs
    status: assumed
    handling: {by: clerk, clerk: civil_affairs.clerk}

forms:
"""
STORY = """
scenario: 增加的关联事项与其余事项同时办理
pack: guizhou
covers: [G-7]
now: 2026-03-09T08:00:00+08:00
region: "520102"
report:
  place: institution
  reported_manner: natural
  deceased: {id_kind: resident_id, id_number: "520199193803075413", sex: male, died_on: "2026-03-09",
             died_region: "520102", registered_region: "520102"}
fill_report: true
steps:
  - fill: certify_in_institution
    as: hospital.physician
    with: {manner: natural, refer_to_police: false}
  - fill: file_application
    as: applicant
    with: {items: [will_check, elder_stop], applicant: {kind: first_order, relation: child}}
  - fill: provide_materials
  - fill: sign_commitment
  - fill: review_application
    with: {decision: accept}
  - expect: {open: ['decide_item[elder_stop]', 'decide_item[will_check]']}
  - fill: 'decide_item[elder_stop]'
    as: civil_affairs.clerk
    with: {outcome: done}
ends: {items: {elder_stop: done, will_check: processing}, incidents: []}
"""


def with_a_further_service() -> Pack:
    """The pack with one entry more in its manifest, and nothing else."""
    pack = checkout(CODE)
    text = pack.files["pack.yaml"].decode()
    assert text.count("\nforms:\n") == 1
    changed = text.replace("\nforms:\n", FURTHER)
    return assemble_pack(CODE, {**pack.files, "pack.yaml": changed.encode()}, pack.origins)


def test_a_further_service_needs_an_entry_and_no_diagram(own_runtime: Runtime) -> None:
    """G-7: in addition to the country's list, closely related services."""
    script = read_script(STORY.encode(), "further.yaml")
    played = play(prepare(own_runtime, with_a_further_service(), script), script)
    assert played.difference is None, tell(played)


def test_every_item_has_a_plain_name_and_says_what_becomes_of_its_code() -> None:
    """G-13: the plan lists no code of the province's list, so none is invented; the source says that they are due."""
    manifest = checkout(CODE).manifest
    assert len(manifest.items) == 14
    assert [key for key, item in manifest.items.items() if item.plain == item.name] == []
    without = [key for key, item in manifest.items.items() if item.standard_code is None]
    assert not without or "事项编码" in (manifest.sources["guizhou-2025"].note or "")


def test_departments_rules_and_hands_are_the_pack_s() -> None:
    """G-15: who checks, who handles and by which table is data of the pack, item by item."""
    pack = checkout(CODE)
    for key, item in pack.manifest.items.items():
        handling = item.handling
        assert item.tracked or handling is not None, key
        if handling is not None:
            assert handling.clerk in pack.manifest.groups, key
    assert {"eligibility.dmn", "materials.dmn"} <= {name for name, origin in pack.origins.items() if origin == CODE}


def test_lead_units_stand_with_the_source() -> None:
    """G-22."""
    note = checkout(CODE).manifest.sources["guizhou-2025"].note or ""
    assert "（六）" in note and "省政务服务中心" in note and "省卫生健康委" in note


def test_no_document_is_tied_to_a_medium() -> None:
    """G-8: what the family brings may come in any shape, and no original is demanded."""
    for row in documents():
        assert row["source"] != "applicant" or (row["medium"], row["original"]) == ("any", False), row["code"]


def test_every_document_that_is_brought_says_how_many_what_is_looked_at_and_whether_it_may_wait() -> None:
    """G-8, G-9."""
    brought = [row for row in documents() if row["source"] == "applicant"]
    assert brought
    for row in brought:
        assert row["copies"] == 1 and row["review"], row["code"]
        assert "cure_days" in row and "pledge" in row, row["code"]
    assert {row["code"] for row in brought if row["cure_days"]} > {"M03", "M07", "M10"}
    assert {row["code"] for row in brought if row["pledge"]} == {"M01", "M03"}


def test_what_is_looked_at_goes_by_who_applies() -> None:
    """G-9: review points by situation."""
    points = {kind: {row["code"]: row["review"] for row in documents(kind)} for kind in KINDS}
    assert points["first_order"]["M07"] != points["second_order"]["M07"]
    for kind in ("testamentary", "legatee"):
        assert "兄弟姐妹" not in str(points[kind]["M07"]), "whom a will or a contract names need not be of the family"


def test_who_is_no_relative_proves_the_right_and_not_the_kinship() -> None:
    """G-3: 指定受益人 may be anybody; kinship is asked of heirs, and of the family member who is paid."""
    asked = {(row["item"], row["code"]) for row in documents("legatee")}
    assert ("med_withdraw", "M10") in asked
    assert {item for item, code in asked if code == "M07"} == {"pension_account", "survivor_benefit"}


def documents(*kinds: str) -> list[dict[str, object]]:
    release = LoadedRelease(checkout(CODE))
    rows = []
    for kind in kinds or KINDS:
        scope = {"items": list(release.manifest.items), "applicant_kind": kind, "payee": "family", "case": {}}
        answer = release.decisions.decide("required_materials", scope | {"switches": release.switches}, Feel(), NOW)
        assert isinstance(answer, list)
        rows += answer
    return rows


def test_what_is_provisional_says_so() -> None:
    """C-16: the form is not at hand: every field and the letter are marked, and open rules wait."""
    pack, release = checkout(CODE), LoadedRelease(checkout(CODE))
    for form in ("application", "provide_materials", "commitment"):
        marks = {one.component.properties.get("x-provisional") for one in release.form(form).fields.values()}
        assert marks == {"true"}, form
    assert "provisional" in pack.files["templates/commitment.j2"].decode().splitlines()[0]
    switches = pack.manifest.switches
    assert {switches[number].status for number in ("C-14", "C-15", "C-16")} == {"待确认"}
    assert {switches[number].class_ for number in ("C-14", "C-15", "C-16")} == {"policy"}
    assert pack.manifest.limit_working_days is None and pack.manifest.fee is None
