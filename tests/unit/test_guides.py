"""The guides for each role: their pictures are there, small, and all used; the accounts that they name exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image

from engine.config import CODE_ROOT
from engine.manifests import read_manifest
from web.access.demonstration import PASSWORD

FOLDER = CODE_ROOT / "docs" / "guides"
GUIDES = sorted(FOLDER.glob("*.md"))
PICTURES = sorted((FOLDER / "pictures").glob("*.png"))
_IMAGE = re.compile(r"!\[([^\]]+)\]\(([^)]+)\)")
_LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^):]+)\)")


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.stem)
def test_what_a_guide_shows_and_links_is_there(guide: Path) -> None:
    text = guide.read_text("utf-8")
    for target in [*(place for _, place in _IMAGE.findall(text)), *_LINK.findall(text)]:
        assert (guide.parent / target).is_file(), target
    assert len(text) <= 6_000, "a guide is short"
    if guide.stem != "README":
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["看到什么", "怎么办", "可能遇到什么"]
        assert _IMAGE.search(text)


@pytest.mark.parametrize("picture", PICTURES, ids=lambda path: path.stem)
def test_pictures_are_small_and_of_the_two_widths(picture: Path) -> None:
    assert picture.stat().st_size <= 150 * 1024
    with Image.open(picture) as shown:
        assert shown.width in (1300, 360)


def test_every_picture_is_used_and_can_be_taken_again() -> None:
    used = {Path(place).stem for guide in GUIDES for _, place in _IMAGE.findall(guide.read_text("utf-8"))}
    script = (CODE_ROOT / "tests" / "browser" / "guide_pictures.py").read_text("utf-8")
    assert used == {picture.stem for picture in PICTURES} == set(re.findall(r'Picture\(\s*"([a-z-]+)"', script))


def test_the_accounts_in_the_list_of_guides_exist() -> None:
    listed = (FOLDER / "README.md").read_text("utf-8")
    manifest = read_manifest((CODE_ROOT / "processes" / "common" / "pack.yaml").read_bytes()).manifest
    logins = {group.replace(".", "-").replace("_", "-") for group in manifest.groups} | {"operator"}
    named = set(re.findall(r"`([a-z-]+-[a-z]+|operator)`", listed))
    assert len(named) >= 12 and named <= logins
    assert PASSWORD in listed
