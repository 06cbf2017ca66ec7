"""Files on the desk: they come with a form, lie sealed, are looked at beside it, and belong to their case alone."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from flask import Flask
from PIL import Image

from engine import tables as t
from engine.runtime import Runtime
from tasks import tables as d
from tests.web import pictures
from tests.web.conftest import Browser
from tests.web.desk_cases import code_of, find_task, played, web_template
from tests.web.families import new_family
from tests.web.open_files import MARK, nameless
from web.desk import uploading
from web.store.serving import FILE_POLICY
from web.store.spool import IN_MEMORY, SpoolingRequest

__all__ = ["played", "web_template"]
Open = Callable[..., Browser]
FIELD = "result_files"


@pytest.fixture
def code(played: dict[str, str], runtime: Runtime) -> str:
    return code_of(runtime, played["deciding"])


@pytest.fixture
def task(played: dict[str, str], runtime: Runtime) -> str:
    """The address of a decision to which the clerk may add what came of it."""
    return f"/desk/tasks/{find_task(runtime, played['deciding'], 'decide_item', 'survivor_benefit')}"


def send(browser: Browser, task: str, *files: tuple[bytes, str], **typed: str) -> Any:
    """Save the draft of a decision with files."""
    data = {"_intent": "draft", "outcome": "done", **typed}
    return browser.post(task, {**data, FIELD: [(io.BytesIO(content), name) for content, name in files]})


def files_of(page: str) -> list[str]:
    return list(dict.fromkeys(unescape(link) for link in re.findall(r'href="(/desk/cases/[^"]+/files/[^"]+)"', page)))


def test_what_was_sent_is_kept_and_looked_at_in_place(browsers: Open, task: str, code: str, rows: Any) -> None:
    browser = browsers("hrss-clerk")
    answer = send(browser, task, (pictures.photo(800, 600), "核定表.jpg"), (pictures.pdf(), "决定书.pdf"))
    assert answer.status_code == 303
    kept = {row.name: row for row in rows(d.files, uploaded_by="hrss-clerk")}
    assert sorted(kept) == ["决定书.pdf", "核定表.jpg"]
    links = files_of(browser.get(task).text)
    assert set(links) >= {f"/desk/cases/{code}/files/{row.id}" for row in kept.values()}
    picture = browser.get(f"/desk/cases/{code}/files/{kept['核定表.jpg'].id}")
    assert (picture.status_code, picture.mimetype) == (200, "image/jpeg")
    assert picture.headers["Content-Disposition"].startswith("inline")
    assert picture.headers["Content-Security-Policy"] == FILE_POLICY
    assert Image.open(io.BytesIO(picture.data)).size == (800, 600)
    assert pictures.PLACE.encode() not in picture.data
    small = browser.get(f"/desk/cases/{code}/files/{kept['核定表.jpg'].id}?small")
    assert Image.open(io.BytesIO(small.data)).format == "WEBP"
    document = browser.get(f"/desk/cases/{code}/files/{kept['决定书.pdf'].id}")
    assert (document.mimetype, document.data) == ("application/pdf", pictures.pdf())
    assert browser.get(f"/desk/cases/{code}/files/{kept['决定书.pdf'].id}?small").status_code == 404


def test_file_lies_among_the_materials_of_the_case(browsers: Open, task: str, code: str, rows: Any) -> None:
    browser = browsers("hrss-clerk")
    send(browser, task, (pictures.pdf(), "决定书.pdf"))
    [row] = rows(d.files, name="决定书.pdf")
    assert f"/desk/cases/{code}/files/{row.id}" in files_of(
        browsers("window-clerk").get(f"/desk/cases/{code}/materials").text
    )


@pytest.mark.parametrize("login", ["window-clerk", "operator"])
def test_file_of_a_case_of_others_is_not_there(
    browsers: Open, app: Flask, runtime: Runtime, task: str, code: str, rows: Any, login: str
) -> None:
    with runtime.database.begin() as connection:
        connection.execute(t.users.update().where(t.users.c.login == login).values(region="440000"))
    send(browsers("hrss-clerk"), task, (pictures.pdf(), "决定书.pdf"))
    [row] = rows(d.files, name="决定书.pdf")
    assert browsers(login).get(f"/desk/cases/{code}/files/{row.id}").status_code == 404
    assert new_family(app, runtime).get(f"/my/cases/{row.case_id}/files/{row.id}").status_code == 404
    assert browsers().get(f"/desk/cases/{code}/files/{row.id}").status_code == 303  # to sign in


def test_file_is_no_file_of_another_case(
    browsers: Open, task: str, played: dict[str, str], runtime: Runtime, rows: Any
) -> None:
    browser, other = browsers("window-clerk"), code_of(runtime, played["frozen"])
    send(browsers("hrss-clerk"), task, (pictures.pdf(), "决定书.pdf"))
    [row] = rows(d.files, name="决定书.pdf")
    assert browser.get(f"/desk/cases/{other}/materials").status_code == 200
    assert browser.get(f"/desk/cases/{other}/files/{row.id}").status_code == 404


def test_key_of_a_foreign_file_attaches_nothing(
    browsers: Open, task: str, played: dict[str, str], runtime: Runtime, rows: Any
) -> None:
    """A draft that names a file of another case does not get hold of it."""
    send(browsers("hrss-clerk"), task, (pictures.pdf(), "决定书.pdf"))
    [row] = rows(d.files, name="决定书.pdf")
    review = find_task(runtime, played["frozen"], "review_death")
    browser = browsers("police-officer")
    data = {"_intent": "submit", "verdict": "natural", "scans": row.id}
    answer = browser.post(f"/desk/tasks/{review}", data)
    assert answer.status_code == 422
    assert "决定书.pdf" not in answer.text
    assert [one.status for one in rows(t.user_tasks, id=review)] == ["open"]


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "图.svg", "不在可上传之列"),
        (b"<html><script>alert(1)</script>", "页.jpg", "与其格式不符"),
        (pictures.pdf(b"/OpenAction <</S /JavaScript /JS (app.alert(1))>>"), "判决书.pdf", "脚本、附件或密码"),
    ],
)
def test_what_is_not_taken_is_said_at_its_field_and_not_kept(
    browsers: Open, task: str, rows: Any, content: bytes, name: str, words: str
) -> None:
    before = len(rows(d.files))
    answer = send(browsers("hrss-clerk"), task, (content, name), (pictures.pdf(), "决定书.pdf"), amount_yuan="4321.05")
    assert answer.status_code == 422
    assert words in answer.text
    assert "4321.05" in answer.text
    assert "决定书.pdf" in answer.text, "what was taken need not be sent again"
    assert len(rows(d.files)) == before + 1


@pytest.mark.parametrize("is_sealed", [True, False])
def test_upload_never_lies_on_the_disk_in_clear(
    app: Flask, browsers: Open, task: str, rows: Any, monkeypatch: pytest.MonkeyPatch, is_sealed: bool
) -> None:
    """Looked at while the form is read; Flask's own way, which uses temporary files, proves that the look sees them."""
    seen: list[bytes] = []

    def look(*arguments: Any, **named: Any) -> Any:
        seen.extend(nameless())
        return keep_upload(*arguments, **named)

    keep_upload = uploading.keep_upload
    monkeypatch.setattr(uploading, "keep_upload", look)
    if not is_sealed:
        monkeypatch.delattr(SpoolingRequest, "_get_file_stream")
    large = pictures.pdf().replace(b"%PDF-1.7\n", b"%PDF-1.7\n%" + MARK * (2 * IN_MEMORY // len(MARK)) + b"\n")
    browser = browsers("hrss-clerk")
    head = f'--x\r\nContent-Disposition: form-data; name="{FIELD}"; filename="a.pdf"\r\nContent-Type: application/pdf'
    parts = [
        b'--x\r\nContent-Disposition: form-data; name="_intent"\r\n\r\ndraft\r\n',
        head.encode(),
        b"\r\n\r\n",
        large,
    ]
    body = io.BytesIO(b"".join([*parts, b"\r\n--x--\r\n"]))
    sent = {"input_stream": body, "content_type": "multipart/form-data; boundary=x"}
    assert browser.post(task, content_length=len(body.getvalue()), **sent).status_code == 303
    assert seen
    assert any(MARK in found for found in seen) is not is_sealed
    assert not list(nameless())
    folder = app.extensions["shenhou"].settings.var_dir
    assert not any(MARK in path.read_bytes() for path in folder.rglob("*") if path.is_file())
