"""Releases in the database: stored once, never changed, refused when the pack has errors."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from engine import releases, tables
from engine.errors import NotFound, PackInvalid, Problem, TamperedData
from engine.packs import FileChange, Pack, assemble_pack

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
LATER = datetime(2026, 3, 3, 4, 0, tzinfo=UTC)


def pack(code: str = "hunan", *, extra: str = "", **files: str) -> Pack:
    manifest = f"code: {code}\nnames: {{short: 湖南, official: 湖南省个人身后“一件事”}}\nversion: 2026.1\n{extra}"
    named = {"pack.yaml": manifest.encode(), **{f"{stem}.bpmn": text.encode() for stem, text in files.items()}}
    return assemble_pack(code, named, dict.fromkeys(named, code))


def fine(_pack: Pack) -> Sequence[Problem]:
    return [Problem("x.bpmn", 1, "x", "warning", "lint/example", "only a warning")]


def count(connection: sa.Connection, table: sa.Table) -> int:
    return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def test_a_published_pack_can_be_loaded_again(database: sa.Engine) -> None:
    original = pack(after_death="<a>逝者</a>", funeral="<b/>")
    with database.begin() as connection:
        release = releases.publish(connection, original, "analyst", NOON, check=fine)
    assert (release.id, release.pack, release.number, release.version) == (original.digest, "hunan", 1, "2026.1")
    assert (release.published_by, release.is_current) == ("analyst", True)
    assert release.published_at == "2026-03-02T04:00:00.000000Z"
    with database.connect() as connection:
        assert releases.load_release(connection, release.id) == original.files
        back = releases.load_pack(connection, release.id)
        assert (back.digest, back.origins, back.manifest) == (original.digest, original.origins, original.manifest)
        assert releases.published(connection) == [release]
        assert releases.current_release(connection, "hunan") == release


def test_the_same_content_gives_the_same_release(database: sa.Engine) -> None:
    with database.begin() as connection:
        first = releases.publish(connection, pack(a="1"), "analyst", NOON, check=fine)
    with database.begin() as connection:
        assert releases.publish(connection, pack(a="1"), "somebody else", LATER, check=fine) == first
        changed_at = connection.execute(sa.select(tables.packs.c.changed_at)).scalar_one()
        assert (count(connection, tables.releases), changed_at) == (1, first.published_at)


def test_a_change_gives_the_next_number_and_shares_unchanged_files(database: sa.Engine) -> None:
    with database.begin() as connection:
        first = releases.publish(connection, pack(a="1", b="same"), "analyst", NOON, check=fine)
        second = releases.publish(connection, pack(a="2", b="same"), "analyst", LATER, check=fine)
        assert (first.number, second.number) == (1, 2)
        assert count(connection, tables.contents) == 4  # one manifest, two a, one b
        listed = releases.list_releases(connection, "hunan")
        assert [(r.id, r.is_current) for r in listed] == [(second.id, True), (first.id, False)]
        assert releases.diff_releases(connection, first.id, second.id) == [FileChange("a.bpmn", "changed")]


def test_publishing_old_content_makes_it_current_again(database: sa.Engine) -> None:
    with database.begin() as connection:
        first = releases.publish(connection, pack(a="1"), "analyst", NOON, check=fine)
        releases.publish(connection, pack(a="2"), "analyst", LATER, check=fine)
        again = releases.publish(connection, pack(a="1"), "analyst", LATER, check=fine)
        assert again == first
        assert count(connection, tables.releases) == 2
        assert releases.current_release(connection, "hunan").id == first.id


def test_packs_are_numbered_apart(database: sa.Engine) -> None:
    with database.begin() as connection:
        releases.publish(connection, pack("hunan", a="1"), "analyst", NOON, check=fine)
        other = releases.publish(connection, pack("guizhou", a="1"), "analyst", NOON, check=fine)
        assert other.number == 1
        assert [r.pack for r in releases.published(connection)] == ["guizhou", "hunan"]


def test_a_pack_with_errors_is_refused_and_leaves_nothing(database: sa.Engine) -> None:
    def broken(_pack: Pack) -> Sequence[Problem]:
        return [*fine(_pack), Problem("x.bpmn", 2, "y", "error", "lint/example", "broken")]

    with database.begin() as connection:
        with pytest.raises(PackInvalid) as caught:
            releases.publish(connection, pack(a="1"), "analyst", NOON, check=broken)
        assert [p.severity for p in caught.value.problems] == ["warning", "error"]
        assert count(connection, tables.packs) + count(connection, tables.releases) == 0


def test_a_library_is_not_published(database: sa.Engine) -> None:
    with database.begin() as connection, pytest.raises(PackInvalid) as caught:
        releases.publish(connection, pack(extra="library: true\n", a="1"), "analyst", NOON, check=fine)
    assert [(p.rule, p.line) for p in caught.value.problems if p.severity == "error"] == [("pack/library", 4)]


def test_an_unreadable_manifest_is_never_published(database: sa.Engine) -> None:
    with database.begin() as connection, pytest.raises(PackInvalid):
        releases.publish(connection, pack(extra="nonsense: 1\n", a="1"), "analyst", NOON, check=fine)


def test_an_unknown_release_is_not_found(database: sa.Engine) -> None:
    with database.connect() as connection:
        for ask in (releases.load_release, releases.find_release, releases.current_release):
            with pytest.raises(NotFound):
                ask(connection, "0" * 64)


def test_a_changed_file_in_the_store_is_noticed(database: sa.Engine) -> None:
    with database.begin() as connection:
        release = releases.publish(connection, pack(a="1"), "analyst", NOON, check=fine)
        connection.execute(tables.contents.update().where(tables.contents.c.data == b"1").values(data=b"2"))
        with pytest.raises(TamperedData):
            releases.load_release(connection, release.id)
