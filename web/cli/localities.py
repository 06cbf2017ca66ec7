"""``shenhou localities``: what places have said of the service, and saying it for them."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date
from typing import Annotated, Any

import sqlalchemy as sa
import typer

from engine import db
from engine.actors import Actor
from engine.errors import InvalidInput, NotFound
from engine.pack_schema import Manifest
from engine.releases import current_release, published
from engine.tables import users
from tasks import localities
from tasks.localities import Setting
from web.access.people import read_staff
from web.cli.installation import open_installation, operator
from web.cli.output import Json, print_json, print_line, print_rows
from web.services import Services

app = typer.Typer(help="Where the service is open, what each place has claimed.", no_args_is_help=True)

ALL, NONE, NOW = "all", "none", "now"
Pack = Annotated[str, typer.Argument(help="A published pack.")]
Region = Annotated[str, typer.Argument(help="GB/T 2260 code of six digits: a province, city or county.")]
As = Annotated[str, typer.Option("--as", help="Speak as this account of a lead unit, within its region.")]


@app.command("list")
def list_all(
    pack: Annotated[str, typer.Argument(help="Only this pack.")] = "",
    within: Annotated[str, typer.Option(help="Only places that this region covers.")] = "",
    as_json: Json = False,
) -> None:
    """List what has been said, place by place; what a place leaves open is what the one above it has said."""
    with open_installation() as own, db.reading(own.database) as connection:
        packs = [current_release(connection, pack).pack] if pack else [one.pack for one in published(connection)]
        found = [(code, setting) for code in packs for setting in localities.list_settings(connection, code, within)]
    if as_json:
        print_json([_as_json(code, setting) for code, setting in found])
        return
    rows = [(code, *_cells(setting)) for code, setting in found]
    print_rows(("pack", "region", "cases", "online", "items", "officer"), rows, none="No place has said anything.")


@app.command("set")
def set_one(
    pack: Pack,
    region: Region,
    is_open: Annotated[bool | None, typer.Option("--open/--closed", help="Whether it takes cases.")] = None,
    online: Annotated[
        bool | None, typer.Option("--online/--window-only", help="Whether families apply on line.")
    ] = None,
    items: Annotated[str | None, typer.Option(help=f"Items claimed, comma-separated; `{ALL}` or `{NONE}`.")] = None,
    opens_on: Annotated[str | None, typer.Option(help=f"From which day (YYYY-MM-DD), or `{NOW}`.")] = None,
    officer_name: Annotated[str | None, typer.Option(help="Whom families may ask for.")] = None,
    officer_phone: Annotated[str | None, typer.Option(help="Their office telephone.")] = None,
    login: As = "",
    as_json: Json = False,
) -> None:
    """Say what holds at a place. What is not given stays as it was said; new, it is open, on line, for all items."""
    told: dict[str, Any] = {
        "is_open": is_open,
        "online": online,
        "officer_name": officer_name,
        "officer_phone": officer_phone,
    }
    changes = {name: value for name, value in told.items() if value is not None}
    if items is not None:
        changes["items"] = _read_items(items)
    if opens_on is not None:
        changes["opens_on"] = _read_day(opens_on)
    with open_installation() as own, own.database.begin() as connection:
        manifest, actor = _manifest(own, connection, pack), _actor(connection, login)
        known = localities.list_settings(connection, manifest.code)
        said = next((one for one in known if one.region == region), Setting(region))
        setting = replace(said, **changes)
        localities.save_setting(connection, actor, manifest, setting, own.clock.now())
    if as_json:
        print_json(_as_json(pack, setting))
    else:
        print_line(f"{region} has said so; new cases and applications of {pack} follow it.")


@app.command("clear")
def clear(pack: Pack, region: Region, login: As = "", as_json: Json = False) -> None:
    """Forget what a place has said: what the one above it says holds there again."""
    with open_installation() as own, own.database.begin() as connection:
        manifest = _manifest(own, connection, pack)
        localities.clear_setting(connection, _actor(connection, login), manifest, region)
    if as_json:
        print_json({"pack": pack, "region": region, "cleared": True})
    else:
        print_line(f"{region} says nothing of its own any more.")


def _manifest(own: Services, connection: sa.Connection, pack: str) -> Manifest:
    return own.runtime.releases.get(connection, current_release(connection, pack).id).manifest


def _actor(connection: sa.Connection, login: str) -> Actor:
    """The operator, or an account that may do this on the page. ``NotFound`` for any other."""
    if not login:
        return operator()
    found = read_staff(connection, users.c.login == login)
    if found is None or not found.active or not found.person.is_in("lead."):
        raise NotFound("account of a lead unit", login)
    return found.person.act()


def _read_items(text: str) -> tuple[str, ...] | None:
    if text == ALL:
        return None
    return () if text == NONE else tuple(code.strip() for code in text.split(",") if code.strip())


def _read_day(text: str) -> date | None:
    if text == NOW:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput({"opens_on": ["日期请写成 2026-12-01 的样子。"]}) from None


def _as_json(pack: str, setting: Setting) -> dict[str, Any]:
    return {"pack": pack, **asdict(setting)}


def _cells(setting: Setting) -> tuple[str, ...]:
    opened = f"from {setting.opens_on}" if setting.opens_on else "open"
    items = ALL if setting.items is None else ", ".join(setting.items) or NONE
    return (
        setting.region,
        opened if setting.is_open else "closed",
        "yes" if setting.online else "no",
        items,
        " ".join(filter(None, (setting.officer_name, setting.officer_phone))),
    )
