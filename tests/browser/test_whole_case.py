"""A death in hospital, from the physician's report to the family's evaluation: ten people sign in."""

from __future__ import annotations

from typing import Any

from tests.browser.conftest import OpenVisitor
from tests.browser.people import Family, Staff
from tests.browser.site import Site
from tests.browser.stories import APPLICATION, DECEASED, PHONE, REPORT, RETIRED
from tests.browser.visitor import NARROW, WIDE

ITEMS = ["pension_suspend", "survivor_benefit", "med_stop", "med_withdraw", "will_check", "hukou_cancel"]


def test_hospital_to_evaluation(site: Site, visitor: OpenVisitor) -> None:
    site.register(RETIRED)
    physician = Staff(visitor("physician")).sign_in("hospital-physician")
    code = physician.report(REPORT)
    site.settle()
    physician.do(
        "填写死亡信息和证明",
        died_at="2026-11-22T21:40+08:00",
        manner="natural",
        refer_to_police=False,
        certificate_number="TD4301-2026-0301",
    )

    funeral = Staff(visitor("funeral")).sign_in("funeral-clerk")
    funeral.do("接运遗体", disposition="cremation", voucher="paper", voucher_number="TD4301-2026-0301")

    family = Family(visitor("family", (NARROW, WIDE))).sign_in(PHONE)
    family.join(code, DECEASED)
    family.sees("需要您办理", "填写申请表")
    family.visitor.follow("填写申请表")
    family.apply({"items": ITEMS} | APPLICATION)
    family.sees("准备材料", "这些不用您交")
    family.hand_in_materials()
    family.sign_commitment()
    family.sees("申请已提交", code, "25个工作日")

    Staff(visitor("window")).sign_in("window-clerk").accept()
    site.answer("pension.suspend", outcome="done", reason="已暂停")

    for login, reviewer, items in (
        ("hrss-clerk", "hrss-reviewer", {"遗属待遇": 86_123.45}),
        ("medical-insurance-clerk", "medical-insurance-reviewer", {"终止": None, "支取": 3_012}),
    ):
        clerk = Staff(visitor(login)).sign_in(login)
        for item, amount in items.items():
            paid: dict[str, Any] = {"amount_yuan": amount} if amount else {}
            clerk.do("办理事项", item=item, outcome="done", **paid)
        second = Staff(visitor(reviewer)).sign_in(reviewer)
        second.do("审核付款", decision="approve")
        site.answer("bank.pay", receipt=f"HD2026{login}")

    Staff(visitor("notary")).sign_in("justice-notary").do("办理事项", outcome="done")
    funeral.do("火化并录入")
    Staff(visitor("household")).sign_in("police-household").do("办理事项", outcome="done")

    family.visitor.open("/my/cases")
    family.visitor.follow(DECEASED)
    family.sees("评价这次服务", "各项都有结果了")
    family.visitor.follow("评价这次服务")
    family.write_sensibly(ratings=[{"score": "5"} for _ in ITEMS])
    family.hand_in()
    family.sees("谢谢您的评价")
