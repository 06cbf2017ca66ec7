"""Every page that there is, opened by somebody who may: sound at every width, and clean to axe-core.

``PAGES`` is compared with the URL map: a page that nobody opens here fails.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pyotp
import pytest
from flask import Flask
from playwright.sync_api import Error

from tests.browser.conftest import OpenVisitor
from tests.browser.scenes import Scenes
from tests.browser.site import Site
from tests.browser.stories import PHONE
from tests.browser.visitor import NARROW, WIDE, Visitor

NOBODY, FAMILY = "nobody", PHONE
PUBLIC = (NARROW, WIDE)
PUBLIC_READERS = (NOBODY, FAMILY)
Where = Callable[[Scenes], str]
Way = Callable[[Visitor, Scenes], None]

NO_PAGES = {
    "static": "files",
    "ops.health": "JSON, for a watchdog",
    "access.start": "leads on to a person's own start",
    "access.oidc_begin": "leads to an identity platform, and is not there without one",
    "access.oidc_back": "where an identity platform leads back to",
    "compare.source": "BPMN, for the page of the comparison",
    "desk.diagram_source": "BPMN, for the page of the diagram",
    "desk.diagram_marks": "JSON, for the page of the diagram",
    "desk.file": "a file of a case",
    "portal.file": "a file of a case",
    "portal.report_again": "leads on to a fresh report",
    "portal.report_anywhere": "leads on where there is one pack, and else looks like portal.guide",
    "portal.guide": "leads on where there is one pack",
    "portal.visit": "a form that the pack of these scenes does not have; where each pack is played it is opened",
    "supervise.export": "a spreadsheet",
    "window.report": "leads on where there is one pack",
}


def ask_for_code(visitor: Visitor, _scenes: Scenes) -> None:
    visitor.open("/sign-in")
    visitor.page.get_by_label("手机号码").fill("13900000000")
    visitor.press("获取验证码")


def look_up(visitor: Visitor, scenes: Scenes) -> None:
    visitor.open("/lookup")
    visitor.page.get_by_label("办件编号").fill(scenes.code("deciding"))
    visitor.page.get_by_label("电话").fill("19900000101")
    visitor.press("查询")


def enrol(visitor: Visitor, scenes: Scenes) -> None:
    """Set a second factor up, sign out and in, and be asked for it."""
    visitor.open("/staff/account/second-factor")
    secret = visitor.page.locator(".digest").inner_text()
    visitor.page.get_by_label("6位验证码").fill(pyotp.TOTP(secret.replace(" ", "")).at(scenes.site.clock.now()))
    visitor.press("启用")
    visitor.open("/staff/account")
    visitor.context.clear_cookies()
    visitor.open("/staff/sign-in")
    visitor.leave(visitor.page.get_by_role("button", name="court-clerk"))


def send_ticket(visitor: Visitor, scenes: Scenes) -> None:
    visitor.open(f"/hotline/tickets/new?case={scenes.case('deciding')}")
    form = visitor.page.locator("#content form")
    for menu in form.locator("select").all():
        menu.select_option(index=1)
    for radio in form.get_by_role("radio").all()[:1]:
        radio.check()
    visitor.page.locator("[name=caller]").fill("谭思齐")
    visitor.page.locator("[name=phone]").fill(PHONE)
    visitor.page.locator("[name=words]").fill("来电人反映医保余额还没有到账，请核实。")
    visitor.leave(form.get_by_role("button").last)


def open_locality(visitor: Visitor, _scenes: Scenes) -> None:
    visitor.open("/localities/hunan/new")
    visitor.page.locator("#region").select_option("430105")
    visitor.press("保存")
    assert "430105" in visitor.text()
    visitor.open("/localities/hunan/430105")


def verify_unknown(visitor: Visitor, _scenes: Scenes) -> None:
    with visitor.expecting(404):
        visitor.open(f"/verify/{'0' * 32}")
    assert "没有找到这份证照" in visitor.text()


def verify_certificate(visitor: Visitor, _scenes: Scenes) -> None:
    visitor.open("/funeral/verify")
    visitor.page.get_by_label("死亡证明编号").fill("TD4301-2026-0101")
    visitor.press("核验编号")


def sign_in_wrongly(visitor: Visitor, _scenes: Scenes) -> None:
    visitor.open("/staff/sign-in")
    visitor.page.get_by_label("登录名").fill("hrss-clerk")
    visitor.page.get_by_label("密码").first.fill("wrong")
    visitor.press("登录")
    assert "不正确" in visitor.text()
    visitor.open("/sign-in")
    visitor.page.get_by_label("手机号码").fill("123")
    visitor.press("获取验证码")
    assert "11位手机号码" in visitor.text()


def look_for_nothing(visitor: Visitor, _scenes: Scenes) -> None:
    with visitor.expecting(404):
        visitor.open("/nowhere")
    visitor.open("/lookup")
    visitor.page.get_by_label("办件编号").fill("SH-AAAA-AAAA-AAAA")
    visitor.page.get_by_label("电话").fill("19900000101")
    visitor.press("查询")


def hand_in_nothing(visitor: Visitor, scenes: Scenes) -> None:
    visitor.open("/report/hunan")
    visitor.leave(visitor.page.locator("#forming-submit"))
    assert "处需要修改" in visitor.text()
    visitor.open(f"/my/tasks/{scenes.task('signing', 'sign_commitment')}")
    visitor.leave(visitor.page.locator("#forming-submit"))
    assert "处需要修改" in visitor.text()


def think_about_withdrawing(visitor: Visitor, scenes: Scenes) -> None:
    visitor.open(f"/my/cases/{scenes.case('deciding')}/withdraw/f1")
    visitor.press("全部撤回")
    assert "确定撤回吗" in visitor.text()


def decide_nothing(visitor: Visitor, scenes: Scenes) -> None:
    visitor.open(f"/desk/tasks/{scenes.task('deciding', 'decide_item', 'survivor_benefit')}")
    visitor.leave(visitor.page.locator("#forming-submit"))
    assert "处需要修改" in visitor.text()


def unmask(visitor: Visitor, scenes: Scenes) -> None:
    visitor.open(f"/desk/cases/{scenes.code('deciding')}")
    visitor.press("显示全名")
    assert "诸葛桂英" in visitor.text()


def find_several_and_none(visitor: Visitor, _scenes: Scenes) -> None:
    for text in ("19900000103", "没有这个人"):
        visitor.open("/window/")
        visitor.page.get_by_role("textbox", name="查找办件").fill(text)
        visitor.press("查找")


def find_none(visitor: Visitor, _scenes: Scenes) -> None:
    visitor.open("/police/")
    visitor.page.get_by_role("textbox", name="对一个办件冻结").fill("430199194302160300")
    visitor.press("查找")
    assert "没有这个" in visitor.text()


def _case(path: str, scene: str = "deciding") -> Where:
    return lambda scenes: path.format(case=scenes.case(scene), code=scenes.code(scene))


def _task(path: str, scene: str, element: str, place: str = "") -> Where:
    return lambda scenes: path.format(task=scenes.task(scene, element, place))


def _at(path: str) -> Where:
    return lambda _scenes: path


PAGES: tuple[tuple[str, str, Where], ...] = (
    ("portal.home", NOBODY, _at("/")),
    ("portal.guide_of", NOBODY, _at("/guide/hunan")),
    ("portal.suggest", NOBODY, _at("/suggest/hunan")),
    (
        "portal.suggest",
        NOBODY,
        _at("/suggest/hunan?where=both&how=natural&who=first_order&insured=retired&insured=medical_employee"),
    ),
    ("portal.lookup", NOBODY, _at("/lookup")),
    ("access.sign_in", NOBODY, _at("/sign-in")),
    ("access.staff_sign_in", NOBODY, _at("/staff/sign-in")),
    ("papers.verify", NOBODY, lambda scenes: f"/verify/{scenes.paper('deciding')}"),
    ("access.family_account", FAMILY, _at("/account")),
    ("portal.join", FAMILY, _at("/join")),
    ("portal.report", FAMILY, _at("/report/hunan")),
    ("portal.cases", FAMILY, _at("/my/cases")),
    ("portal.reported_page", FAMILY, _case("/my/cases/{case}/reported")),
    *(("portal.case", FAMILY, _case("/my/cases/{case}", scene)) for scene in ("deciding", "frozen", "offline")),
    ("portal.clock", FAMILY, _case("/my/cases/{case}/clock/med_stop")),
    ("portal.confirmation", FAMILY, _case("/my/cases/{case}/confirmation/f1", "reviewing")),
    ("portal.objection", FAMILY, _case("/my/cases/{case}/objection")),
    ("portal.delivery", FAMILY, _case("/my/cases/{case}/delivery/f1", "reviewing")),
    ("portal.withdraw", FAMILY, _case("/my/cases/{case}/withdraw/f1")),
    ("papers.download_form", FAMILY, lambda s: f"/cases/{s.case('deciding')}/certificates/{s.certificate('deciding')}"),
    ("portal.application", FAMILY, _task("/my/tasks/{task}/application", "applying", "file_application")),
    ("portal.topic", FAMILY, _task("/my/tasks/{task}/topics/1", "applying", "file_application")),
    ("portal.topic", FAMILY, _task("/my/tasks/{task}/topics/2", "applying", "file_application")),
    ("portal.check", FAMILY, _task("/my/tasks/{task}/check", "applying", "file_application")),
    ("portal.materials", FAMILY, _task("/my/tasks/{task}/materials", "providing", "provide_materials")),
    ("portal.material", FAMILY, _task("/my/tasks/{task}/materials/M02", "providing", "provide_materials")),
    ("portal.task", FAMILY, _task("/my/tasks/{task}", "signing", "sign_commitment")),
    ("portal.task", FAMILY, _task("/my/tasks/{task}", "evaluating", "evaluate_service")),
    ("access.account", "court-clerk", _at("/staff/account")),
    ("access.enrol", "court-clerk", _at("/staff/account/second-factor")),
    *(("desk.home", "hrss-clerk", _at(f"/desk/?queue={queue}")) for queue in ("mine", "claimable")),
    *(
        ("desk.home", "supervisor-clerk", _at(f"/desk/?queue={queue}"))
        for queue in ("due", "frozen", "supplement", "deferred", "push_failed", "offline")
    ),
    ("desk.home", "supervisor-clerk", _at("/desk/?queue=claimable&q=谭㛃&sort=new")),
    ("desk.cases", "supervisor-clerk", _at("/desk/cases")),
    *(
        ("desk.case", "hrss-clerk", _case(f"/desk/cases/{{code}}{tab}"))
        for tab in ("", "/materials", "/timeline", "/diagram", "/pushes", "/notices")
    ),
    ("desk.case", "police-officer", _case("/desk/cases/{code}", "frozen")),
    ("desk.case", "police-officer", _case("/desk/cases/{code}/diagram", "frozen")),
    ("desk.clock", "hrss-clerk", _case("/desk/cases/{code}/clock/pension_suspend")),
    ("desk.user_task", "hrss-clerk", _task("/desk/tasks/{task}", "deciding", "decide_item", "survivor_benefit")),
    ("desk.user_task", "police-officer", _task("/desk/tasks/{task}", "frozen", "review_death")),
    ("desk.user_task", "window-clerk", _task("/desk/tasks/{task}", "reviewing", "review_application")),
    ("desk.user_task", "window-clerk", _task("/desk/tasks/{task}", "applying", "file_application")),
    ("window.home", "window-clerk", _at("/window/")),
    ("window.report_form", "window-clerk", _at("/window/report/hunan")),
    ("window.receipt", "window-clerk", _case("/window/cases/{case}/reported")),
    ("window.case", "window-clerk", _case("/window/cases/{case}")),
    ("window.case", "window-clerk", _case("/window/cases/{case}", "reviewing")),
    ("window.acts", "window-clerk", _case("/window/cases/{case}/acts")),
    ("window.act", "window-clerk", _case("/window/cases/{case}/acts/objection_filed")),
    ("window.act", "window-clerk", _case("/window/cases/{case}/acts/withdrawal_requested")),
    *(
        ("window.sheet", "window-clerk", _case(f"/window/cases/{{case}}/print/{kind}"))
        for kind in ("application", "commitment", "acceptance", "control_slip")
    ),
    ("window.sheet", "window-clerk", _case("/window/cases/{case}/print/referral", "offline")),
    ("window.checklist", "window-clerk", _at("/window/checklist")),
    ("window.print_checklist", "window-clerk", _at("/window/checklist/hunan?items=med_stop&items=hukou_cancel")),
    ("police.holds", "police-officer", _at("/police/")),
    ("police.freeze", "police-officer", _case("/police/cases/{case}", "frozen")),
    ("police.freeze_form", "police-officer", _case("/police/cases/{case}/freeze", "deciding")),
    ("funeral.verify", "funeral-clerk", _at("/funeral/verify")),
    ("funeral.case", "funeral-clerk", _case("/funeral/cases/{case}", "frozen")),
    ("hotline.home", "hotline-operator", _at("/hotline/")),
    ("hotline.case", "hotline-operator", _case("/hotline/cases/{case}")),
    ("hotline.knowledge", "hotline-operator", _at("/hotline/knowledge?q=医保")),
    ("hotline.new_ticket", "hotline-operator", _case("/hotline/tickets/new?case={case}")),
    ("hotline.tickets", "hotline-operator", _at("/hotline/tickets")),
    ("supervise.board", "supervisor-clerk", _at("/supervise/")),
    *(
        ("supervise.listing", "supervisor-clerk", _at(f"/supervise/lists/{name}"))
        for name in ("overdue", "frozen", "deferred", "undelivered", "marks")
    ),
    ("localities.home", "lead-clerk", _at("/localities/")),
    ("localities.new", "lead-clerk", _at("/localities/hunan/new")),
    ("compare.home", "operator", _at("/compare/?a=hunan&b=hunan&show=all")),
    ("ops.overview", "operator", _at("/ops/")),
    ("ops.incidents", "operator", _at("/ops/incidents")),
    ("ops.outbox", "operator", _at("/ops/outbox")),
    ("ops.jobs", "operator", _at("/ops/jobs")),
    ("ops.timers", "operator", _at("/ops/timers")),
    ("ops.audit", "operator", _at("/ops/audit")),
    ("ops.accounts", "operator", _at("/ops/accounts")),
)
LED_TO: tuple[tuple[str, str, Way], ...] = (
    ("localities.edit", "lead-clerk", open_locality),
    ("portal.lookup_result", NOBODY, look_up),
    ("access.code_form", NOBODY, ask_for_code),
    ("papers.verify", NOBODY, verify_unknown),
    ("access.second_factor", "court-clerk", enrol),
    ("funeral.certificate", "funeral-clerk", verify_certificate),
    ("hotline.ticket", "hotline-operator", send_ticket),
)
"""Pages that have no address of their own to begin with: one comes to them by what one does."""
ANSWERS: tuple[tuple[str, Way], ...] = (
    (NOBODY, sign_in_wrongly),
    (NOBODY, look_for_nothing),
    (FAMILY, hand_in_nothing),
    (FAMILY, think_about_withdrawing),
    ("hrss-clerk", decide_nothing),
    ("hrss-clerk", unmask),
    ("window-clerk", find_several_and_none),
    ("police-officer", find_none),
)
"""What pages answer to a mistake, a search, a question: they have no address of their own at all."""
VISITORS = list(dict.fromkeys(who for _, who, _ in PAGES))


def test_no_page_escapes(site: Site) -> None:
    known = {endpoint for endpoint, _, _ in PAGES} | {endpoint for endpoint, _, _ in LED_TO} | NO_PAGES.keys()
    assert pages_of(site.app) == known


def pages_of(app: Flask) -> set[str]:
    return {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}


def sign_in(visitor: Visitor, scenes: Scenes, who: str) -> None:
    if who != NOBODY:
        visitor.become(scenes.site.session_of_family(who) if who == FAMILY else scenes.site.session_of(who))


@pytest.mark.parametrize("who", [NOBODY, FAMILY, "supervisor-clerk"])
def test_pages_are_sound_in_english(who: str, scenes: Scenes, inside: OpenVisitor) -> None:
    """English words are longer: nothing may run out of a narrow window."""
    visitor = inside(who, PUBLIC if who in PUBLIC_READERS else (WIDE,))
    sign_in(visitor, scenes, who)
    visitor.open("/lookup" if who in PUBLIC_READERS else "/desk/")
    visitor.press("English")
    assert visitor.path in ("/lookup", "/desk/")
    for where in [where for _endpoint, whose, where in PAGES if whose == who]:
        visitor.open(where(scenes))
        assert visitor.page.locator("html").get_attribute("lang") == "en", visitor.path


@pytest.mark.parametrize("who", VISITORS)
def test_pages_are_sound(who: str, scenes: Scenes, inside: OpenVisitor) -> None:
    visitor = inside(who, PUBLIC if who in PUBLIC_READERS else (WIDE,))
    sign_in(visitor, scenes, who)
    tours: list[tuple[str, Way]] = [
        (endpoint, partial(_open, where)) for endpoint, whose, where in PAGES if whose == who
    ]
    tours += [("", way) for whose, way in ANSWERS if whose == who]
    tours += [(endpoint, way) for endpoint, whose, way in LED_TO if whose == who]
    unsound = []
    for endpoint, tour in tours:
        try:
            tour(visitor, scenes)
            shown = endpoint_of(scenes.site.app, visitor.path) if endpoint else ""
            assert shown == endpoint, f"leads to {shown}"
        except (AssertionError, Error) as fault:
            unsound.append(f"{endpoint}: {fault}")
    assert not unsound, "\n".join(unsound)


def _open(where: Where, visitor: Visitor, scenes: Scenes) -> None:
    visitor.open(where(scenes))


def endpoint_of(app: Flask, path: str) -> str:
    return str(app.url_map.bind("127.0.0.1").match(path)[0])
