"""The funeral home: a certificate verified three ways, and at once whether the body may be cremated."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine import db
from engine import tables as t
from engine.clock import FixedClock
from engine.runtime import Runtime
from tasks import tables as d
from tests.web.conftest import Browser
from tests.web.counter_scenes import Scene, find_scene, is_held, play, staged
from web.tables import papers

Browsers = Callable[..., Browser]


@pytest.fixture
def web_template(request: pytest.FixtureRequest, web_template: Path) -> Path:
    return staged(request, web_template, {"ready": ("01-home-all-items.yaml", "record_cremation")})


@pytest.fixture
def ready(web_template: Path, clock: FixedClock) -> Scene:
    """A body that may be cremated."""
    return find_scene(web_template, clock)


def certificate_of(rows: Any, scene: Scene) -> Any:
    return next(row for row in rows(d.certificates, case_id=scene.id) if row.kind != "cremation")


def test_number_says_that_the_body_may_be_cremated(browsers: Browsers, rows: Any, ready: Scene) -> None:
    browser, certificate = browsers("funeral-clerk"), certificate_of(rows, ready)
    answer = browser.post("/funeral/verify", {"way": "number", "number": f" {certificate.number} "})
    assert answer.headers["Location"] == f"/funeral/certificates/{certificate.id}"
    page = browser.get(answer.headers["Location"]).text
    assert "可以火化" in page
    assert "不得火化" not in page
    assert ready.number not in page


def test_frozen_body_must_not_be_cremated_and_the_page_says_why(
    runtime: Runtime, clock: FixedClock, browsers: Browsers, rows: Any
) -> None:
    scene = play(runtime, clock, "03-hospital-referred-natural.yaml", is_held)
    certificate = certificate_of(rows, scene)
    browser = browsers("funeral-clerk")
    answer = browser.post("/funeral/verify", {"way": "number", "number": certificate.number})
    page = browser.get(answer.headers["Location"]).text
    assert "不得火化" in page
    assert "公安机关尚未解除冻结" in page
    assert "已填写，尚未生效" in page


def test_code_of_the_family_is_tried_with_the_case_alone(runtime: Runtime, browsers: Browsers, ready: Scene) -> None:
    with db.reading(runtime.database) as connection:
        sealed = connection.execute(t.cases.select().where(t.cases.c.id == ready.id)).one().sealed
    code = runtime.sealer.open(bytes(sealed), ready.id)["certificate"]["download_code"]
    browser = browsers("funeral-clerk")
    wrong = f"{(int(code) + 1) % 10**6:06}"
    assert browser.post("/funeral/verify", {"way": "code", "case_code": ready.code, "code": wrong}).status_code == 404
    assert browser.post("/funeral/verify", {"way": "code", "case_code": "", "code": code}).status_code == 404
    assert browser.post("/funeral/verify", {"way": "code", "case_code": ready.code, "code": code}).status_code == 303


def test_codes_cannot_be_guessed(browsers: Browsers, ready: Scene) -> None:
    browser = browsers("funeral-clerk")
    sent = {"way": "code", "case_code": ready.code, "code": "none"}
    assert [browser.post("/funeral/verify", sent).status_code for _ in range(6)] == [404] * 5 + [429]


@pytest.mark.both_databases
@pytest.mark.parametrize(
    "form", ["{token}", "https://example.org/verify/{token}", "https://example.org/v/{token}/?a=1"]
)
def test_scanned_code_leads_to_the_certificate(
    runtime: Runtime, browsers: Browsers, rows: Any, ready: Scene, form: str
) -> None:
    certificate, token = certificate_of(rows, ready), "5f" * 16
    row = {"token": token, "case_id": ready.id, "certificate_id": certificate.id, "sha256": "0" * 64}
    with runtime.database.begin() as connection:
        connection.execute(papers.insert().values(**row, made_at=certificate.issued_at))
    sent = {"way": "token", "token": form.format(token=token)}
    answer = browsers("funeral-clerk").post("/funeral/verify", sent)
    assert answer.headers["Location"] == f"/funeral/certificates/{certificate.id}"


def test_verifying_writes_nothing_to_the_case(browsers: Browsers, rows: Any, ready: Scene) -> None:
    before = rows(t.cases, id=ready.id)[0].audit_seq
    assert "可以火化" in browsers("funeral-clerk").get(f"/funeral/cases/{ready.id}").text
    assert rows(t.cases, id=ready.id)[0].audit_seq == before


@pytest.mark.parametrize("number", ["", "湘无此号", "<script>alert(1)</script>", "' OR 1=1 --", "\x00"])
def test_unknown_number_is_not_found_and_not_repeated(browsers: Browsers, ready: Scene, number: str) -> None:
    answer = browsers("funeral-clerk").post("/funeral/verify", {"way": "number", "number": number})
    assert answer.status_code == 404
    assert "没有找到相符的死亡证明" in answer.text
    assert "<script>alert" not in answer.text


def test_nobody_else_verifies(browsers: Browsers, rows: Any, ready: Scene) -> None:
    certificate = certificate_of(rows, ready)
    for login in ("window-clerk", "hrss-clerk", "police-officer", "operator"):
        browser = browsers(login)
        assert browser.get("/funeral/verify").status_code == 404
        assert browser.post("/funeral/verify", {"number": certificate.number}).status_code == 404
        assert browser.get(f"/funeral/certificates/{certificate.id}").status_code == 404
