"""A browser that runs no script, on a narrow telephone: everything that a family does can be done with it.

Rule: product.md, "working without JavaScript where nothing needs it". What a choice brings up comes with a button.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser

from tests.browser.people import Family, Staff
from tests.browser.site import Site
from tests.browser.stories import APPLICATION, DECEASED, PHONE, REPORT
from tests.browser.visitor import HEIGHT, NARROW, WIDE, Visitor
from tests.web.families import Staff as Department

ITEMS = ["will_check", "med_stop", "hukou_cancel"]
NEW_HEAD = {"name": "谭思齐", "id_number": "430199199001011237", "relation": "child"}
REFRESH = "刷新：按已选内容显示要填的项目"
HOME = {name: value for name, value in REPORT.items() if name != "institution_name"} | {
    "place": "home",
    "reporter": {"kind": "relative", "relation": "child", "name": "谭思齐", "phone": PHONE},
}
OpenUnscripted = Callable[[str, int], Visitor]


@pytest.fixture
def unscripted(site: Site, chromium: Browser) -> Iterator[OpenUnscripted]:
    """``unscripted("family", 360)`` opens a browser with scripts turned off."""
    with ExitStack() as opened:

        def open_one(name: str, width: int) -> Visitor:
            size = {"width": width, "height": HEIGHT}
            context = chromium.new_context(
                viewport=size,  # type: ignore[arg-type]  # a ViewportSize, made of ints
                java_script_enabled=False,
                locale="zh-CN",
                timezone_id="Asia/Shanghai",
            )
            opened.callback(context.close)
            context.set_default_timeout(10_000)
            return Visitor(site, context, name, (width,), scripted=False)

        yield open_one


def test_family_needs_no_script(site: Site, unscripted: OpenUnscripted) -> None:
    family = Family(unscripted("family", NARROW)).sign_in(PHONE)
    case_id, code = report(family)
    look_up(family, code)

    department = Department(site.runtime)
    department.settle()
    department.do(case_id, "assign_doctor")
    investigate(Staff(unscripted("doctor", WIDE)), site, department.tasks(case_id, "investigate_cause")[0].id)
    department.do(case_id, "certify_at_home", certificate_number="TD4301-2026-0301")
    department.settle()

    documents = apply(family, case_id)
    department.settle()
    department.do(case_id, "review_application", decision="accept", verified=documents)
    department.settle()
    withdraw(family, case_id)
    department.settle()
    while department.tasks(case_id, "decide_item"):
        department.do(case_id, "decide_item", outcome="done")
        department.settle()
    department.do(case_id, "post_results")
    department.settle()
    evaluate(family, case_id)


def report(family: Family) -> tuple[str, str]:
    """Report a death at home; the case's id and code. What a choice brings up goes again with another choice."""
    family.visitor.open("/report/hunan")
    family.write({"place": "institution"})
    assert not family.page.locator('[name="institution_name"]').count()
    family.visitor.press(REFRESH)
    family.write({"institution_name": "长沙市第三人民医院"})
    family.write(HOME)
    family.visitor.press(REFRESH)
    assert not family.page.locator('[name="institution_name"]').count()
    family.hand_in()
    family.sees("报告已收到")
    case_id = re.search(r"/my/cases/([0-9a-f]{32})", family.visitor.path)
    code = re.search(r"SH-[0-9A-Z-]+", family.visitor.text())
    assert case_id and code
    return case_id[1], code[0]


def look_up(family: Family, code: str) -> None:
    family.visitor.open("/lookup")
    family.page.get_by_label("办件编号").fill(code)
    family.page.get_by_label("电话").fill(PHONE)
    family.visitor.press("查询")
    family.sees("还没有开具", "还没有提交申请")


def investigate(doctor: Staff, site: Site, task_id: str) -> None:
    """The form that has rows: one is added and one taken out, and what was typed into the others stays."""
    doctor.visitor.become(site.session_of("clinic-doctor"))
    doctor.visitor.open(f"/desk/tasks/{task_id}")
    names = doctor.page.locator('[name^="informants["][name$=".name"]')
    for name in ("张三", "谭思齐"):
        doctor.visitor.leave(doctor.page.get_by_role("button", name="添加一项"))
        assert names.last.evaluate("one => one === document.activeElement"), "the cursor is in the new row"
        names.last.fill(name)
    doctor.visitor.leave(doctor.page.get_by_role("button", name="删除").first)
    assert names.count() == 1 and names.first.input_value() == "谭思齐"
    doctor.write_sensibly(finding="natural", informants=[{"name": "谭思齐", "relation": "儿子"}])
    doctor.hand_in()


def apply(family: Family, case_id: str) -> list[str]:
    """From the first page of the application to the signed letter; the documents that it names."""
    family.visitor.open(f"/my/cases/{case_id}")
    family.visitor.press("由我来申请")
    family.sees("选好事项以后", "暂不能开始")
    household = {**APPLICATION["household"], "kind": "head", "new_head": NEW_HEAD}
    posted = {"mode": "post", "address": "长沙市芙蓉区东屯渡街道9栋302室，谭思齐收"}
    family.apply(APPLICATION | {"items": ITEMS, "household": household, "delivery": posted})
    family.sees("准备材料", "这些不用您交")
    links = [link.get_attribute("href") or "" for link in family.page.locator("ul.topics a").all()]
    family.hand_in_materials()
    family.sees("承诺")
    family.visitor.leave(family.page.locator("#forming-submit"))
    family.sees("处需要修改")
    family.sign_commitment()
    family.sees("申请已提交", "工作日")
    return [link.rpartition("/")[2] for link in links]


def withdraw(family: Family, case_id: str) -> None:
    family.visitor.open(f"/my/cases/{case_id}")
    family.sees("已受理", "最晚", "注销户口")
    family.visitor.follow("撤回一项或全部事项")
    family.page.locator('[name="items"][value="hukou_cancel"]').check()
    family.visitor.press("撤回选中的")
    family.visitor.press("确定撤回")
    family.sees("已撤回")


def evaluate(family: Family, case_id: str) -> None:
    """A score brings up the place for words about it."""
    family.visitor.open(f"/my/cases/{case_id}")
    family.sees(DECEASED)
    family.visitor.follow("评价这次服务")
    rated = family.page.locator('[name$=".score"][value="5"]').count()
    family.write({"ratings": [{"score": "5", "comment": "办得很快，谢谢。"} for _ in range(rated)]})
    family.hand_in()
    family.sees("谢谢您的评价", "现在不用您办什么", "有新的进展会通知您")
    family.sees_not("各部门正在办")
