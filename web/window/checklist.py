"""The checklist to hand to a family before it applies: what the items that it wants ask for, on one sheet.

It is the guide's own list of the running release (``tasks.guide``), narrowed to who applies and what for.
"""

from __future__ import annotations

from flask import abort, render_template, request

from engine import db
from engine.actors import Actor
from engine.clock import local_date
from engine.loaded import LoadedRelease
from engine.releases import published
from tasks.guide import Guide, list_materials
from tasks.guide_materials import MEDIA, Applicants, Material
from tasks.guide_text import limit_words
from web.access import current
from web.access.policy import allow, group
from web.guides import guide_for, is_joint_service
from web.papers import prints
from web.papers.sheet import Grid, Pairs, Prose, Sheet
from web.papers.words import in_chinese
from web.services import services
from web.window.blueprint import blueprint

window = group("window.")


@blueprint.get("/checklist")
@allow(window)
def checklist() -> str:
    """For which items, for whom: the choices, and the running releases of the region to choose from."""
    found = {release.pack: release for release in _offered()}
    chosen = request.args.get("pack", "")
    release = found.get(chosen) or (next(iter(found.values())) if len(found) == 1 else None)
    return render_template(
        "window/checklist.html",
        packs=list(found.values()),
        guide=guide_for(release) if release else None,
        applicants=Applicants(release) if release else None,
    )


@blueprint.get("/checklist/<pack>")
@allow(window)
def print_checklist(pack: str) -> str:
    """The sheet; what is not chosen means all items, and any kind of applicant and payee."""
    release = next((one for one in _offered() if one.pack == pack), None)
    if release is None:
        abort(404)
    return prints.to_page(lambda: _lay_out(release))


def _offered() -> list[LoadedRelease]:
    """The running releases with joint items whose region is the person's, or lies around it."""
    person, own = current.person(), services()
    assert person is not None
    with db.reading(own.database) as connection:
        running = [own.runtime.releases.get(connection, one.id) for one in published(connection)]
    place = person.region.ljust(6, "0")
    return [
        one
        for one in running
        if is_joint_service(one)
        and (
            person.act().covers(one.manifest.region or "") or Actor("", region=one.manifest.region or "").covers(place)
        )
    ]


def _lay_out(release: LoadedRelease) -> Sheet:
    own, guide, applicants = services(), guide_for(release), Applicants(release)
    chosen = [item for item in guide.offered if item.code in set(request.args.getlist("item"))] or list(guide.offered)
    kind, payee = request.args.get("kind", ""), request.args.get("payee", "")
    codes = [item.code for item in chosen]
    materials = list_materials(release, own.runtime.feel, own.clock.now(), codes, kind, payee)
    return Sheet(
        "材料清单",
        "",
        guide.official,
        (
            Pairs(_heading(guide, applicants, kind, payee)),
            Grid(
                ("要带的材料", "形式", "谁需要", "说明"),
                [_line(one) for one in materials if one.is_brought],
                (4, 2, 3, 3),
                "要带的材料",
            ),
            Prose(
                ["、".join(one.name for one in materials if not one.is_brought) or "无"], "不用您交的材料", flush=True
            ),
            Grid(
                ("事项", "办理部门", "时限", "先要办好"),
                [(one.plain, one.department, limit_words(one), "、".join(one.requires)) for one in chosen],
                (4, 3, 3, 2),
                "要办的事",
            ),
        ),
        copies="本清单由窗口按现行流程包打印，供申请人备齐材料使用，不作为受理凭证。",
    )


def _heading(guide: Guide, applicants: Applicants, kind: str, payee: str) -> list[tuple[str, str]]:
    return [
        ("申请人", applicants.kinds.get(kind) or "不限"),
        ("拨付对象", applicants.payees.get(payee) or "不限"),
        ("收费", guide.fee.words),
        ("办理时限", f"受理后{guide.limit}个工作日" if guide.limit else "按各事项时限"),
        ("咨询电话", guide.hotline),
        ("打印日期", in_chinese(local_date(services().clock.now()).isoformat())),
    ]


def _line(one: Material) -> tuple[str, str, str, str]:
    shape = "，".join(word for word in (MEDIA.get(one.medium, ""), "看原件" if one.original else "") if word)
    said = "；".join(word for word in (one.note, *one.terms) if word)
    return one.name, shape, "、".join(one.only_for) or "都要", said
