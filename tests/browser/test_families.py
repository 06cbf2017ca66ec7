"""What families do besides the straight way: they supplement, and a second heir joins."""

from __future__ import annotations

from tests.browser.conftest import OpenVisitor
from tests.browser.people import Family, Staff
from tests.browser.site import Site
from tests.browser.stories import APPLICATION
from tests.browser.visitor import NARROW, WIDE
from tests.web.desk_cases import code_of, play_until

FIRST, SECOND = "19900000103", "19900000199"
ASKED = "身份证照片反光，号码看不清，请重新拍照上传。"


def test_window_asks_for_a_supplement_and_the_family_answers(site: Site, visitor: OpenVisitor) -> None:
    case_id = play_until(site.runtime, "32-supplement", "review_application")
    site.adopt(case_id, FIRST)
    window = Staff(visitor("window")).sign_in("window-clerk")
    window.do("窗口受理审查", decision="supplement", returned=["M02"], reason=ASKED)

    family = Family(visitor("family", (WIDE, NARROW))).sign_in(FIRST)
    family.visitor.follow("禤珺")
    family.sees("需要您办理", ASKED)
    family.visitor.leave(family.page.locator(".todo a").first)
    family.sees("窗口退回，请重新提供")
    family.hand_in_materials()
    family.sign_commitment()
    family.visitor.open(f"/my/cases/{case_id}")
    family.sees("现在不用您办什么")

    window.accept()
    family.visitor.open(f"/my/cases/{case_id}")
    family.sees("已受理", "最晚")


def test_second_heir_joins_the_case(site: Site, visitor: OpenVisitor) -> None:
    case_id = play_until(site.runtime, "09-two-heirs", "heir_joined")
    site.adopt(case_id, FIRST)
    second = Family(visitor("second heir", (NARROW, WIDE))).sign_in(SECOND)
    second.join(code_of(site.runtime, case_id), "龙友谅")
    second.sees("填写申请表", "由其他家人申请")
    second.visitor.follow("填写申请表")
    applicant = APPLICATION["applicant"] | {"name": "龙思远", "phone": SECOND, "id_number": "430199199203041231"}
    second.apply(APPLICATION | {"applicant": applicant, "items": ["equity_query"]})
    second.hand_in_materials()
    second.sign_commitment()
    second.sees("申请已提交")

    Staff(visitor("window")).sign_in("window-clerk").accept()
    site.answer("equity.query", outcome="done", reason="持有一家公司百分之五的股权")
    second.visitor.open(f"/my/cases/{case_id}")
    second.sees("股权", "已办好")

    first = Family(visitor("first heir", (NARROW, WIDE))).sign_in(FIRST)
    first.visitor.follow("龙友谅")
    first.sees("由其他家人申请")
    first.sees_not("龙思远")
