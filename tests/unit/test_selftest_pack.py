"""The selftest pack is what the engine is proven on, so it has to use all that the engine accepts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from engine.bpmn.dialect.vocabulary import NODES
from engine.bpmn.dialect.zeebe import EXTENSIONS, PROPERTIES, Extension
from engine.bpmn.xml import parse_xml
from engine.feel import Feel
from engine.feel_functions import standard_functions
from engine.lint import check_pack
from engine.manifests import read_manifest
from engine.packs import read_pack
from engine.registry import CaseAccess, Job, JobType
from forms.files import Upload
from forms.model import CONTAINERS, INPUTS
from forms.reading import read_form
from forms.validation import validate

ROOT = Path(__file__).parents[2]
PACK, FORMS = ROOT / "processes/selftest", ROOT / "forms/selftest"
SUBMISSIONS: Mapping[str, Any] = json.loads((ROOT / "tests/fixtures/selftest/submissions.json").read_text("utf-8"))
NS = {"bpmn": "http://www.omg.org/spec/BPMN/20100524/MODEL", "zeebe": "http://camunda.org/schema/zeebe/1.0"}
TREES: dict[str, Any] = {file.name: parse_xml(file.read_bytes(), file.name) for file in sorted(PACK.glob("*.bpmn"))}
JOB_TYPES = {"selftest.note", "selftest.push", "selftest.external"}

# What must occur beyond the kinds of elements: a description, and where it is found.
FEATURES = {
    "none start": "//bpmn:process/bpmn:startEvent[not(bpmn:messageEventDefinition)]",
    "message start": "//bpmn:startEvent/bpmn:messageEventDefinition",
    "none end": "//bpmn:endEvent[not(*[contains(local-name(), 'Definition')])]",
    "terminate end": "//bpmn:endEvent/bpmn:terminateEventDefinition",
    "error end": "//bpmn:endEvent/bpmn:errorEventDefinition[@errorRef]",
    "message throw": "//bpmn:intermediateThrowEvent/bpmn:messageEventDefinition",
    "message catch": "//bpmn:intermediateCatchEvent/bpmn:messageEventDefinition",
    "catch of a moment": "//bpmn:intermediateCatchEvent//bpmn:timeDate",
    "catch of a duration": "//bpmn:intermediateCatchEvent//bpmn:timeDuration[starts-with(., 'P')]",
    "catch of a duration from FEEL": "//bpmn:intermediateCatchEvent//bpmn:timeDuration[starts-with(., '=')]",
    "interrupting boundary timer": "//bpmn:boundaryEvent[not(@cancelActivity)]/bpmn:timerEventDefinition",
    "counted cycle": "//bpmn:boundaryEvent[@cancelActivity='false']//bpmn:timeCycle[starts-with(., 'R3/')]",
    "endless cycle": "//bpmn:boundaryEvent[@cancelActivity='false']//bpmn:timeCycle[starts-with(., 'R/')]",
    "interrupting boundary message": "//bpmn:boundaryEvent[not(@cancelActivity)]/bpmn:messageEventDefinition",
    "non-interrupting boundary message": "//bpmn:boundaryEvent[@cancelActivity='false']/bpmn:messageEventDefinition",
    "boundary error of one code": "//bpmn:boundaryEvent/bpmn:errorEventDefinition[@errorRef]",
    "boundary error of any code": "//bpmn:boundaryEvent/bpmn:errorEventDefinition[not(@errorRef)]",
    "boundary event on a sub-process": "//bpmn:boundaryEvent[@attachedToRef=//bpmn:subProcess/@id]",
    "boundary event on a call": "//bpmn:boundaryEvent[@attachedToRef=//bpmn:callActivity/@id]",
    "instances side by side": "//bpmn:multiInstanceLoopCharacteristics[not(@isSequential)]/bpmn:completionCondition",
    "instances in turn": "//bpmn:multiInstanceLoopCharacteristics[@isSequential='true']",
    "default of an inclusive gateway": "//bpmn:inclusiveGateway[@default]",
    "message without a correlation key": "//bpmn:message[not(.//zeebe:subscription)]",
    "closed call": "//zeebe:calledElement[@propagateAllParentVariables='false']",
    "open call": "//zeebe:calledElement[@propagateAllChildVariables='true'][not(@propagateAllParentVariables)]",
    "due date in working days": "//zeebe:taskSchedule[starts-with(@dueDate, '=working days after(')]",
    "literal mapping": "//zeebe:input[not(starts-with(@source, '='))]",
    "facts under a literal path": "//zeebe:property[@name='shenhou:facts'][not(starts-with(@value, '='))]",
    "facts under a FEEL path": "//zeebe:property[@name='shenhou:facts'][starts-with(@value, '=')]",
}


def found(path: str) -> list[Any]:
    return [match for tree in TREES.values() for match in tree.xpath(path, namespaces=NS)]


def extension_attributes(extensions: Mapping[str, Extension]) -> Iterator[str]:
    """XPaths of every extension element and attribute; what only ever says ``latest`` or numbers a header is left."""
    for name, extension in extensions.items():
        yield f"//{name}"
        yield from (f"//{name}/@{attribute}" for attribute in extension.attributes.keys() - {"bindingType", "id"})
        yield from extension_attributes(extension.children)


@pytest.mark.parametrize("kind", NODES)
def test_every_accepted_element_is_used(kind: str) -> None:
    assert found(f"//bpmn:{kind}")


@pytest.mark.parametrize("path", sorted(set(extension_attributes(EXTENSIONS))))
def test_every_accepted_extension_is_used(path: str) -> None:
    assert found(path)


@pytest.mark.parametrize("name", PROPERTIES)
def test_every_setting_of_ours_is_used(name: str) -> None:
    assert found(f"//zeebe:property[@name='{name}']")


@pytest.mark.parametrize("feature", FEATURES)
def test_every_variant_is_used(feature: str) -> None:
    assert found(FEATURES[feature])


def test_event_gateway_offers_messages_and_a_timer() -> None:
    [gateway] = found("//bpmn:eventBasedGateway")
    [tree] = [tree for tree in TREES.values() if gateway.getroottree().getroot() is tree]
    offered = tree.xpath(
        "//bpmn:intermediateCatchEvent[bpmn:incoming=//bpmn:sequenceFlow[@sourceRef=$id]/@id]/*[last()]",
        namespaces=NS,
        id=gateway.get("id"),
    )
    kinds = sorted(etree.QName(definition).localname for definition in offered)
    assert kinds == ["messageEventDefinition", "messageEventDefinition", "timerEventDefinition"]


def test_inclusive_join_stands_in_a_loop_by_way_of_a_sub_process() -> None:
    [tree] = [tree for tree in TREES.values() if tree.xpath("//bpmn:inclusiveGateway", namespaces=NS)]
    assert {gateway.getparent().get("id") for gateway in tree.iter(f"{{{NS['bpmn']}}}inclusiveGateway")} == {
        "run_checks"
    }
    flows = {(f.get("sourceRef"), f.get("targetRef")) for f in tree.iter(f"{{{NS['bpmn']}}}sequenceFlow")}
    around = ["run_checks", "what_was_found", "await_supplement", "is_round_due", "run_checks"]
    assert set(pairwise(around)) <= flows


def test_only_the_three_job_types_are_used() -> None:
    assert set(found("//zeebe:taskDefinition/@type")) == JOB_TYPES


def test_whole_pack_check_finds_nothing() -> None:
    def serve(job: Job, case: CaseAccess) -> None: ...

    pack = read_pack("selftest", ROOT / "processes", ROOT / "forms")
    note = JobType("selftest.note", serve, True, inputs=("text",), outputs=("note_number",), errors=("niche_taken",))
    served = {"selftest.note": note, "selftest.push": JobType("selftest.push", serve, inputs=("text",))}
    now = datetime(2026, 11, 23, tzinfo=UTC)
    assert check_pack(pack, job_types=served, feel=Feel(standard_functions()), now=now) == []


def test_manifest_names_every_message_and_group_of_the_diagrams() -> None:
    manifest = read_manifest((PACK / "pack.yaml").read_bytes()).manifest
    assert set(found("//bpmn:message/@name")) == set(manifest.messages)
    stated = {group for groups in found("//@candidateGroups") for group in groups.split(",") if groups[0] != "="}
    assert stated <= set(manifest.groups)
    assert manifest.main in set(found("//bpmn:process/@id"))


def test_decisions_cover_first_unique_collect_and_a_required_decision() -> None:
    dmn = "{https://www.omg.org/spec/DMN/20191111/MODEL/}"
    trees = {file.stem: etree.parse(file).getroot() for file in PACK.glob("*.dmn")}
    policies = {
        table.get("hitPolicy", "UNIQUE") for tree in trees.values() for table in tree.iter(f"{dmn}decisionTable")
    }
    assert policies == {"FIRST", "UNIQUE", "COLLECT"}
    decisions = list(trees["storage_fee_rules"].iter(f"{dmn}decision"))
    [required] = trees["storage_fee_rules"].iter(f"{dmn}requiredDecision")
    assert required.get("href") == f"#{decisions[0].get('id')}" and len(decisions) == 2


def test_every_kind_of_field_is_used() -> None:
    kinds = {c.kind for file in FORMS.glob("*.form") for c in read_form(file.read_bytes(), file.stem).components()}
    assert kinds >= INPUTS | CONTAINERS


def test_forms_use_conditions_limits_and_our_properties() -> None:
    form = read_form((FORMS / "acceptance.form").read_bytes(), "acceptance")
    assert form.has_conditions
    assert "validate.max" in {e.attribute for e in form.expressions}
    sensitive = {key: field.check for key, field in form.fields.items() if field.sensitive}
    assert sensitive == {
        "deceased.id_number": "id_number",
        "applicant.id_number": "id_number",
        "applicant.phone": "phone",
        "heirs[].phone": "phone",
    }


@pytest.mark.parametrize("name", sorted(file.stem for file in FORMS.glob("*.form")))
def test_sample_submission_is_accepted(name: str) -> None:
    form = read_form((FORMS / f"{name}.form").read_bytes(), name)
    sample = SUBMISSIONS[name]
    uploads = {"files::scan_1": Upload("亲属关系公证书.pdf", "application/pdf", 2048, b"%PDF-1.7\n")}
    assert validate(form, sample["values"], sample["context"], Feel(), uploads).errors == {}
