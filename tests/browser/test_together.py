"""What happens between people, and to them: two do the same, the server restarts, a page has no script."""

from __future__ import annotations

import pytest

from tests.browser.conftest import OpenVisitor
from tests.browser.people import Family, Staff
from tests.browser.scenes import Scenes
from tests.browser.stories import PHONE
from tests.browser.visitor import NARROW, WIDE, Visitor
from web.access.demonstration import PASSWORD
from web.accounts import NewUser, add_user

SECOND = NewUser("hrss-second", "欧阳䶮", "430000", ("hrss.clerk",))
OPINION = "账户已核对，金额以发放清单为准。"


def signed_in(visitor: Visitor, scenes: Scenes, login: str) -> Staff:
    visitor.become(scenes.site.session_of(login))
    return Staff(visitor)


@pytest.fixture
def decision(scenes: Scenes) -> str:
    """The page of a decision that waits for a clerk."""
    return f"/desk/tasks/{scenes.task('deciding', 'decide_item', 'survivor_benefit')}"


def test_second_of_two_clerks_sees_who_was_faster_and_keeps_the_typing(
    scenes: Scenes, inside: OpenVisitor, decision: str
) -> None:
    with scenes.site.runtime.database.begin() as connection:
        add_user(connection, SECOND, PASSWORD, scenes.site.clock.now())
    first, second = (signed_in(inside(login), scenes, login) for login in ("hrss-clerk", "hrss-second"))
    for clerk in (first, second):
        clerk.visitor.open(decision)
    first.write({"outcome": "done", "amount_yuan": 86_123.45})
    first.hand_in()
    second.write({"outcome": "refused", "reason_code": "not_eligible", "opinion": OPINION})
    second.visitor.leave(second.page.locator("#forming-submit"))
    second.sees("该任务已由人社经办人办结", "您刚才填写的内容", "不符合办理条件", OPINION)


def test_restart_while_a_form_is_open_loses_no_draft(scenes: Scenes, inside: OpenVisitor, decision: str) -> None:
    clerk = signed_in(inside("clerk"), scenes, "hrss-clerk")
    clerk.visitor.open(decision)
    clerk.write({"outcome": "supplement", "opinion": OPINION})
    clerk.visitor.press("保存草稿")
    clerk.sees("草稿已保存")
    scenes.site.stop()
    scenes.site.start()
    clerk.visitor.open(decision)
    assert clerk.page.locator("[name=opinion]").input_value() == OPINION
    clerk.write({"reason_code": "material_unclear"})
    scenes.site.stop()
    scenes.site.start()
    clerk.hand_in()
    clerk.sees("已提交")


def test_restart_between_two_topics_keeps_the_familys_application(scenes: Scenes, inside: OpenVisitor) -> None:
    visitor = inside("family", (NARROW, WIDE))
    visitor.become(scenes.site.session_of_family(PHONE))
    family, topic = Family(visitor), f"/my/tasks/{scenes.task('applying', 'file_application')}/topics/2"
    visitor.open(topic)
    family.page.locator('[name="applicant.address"]').fill("长沙市岳麓区望月湖街道 5 栋")
    visitor.press("保存并继续")
    scenes.site.stop()
    scenes.site.start()
    visitor.open(topic)
    assert "望月湖" in family.page.locator('[name="applicant.address"]').input_value()


def test_button_pressed_while_the_form_is_asked_for_anew_is_pressed(
    scenes: Scenes, inside: OpenVisitor, decision: str
) -> None:
    clerk = signed_in(inside("clerk"), scenes, "hrss-clerk")
    clerk.visitor.open(decision)
    clerk.write({"outcome": "done"})
    clerk.page.locator("[name=amount_yuan]").press_sequentially("86123.45")
    with clerk.page.expect_navigation():
        clerk.page.locator("#forming-submit").click(delay=600)  # the finger rests on it while an answer comes
    clerk.sees("已提交")
