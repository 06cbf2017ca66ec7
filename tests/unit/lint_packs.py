"""Small packs that check without a finding, so that a test changes one thing and sees one finding."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from engine.errors import Problem
from engine.feel import Feel
from engine.lint import check_pack
from engine.packs import Pack, assemble_pack
from tests.unit.bpmn_drafts import chain, draft, end, node, start

FEEL = Feel()
NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
MANIFEST: dict[str, object] = {
    "code": "yunze",
    "names": {"short": "云泽", "official": "云泽县死亡登记"},
    "main": "register_death",
    "groups": {"window": {"name": "综合窗口"}, "police": {"name": "县公安局", "kind": "department"}},
}
Files = dict[str, bytes]


@dataclass(frozen=True)
class Worker:
    """A registered job type, as far as the check looks at it."""

    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    templates: tuple[str, ...] = ()


def manifest(**sections: object) -> bytes:
    """A ``pack.yaml``; JSON is YAML too."""
    return json.dumps({**MANIFEST, **sections}, ensure_ascii=False, indent=1).encode()


def diagram(*parts: str, name: str = "register_death", roots: str = "") -> bytes:
    """A drawn diagram whose shapes do not lie on each other."""
    places = itertools.count()
    data = (
        draft(*parts, name=name, roots=roots).decode().replace('bpmnElement="register_death"', f'bpmnElement="{name}"')
    )
    return re.sub('<dc:Bounds x="0"', lambda _: f'<dc:Bounds x="{next(places) * 150}"', data).encode()


def run(*parts: str, name: str = "register_death", roots: str = "") -> bytes:
    """A diagram that runs from a start event through ``parts`` to an end event."""
    return diagram(chain(start(), *parts, end()), name=name, roots=roots)


def form(form_id: str, *fields: Mapping[str, object]) -> bytes:
    """A form of text fields, or of what ``fields`` say."""
    components = [
        {"type": "textfield", "label": "姓名", "id": f"{form_id}_{at}", **each} for at, each in enumerate(fields)
    ]
    head = {"type": "default", "id": form_id, "schemaVersion": 18, "components": components}
    return json.dumps(head, ensure_ascii=False, indent=1).encode()


def user(name: str, form_id: str, more: str = "", inside: str = "", *, groups: str = "window", facts: str = "") -> str:
    place = f'<zeebe:properties><zeebe:property name="shenhou:facts" value="{facts}"/></zeebe:properties>'
    people = f'<zeebe:assignmentDefinition candidateGroups="{groups}"/>' if groups else ""
    extensions = f'<zeebe:userTask/><zeebe:formDefinition formId="{form_id}"/>{people}{more}{place if facts else ""}'
    return node("userTask", name, inside, extensions)


def job(name: str, job_type: str, more: str = "", inside: str = "", *, kind: str = "serviceTask") -> str:
    return node(kind, name, inside, f'<zeebe:taskDefinition type="{job_type}"/>{more}')


def mapping(*outputs: tuple[str, str], inputs: tuple[tuple[str, str], ...] = ()) -> str:
    """An ioMapping; sources are written as they stand in the XML."""
    parts = [f'<zeebe:input source="{source}" target="{target}"/>' for source, target in inputs]
    parts += [f'<zeebe:output source="{source}" target="{target}"/>' for source, target in outputs]
    return f"<zeebe:ioMapping>{''.join(parts)}</zeebe:ioMapping>"


def pack(files: Mapping[str, bytes], **sections: object) -> Pack:
    """A pack of ``files``; the manifest is the small one with ``sections`` unless it is among them."""
    named = {"pack.yaml": manifest(**sections), **files}
    return assemble_pack("yunze", named, dict.fromkeys(named, "yunze"))


def findings(checked: Pack, workers: Mapping[str, Worker] | None = None, now: datetime = NOW) -> list[Problem]:
    return check_pack(checked, job_types=workers or {}, feel=FEEL, now=now)


def assert_clean(checked: Pack, workers: Mapping[str, Worker] | None = None) -> None:
    assert [str(problem) for problem in findings(checked, workers)] == []


def assert_only(rule: str, checked: Pack, workers: Mapping[str, Worker] | None = None) -> Problem:
    """``checked`` has this finding and no other; it says where, what, and what to do."""
    found = findings(checked, workers)
    assert [problem.rule for problem in found] == [rule], "\n".join(map(str, found))
    problem = found[0]
    assert problem.file in checked.files
    assert problem.message
    assert problem.remedy
    lines = checked.files[problem.file].count(b"\n") + 1
    assert 0 <= problem.line <= lines
    return problem
