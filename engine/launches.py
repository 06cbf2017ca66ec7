"""Going live: a release takes real families' cases only after it was launched, and only while its rules are in force.

Publishing makes a release the one on which new cases begin; launching it says that an authority stands behind it. An
unconfirmed rule of class ``safety`` keeps a release from it. Elsewhere than in production a release that was not
launched may run all the same, for trials and demonstrations, and pages mark it so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from engine.clock import local_date, to_text
from engine.errors import PackInvalid, Problem, RuleViolation
from engine.manifests import MANIFEST_NAME
from engine.pack_schema import Manifest
from engine.packs import Pack
from engine.tables import launches


@dataclass(frozen=True, slots=True)
class Launch:
    """Who launched a release, and when (UTC text)."""

    at: str
    by: str


def launch(connection: sa.Connection, pack: Pack, actor: str, now: datetime) -> Launch:
    """Let the release that ``pack`` was published as go live; the first time counts.

    Raises ``PackInvalid`` with what keeps it from that.
    """
    found = find_launch(connection, pack.digest)
    if found is not None:
        return found
    problems = find_obstacles(pack, now)
    if problems:
        raise PackInvalid(problems)
    row = {"release_id": pack.digest, "at": to_text(now), "by": actor}
    connection.execute(launches.insert().values(row))
    return Launch(row["at"], actor)


def find_launch(connection: sa.Connection, release_id: str) -> Launch | None:
    """The launch of a release; None where it never went live."""
    query = sa.select(launches.c.at, launches.c.by).where(launches.c.release_id == release_id)
    row = connection.execute(query).first()
    return Launch(row.at, row.by) if row is not None else None


def find_obstacles(pack: Pack, now: datetime) -> list[Problem]:
    """What keeps a pack from going live: safety rules that nobody confirmed, and rules that have ended."""
    manifest = pack.manifest
    found = []
    for code, switch in manifest.switches.items():
        if switch.class_ == "safety" and switch.status == "待确认":
            message = f"the safety rule “{switch.title}” is not confirmed: the pack may not go live"
            remedy = "have the authority confirm it, then write status: 已确认 and confirmed: {by, on, document}"
            found.append(_problem(pack, ("switches", code, "status"), "manifest/unconfirmed-safety", message, remedy))
    until = last_day(manifest)
    if until is not None and until < local_date(now):
        message, remedy = f"the rules ended on {until.isoformat()}", "publish the rules that follow"
        found.append(_problem(pack, ("effective", "until"), "manifest/expired", message, remedy))
    return found


def check_admits(connection: sa.Connection, release_id: str, manifest: Manifest, now: datetime, *, trial: bool) -> None:
    """Refuse a new case: pack_expired, pack_not_in_force, and unless ``trial`` pack_not_live. Open cases go on."""
    today, effective = local_date(now), manifest.effective
    name, until = manifest.names.official, last_day(manifest)
    if until is not None and until < today:
        message = f"{name}已于{until.isoformat()}到期，不再受理新的办件；已经受理的继续办理"
        raise RuleViolation("pack_expired", message, "effective.until")
    if effective is not None and today < effective.from_:
        message = f"{name}自{effective.from_.isoformat()}起施行，现在还不能受理"
        raise RuleViolation("pack_not_in_force", message, "effective.from")
    if not trial and find_launch(connection, release_id) is None:
        raise RuleViolation("pack_not_live", f"{name}尚未正式启用，还不能受理", "manifest/unconfirmed-safety")


def last_day(manifest: Manifest) -> date | None:
    """The last day on which the rules are in force; None where they have no end."""
    return manifest.effective.until if manifest.effective is not None else None


def _problem(pack: Pack, path: tuple[str, ...], rule: str, message: str, remedy: str) -> Problem:
    place = pack.merged.place_of(*path) if pack.merged is not None else None
    file = pack.source_path(place.file) if place is not None else MANIFEST_NAME
    return Problem(file, place.line if place else 0, ".".join(path), "error", rule, message, remedy)
