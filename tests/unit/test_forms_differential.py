"""Random forms through the real form-js in Node and through ours: same fields shown, same faults, same data.

``SHENHOU_SOAK=1`` runs hundreds of cases, ``SHENHOU_SEED`` others. A failure names the seed of its case.
"""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.feel import Feel
from forms import Submission, Upload, path_text, read_form, rules, validate
from forms.formats import is_email, is_international_phone
from forms.values import get_at, is_same
from tests.unit.form_generator import Case, Generator

ROOT = Path(__file__).parents[2]
DRIVER = ROOT / "tests" / "node" / "form_differential.mjs"
VIEWER = ROOT / "node_modules" / "@bpmn-io" / "form-js-viewer" / "dist" / "index.es.js"
FIXTURE = ROOT / "tests" / "fixtures" / "forms" / "joint_application.form"
SEED = int(os.environ.get("SHENHOU_SEED", "20250405"))
CASES = 600 if os.environ.get("SHENHOU_SOAK") == "1" else 20

# Where a server refuses what form-js' widgets would have corrected in silence.
STRICTER = {"option", "interval", "past", "early", "type_date", "type_time", "type_datetime"}
# A field that nobody may fill in and of which the server knows nothing is left out instead of being empty.
LEFT_OUT: tuple[object, ...] = ("", False, [], None)
PDF = Upload("死亡证明.pdf", "application/pdf", 1024, b"%PDF-1.7\n")


@pytest.fixture(scope="module")
def feel() -> Feel:
    return Feel()


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return [Generator(SEED + number).make() for number in range(CASES)]


@pytest.fixture(scope="module")
def all_outcomes(cases: list[Case]) -> list[dict[str, Any]]:
    """What form-js makes of the cases and, last, of the form among the fixtures: one start of Node for all."""
    return run_form_js([*(case.for_node() for case in cases), fixture_case().for_node()])


