"""E-certificates in the hands of families: found on the case's page, handed out against a code."""

from __future__ import annotations

import pytest
from flask import Flask

from engine import db
from engine.runtime import Runtime
from tests.web import papers_case
from tests.web.conftest import Browser
from web.access import codes
from web.services import Services
from web.tables import case_parties, families

PHONE = "13807310001"


@pytest.fixture
def own(app: Flask) -> Services:
    found: Services = app.extensions["shenhou"]
    return found


@pytest.fixture
def case_id(runtime: Runtime) -> str:
    return papers_case.lay_case(runtime)


def kept_code(own: Services) -> str:
    with db.reading(own.database) as connection:
        return codes.list_kept(connection, own.runtime.sealer, own.clock.now())[0].code


def family(own: Services, browser: Browser, case_id: str) -> Browser:
    browser.post("/sign-in", {"phone": PHONE})
    browser.post("/sign-in/code", {"code": kept_code(own)})
    with own.database.begin() as connection:
        family_id = connection.execute(families.select()).one().id
        row = {"case_id": case_id, "family_id": family_id, "role": "applicant", "filing": "f1"}
        connection.execute(case_parties.insert().values(**row, since="2026-11-23T01:00:00.000000Z"))
    return browser


def test_a_family_downloads_against_a_code_once(own: Services, browser: Browser, case_id: str) -> None:
    path = f"/cases/{case_id}/certificates/{papers_case.add_certificate(own.runtime, case_id)}"
    family(own, browser, case_id)
    assert "获取验证码" in browser.get(path).text
    sent = browser.post(f"{path}/code")
    assert sent.status_code == 303
    code = kept_code(own)
    page = browser.get(sent.headers["Location"]).text
    assert "138****0001" in page and PHONE not in page
    assert code in page  # the demonstration sends none
    wrong = f"{(int(code) + 1) % 10**6:06}"
    assert browser.post(path, {"code": wrong}).status_code == 422
    answer = browser.post(path, {"code": code})
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert answer.data.startswith(b"%PDF")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert browser.post(path, {"code": code}).status_code == 422


def test_nobody_else_reaches_a_download(own: Services, browser: Browser, case_id: str) -> None:
    path = f"/cases/{case_id}/certificates/{papers_case.add_certificate(own.runtime, case_id)}"
    assert browser.get(path).status_code == 303  # to sign in
    stranger = Browser(browser.client.application.test_client())
    stranger.post("/sign-in", {"phone": "13907310002"})
    stranger.post("/sign-in/code", {"code": kept_code(own)})
    assert stranger.get(path).status_code == 404
    assert stranger.post(f"{path}/code").status_code == 404


def test_another_cases_certificate_is_not_there(own: Services, browser: Browser, case_id: str) -> None:
    family(own, browser, case_id)
    assert browser.get(f"/cases/{case_id}/certificates/{'0' * 32}").status_code == 404


def test_case_page_leads_to_what_may_be_downloaded(own: Services, browser: Browser, case_id: str) -> None:
    valid = papers_case.add_certificate(own.runtime, case_id)
    ended = papers_case.add_certificate(own.runtime, case_id, "abnormal", "superseded")
    cremation = papers_case.add_certificate(own.runtime, case_id, "cremation")
    page = family(own, browser, case_id).get(f"/my/cases/{case_id}").text
    assert f"/cases/{case_id}/certificates/{valid}" in page
    assert "下载死亡证明" in page
    assert f"/cases/{case_id}/certificates/{cremation}" in page
    assert ended not in page


def test_ruling_is_the_courts_own_paper(own: Services, browser: Browser, case_id: str) -> None:
    papers_case.add_certificate(own.runtime, case_id, "ruling")
    assert "/certificates/" not in family(own, browser, case_id).get(f"/my/cases/{case_id}").text


def test_who_only_objects_downloads_nothing(own: Services, browser: Browser, case_id: str) -> None:
    certificate_id = papers_case.add_certificate(own.runtime, case_id)
    family(own, browser, case_id)
    with own.database.begin() as connection:
        connection.execute(case_parties.update().values(role="objector", filing=None))
    assert certificate_id not in browser.get(f"/my/cases/{case_id}").text
    assert browser.get(f"/cases/{case_id}/certificates/{certificate_id}").status_code == 404
    assert browser.post(f"/cases/{case_id}/certificates/{certificate_id}/code").status_code == 404


def test_family_without_a_telephone_is_told_where_to_go(own: Services, browser: Browser, case_id: str) -> None:
    certificate_id = papers_case.add_certificate(own.runtime, case_id)
    family(own, browser, case_id)
    with own.database.begin() as connection:
        row = connection.execute(families.select()).one()
        sealed = own.runtime.sealer.seal({"name": "谭䶮", "phone": ""}, row.id)
        connection.execute(families.update().values(sealed=sealed))
    answer = browser.post(f"/cases/{case_id}/certificates/{certificate_id}/code")
    assert answer.status_code == 422
    assert "请到窗口领取纸质证明" in answer.text
    assert "获取验证码" not in answer.text
