"""A death that police must look at: from its report on, and when the funeral home has the body already."""

from __future__ import annotations

from tests.browser.conftest import OpenVisitor
from tests.browser.people import Staff
from tests.browser.site import Site
from tests.browser.stories import REPORT
from tests.web.desk_cases import play_until

CERTIFICATE, LATE = "TD4301-2026-0302", "TD4301-2026-0006"
LATE_NUMBER = "430199194302160305"


def test_abnormal_death_is_frozen_until_police_have_concluded(site: Site, visitor: OpenVisitor) -> None:
    physician = Staff(visitor("physician")).sign_in("hospital-physician")
    code = physician.report(REPORT | {"reported_manner": "abnormal"})
    site.settle()
    physician.do("填写死亡信息和证明", manner="abnormal", certificate_number=CERTIFICATE)

    funeral = Staff(visitor("funeral")).sign_in("funeral-clerk")
    funeral.take("接运遗体")
    funeral.sees("已冻结：公安审核未结束", "遗体不得火化、安葬")
    funeral.write_sensibly(disposition="cremation", voucher="paper", voucher_number=CERTIFICATE)
    funeral.hand_in()
    funeral.ask_whether(CERTIFICATE)
    funeral.sees("不得火化")
    funeral.has_nothing("火化并录入")

    officer = Staff(visitor("officer")).sign_in("police-officer")
    officer.visitor.open("/police/")
    officer.sees(code, "去审核")
    officer.visitor.follow("去审核")
    officer.write_sensibly(verdict="abnormal", certificate_number="FZC4301-2026-0302")
    officer.hand_in()

    funeral.ask_whether("FZC4301-2026-0302")
    funeral.sees("可以火化")
    funeral.do("火化并录入")
    funeral.ask_whether("FZC4301-2026-0302")
    funeral.sees("已经火化")


def test_late_referral_stops_the_cremation_at_the_furnace(site: Site, visitor: OpenVisitor) -> None:
    play_until(site.runtime, "06-late-referral", "police_referred")
    funeral = Staff(visitor("funeral")).sign_in("funeral-clerk")
    funeral.take("火化并录入")
    funeral.write_sensibly(furnace="3 号炉", operator="彭伯钧")

    officer = Staff(visitor("officer")).sign_in("police-officer")
    officer.freeze(LATE_NUMBER, reason="更衣时发现背部刀口")
    officer.sees("已冻结")
    site.settle()

    funeral.visitor.leave(funeral.page.locator("#forming-submit"))
    funeral.sees("已不需要办理", "彭伯钧", "已冻结")
    funeral.ask_whether(LATE)
    funeral.sees("不得火化")

    officer.visitor.open("/police/")
    officer.visitor.follow("去审核")
    officer.write_sensibly(verdict="natural")
    officer.hand_in()

    funeral.ask_whether(LATE)
    funeral.sees("可以火化")
    funeral.do("火化并录入")