@pytest.fixture(scope="module")
def outcomes(all_outcomes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return all_outcomes[:-1]


def fixture_case() -> Case:
    context = {"case": {"deceased": {"insured": True}}}
    submitted = json.loads(FIXTURE.with_suffix(".json").read_bytes())
    base = {**context, "heirs": [{} for _ in submitted["heirs"]]}
    values = list(leaves(submitted, ()))
    return Case(json.loads(FIXTURE.read_bytes()), context, submitted, base, values, [["heirs"]])


def run_form_js(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    result = subprocess.run(
        ["node", str(DRIVER)],
        input="\n".join(map(json.dumps, lines)),
        capture_output=True,
        text=True,
        timeout=60 + 2 * len(lines),
        env={**os.environ, "TZ": "Asia/Shanghai"},
    )
    assert result.returncode == 0, result.stderr[-2000:]
    return [json.loads(line) for line in result.stdout.splitlines()]


def run_ours(case: Case, feel: Feel) -> Submission:
    form = read_form(json.dumps(case.schema).encode(), "random.form")
    return validate(form, case.submitted, case.context, feel, dict.fromkeys(case.files, PDF))


def differences(theirs: dict[str, Any], ours: Submission) -> Iterator[str]:
    """What the two make of one case, where it is not the same."""
    if "unsettled" in theirs:
        if [finding.code for finding in ours.findings] != ["unsettled"]:
            yield "only form-js finds no rest"
        return
    shown = {path_text(tuple(path)) for path in theirs["visible"]}
    if shown != set(ours.visible):
        yield f"shown: {sorted(shown ^ set(ours.visible))}"
    stricter = {path_text(finding.path) for finding in ours.findings if finding.code in STRICTER}
    faulty = {path_text(tuple(path)) for path in theirs["errors"]} - stricter
    if faulty != ours.errors.keys() - stricter:
        yield f"faults: {sorted(faulty ^ (ours.errors.keys() - stricter))}"
    for path in map(tuple, theirs["visible"]):
        wanted, found = get_at(theirs["data"], path), value_of(ours, path)
        if path_text(path) in stricter or is_same(wanted, found) or (found is None and wanted in LEFT_OUT):
            continue
        yield f"{path_text(path)}: form-js {wanted!r}, ours {found!r}"


def value_of(ours: Submission, path: tuple[str | int, ...]) -> object:
    """What ours has at ``path``, sealed or not; a file by the one key that form-js has for it."""
    found = get_at(ours.values, path)
    if found is None:
        found = get_at(ours.sealed, path)
    is_files = isinstance(found, list) and found and str(found[0]).startswith("files::")
    return found[0] if is_files and isinstance(found, list) else found


def find_differences(cases: list[Case], outcomes: list[dict[str, Any]], feel: Feel) -> dict[int, list[str]]:
    found = {}
    for number, (case, theirs) in enumerate(zip(cases, outcomes, strict=True)):
        here = list(differences(theirs, run_ours(case, feel)))
        if here:
            found[SEED + number] = here
    return found


def test_random_forms_come_out_as_in_form_js(cases: list[Case], outcomes: list[dict[str, Any]], feel: Feel) -> None:
    assert find_differences(cases, outcomes, feel) == {}


def test_the_cases_exercise_what_they_compare(cases: list[Case], feel: Feel) -> None:
    ours = [run_ours(case, feel) for case in cases]
    visible = sum(len(one.visible) for one in ours)
    assert visible > 5 * len(cases)
    assert sum(bool(one.errors) for one in ours) > len(cases) / 4
    assert any(one.visible and not one.errors for one in ours)
    known_stricter = sum(finding.code in STRICTER for one in ours for finding in one.findings)
    assert known_stricter < visible / 8


@pytest.mark.parametrize("fault", ["required", "hide", "sealed"])
def test_the_comparison_catches_a_fault(
    fault: str, cases: list[Case], outcomes: list[dict[str, Any]], feel: Feel, monkeypatch: pytest.MonkeyPatch
) -> None:
    if fault == "required":
        monkeypatch.setattr(rules, "is_missing", lambda *_: False)
    elif fault == "hide":
        monkeypatch.setattr("forms.evaluator.Reading.holds", lambda *_: False)
    else:
        monkeypatch.setattr("forms.validation.put_at", lambda *_: None)
    assert find_differences(cases, outcomes, feel)


def test_a_real_form_comes_out_as_in_form_js(all_outcomes: list[dict[str, Any]], feel: Feel) -> None:
    ours = run_ours(fixture_case(), feel)
    assert ours.errors == {}
    assert list(differences(all_outcomes[-1], ours)) == []


def leaves(value: object, path: tuple[str | int, ...]) -> Iterator[list[object]]:
    """``[path, value]`` of everything that is not an object or a list of objects."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for index, row in enumerate(value):
            yield from leaves(row, (*path, index))
    else:
        yield [list(path), value]


def test_telephones_and_addresses_are_judged_as_by_form_js() -> None:
    source = VIEWER.read_text()
    phone, email = re.findall(r"^const (?:EMAIL|PHONE)_PATTERN = /(.+)/;$", source, re.MULTILINE)[::-1]
    chance = random.Random(SEED)
    heads = ["+", "00", "x+", "+00", "+86", "0049", "+1264", "+39066", "++", "", "+599", "+9", "00 "]
    for _ in range(20_000):
        text = chance.choice(heads) + "".join(chance.choices("0123456789", k=chance.randint(0, 26)))
        text += chance.choice(["", "", "", "", "\n", " ", "a"])
        wanted = re.search(phone.removesuffix("$") + r"\Z", text, re.ASCII) is not None
        assert is_international_phone(text) == wanted, text
    for _ in range(5_000):
        text = "".join(chance.choices("ab1@@.-_+ \n'é", k=chance.randint(0, 12)))
        assert is_email(text) == (re.fullmatch(email.removeprefix("^").removesuffix("$"), text) is not None), text
