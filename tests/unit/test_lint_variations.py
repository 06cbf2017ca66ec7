"""What a manifest changes of a form must be there to be changed."""

from __future__ import annotations

import pytest

from tests.unit.lint_packs import assert_clean, assert_only, findings, form, pack, run, user

CHOICE = {"type": "radio", "key": "manner", "values": [{"label": "信函", "value": "letter"}]}
FILES = {
    "register_death.bpmn": run(user("ask_manner", "notice")),
    "forms/notice.form": form("notice", CHOICE, {"key": "name"}),
}


def test_a_variation_of_what_is_there_is_clean() -> None:
    varied = {
        "texts": {"notice_0": "方式", "notice_0.description": "任选一种"},
        "choices": {"notice_0": {"sms": "短信"}},
    }
    assert_clean(pack(FILES, forms={"notice": varied | {"without": ["notice_1"]}}))


@pytest.mark.parametrize(
    ("varied", "element"),
    [
        ({"texts": {"notice_7": "方式"}}, "forms.notice.texts.notice_7"),
        ({"without": ["notice_7"]}, "forms.notice.without.0"),
        ({"choices": {"notice_7": {"sms": "短信"}}}, "forms.notice.choices.notice_7"),
        ({"choices": {"notice_1": {"sms": "短信"}}}, "forms.notice.choices.notice_1"),
    ],
)
def test_a_component_that_is_not_there_or_offers_nothing_is_told(varied: object, element: str) -> None:
    problem = assert_only("manifest/unknown-component", pack(FILES, forms={"notice": varied}))
    assert (problem.file, problem.element) == ("pack.yaml", element)


def test_a_form_that_is_not_there_is_told() -> None:
    assert_only("manifest/unknown-form", pack(FILES, forms={"notise": {"texts": {"notice_0": "方式"}}}))


def test_a_form_of_which_nothing_is_left_is_told() -> None:
    left_out = pack(FILES, forms={"notice": {"without": ["notice_0", "notice_1"]}})
    assert {problem.rule for problem in findings(left_out)} == {"form/empty"}
