"""Packs: overlay, content address, limits, and the zip that leaves and comes back."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from engine.errors import NotFound, PackInvalid
from engine.pack_archive import export_pack, import_pack
from engine.packs import MAX_FILE_BYTES, FileChange, Pack, diff_files, list_packs, read_pack


def manifest(code: str, extends: str = "") -> str:
    line = f"extends: {extends}\n" if extends else ""
    return f"code: {code}\nnames: {{short: 测, official: 测试流程包}}\n{line}"


class Checkout:
    """A checkout in a temporary folder; ``write`` takes text by path below it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, files: Mapping[str, str | bytes]) -> None:
        for name, content in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def read(self, code: str) -> Pack:
        return read_pack(code, self.root / "processes", self.root / "forms")

    def rules(self, code: str) -> list[str]:
        return [problem.rule for problem in self.read(code).faults]


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


@pytest.fixture
def provinces(checkout: Checkout) -> Checkout:
    checkout.write(
        {
            "processes/common/pack.yaml": manifest("common"),
            "processes/common/after_death.bpmn": "common main",
            "processes/common/funeral.bpmn": "common funeral",
            "processes/common/README.md": "not part of it",
            "forms/common/report_death.form": "common form",
            "processes/hunan/pack.yaml": manifest("hunan", "common"),
            "processes/hunan/after_death.bpmn": "hunan main",
            "processes/hunan/payees.dmn": "hunan payees",
            "processes/hunan/.DS_Store": b"\x00",
            "processes/yueyang/pack.yaml": manifest("yueyang", "hunan"),
            "forms/yueyang/report_death.form": "yueyang form",
        }
    )
    return checkout


def test_a_file_replaces_that_of_the_same_name_along_the_chain(provinces: Checkout) -> None:
    pack = provinces.read("yueyang")
    assert pack.faults == ()
    assert pack.files["after_death.bpmn"] == b"hunan main"
    assert pack.files["forms/report_death.form"] == b"yueyang form"
    assert pack.origins == {
        "pack.yaml": "yueyang",
        "bases/hunan.yaml": "hunan",
        "bases/common.yaml": "common",
        "after_death.bpmn": "hunan",
        "funeral.bpmn": "common",
        "payees.dmn": "hunan",
        "forms/report_death.form": "yueyang",
    }
    assert pack.source_path("after_death.bpmn") == "processes/hunan/after_death.bpmn"
    assert pack.source_path("forms/report_death.form") == "forms/yueyang/report_death.form"
    assert pack.source_path("bases/common.yaml") == "processes/common/pack.yaml"


def test_packs_are_the_folders_that_hold_a_manifest(provinces: Checkout) -> None:
    provinces.write({"processes/notes/todo.bpmn": ""})
    assert list_packs(provinces.root / "processes") == ["common", "hunan", "yueyang"]
    assert list_packs(provinces.root / "absent") == []


@pytest.mark.parametrize("code", ["shanxi", "../hunan", "Hunan", ""])
def test_an_unknown_pack_is_not_found(provinces: Checkout, code: str) -> None:
    with pytest.raises(NotFound):
        provinces.read(code)


def test_packs_that_extend_each_other_are_refused(checkout: Checkout) -> None:
    checkout.write({f"processes/{a}/pack.yaml": manifest(a, b) for a, b in [("a", "b"), ("b", "c"), ("c", "b")]})
    assert checkout.rules("a") == ["pack/extends-cycle"]
    assert checkout.read("a").faults[0].file == "bases/c.yaml"
    checkout.write({"processes/d/pack.yaml": manifest("d", "d")})
    assert checkout.rules("d") == ["pack/extends-cycle"]


def test_a_missing_base_is_named_at_its_line(checkout: Checkout) -> None:
    checkout.write({"processes/a/pack.yaml": manifest("a", "nowhere")})
    (problem,) = checkout.read("a").faults
    assert (problem.rule, problem.file, problem.line) == ("pack/no-base", "pack.yaml", 3)


def test_a_chain_that_is_too_long_is_refused(checkout: Checkout) -> None:
    checkout.write({f"processes/p{n}/pack.yaml": manifest(f"p{n}", f"p{n + 1}") for n in range(12)})
    checkout.write({"processes/p12/pack.yaml": manifest("p12")})
    assert checkout.rules("p0") == ["pack/extends-too-long"]
    assert checkout.rules("p5") == []


