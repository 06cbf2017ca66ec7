"""Uploads: only what was shown is kept, and only whole."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from PIL import Image

from engine import tables as t
from engine.clock import FixedClock
from engine.db import connect, reading
from engine.errors import InvalidInput, NotFound
from engine.runtime import Runtime
from forms.files import MAX_BYTES
from tasks import tables as d
from tests.integration.conftest import KEYS
from tests.web import pictures
from web.services import Services
from web.store import images
from web.store.pdfs import pdf_fault
from web.store.settings import file_store
from web.store.store import FileStore
from web.store.uploads import THUMBNAIL, Incoming, drop_file, find_file, keep_upload, known_uploads, sweep

NOW = "2026-11-23T09:00:00+08:00"
CASE = "c" * 32


@pytest.fixture
def own(schema_url: str, tmp_path: Any) -> Any:
    class Settings:
        var_dir, production = tmp_path / "var", False

    runtime = Runtime(connect(schema_url), KEYS, clock=FixedClock(NOW))
    with runtime.database.begin() as connection:
        released = {"id": "0" * 64, "pack": "p", "number": 1, "version": "1", "manifest": "{}"}
        connection.execute(t.releases.insert().values(**released, published_at=NOW, published_by="test"))
        row: dict[str, Any] = {
            "id": CASE,
            "code": "SH-1",
            "pack": "p",
            "release_id": "0" * 64,
            "region": "430102",
            "status": "open",
        }
        row |= {"facts": "{}", "revision": 1, "audit_seq": 0, "audit_head": "0" * 64, "opened_at": NOW}
        connection.execute(t.cases.insert().values(row))
    yield Services(Settings(), runtime)  # type: ignore[arg-type]
    runtime.close()


def incoming(data: bytes, name: str = "身份证.jpg", kind: str = "image/jpeg") -> Incoming:
    return Incoming(name, kind, io.BytesIO(data))


def keep(own: Services, one: Incoming, **more: Any) -> Any:
    return keep_upload(own, one, case_id=CASE, by="family:f1", **more)


def rows(own: Services) -> int:
    with reading(own.database) as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(d.files)).scalar_one())


def refused(own: Services, one: Incoming) -> str:
    with pytest.raises(InvalidInput) as raised:
        keep(own, one, field="scans")
    assert rows(own) == 0
    assert list(file_store(own).names()) == []
    [[sentence]] = raised.value.fields.values()
    return sentence


def test_a_photo_keeps_its_picture_and_nothing_else(own: Services) -> None:
    sent = pictures.photo()
    row = keep(own, incoming(sent))
    kept = file_store(own).read(row.id)
    assert pictures.PLACE.encode() in sent
    assert pictures.PLACE.encode() not in kept
    assert b"Telephone" not in kept
    image = Image.open(io.BytesIO(kept))
    assert (image.format, image.size, len(image.getexif())) == ("JPEG", (60, 40), 0)
    assert not {"exif", "comment", "icc_profile"} & set(image.info)
    assert row.bytes == len(kept)


def test_a_photo_is_turned_as_its_camera_said(own: Services) -> None:
    row = keep(own, incoming(pictures.photo(orientation=6)))
    image = Image.open(io.BytesIO(file_store(own).read(row.id)))
    assert image.size == (40, 60)
    top = image.convert("RGB").getpixel((20, 5))
    assert isinstance(top, tuple)
    assert top[0] > 150 > top[1]


@pytest.mark.parametrize(("kind", "name"), [("PNG", "签名.png"), ("WEBP", "截图.webp")])
def test_other_pictures_lose_their_notes_too(own: Services, kind: str, name: str) -> None:
    sent = pictures.scan(kind)
    row = keep(own, incoming(sent, name, f"image/{kind.lower()}"))
    kept = file_store(own).read(row.id)
    assert pictures.PLACE.encode() in sent
    assert pictures.PLACE.encode() not in kept
    assert Image.open(io.BytesIO(kept)).format == kind


def test_a_picture_has_a_small_one(own: Services) -> None:
    row = keep(own, incoming(pictures.photo(1200, 800)))
    small = Image.open(io.BytesIO(file_store(own).read(row.id + THUMBNAIL)))
    assert (small.format, small.size) == ("WEBP", (320, 213))


def test_a_large_picture_is_made_readable_size(own: Services) -> None:
    row = keep(own, incoming(pictures.photo(6000, 300)))
    assert Image.open(io.BytesIO(file_store(own).read(row.id))).size == (images.MAX_SIDE, 250)


def test_a_bomb_is_refused_before_it_is_opened(own: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(self: object) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr("PIL.PngImagePlugin.PngImageFile.load", opened)
    assert "尺寸过大" in refused(own, incoming(pictures.bomb(), "图.png", "image/png"))
    assert "尺寸过大" in refused(own, incoming(pictures.bomb(8_000), "图.png", "image/png"))


def test_a_picture_cut_off_in_the_middle_is_refused(own: Services) -> None:
    sent = pictures.photo(800, 600)
    assert "与其格式不符" in refused(own, incoming(sent[: len(sent) // 2]))


def test_a_pdf_is_kept_as_it_came(own: Services) -> None:
    row = keep(own, incoming(pictures.pdf(), "判决书.pdf", "application/pdf"))
    assert file_store(own).read(row.id) == pictures.pdf()
    with pytest.raises(NotFound):
        file_store(own).read(row.id + THUMBNAIL)


@pytest.mark.parametrize(
    "data",
    [
        pictures.pdf(b"/OpenAction <</S /JavaScript /JS (app.alert(1))>>"),
        pictures.pdf(b"/OpenAction <</S /J#61vaScript>>"),
        pictures.pdf(b"/Names <</EmbeddedFiles 9 0 R>>"),
        pictures.pdf(b"/Encrypt 9 0 R"),
        pictures.pdf(b"/AA <</O <</S /Launch>> >>"),
        pictures.pdf(packed=b"5 0 <</S /JavaScript /JS (x)>>"),
    ],
)
def test_a_pdf_that_does_something_is_refused(own: Services, data: bytes) -> None:
    assert "脚本、附件或密码" in refused(own, incoming(data, "判决书.pdf", "application/pdf"))


def test_a_pdf_cut_off_is_refused(own: Services) -> None:
    assert "与其格式不符" in refused(own, incoming(pictures.pdf()[:-30], "判决书.pdf", "application/pdf"))


def test_compressed_content_that_spells_a_name_by_chance_is_no_fault() -> None:
    stream = b"\n5 0 obj\n<</Length 9>>\nstream\n/JS /JS x\nendstream\nxref\n"
    assert pdf_fault(pictures.pdf().replace(b"\nxref\n", stream)) == ""


@pytest.mark.parametrize(
    ("data", "name", "kind", "word"),
    [
        (b"", "a.jpg", "image/jpeg", "是空的"),
        (b"<svg xmlns='x'><script/></svg>", "a.svg", "image/svg+xml", "不在可上传之列"),
        (b"<html>", "a.jpg", "image/jpeg", "与其格式不符"),
        (pictures.photo() + b"", "a.png", "image/png", "与其格式不符"),
        (pictures.photo(), "../a.jpg", "image/jpeg", "不允许的字符"),
        (pictures.photo() + b"PK\x03\x04 PK\x05\x06" + b"\0" * 18, "a.jpg", "image/jpeg", "与其格式不符"),
    ],
)
def test_what_is_not_what_it_says_is_refused(own: Services, data: bytes, name: str, kind: str, word: str) -> None:
    assert word in refused(own, incoming(data, name, kind))


def test_more_than_twenty_mebibytes_are_refused(own: Services) -> None:
    data = pictures.photo() + b"\0" * MAX_BYTES
    assert "超过 20 MB" in refused(own, incoming(data))


def test_a_row_that_cannot_be_written_takes_the_file_with_it(own: Services) -> None:
    with pytest.raises(sa.exc.DBAPIError):
        keep_upload(own, incoming(pictures.photo()), case_id="0" * 32, by="family:f1")
    assert list(file_store(own).names()) == []


def test_a_store_that_breaks_off_leaves_no_row(own: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    store, put = file_store(own), FileStore.put

    def breaking(self: FileStore, stream: Any, **more: Any) -> Any:
        if more["name"].endswith(THUMBNAIL):
            return put(self, stream, **more)

        def pieces() -> Any:
            yield b"half"
            raise ConnectionResetError

        return put(self, pieces(), **more)

    monkeypatch.setattr(FileStore, "put", breaking)
    with pytest.raises(ConnectionResetError):
        keep(own, incoming(pictures.photo()))
    assert rows(own) == 0
    assert list(store.names()) == []


def test_a_form_is_told_of_the_files_of_its_own_case_alone(own: Services) -> None:
    mine = keep(own, incoming(pictures.photo()))
    with reading(own.database) as connection:
        told = known_uploads(connection, CASE, [mine.id, uuid4().hex])
        assert {key: upload.name for key, upload in told.items()} == {mine.id: "身份证.jpg"}
        assert known_uploads(connection, "d" * 32, [mine.id]) == {}
        with pytest.raises(NotFound):
            find_file(connection, mine.id, "d" * 32)


@pytest.mark.both_databases
def test_a_dropped_file_is_gone(own: Services) -> None:
    row = keep(own, incoming(pictures.photo()))
    with pytest.raises(NotFound):
        drop_file(own, row.id, "d" * 32)
    drop_file(own, row.id, CASE)
    assert rows(own) == 0
    assert list(file_store(own).names()) == []


def test_sweeping_takes_what_nobody_knows_and_leaves_the_rest(own: Services) -> None:
    row = keep(own, incoming(pictures.photo()))
    left = file_store(own).put([b"a crash came before the row"])
    assert sweep(own, datetime.now(UTC)) == 0  # too young: its row may be on its way
    assert sweep(own, datetime.now(UTC) + timedelta(days=2)) == 1
    with pytest.raises(NotFound):
        file_store(own).read(left.id)
    assert file_store(own).read(row.id)
    assert file_store(own).read(row.id + THUMBNAIL)
