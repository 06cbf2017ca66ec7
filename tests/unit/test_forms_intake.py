"""What a stranger may send: only what the form asks for, in a measure that a server can look at."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from engine.feel import Feel
from forms import Form, read_form, show, validate
from tests.unit.form_generator import Generator

HEIRS: dict[str, Any] = {
    "type": "dynamiclist",
    "id": "Field_heirs",
    "path": "heirs",
    "label": "继承人",
    "components": [{"type": "textfield", "id": "Field_heir", "key": "name", "label": "姓名"}],
}
NAME = {"type": "textfield", "id": "Field_name", "key": "applicant.name", "label": "姓名"}


@pytest.fixture(scope="module")
def feel() -> Feel:
    return Feel()


@pytest.fixture(scope="module")
def form() -> Form:
    return read_form({"type": "default", "id": "one", "components": [NAME, HEIRS]}, "one.form")


GOOD = {"applicant": {"name": "王小明"}, "heirs": [{"name": "李㐂"}]}


@pytest.mark.parametrize(
    ("extra", "place"),
    [
        ({"hold": {"released": True}}, "hold"),
        ({"hold.released": True}, "hold.released"),
        ({"case": {"x": 1}}, "case"),
        ({"case.x": 1}, "case.x"),
        ({"status": "closed"}, "status"),
        ({"applicant": {"name": "王", "role": "admin"}}, "applicant.role"),
        ({"applicant.name": "王"}, "applicant.name"),
        ({"heirs": [{"name": "李"}, {"name": "王", "paid": True}]}, "heirs[1].paid"),
        ({"heirs": [{"name": "李", "heirs": []}]}, "heirs[0].heirs"),
        ({"__proto__": {"name": "x"}}, "__proto__"),
        ({"applicant": {"constructor": {}}}, "applicant.constructor"),
        ({"prototype": None}, "prototype"),
        ({"": 1}, "?"),
        ({"\ud800\u202e": 1}, "?"),
        ({"this": {}}, "this"),
    ],
)
def test_a_key_that_the_form_does_not_have_is_refused_by_name(
    feel: Feel, form: Form, extra: dict[str, Any], place: str
) -> None:
    submission = validate(form, {**GOOD, **extra}, {}, feel)
    assert list(submission.errors) == [place]
    assert [finding.code for finding in submission.findings] == ["unknown"]
    names = {"applicant", "heirs"}
    assert submission.values.keys() <= names
    assert all(row.keys() == {"name"} for row in submission.values["heirs"])  # type: ignore[attr-defined]


def test_what_the_form_asks_for_is_taken(feel: Feel, form: Form) -> None:
    assert validate(form, GOOD, {}, feel).errors == {}
    assert validate(form, GOOD, {}, feel).values == GOOD


@pytest.mark.parametrize(
    ("sent", "place"),
    [
        ({"applicant": "王"}, "applicant"),
        ({"applicant": None}, "applicant"),
        ({"applicant": ["name"]}, "applicant"),
        ({"heirs": "all"}, "heirs"),
        ({"heirs": {"0": {"name": "王"}}}, "heirs"),
        ({"heirs": None}, "heirs"),
        ({"heirs": ["王"]}, "heirs[0]"),
        ({"heirs": [None]}, "heirs[0]"),
        ({"heirs": [[]]}, "heirs[0]"),
        ([], ""),
        ("text", ""),
        (None, ""),
    ],
)
def test_a_wrong_shape_is_an_error_at_its_place(feel: Feel, form: Form, sent: Any, place: str) -> None:
    assert list(validate(form, sent, {}, feel).errors) == [place]


def nest(depth: int) -> Any:
    value: Any = "x"
    for _ in range(depth):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    "sent",
    [
        {"applicant": nest(50_000)},
        {"heirs": [{"name": "x"}] * 20_001},
        {"applicant": {str(number): 1 for number in range(20_001)}},
    ],
)
def test_too_much_is_refused_as_a_whole(feel: Feel, form: Form, sent: Any) -> None:
    submission = validate(form, sent, {}, feel)
    assert [finding.code for finding in submission.findings] == ["too_much"]


def test_a_flood_of_unknown_keys_gives_a_page_of_errors_at_most(feel: Feel, form: Form) -> None:
    submission = validate(form, {"x" * 500 + str(number): 1 for number in range(1000)}, {}, feel)
    assert len(submission.findings) == 50
    assert max(map(len, submission.errors)) <= 60


def test_rows_are_counted_over_all_lists(feel: Feel) -> None:
    inner = {**HEIRS, "id": "Field_inner", "path": "inner", "components": [{**HEIRS["components"][0], "id": "Field_x"}]}
    form = read_form({"type": "default", "id": "one", "components": [{**HEIRS, "components": [inner]}]}, "one.form")
    submission = validate(form, {"heirs": [{"inner": [{"name": "x"}] * 100}] * 10}, {}, feel)
    assert {finding.code for finding in submission.findings} == {"max_rows"}


def test_the_submission_and_the_context_are_left_as_they_were(feel: Feel, form: Form) -> None:
    sent = {"applicant": {"name": "a\tb"}, "heirs": [{"name": "x"}]}
    context = {"applicant": {"name": 5, "other": [1]}, "heirs": [{}, {"name": "y"}], "case": {"a": 1}}
    submission = validate(form, sent, context, feel)
    assert submission.values == {"applicant": {"name": "a b"}, "heirs": [{"name": "x"}]}
    assert sent == {"applicant": {"name": "a\tb"}, "heirs": [{"name": "x"}]}
    assert context == {"applicant": {"name": 5, "other": [1]}, "heirs": [{}, {"name": "y"}], "case": {"a": 1}}


JUNK: list[Any] = [
    None, True, 0, -1, 1e308, float("nan"), 10**200, "", "x", "\ud800", "\x00", "9" * 100, "2025-04-05", "files::0",
    [], [[]], [None], {}, {"a": 1}, {"__proto__": 1}, [{"a": [1]}], {"constructor": {"prototype": {}}},
]  # fmt: skip


def spoil(chance: random.Random, value: Any) -> Any:
    """``value`` with junk in places."""
    if chance.random() < 0.15:
        return chance.choice(JUNK)
    if isinstance(value, dict):
        odd = (
            {chance.choice(["zz", "this", "__proto__", "0", "a.b"]): chance.choice(JUNK)}
            if chance.random() < 0.1
            else {}
        )
        return {**{key: spoil(chance, inner) for key, inner in value.items()}, **odd}
    return [spoil(chance, inner) for inner in value] if isinstance(value, list) else value


def leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The paths of everything in ``value``, without row numbers."""
    if path:
        yield path
    inner = (
        value.items() if isinstance(value, dict) else (("", one) for one in value) if isinstance(value, list) else ()
    )
    for key, one in inner:
        yield from leaves(one, (*path, key) if key else path)


def test_hostile_submissions_never_crash_and_bring_in_no_foreign_key(feel: Feel) -> None:
    for seed in range(150):
        case = Generator(seed).make()
        form = read_form(case.schema, "random.form")
        submission = validate(form, spoil(random.Random(seed), case.submitted), case.context, feel)
        orjson.dumps([submission.errors, submission.values, submission.sealed])
        fields = {path for path in leaves([submission.values, submission.sealed]) if path}
        assert fields <= form.field_paths, seed
        show(form, case.context, feel, case.submitted)
