"""Who takes part in a case, and what each does at the pages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tests.browser.filling import PICTURE, fill_in, sensible
from tests.browser.visitor import Visitor

_TASK = re.compile(r"/(?:desk|my)/tasks/([0-9a-f]{32})")
_CODE = re.compile(r"SH-[0-9A-Z-]+")


class Somebody:
    """A visitor with something to do."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor

    @property
    def page(self) -> Any:
        return self.visitor.page

    @property
    def task_id(self) -> str:
        """The task whose page is open."""
        found = _TASK.match(self.visitor.path)
        assert found, self.visitor.path
        return found[1]

    def write(self, values: Mapping[str, Any]) -> None:
        """Fill in exactly these fields of the page's form."""
        fill_in(self.visitor, values)

    def write_partly(self, values: Mapping[str, Any]) -> None:
        """Fill in what the page has of these fields."""
        fill_in(self.visitor, values, wholly=False)

    def write_sensibly(self, **given: Any) -> None:
        """Fill in the form of the open task; what is not given is written as somebody with the papers would."""
        fill_in(self.visitor, sensible(self.visitor.site, self.task_id, given), wholly=False)

    def sees(self, *words: str) -> None:
        """Fail unless the page says all of this."""
        shown = self.visitor.text()
        missing = [one for one in words if one not in shown]
        assert not missing, f"{self.visitor.name} at {self.visitor.page.url} does not see {missing}:\n{shown}"

    def sees_not(self, *words: str) -> None:
        shown = self.visitor.text()
        assert not [one for one in words if one in shown], shown


class Staff(Somebody):
    """A clerk, a physician, an officer: whoever signs in with an account of the demonstration."""

    def sign_in(self, login: str) -> Staff:
        """By the button that the demonstration's sign-in page has for each role."""
        self.visitor.open("/staff/sign-in")
        self.visitor.leave(self.page.get_by_role("button", name=re.compile(rf"\b{login}$")))
        return self

    def take(self, step: str, item: str = "") -> None:
        """From the work list: take the task of this step (and item) and open it."""
        self.visitor.open("/desk/?queue=claimable")
        row = self.page.get_by_role("row").filter(has_text=step).filter(has_text=item)
        self.visitor.press("领取并办理", row.first)

    def do(self, step: str, *, item: str = "", button: str = "提交", **given: Any) -> None:
        """Take a task, fill it in, hand it in; the work list comes back without it."""
        self.take(step, item)
        self.write_sensibly(**given)
        self.hand_in()

    def hand_in(self) -> None:
        """Send the form of the open task, which is then done."""
        here = self.visitor.path
        self.visitor.leave(self.page.locator("#forming-submit"))
        assert self.visitor.path != here, self.visitor.text()
        self.visitor.site.settle()

    def accept(self, item: str = "") -> None:
        """At the window: see every original that is to be seen, and accept the application."""
        self.take("窗口受理审查", item)
        self.write({"decision": "accept"})
        for original in self.page.locator('#content [name="verified"]').all():
            original.check()
        self.hand_in()

    def ask_whether(self, number: str) -> None:
        """At the funeral home: look a certificate up, and with it whether the body may be cremated."""
        self.visitor.open("/funeral/verify")
        self.page.get_by_label("死亡证明编号").fill(number)
        self.visitor.press("核验编号")

    def freeze(self, number: str, **given: Any) -> None:
        """As police: find a case by the number of the deceased, and refer it."""
        self.visitor.open("/police/")
        self.page.get_by_role("textbox", name="对一个办件冻结").fill(number)
        self.visitor.press("查找")
        if self.page.get_by_role("link", name=re.compile("SH-")).count():
            self.visitor.leave(self.page.get_by_role("link", name=re.compile("SH-")).first)
        self.visitor.follow("移送审核并冻结")
        self.write(given)
        self.visitor.press("确认发起")

    def has_nothing(self, step: str) -> None:
        """Fail if the work list offers this step."""
        self.visitor.open("/desk/?queue=claimable")
        assert not self.page.get_by_role("row").filter(has_text=step).count(), self.visitor.text()

    def report(self, values: Mapping[str, Any]) -> str:
        """Report a death at the counter; the case's code."""
        self.visitor.open("/window/report")
        self.write(values)
        self.visitor.leave(self.page.locator("#forming-submit"))
        self.sees("已登记")
        found = _CODE.search(self.visitor.text())
        assert found
        return found[0]


class Family(Somebody):
    """A relative, on a telephone or at a desk."""

    def sign_in(self, phone: str) -> Family:
        """With the code that the demonstration shows instead of sending it."""
        self.visitor.open("/sign-in")
        self.page.get_by_label("手机号码").fill(phone)
        self.visitor.press("获取验证码")
        code = self.page.locator("strong.digest").inner_text()
        self.page.get_by_label("6位验证码").fill(code)
        self.visitor.press("登录", self.page.locator("main"))
        return self

    def join(self, code: str, name: str, *, objecting: bool = False) -> None:
        """Become a party of a case that somebody else has reported."""
        self.visitor.open("/join")
        self.page.get_by_label("办件编号").fill(code)
        self.page.get_by_label("逝者姓名").fill(name)
        if objecting:
            self.page.get_by_label("我对领取款项有不同意见").check()
        self.visitor.press("继续")

    def apply(self, values: Mapping[str, Any]) -> None:
        """Fill in the application topic by topic from its hub, check the answers and hand it in."""
        while (topic := self.page.locator("ul.topics li").filter(has_not_text="已完成").locator("a")).count():
            self.visitor.leave(topic.first)
            while "/topics/" in self.visitor.path:  # each leads to the next
                fill_in(self.visitor, values, wholly=False)
                self.visitor.leave(self.page.locator("#forming-submit"))
        self.visitor.follow("核对并提交")
        if (promise := self.page.locator('[name="declared"]')).count():  # not every province asks for one
            promise.check()
        self.visitor.leave(self.page.locator("#forming-submit"))

    def hand_in_materials(self, uploads: int = 1) -> None:
        """Upload the first of the materials, promise to bring the others, hand the list in."""
        listed = self.page.locator("ul.topics a")
        for number in range(listed.count()):
            self.visitor.leave(listed.nth(number))
            upload = self.page.locator('[name="how"][value="upload"]')
            if number < uploads and upload.count():  # some can only be shown at the window
                upload.check()
                self.page.locator("#files").set_input_files(PICTURE)
            else:
                self.page.locator('[name="how"][value="bring_original"]').check()
            self.visitor.press("保存")
        self.visitor.press("提交材料")

    def sign_commitment(self) -> None:
        """Read the letter and sign it."""
        self.write({"agreed": True, "manner": "online"})
        self.hand_in()

    def hand_in(self) -> None:
        """Send the form on the page; it leads on."""
        self.visitor.leave(self.page.locator("#forming-submit"))
        self.visitor.site.settle()
