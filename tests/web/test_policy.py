"""Every route says who may come in, and answers nobody else; who sees which case is one rule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, request
from flask.testing import FlaskClient

from engine import db
from engine import tables as t
from engine.runtime import Runtime
from tasks.tables import items
from tests.web.conftest import Browser
from tests.web.telephones import family_browser
from web.access import masking, policy
from web.access.people import Person
from web.tables import case_parties, families, unmaskings

AT = "2026-11-23T01:00:00.000000Z"
CASE, ELSEWHERE = "a" * 32, "b" * 32
ID_NUMBER = "430102193802290017"


def staff(*groups: str, region: str = "430000", login: str = "wang") -> Person:
    return Person("staff", "u1", "王䶮", login, frozenset(groups), region)


@pytest.fixture
def two_cases(runtime: Runtime) -> sa.Engine:
    """A case on which the funeral home works and whose item is the police's, and one in another province."""
    with runtime.database.begin() as connection:
        release = connection.execute(sa.select(t.releases.c.id)).scalar_one()
        for case_id, region in ((CASE, "430102"), (ELSEWHERE, "520102")):
            sealed = runtime.sealer.seal({"deceased": {"id_number": ID_NUMBER}}, case_id)
            connection.execute(
                t.cases.insert().values(
                    id=case_id, code=f"{region}-1", pack="hunan", release_id=release, region=region, status="open",
                    facts="{}", sealed=sealed, revision=1, audit_seq=0, audit_head="0" * 64, opened_at=AT,
                )
            )  # fmt: skip
            instance = {"id": case_id[:31] + "i", "case_id": case_id, "process_id": "funeral", "status": "active"}
            connection.execute(t.process_instances.insert().values(**instance, revision=1, started_at=AT))
            connection.execute(
                t.user_tasks.insert().values(
                    id=case_id[:31] + "t", case_id=case_id, instance_id=instance["id"], process_id="funeral",
                    element_id="receive_body", name="接收遗体", form_id="receive_body", facts_path="", locals="{}",
                    status="completed", candidate_group="funeral.clerk", priority=50, created_at=AT,
                )
            )  # fmt: skip
            connection.execute(
                items.insert().values(
                    case_id=case_id, code="licence_cancel", department="police", status="processing", selected_at=AT
                )
            )
    return runtime.database


def test_every_route_carries_a_policy(app: Flask) -> None:
    bare = {rule.endpoint for rule in app.url_map.iter_rules() if not policy.policies_of(app, rule.endpoint)}
    assert bare == set()


def test_route_without_a_policy_answers_nobody(app: Flask, browsers: Callable[..., Browser]) -> None:
    app.add_url_rule("/forgotten", view_func=lambda: "seen")
    assert Browser(app.test_client()).get("/forgotten").status_code == 404
    assert browsers("operator").get("/forgotten").status_code == 404


def test_every_page_of_staff_turns_everybody_else_away(app: Flask, browsers: Callable[..., Browser]) -> None:
    nobody, relative = browsers(), family_browser(browsers())
    for rule in app.url_map.iter_rules():
        policies = policy.policies_of(app, rule.endpoint)
        if rule.arguments or "GET" not in (rule.methods or ()) or any(p.audience != "staff" for p in policies):
            continue
        answer = nobody.get(rule.rule)
        assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (303, "/staff/sign-in"), rule
        assert relative.get(rule.rule).status_code == 404, rule


def test_signed_out_is_led_to_sign_in_and_back(browser: Browser) -> None:
    answer = browser.get("/staff/account?tab=2")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/staff/sign-in?next=/staff/account?tab%3D2")
    answer = browser.sign_in("funeral-clerk", next="/staff/account?tab=2")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/staff/account?tab=2")


def test_form_of_an_expired_session_leads_back_to_its_page(browser: Browser) -> None:
    headers = {"Referer": "http://localhost/staff/account"}
    answer = browser.post("/staff/account/password", {}, headers=headers)
    assert answer.headers["Location"] == "/staff/sign-in?next=/staff/account"
    answer = browser.post("/staff/account/password", {}, headers={"Referer": "https://evil.example/x"})
    assert answer.headers["Location"] == "/staff/sign-in"


def test_htmx_is_told_to_load_the_sign_in_page(browser: Browser) -> None:
    answer = browser.get("/staff/account", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, "/staff/sign-in")


@pytest.mark.parametrize(("login", "status"), [("operator", 200), ("funeral-clerk", 404), ("supervisor-clerk", 404)])
def test_what_one_may_not_see_is_not_there(browsers: Callable[..., Browser], login: str, status: int) -> None:
    assert browsers(login).get("/ops/").status_code == status


@pytest.mark.parametrize(
    ("person", "seen"),
    [
        (staff("funeral.clerk"), True),
        (staff("funeral.other"), True),  # of the same department
        (staff("police.traffic"), True),  # it has an item
        (staff("police"), True),
        (staff("hrss.clerk"), False),
        (staff("window.clerk"), True),
        (staff("supervisor.clerk"), True),
        (staff("hotline.operator"), True),
        (staff(), False),
        (staff("funeral.clerk", region="430100"), True),
        (staff("funeral.clerk", region="430102"), True),
        (staff("window.clerk", region="430103"), False),
        (staff("window.clerk", region="520000"), False),
        (staff("window.clerk", region=""), False),
        (staff("funer%.clerk"), False),
        (staff("windows.clerk"), False),
        (Person("family", "f1", ""), False),
    ],
)
def test_who_sees_a_case(two_cases: sa.Engine, person: Person, seen: bool) -> None:
    with db.reading(two_cases) as connection:
        case = policy.find_case(connection, {"case_id": CASE})
        assert policy.can_see_case(connection, person, case) is seen
        listed = connection.execute(sa.select(t.cases.c.id).where(policy.visible_cases(person))).scalars().all()
    assert (CASE in listed) is seen


