"""Releases: packs as they were published, stored for ever.

A release's id is the content address of its files, so publishing the same content again gives the same release. A case
keeps the release it began on; nothing here changes or removes one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from engine.clock import to_text
from engine.errors import Conflict, NotFound, PackInvalid, Problem, TamperedData
from engine.manifests import MANIFEST_NAME
from engine.packs import FileChange, Pack, assemble_pack, diff_files, digest_files
from engine.tables import contents, packs, release_files, releases

LATEST = "latest"

Check = Callable[[Pack], Sequence[Problem]]

_INSERTS: Mapping[str, Callable[[sa.Table], Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


@dataclass(frozen=True, slots=True)
class Release:
    """One release. ``id`` is its content address; ``number`` counts 1, 2, 3 … within the pack, for people.

    ``is_current`` marks the release on which the pack starts new cases.
    """

    id: str
    pack: str
    number: int
    version: str
    published_at: str
    published_by: str
    is_current: bool


def publish(connection: sa.Connection, pack: Pack, actor: str, now: datetime, *, check: Check) -> Release:
    """Store ``pack`` as a release, make it the pack's current one and return it.

    ``check`` is the whole-pack check (``lint.check_pack`` with its registries bound); raises PackInvalid with all its
    findings when one of them is an error. Idempotent: content that is stored already gets no second release, but does
    become the current one again. The caller's transaction decides whether anything stays.
    """
    problems = [*check(pack), *_library_problems(pack)]
    if any(problem.severity == "error" for problem in problems):
        raise PackInvalid(problems)
    _lock_pack(connection, pack, now)
    release_id = pack.digest
    if connection.execute(sa.select(releases.c.id).where(releases.c.id == release_id)).first() is None:
        _store(connection, pack, release_id, actor, now)
    changed = packs.c.current_release.is_distinct_from(release_id)
    connection.execute(
        packs.update()
        .where(packs.c.code == pack.code, changed)
        .values(current_release=release_id, name=pack.manifest.names.official, changed_at=to_text(now))
    )
    return find_release(connection, release_id)


def published(connection: sa.Connection) -> list[Release]:
    """The current release of every pack, by pack code."""
    query = _select_releases().where(packs.c.current_release == releases.c.id).order_by(releases.c.pack)
    return [Release(*row) for row in connection.execute(query)]


def list_releases(connection: sa.Connection, pack: str) -> list[Release]:
    """Every release of a pack, newest first."""
    query = _select_releases().where(releases.c.pack == pack).order_by(releases.c.number.desc())
    return [Release(*row) for row in connection.execute(query)]


def current_release(connection: sa.Connection, pack: str) -> Release:
    """The release on which ``pack`` starts new cases; raises NotFound before the first publication."""
    query = _select_releases().where(packs.c.current_release == releases.c.id, releases.c.pack == pack)
    row = connection.execute(query).first()
    if row is None:
        raise NotFound("pack", pack)
    return Release(*row)


def find_release(connection: sa.Connection, release_id: str) -> Release:
    """The release with this id; raises NotFound."""
    row = connection.execute(_select_releases().where(releases.c.id == release_id)).first()
    if row is None:
        raise NotFound("release", release_id)
    return Release(*row)


def choose_release(connection: sa.Connection, pack: str, text: str) -> Release:
    """The release of ``pack`` that ``text`` means: ``latest`` (the current one), a number, an id, or how one id begins.

    Raises ``NotFound`` where it means none, ``Conflict`` where it means several.
    """
    if text == LATEST:
        return current_release(connection, pack)
    made = list_releases(connection, pack)
    found = [release for release in made if str(release.number) == text]
    found = found or [release for release in made if text and release.id.startswith(text)]
    if not found:
        raise NotFound("release", f"{pack} {text}")
    if len(found) > 1:
        raise Conflict("release", f"{pack} {text}", "several: write more of the id")
    return found[0]


def load_release(connection: sa.Connection, release_id: str) -> dict[str, bytes]:
    """The files of a release by name. Raises NotFound, or TamperedData when they no longer give its id."""
    return dict(load_pack(connection, release_id).files)


def load_pack(connection: sa.Connection, release_id: str) -> Pack:
    """A release as a Pack, with its merged manifest; raises as ``load_release`` does."""
    release = find_release(connection, release_id)
    query = (
        sa.select(release_files.c.name, release_files.c.origin, contents.c.data)
        .join(contents, contents.c.sha256 == release_files.c.sha256)
        .where(release_files.c.release_id == release_id)
    )
    rows = connection.execute(query).all()
    files = {row.name: bytes(row.data) for row in rows}
    if digest_files(files) != release_id:
        raise TamperedData(f"the stored files of release {release_id} do not give its content address")
    return assemble_pack(release.pack, files, {row.name: row.origin for row in rows})


def diff_releases(connection: sa.Connection, old_id: str, new_id: str) -> list[FileChange]:
    """The files that differ between two releases (of one pack, or of two provinces); raises NotFound."""
    return diff_files(load_release(connection, old_id), load_release(connection, new_id))


def _store(connection: sa.Connection, pack: Pack, release_id: str, actor: str, now: datetime) -> None:
    last = connection.execute(sa.select(sa.func.max(releases.c.number)).where(releases.c.pack == pack.code)).scalar()
    connection.execute(
        releases.insert().values(
            id=release_id,
            pack=pack.code,
            number=(last or 0) + 1,
            version=pack.manifest.version or "",
            manifest=pack.manifest.model_dump_json(by_alias=True, exclude_none=True),
            published_at=to_text(now),
            published_by=actor,
        )
    )
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in pack.files.items()}
    blobs = {digests[name]: data for name, data in pack.files.items()}
    # In one order everywhere: two publishers that share files must not wait for each other in a ring.
    rows = [{"sha256": digest, "data": blobs[digest]} for digest in sorted(blobs)]
    connection.execute(_insert(connection, contents).on_conflict_do_nothing(), rows)
    connection.execute(
        release_files.insert(),
        [
            {"release_id": release_id, "name": name, "sha256": digests[name], "origin": pack.origins[name]}
            for name in sorted(pack.files)
        ],
    )


def _lock_pack(connection: sa.Connection, pack: Pack, now: datetime) -> None:
    """One publication of a pack at a time (SQLite holds its write lock already)."""
    row = {"code": pack.code, "name": pack.manifest.names.official, "changed_at": to_text(now)}
    connection.execute(_insert(connection, packs).values(row).on_conflict_do_nothing())
    connection.execute(sa.select(packs.c.code).where(packs.c.code == pack.code).with_for_update())


def _insert(connection: sa.Connection, table: sa.Table) -> Any:
    return _INSERTS[connection.dialect.name](table)


def _select_releases() -> Any:
    is_current = sa.func.coalesce(packs.c.current_release == releases.c.id, sa.false()).label("is_current")
    return sa.select(
        releases.c.id,
        releases.c.pack,
        releases.c.number,
        releases.c.version,
        releases.c.published_at,
        releases.c.published_by,
        is_current,
    ).join(packs, packs.c.code == releases.c.pack)


def _library_problems(pack: Pack) -> list[Problem]:
    if pack.merged is None or not pack.manifest.library:
        return []
    line = pack.merged.place_of("library").line
    message = f"{pack.code} is a library: only a base for other packs"
    return [Problem(MANIFEST_NAME, line, "library", "error", "pack/library", message, "publish a pack that extends it")]
