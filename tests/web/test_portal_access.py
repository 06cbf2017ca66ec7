"""Who may not: another family's case, a page without a token, markup in a text, a guessed code."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask

from engine.clock import FixedClock
from engine.runtime import Runtime
from tests.web.conftest import PACK, Browser
from tests.web.families import PHONE, REPORT, Family, Staff, new_family
from tests.web.test_portal_journey import APPLICANT, begin, photo, report, to_materials

SCRIPT = "<script>alert(1)</script>\"'><img src=x>"


@pytest.fixture
def family(app: Flask, runtime: Runtime) -> Family:
    return new_family(app, runtime)


@pytest.fixture
def stranger(app: Flask, runtime: Runtime) -> Family:
    return new_family(app, runtime, "19900000777", "旁人")


@pytest.fixture
def staff(runtime: Runtime) -> Staff:
    return Staff(runtime)


def pages_of(case_id: str, task: str) -> list[str]:
    mine, step = f"/my/cases/{case_id}", f"/my/tasks/{task}"
    pages = [mine, f"{mine}/reported", f"{mine}/confirmation/f1", f"{mine}/clock/med_stop", f"{mine}/withdraw/f1"]
    pages += [f"{mine}/objection", f"{mine}/files/{'0' * 32}", step, f"{step}/application", f"{step}/topics/1"]
    return [*pages, f"{step}/check", f"{step}/materials", f"{step}/materials/M02"]


def posts_of(case_id: str, task: str) -> list[str]:
    mine, step = f"/my/cases/{case_id}", f"/my/tasks/{task}"
    posts = [f"{mine}/apply", f"{mine}/withdraw/f1", f"{mine}/objection", f"{mine}/objection/refresh", step]
    posts += [f"{step}/refresh", f"{step}/topics/1", f"{step}/topics/1/refresh", f"{step}/check", f"{step}/suggested"]
    return [*posts, f"{step}/check/refresh", f"{step}/materials", f"{step}/materials/M02"]


def test_another_familys_case_is_not_there(family: Family, stranger: Family, staff: Staff) -> None:
    case_id, task = to_materials(family, staff)
    assert {path: stranger.get(path).status_code for path in pages_of(case_id, task)} == dict.fromkeys(
        pages_of(case_id, task), 404
    )
    assert {path: stranger.send(path, {}).status_code for path in posts_of(case_id, task)} == dict.fromkeys(
        posts_of(case_id, task), 404
    )


def test_staff_have_no_part_in_the_families_pages(family: Family, staff: Staff, browsers: object) -> None:
    case_id, task = to_materials(family, staff)
    clerk = browsers("window-clerk")  # type: ignore[operator]
    assert {clerk.get(path).status_code for path in pages_of(case_id, task)} == {404}


def test_signed_out_family_is_led_to_sign_in(browser: Browser) -> None:
    for path in ("/my/cases", f"/report/{PACK}", "/join"):
        assert browser.get(path).headers["Location"].startswith("/sign-in?next=")


def test_clerks_step_of_ones_own_case_is_not_there(family: Family, staff: Staff) -> None:
    case_id = report(family)
    staff.settle()
    task = staff.tasks(case_id, "assign_doctor")[0]
    assert family.get(f"/my/tasks/{task.id}").status_code == 404
    assert family.send(f"/my/tasks/{task.id}", {}).status_code == 404


def test_forms_need_the_token(app: Flask, family: Family, staff: Staff) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    case_id, task = to_materials(family, staff)
    paths = [*posts_of(case_id, task), "/join", "/lookup", f"/report/{PACK}/{'0' * 32}"]
    assert {path: family.browser.client.post(path).status_code for path in paths} == dict.fromkeys(paths, 400)


def test_texts_never_become_markup(family: Family, staff: Staff) -> None:
    told = {"deceased.name": SCRIPT, "reporter.name": SCRIPT, "place_detail": SCRIPT}
    case_id = report(family, **told)
    staff.certify(case_id)
    task = begin(family, case_id)
    family.follow(f"/my/tasks/{task}/topics/1", {"items": ["med_stop"]})
    typed = {**APPLICANT, "applicant.name": SCRIPT, "applicant.address": SCRIPT}
    family.follow(f"/my/tasks/{task}/topics/2", typed)
    family.follow(f"/my/tasks/{task}/topics/9", {"delivery.mode": "post", "delivery.address": SCRIPT})
    pages = [f"/my/tasks/{task}/topics/2", f"/my/tasks/{task}/topics/9", f"/my/tasks/{task}/check", "/my/cases"]
    for path in [*pages, f"/my/cases/{case_id}"]:
        page = family.get(path).text
        assert "alert(1)" in page or path.endswith("/check"), path
        assert "<script>alert" not in page and "<img src=x" not in page, path
    answer = family.send("/join", {"code": SCRIPT, "name": SCRIPT, "as": SCRIPT})
    assert "<script>alert" not in answer.text
    answer = family.send("/lookup", {"code": SCRIPT, "phone": SCRIPT})
    assert "<script>alert" not in answer.text


def test_file_is_shown_to_who_sent_it_alone(family: Family, staff: Staff, stranger: Family) -> None:
    case_id, task = to_materials(family, staff)
    listed = f"/my/tasks/{task}/materials"
    code = re.findall(rf'href="{listed}/(M[0-9]+)"', family.get(listed).text)[0]
    family.follow(f"{listed}/{code}", {"how": "upload", "camera": photo()})
    link = re.search(rf"/my/cases/{case_id}/files/[0-9a-f]{{32}}", family.get(f"{listed}/{code}").text)
    assert link
    answer = family.get(link[0])
    assert answer.status_code == 200 and answer.headers["Content-Disposition"].startswith("attachment")
    assert stranger.get(link[0]).status_code == 404


def test_file_that_is_no_picture_is_refused(family: Family, staff: Staff) -> None:
    _, task = to_materials(family, staff)
    listed = f"/my/tasks/{task}/materials"
    code = re.findall(rf'href="{listed}/(M[0-9]+)"', family.get(listed).text)[0]
    data, _name = photo()
    data.seek(0)
    data.write(b"MZ" + b"\0" * 40)
    data.seek(0)
    answer = family.send(f"{listed}/{code}", {"how": "upload", "files": (data, "病毒.jpg")})
    assert answer.status_code == 422 and "alert-danger" in answer.text


def test_somebody_elses_application_cannot_be_taken_over(family: Family, staff: Staff, stranger: Family) -> None:
    case_id = report(family)
    staff.certify(case_id)
    code = re.search(r"SH-[A-Z0-9-]+", family.get(f"/my/cases/{case_id}").text)
    begin(family, case_id)
    assert code
    stranger.follow("/join", {"code": code[0], "name": REPORT["deceased.name"], "as": "heir"})
    page = stranger.get(f"/my/cases/{case_id}").text
    assert "填写申请表" in page  # an application of its own
    assert "f1" not in re.findall(r"withdraw/(f[0-9])", page)


def test_code_is_not_to_be_guessed(family: Family, clock: FixedClock) -> None:
    answers = [family.send("/join", {"code": "SH-2222-2222-2222", "name": "谁", "as": "heir"}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [422] * 5 + [429]


@pytest.mark.both_databases
def test_lookup_tells_little_and_only_to_who_knows_code_and_telephone(
    family: Family, staff: Staff, browser: Browser
) -> None:
    case_id, _ = to_materials(family, staff)
    code = re.search(r"SH-[A-Z0-9-]+", family.get(f"/my/cases/{case_id}").text)
    assert code
    assert browser.post("/lookup", {"code": code[0], "phone": "19911111111"}).status_code == 422
    answer = browser.post("/lookup", {"code": code[0], "phone": PHONE})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/lookup/result")
    page = browser.get("/lookup/result").text
    assert "谭○" in page and "谭㛃" not in page and "注销户口" in page and PHONE not in page


def test_lookup_is_limited_and_its_result_is_kept_for_minutes(
    family: Family, browser: Browser, clock: FixedClock
) -> None:
    case_id = report(family)
    code = re.search(r"SH-[A-Z0-9-]+", family.get(f"/my/cases/{case_id}").text)
    assert code
    assert browser.get("/lookup/result").status_code == 303
    assert browser.post("/lookup", {"code": code[0], "phone": PHONE}).status_code == 303
    clock.advance(timedelta(minutes=11))
    assert browser.get("/lookup/result").status_code == 303
    tries = [browser.post("/lookup", {"code": code[0], "phone": "1"}).status_code for _ in range(6)]
    assert tries == [422] * 5 + [429]
