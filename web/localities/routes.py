"""Where the lead unit of a province, city or county claims services, names an officer, and switches the service on."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, abort, flash, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine import db, divisions
from engine.actors import Actor
from engine.errors import InvalidInput, NotFound
from engine.loaded import LoadedRelease
from engine.releases import published
from tasks import localities
from tasks.localities import Setting
from web.access import current
from web.access.people import Person
from web.access.policy import allow, group
from web.access.turning import see_other
from web.guides import is_joint_service
from web.services import services

blueprint = Blueprint("localities", __name__, template_folder="templates", url_prefix="/localities")
lead = group("lead.")


@blueprint.get("/")
@allow(lead)
def home() -> str:
    """What has been said within the reader's own region, pack by pack."""
    person, own = _reader(), services()
    with db.reading(own.database) as connection:
        found = [
            (release, localities.list_settings(connection, release.pack, person.region)) for release in _offered(person)
        ]
    return render_template("localities/home.html", found=found, region=person.region)


@blueprint.get("/<pack>/new")
@allow(lead)
def new(pack: str) -> str:
    """The form, for a place that has said nothing yet."""
    return _show(_release(pack), Setting(_reader().region), {})


@blueprint.get("/<pack>/<region>")
@allow(lead)
def edit(pack: str, region: str) -> str:
    """The form, with what the place has said."""
    release, person = _release(pack), _reader()
    with db.reading(services().database) as connection:
        known = localities.list_settings(connection, pack, person.region)
    said = next((one for one in known if one.region == region), None)
    if said is None:
        abort(404)
    return _show(release, said, {}, is_said=True)


@blueprint.post("/<pack>")
@allow(lead)
def saved(pack: str) -> Response | tuple[str, int]:
    """Keep what a place says."""
    release, own = _release(pack), services()
    told, faults = _read(release)
    if not faults:
        try:
            with own.database.begin() as connection:
                actor, now = _reader().act(), own.clock.now()
                localities.save_setting(connection, actor, release.manifest, told, now)
        except NotFound:
            faults = {"region": [_("这个地方不在您的管辖范围内。")]}
        except InvalidInput as error:
            faults = dict(error.fields)
    if faults:
        return _show(release, told, faults), 422
    flash(_("已保存，新的办件和申请即按此办理。"), "success")
    return see_other(url_for("localities.home"))


@blueprint.post("/<pack>/<region>/clear")
@allow(lead)
def cleared(pack: str, region: str) -> Response:
    """Forget what a place has said."""
    release, own = _release(pack), services()
    with own.database.begin() as connection:
        localities.clear_setting(connection, _reader().act(), release.manifest, region)
    flash(_("已取消登记，按上一级登记的办。"), "success")
    return see_other(url_for("localities.home"))


def _read(release: LoadedRelease) -> tuple[Setting, dict[str, list[str]]]:
    form, opens_on = request.form, None
    faults: dict[str, list[str]] = {}
    if stated := form.get("opens_on", "").strip():
        try:
            opens_on = date.fromisoformat(stated)
        except ValueError:
            faults["opens_on"] = [_("日期请写成 2026-12-01 的样子。")]
    told = Setting(
        form.get("region", "").strip(),
        form.get("is_open") == "yes",
        form.get("online") == "yes",
        None if form.get("claims") == "all" else tuple(form.getlist("items")),
        form.get("officer_name", "").strip(),
        form.get("officer_phone", "").strip(),
        opens_on,
    )
    return told, faults


def _show(release: LoadedRelease, told: Setting, faults: dict[str, list[str]], *, is_said: bool = False) -> str:
    claimable = {code: item for code, item in release.manifest.offered.items() if not item.tracked}
    return render_template(
        "localities/edit.html",
        release=release,
        told=told,
        faults=faults,
        claimable=claimable,
        places=(places := _places(release)),
        is_known=any(told.region == value for _group, choices in places for value, _words in choices),
        is_said=is_said,
    )


def _places(release: LoadedRelease) -> list[tuple[str, list[tuple[str, str]]]]:
    """What the reader may speak for, by name: the province, then each prefecture with its counties."""
    own, whole = _reader().act(), Actor("", region=release.manifest.region or "")
    province = divisions.province_of(release.manifest.region or "")
    known = [one for one in divisions.within(province) if own.covers(one.value) and whole.covers(one.value)]
    groups: dict[str, list[tuple[str, str]]] = {}
    for one in sorted(known, key=lambda one: one.value):
        groups.setdefault(one.group, []).append((one.value, divisions.local_name_of(one.value)))
    return list(groups.items())


def _release(pack: str) -> LoadedRelease:
    """The running release of a pack whose region the reader's is part of, or has in it. 404 for another."""
    found = next((one for one in _offered(_reader()) if one.pack == pack), None)
    if found is None:
        abort(404)
    return found


def _offered(person: Person) -> list[LoadedRelease]:
    own = services()
    with db.reading(own.database) as connection:
        releases = [own.runtime.releases.get(connection, one.id) for one in published(connection)]
    return [
        one
        for one in releases
        if is_joint_service(one) and one.manifest.offered and _meet(one.manifest.region or "", person.region)
    ]


def _meet(one: str, other: str) -> bool:
    return Actor("", region=one).covers(other) or Actor("", region=other).covers(one)


def _reader() -> Person:
    person = current.person()
    assert person is not None
    return person
