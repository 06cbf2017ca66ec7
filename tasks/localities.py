"""Localities (各地开通): whether a place takes cases yet, what services it has claimed, whether it takes any on line.

A province makes the rules; its cities and counties claim the services, name an officer for them and open the service,
and the lead unit of each level switches applications on line on or off (P-18; G-16, G-17). The row of the nearest
level holds; where no level has said anything, the pack's switch ``localities.unset`` does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson
import sqlalchemy as sa

from engine import tables as t
from engine.actors import Actor
from engine.clock import local_date, to_text
from engine.errors import InvalidInput, NotFound, RuleViolation
from engine.pack_schema import Manifest
from engine.registry import CaseAccess
from tasks import tables as d
from tasks.command import connection_of

_REGION = re.compile(r"[0-9]{6}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Locality:
    """What holds at a place. ``items`` None: every service of the pack; ``officer``: whom families may ask for."""

    region: str
    is_open: bool
    online: bool
    items: frozenset[str] | None = None
    officer: str = ""

    def offers(self, code: str) -> bool:
        """Whether the place has claimed a service."""
        return self.items is None or code in self.items


@dataclass(frozen=True, slots=True)
class Setting:
    """What a level says of itself. ``opens_on``: from that day on, if ``is_open``; ``items`` None: all."""

    region: str
    is_open: bool = True
    online: bool = True
    items: tuple[str, ...] | None = None
    officer_name: str = ""
    officer_phone: str = ""
    opens_on: date | None = None


def locality_at(
    connection: sa.Connection, manifest: Manifest, switches: Mapping[str, Any], region: str, today: date
) -> Locality:
    """What holds at ``region`` (six digits) on ``today``."""
    rows = {row.region: row for row in _rows(connection, manifest.code, _levels(region))}
    nearest = [rows[level] for level in _levels(region) if level in rows]
    if not nearest:
        is_open = switches.get("localities", {}).get("unset", "open") != "closed"
        return Locality(region, is_open, is_open)
    row = nearest[0]
    claimed = next((each["items"] for each in (one._mapping for one in nearest) if each["items"] is not None), None)
    is_open = row.is_open and (row.opens_on is None or row.opens_on <= today.isoformat())
    officer = " ".join(filter(None, (row.officer_name, row.officer_phone)))
    items = None if claimed is None else frozenset(orjson.loads(claimed))
    return Locality(region, is_open, is_open and row.online, items, officer)


def locality_of(case: CaseAccess, case_id: str) -> Locality:
    """What holds at the place that handles a case."""
    connection = connection_of(case)
    region = connection.execute(sa.select(t.cases.c.region).where(t.cases.c.id == case_id)).scalar() or ""
    return locality_at(connection, case.release.manifest, case.release.switches, region, local_date(case.now()))


def show(case: CaseAccess, case_id: str) -> None:
    """Put into the facts what diagrams and tables read: ``locality.online``, and ``unclaimed`` services."""
    place = locality_of(case, case_id)
    lacking = [code for code in case.release.manifest.offered if not place.offers(code)]
    case.write_facts({"online": place.online, "unclaimed": lacking}, "locality")


def demand_open(case: CaseAccess, case_id: str) -> None:
    """Raises ``locality_closed`` where the place does not take cases (yet). Rule: G-17, pilots by place."""
    if not locality_of(case, case_id).is_open:
        message = "该地还没有开通“一件事”联办，请到当地政务服务中心和有关部门窗口逐项办理"
        raise RuleViolation("locality_closed", message, "G-17")


def demand_channel(case: CaseAccess, case_id: str) -> None:
    """Raises ``online_closed`` for a family's own application where the place takes none on line. Rule: G-16."""
    by_family = not case.actor.unbounded and not any(group.startswith("window") for group in case.actor.groups)
    if by_family and not locality_of(case, case_id).online:
        raise RuleViolation("online_closed", "该地没有开通线上申报，请到政务服务中心综合窗口办理", "G-16")


