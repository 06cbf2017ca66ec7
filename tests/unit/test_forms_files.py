"""Uploaded files: name, size, and bytes that are what they claim to be."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from engine.feel import Feel
from forms import Form, Upload, read_form, upload_fault, validate
from forms.files import KINDS, MAX_BYTES, is_safe_name

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<</Type/Catalog>>\nendobj\n"
JPEG = b"\xff\xd8\xff\xe1\x00\x18Exif\x00\x00MM\x00*" + b"\x11\x80" * 40
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\x00\x00\x02\x80\x00\x00\x01\xe0\x08\x06\x00\x00\x00"
WEBP = b"RIFF" + struct.pack("<I", 92) + b"WEBPVP8 " + b"\x00" * 84
HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"


def upload(name: str, content_type: str, head: bytes, size: int | None = None, tail: bytes = b"") -> Upload:
    return Upload(name, content_type, len(head) if size is None else size, head, tail)


GOOD = [
    upload("死亡证明.pdf", "application/pdf", PDF),
    upload("户口簿（首页）.JPG", "image/jpeg", JPEG),
    upload("身份证.jpeg", "image/jpg", JPEG),
    upload("结婚证 1.png", "image/png; charset=binary", PNG),
    upload("存折.webp", "image/webp", WEBP),
    upload("欧阳䶮.2025.04.pdf", "application/pdf", PDF, size=MAX_BYTES),
]


@pytest.mark.parametrize("good", GOOD, ids=lambda one: one.name)
def test_what_people_have_is_taken(good: Upload) -> None:
    assert upload_fault(good) == ""


BAD: list[tuple[Upload, str]] = [
    (upload("a.pdf", "application/pdf", b"", size=0), "file_empty"),
    (upload("a.pdf", "application/pdf", PDF, size=-1), "file_empty"),
    (upload("a.pdf", "application/pdf", PDF, size=MAX_BYTES + 1), "file_large"),
    (upload("a.heic", "image/heic", HEIC), "file_heic"),
    (upload("a.jpg", "image/jpeg", HEIC), "file_heic"),
    (upload("a.svg", "image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg'/>"), "file_kind"),
    (upload("a.exe", "application/octet-stream", b"MZ\x90\x00"), "file_kind"),
    (upload("a.zip", "application/zip", b"PK\x03\x04"), "file_kind"),
    (upload("a.gif", "image/gif", b"GIF89a"), "file_kind"),
    # the bytes are not what the name or the type says
    (upload("a.pdf", "application/pdf", b"<html>"), "file_mismatch"),
    (upload("a.pdf", "application/pdf", b"\n%PDF-1.7"), "file_mismatch"),
    (upload("a.pdf", "application/pdf", JPEG), "file_mismatch"),
    (upload("a.png", "image/png", JPEG), "file_mismatch"),
    (upload("a.jpg", "text/html", JPEG), "file_mismatch"),
    (upload("a.pdf.html", "application/pdf", PDF), "file_mismatch"),
    (upload("a", "application/pdf", PDF), "file_mismatch"),
    (upload("a.png", "image/png", PNG[:10]), "file_mismatch"),
    # they are that and something else as well
    (upload("a.jpg", "image/jpeg", JPEG + b"<script>alert(1)</script>"), "file_mismatch"),
    (upload("a.jpg", "image/jpeg", JPEG + b"<?PHP system($_GET[0]);"), "file_mismatch"),
    (upload("a.png", "image/png", PNG + b"%PDF-1.4"), "file_mismatch"),
    (upload("a.pdf", "application/pdf", PDF + b"PK\x03\x04"), "file_mismatch"),
    (upload("a.pdf", "application/pdf", PDF, size=900, tail=b"\x00PK\x05\x06" + b"\x00" * 18), "file_mismatch"),
    (upload("a.webp", "image/webp", WEBP, size=len(WEBP) + 5000), "file_mismatch"),
]


@pytest.mark.parametrize(("bad", "code"), BAD, ids=lambda one: getattr(one, "name", one))
def test_what_is_not_what_it_claims_is_refused(bad: Upload, code: str) -> None:
    assert upload_fault(bad) == code


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd.pdf", "..\\boot.pdf", "/tmp/a.pdf", "C:\\a.pdf", "C:a.pdf", "a/b.pdf", "a..pdf",
        ".htaccess.pdf", "a.pdf.", " a.pdf", "a\x00.pdf", "a\n.pdf", "a\u202efdp.exe", "a\u200b.pdf", "\ufeffa.pdf",
        "a\u2066b.pdf",
        "con.pdf", "LPT1.pdf", "a|b.pdf", "a?.pdf", "<a>.pdf", "a\ud800.pdf", "", "x" * 121, "\u061ca.pdf", "a\x85.pdf",
    ],
)  # fmt: skip
def test_names_with_tricks_are_refused(name: str) -> None:
    assert not is_safe_name(name)
    if name:
        assert upload_fault(upload(name, "application/pdf", PDF)) == "file_name"


@pytest.mark.parametrize("name", ["死亡医学证明（推断）书.pdf", "王小明 身份证-正面.jpg", "𠮷野.png", "a_b(1).webp"])
def test_ordinary_names_are_taken(name: str) -> None:
    assert is_safe_name(name)


def test_every_kind_is_recognised_by_its_own_bytes_alone() -> None:
    heads = dict(zip(KINDS, (PDF, JPEG, PNG, WEBP), strict=True))
    for kind in KINDS:
        assert [other.name for other, head in heads.items() if kind.magic.match(head)] == [kind.name]


# in a form


@pytest.fixture(scope="module")
def feel() -> Feel:
    return Feel()


def form_of(**attributes: Any) -> Form:
    component = {"id": "Field_proof", "type": "filepicker", "key": "proof", "label": "死亡证明", **attributes}
    return read_form({"type": "default", "id": "one", "components": [component]}, "one.form")


UPLOADS = {"u1": GOOD[0], "u2": GOOD[1], "u3": BAD[0][0]}


def test_a_file_field_takes_the_keys_of_what_was_uploaded(feel: Feel) -> None:
    form = form_of(multiple=True, validate={"required": True})
    submission = validate(form, {"proof": ["u1", "u2", "u1"]}, {}, feel, UPLOADS)
    assert (submission.values, submission.errors) == ({"proof": ["u1", "u2"]}, {})
    assert validate(form, {"proof": "u1"}, {}, feel, UPLOADS).values == {"proof": ["u1"]}


@pytest.mark.parametrize(
    ("attributes", "sent", "errors"),
    [
        ({}, ["u1", "u2"], ["“死亡证明”只能上传一个文件。"]),
        ({"multiple": "=1 = 2"}, ["u1", "u2"], ["“死亡证明”只能上传一个文件。"]),
        ({"multiple": "=1 = 1"}, ["u1", "u2"], []),
        ({"accept": ".pdf"}, ["u1"], []),
        ({"accept": "image/*, .webp"}, ["u1"], ["文件“死亡证明.pdf”的格式不在可上传之列，请上传 JPG、PNG、WebP。"]),
        (
            {"accept": '=if true then ".pdf" else ""'},
            ["u2"],
            ["文件“户口簿（首页）.JPG”的格式不在可上传之列，请上传 PDF。"],
        ),
        ({}, ["u3"], ["文件“a.pdf”是空的，请重新选择。"]),
        ({}, ["u9"], ["“死亡证明”的文件没有上传成功，请重新上传。"]),
        ({"multiple": True}, [f"u{n}" for n in range(11)], ["“死亡证明”最多上传 10 个文件。"]),
        ({"validate": {"required": True}}, [], ["请上传“死亡证明”。"]),
    ],
)
def test_a_file_field_has_its_own_limits(feel: Feel, attributes: Any, sent: list[str], errors: list[str]) -> None:
    submission = validate(form_of(**attributes), {"proof": sent}, {}, feel, UPLOADS)
    assert submission.errors == ({"proof": errors} if errors else {})


def test_a_file_that_is_there_already_need_not_be_sent_again(feel: Feel) -> None:
    form = form_of(multiple=True, validate={"required": True})
    context = {"proof": ["stored"]}
    assert validate(form, {}, context, feel).values == {"proof": ["stored"]}
    assert validate(form, {"proof": ["stored", "u1"]}, context, feel, UPLOADS).errors == {}
    assert validate(form, {"proof": ["other"]}, context, feel, UPLOADS).errors


def test_a_name_full_of_tricks_is_shown_without_them(feel: Feel) -> None:
    uploads = {"u1": upload("死\u202e亡" + "x" * 200 + ".pdf", "application/pdf", PDF)}
    (message,) = validate(form_of(), {"proof": ["u1"]}, {}, feel, uploads).errors["proof"]
    assert message == "文件名“死亡" + "x" * 34 + "…pdf”含有不允许的字符，请改名后上传。"