def test_holder_and_doer_of_a_task_see_its_case(two_cases: sa.Engine) -> None:
    colleague = staff("hrss.clerk", login="li")
    for column in ("assignee", "completed_by"):
        with two_cases.begin() as connection:
            empty = {"assignee": None, "completed_by": None}
            connection.execute(t.user_tasks.update().values(**(empty | {column: "li"})))
        with db.reading(two_cases) as connection:
            assert policy.can_see_case(connection, colleague, policy.find_case(connection, {"case_id": CASE}))
            assert not policy.can_see_case(connection, colleague, policy.find_case(connection, {"case_id": ELSEWHERE}))


def test_family_sees_the_case_it_has_a_part_in(two_cases: sa.Engine) -> None:
    with two_cases.begin() as connection:
        for family_id in ("f1", "f2"):
            connection.execute(families.insert().values(id=family_id, sealed=b"", created_at=AT))
        connection.execute(case_parties.insert().values(case_id=CASE, family_id="f1", role="applicant", since=AT))
    with db.reading(two_cases) as connection:
        case = policy.find_case(connection, {"case_id": CASE})
        assert policy.can_see_case(connection, Person("family", "f1", ""), case)
        assert not policy.can_see_case(connection, Person("family", "f2", ""), case)
        assert not policy.can_see_case(connection, staff("hrss.clerk", login="f1"), case)


@pytest.mark.both_databases
def test_case_is_found_by_a_task_of_it(two_cases: sa.Engine) -> None:
    with db.reading(two_cases) as connection:
        assert policy.find_case(connection, {"user_task_id": CASE[:31] + "t"}).id == CASE
        for nonsense in ("", "x", "' OR 1=1", "é" * 32, None, "a" * 3000):
            assert policy.find_case(connection, {"case_id": nonsense}) is None
            assert policy.find_case(connection, {"user_task_id": nonsense}) is None


# -- numbers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("deceased.id_number", ID_NUMBER, "4301****0017"),
        ("applicant.phone", "13874210966", "138****0966"),
        ("payee.bank_account", "6222021901234567890", "****7890"),
        ("deceased.name", "谭䶮", "谭䶮"),
        ("applicant.phone", "", ""),
        ("applicant.phone", None, ""),
        ("applicant.phone", "123", "****3"),
    ],
)
def test_numbers_are_shown_by_their_ends(field: str, value: str | None, shown: str) -> None:
    assert policy.mask(staff("window.clerk"), field, value) == shown
    assert masking.is_masked(field) == (not field.endswith("name"))


def test_unmasking_shows_the_whole_and_is_written_down(
    browsers: Callable[..., Browser], two_cases: sa.Engine, rows: Any
) -> None:
    browser = browsers("window-clerk")
    path, form = f"/staff/cases/{CASE}/unmask", {"field": "deceased.id_number"}
    assert ID_NUMBER in browser.post(path, form).text
    part = browser.post(path, form, headers={"HX-Request": "true"})
    assert part.text.strip() == f'<span class="digest">{ID_NUMBER}</span>'
    assert [(row.case_id, row.field) for row in rows(unmaskings)] == [(CASE, "deceased.id_number")] * 2


@pytest.mark.parametrize(
    ("login", "case_id", "field"),
    [
        ("hrss-clerk", CASE, "deceased.id_number"),
        ("window-clerk", ELSEWHERE, "deceased.id_number"),
        ("operator", CASE, "deceased.id_number"),
        ("window-clerk", CASE, "deceased"),
        ("window-clerk", CASE, "nothing.here"),
        ("window-clerk", CASE, ""),
    ],
)
def test_nothing_is_unmasked_for_who_may_not(
    browsers: Callable[..., Browser], two_cases: sa.Engine, rows: Any, login: str, case_id: str, field: str
) -> None:
    assert browsers(login).post(f"/staff/cases/{case_id}/unmask", {"field": field}).status_code == 404
    assert rows(unmaskings) == []


def test_family_unmasks_nothing(browser: Browser, two_cases: sa.Engine) -> None:
    family_browser(browser)
    assert browser.post(f"/staff/cases/{CASE}/unmask", {"field": "deceased.id_number"}).status_code == 404


def test_files_are_read_only_where_the_route_takes_them(app: Flask) -> None:
    @policy.allow(policy.public)
    @policy.takes_files
    def receive() -> str:
        return str(len(request.files["file"].read()))

    app.add_url_rule("/receive", view_func=receive, methods=["POST"])
    browser = Browser(app.test_client())
    assert _upload(browser.client, "/receive", browser.token()) == 200
    assert _upload(browser.client, "/staff/sign-in", browser.token()) == 413


def _upload(client: FlaskClient, path: str, token: str) -> int:
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="x.png"\r\n\r\n'
    body = head + b"x" * (2 << 20) + b"\r\n--x--\r\n"
    headers = {"X-CSRFToken": token, "Content-Type": "multipart/form-data; boundary=x"}
    return client.post(path, data=body, headers=headers).status_code