def test_a_manifest_that_cannot_be_read_is_a_fault_and_raises_only_when_asked_for(checkout: Checkout) -> None:
    checkout.write({"processes/a/pack.yaml": "code: a\n", "processes/a/x.bpmn": "x"})
    pack = checkout.read("a")
    assert [(p.rule, p.element) for p in pack.faults] == [("manifest/missing-key", "names")]
    assert pack.files["x.bpmn"] == b"x"
    with pytest.raises(PackInvalid):
        _ = pack.manifest


def test_a_manifest_with_the_code_of_another_folder_is_refused(checkout: Checkout) -> None:
    checkout.write({"processes/a/pack.yaml": manifest("b")})
    assert checkout.rules("a") == ["pack/code"]


@pytest.mark.parametrize(
    "name", ["After_Death.bpmn", "1st.bpmn", "a-b.dmn", "script.py", "x.bpmn.bak", "form.form", "死.bpmn"]
)
def test_a_file_that_no_pack_holds_is_refused(checkout: Checkout, name: str) -> None:
    checkout.write({"processes/a/pack.yaml": manifest("a"), f"processes/a/{name}": ""})
    assert checkout.rules("a") == ["pack/file-name"]


def test_a_link_out_of_the_folder_is_refused(checkout: Checkout) -> None:
    checkout.write({"processes/a/pack.yaml": manifest("a"), "secret.bpmn": "secret"})
    (checkout.root / "processes/a/stolen.bpmn").symlink_to(checkout.root / "secret.bpmn")
    pack = checkout.read("a")
    assert [p.rule for p in pack.faults] == ["pack/file-name"]
    assert "stolen.bpmn" not in pack.files


def test_a_file_over_the_limit_is_not_read(checkout: Checkout) -> None:
    checkout.write({"processes/a/pack.yaml": manifest("a"), "processes/a/x.bpmn": b" " * (MAX_FILE_BYTES + 1)})
    pack = checkout.read("a")
    assert [p.rule for p in pack.faults] == ["pack/too-large"]
    assert "x.bpmn" not in pack.files


def test_a_file_that_is_not_utf8_is_refused_at_its_line(checkout: Checkout) -> None:
    checkout.write({"processes/a/pack.yaml": manifest("a"), "processes/a/x.bpmn": b"<a>\n" + "逝者".encode("gb18030")})
    (problem,) = checkout.read("a").faults
    assert (problem.rule, problem.file, problem.line) == ("pack/not-utf8", "x.bpmn", 2)


def test_the_content_address_depends_on_names_and_content_alone(provinces: Checkout) -> None:
    before = provinces.read("hunan").digest
    for path in (provinces.root / "processes").rglob("*"):
        os.utime(path, (1, 1))
    provinces.write({"processes/hunan/after_death.bpmn": b"\xef\xbb\xbfhunan main", "processes/hunan/.swp": "x"})
    assert provinces.read("hunan").digest == before
    provinces.write({"processes/hunan/after_death.bpmn": "hunan main "})
    assert provinces.read("hunan").digest != before


def test_line_ends_and_marks_of_an_editor_do_not_change_the_content_address(checkout: Checkout) -> None:
    for code, content in {"x": "<a>\n</a>\n", "y": "<a>\r\n</a>\r\n", "z": "\ufeff<a>\r</a>\r"}.items():
        checkout.write({f"{code}/processes/p/pack.yaml": manifest("p"), f"{code}/processes/p/m.bpmn": content})
    digests = {Checkout(checkout.root / code).read("p").digest for code in "xyz"}
    assert len(digests) == 1


def test_moving_bytes_between_names_changes_the_content_address(checkout: Checkout) -> None:
    checkout.write({"processes/a/pack.yaml": manifest("a"), "processes/a/x.bpmn": "1", "processes/a/y.bpmn": "2"})
    before = checkout.read("a").digest
    checkout.write({"processes/a/x.bpmn": "2", "processes/a/y.bpmn": "1"})
    assert checkout.read("a").digest != before


def test_a_zip_comes_back_as_the_same_pack(provinces: Checkout) -> None:
    pack = provinces.read("yueyang")
    archive = export_pack(pack)
    back = import_pack(archive)
    assert back.faults == ()
    assert (back.files, back.origins, back.digest, back.code) == (pack.files, pack.origins, pack.digest, "yueyang")
    assert export_pack(provinces.read("yueyang")) == archive