def unclaimed(case: CaseAccess, case_id: str, codes: Iterable[str]) -> dict[str, str]:
    """Of ``codes`` those that the place has not claimed, with why they go to the window. Rule: G-16, P-14."""
    place = locality_of(case, case_id)
    return {code: "该地尚未认领这一事项，请到办理部门的窗口办理" for code in codes if not place.offers(code)}


def list_settings(connection: sa.Connection, pack: str, within: str = "") -> list[Setting]:
    """What has been said for a pack, by place; ``within``: only places that this region covers."""
    c = d.localities.c
    rows = connection.execute(sa.select(d.localities).where(c.pack == pack).order_by(c.region))
    bounds = Actor("", region=within, unbounded=not within)
    return [_setting(row) for row in rows if bounds.covers(row.region)]


def save_setting(connection: sa.Connection, actor: Actor, manifest: Manifest, setting: Setting, now: Any) -> None:
    """Keep what a level says, in place of what it said before. Raises ``NotFound``, ``InvalidInput`` by field.

    An actor may speak for the own region and those in it.
    """
    if not actor.covers(setting.region):
        raise NotFound("region", setting.region)
    if faults := _find_faults(manifest, setting):
        raise InvalidInput(faults)
    c = d.localities.c
    keys = {"pack": manifest.code, "region": setting.region}
    connection.execute(d.localities.delete().where(c.pack == keys["pack"], c.region == keys["region"]))
    values = {
        "is_open": setting.is_open,
        "online": setting.online,
        "items": None if setting.items is None else orjson.dumps(sorted(set(setting.items))).decode(),
        "officer_name": setting.officer_name.strip() or None,
        "officer_phone": setting.officer_phone.strip() or None,
        "opens_on": setting.opens_on.isoformat() if setting.opens_on else None,
        "changed_at": to_text(now),
        "changed_by": actor.id,
    }
    connection.execute(d.localities.insert().values(keys | values))


def clear_setting(connection: sa.Connection, actor: Actor, manifest: Manifest, region: str) -> None:
    """Forget what a level has said: what the one above it says holds there again. Raises ``NotFound``."""
    c = d.localities.c
    mine = (c.pack == manifest.code, c.region == region)
    if not actor.covers(region) or connection.execute(d.localities.delete().where(*mine)).rowcount == 0:
        raise NotFound("region", region)


def _find_faults(manifest: Manifest, setting: Setting) -> dict[str, list[str]]:
    faults: dict[str, list[str]] = {}
    whole = Actor("", region=manifest.region or "")
    if not _REGION.fullmatch(setting.region) or not whole.covers(setting.region):
        faults["region"] = ["请填写本省的六位行政区划代码，例如 " + (manifest.region or "520100")]
    claimable = {code for code, item in manifest.offered.items() if not item.tracked}
    if unknown := sorted(set(setting.items or ()) - claimable):
        faults["items"] = [f"这些事项不用认领或者没有：{'、'.join(unknown)}"]
    if len(setting.officer_name.strip()) > 50:
        faults["officer_name"] = ["姓名不超过 50 个字"]
    if len(setting.officer_phone.strip()) > 20:
        faults["officer_phone"] = ["电话不超过 20 个字"]
    return faults


def _levels(region: str) -> list[str]:
    """A place and those above it, the nearest first: 520102, 520100, 520000."""
    return list(dict.fromkeys((region, region[:4] + "00", region[:2] + "0000")))


def _rows(connection: sa.Connection, pack: str, regions: list[str]) -> list[Any]:
    c = d.localities.c
    return list(connection.execute(sa.select(d.localities).where(c.pack == pack, c.region.in_(regions))))


def _setting(row: Any) -> Setting:
    items = row._mapping["items"]
    return Setting(
        row.region,
        bool(row.is_open),
        bool(row.online),
        None if items is None else tuple(orjson.loads(items)),
        row.officer_name or "",
        row.officer_phone or "",
        date.fromisoformat(row.opens_on) if row.opens_on else None,
    )