def test_a_zip_made_by_hand_needs_no_listing(checkout: Checkout) -> None:
    back = import_pack(zipped({"pack.yaml": manifest("hunan").encode(), "x.bpmn": b"<a/>\r\n"}))
    assert (back.code, back.faults, back.files["x.bpmn"]) == ("hunan", (), b"<a/>\n")


def zipped(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def linked() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        entry = zipfile.ZipInfo("x.bpmn")
        entry.external_attr = 0o120777 << 16
        archive.writestr(entry, "/etc/passwd")
    return buffer.getvalue()


def lying_about_size() -> bytes:
    """An entry whose headers say 10 bytes but which unpacks to far more."""
    data = bytearray(zipped({"x.bpmn": b"\0" * (MAX_FILE_BYTES * 4)}))
    size = (MAX_FILE_BYTES * 4).to_bytes(4, "little")
    at = data.find(size)
    while at >= 0:
        data[at : at + 4] = (10).to_bytes(4, "little")
        at = data.find(size)
    return bytes(data)


MANIFEST = {"pack.yaml": manifest("a").encode()}


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "archive/not-zip"),
        (b"#!/bin/sh\n" + zipped(MANIFEST), "archive/not-zip"),
        (zipped(MANIFEST)[:-30], "archive/broken"),
        (b"PK\x03\x04" + b"\0" * 100, "archive/broken"),
        (zipped({**MANIFEST, "../../etc/cron.d/x.bpmn": b""}), "archive/entry"),
        (zipped({**MANIFEST, "/x.bpmn": b""}), "archive/entry"),
        (zipped({**MANIFEST, "forms\\x.form": b""}), "archive/entry"),
        (zipped({**MANIFEST, "run.py": b""}), "archive/entry"),
        (zipped({**MANIFEST, "x.bpmn\n": b""}), "archive/entry"),
        (zipped({**MANIFEST, "x.bpmn": b" "}, zipfile.ZIP_LZMA), "archive/entry"),
        (linked(), "archive/entry"),
        (zipped({**MANIFEST, "x.bpmn": b"\0" * (MAX_FILE_BYTES + 1)}), "archive/too-large"),
        (zipped({f"f{n}.bpmn": b"\0" * MAX_FILE_BYTES for n in range(11)}), "archive/too-large"),
        (zipped({f"f{n}.bpmn": b"" for n in range(501)}), "archive/too-large"),
        (zipped({**MANIFEST, "origins.json": b"[" * 100_000}), "archive/broken"),
    ],
)
def test_a_hostile_archive_is_refused(data: bytes, rule: str) -> None:
    with pytest.raises(PackInvalid) as caught:
        import_pack(data)
    assert [p.rule for p in caught.value.problems] == [rule]


def test_an_entry_that_lies_about_its_size_is_cut_off() -> None:
    with pytest.raises(PackInvalid):
        import_pack(lying_about_size())


def test_a_duplicated_entry_is_refused() -> None:
    data = zipped({"x.bpmn": b"1", "y.bpmn": b"2"}).replace(b"y.bpmn", b"x.bpmn")
    with pytest.raises(PackInvalid, match="twice"):
        import_pack(data)


def test_an_archive_cannot_claim_odd_origins() -> None:
    listing = b'{"code": "a", "origins": {"pack.yaml": "../../x"}}'
    assert import_pack(zipped({**MANIFEST, "origins.json": listing})).origins == {"pack.yaml": "a"}


def test_a_base_that_nothing_extends_is_reported() -> None:
    pack = import_pack(zipped({**MANIFEST, "bases/other.yaml": manifest("other").encode()}))
    assert [p.rule for p in pack.faults] == ["pack/stray-base"]


def test_the_difference_of_two_packs_is_told_by_file() -> None:
    old = {"a.bpmn": b"1", "b.bpmn": b"1", "c.bpmn": b"1"}
    new = {"a.bpmn": b"1", "b.bpmn": b"2", "d.bpmn": b"1"}
    assert diff_files(old, new) == [
        FileChange("b.bpmn", "changed"),
        FileChange("c.bpmn", "removed"),
        FileChange("d.bpmn", "added"),
    ]
