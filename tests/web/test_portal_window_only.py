"""A pack without a channel on line: the families' entrance leads to the window, and no family begins there."""

from __future__ import annotations

from html import unescape
from secrets import token_hex
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from engine import db
from engine import tables as t
from engine.actors import Actor
from engine.config import CODE_ROOT
from engine.packs import read_pack
from engine.releases import publish
from engine.runtime import Runtime
from tasks.reports import report_death
from tests.web.conftest import Browser
from tests.web.families import REPORT, new_family

PACK = "yueyang"
WINDOW = "岳阳县政务服务中心综合受理窗口"


@pytest.fixture(autouse=True)
def _published(runtime: Runtime) -> None:
    pack = read_pack(PACK, CODE_ROOT / "processes", CODE_ROOT / "forms")
    with runtime.database.begin() as connection:
        publish(connection, pack, "tests", runtime.clock.now(), check=lambda _: [])


@pytest.mark.parametrize(
    "path",
    [f"/?pack={PACK}", f"/guide/{PACK}", f"/suggest/{PACK}?where=both&how=natural&who=first_order&insured=retired"],
)
def test_every_way_in_leads_to_the_window(browser: Browser, path: str) -> None:
    page = browser.get(path).text
    assert WINDOW in page and "没有开通网上办理" in page
    assert f"/report/{PACK}" not in page and "手机拍照" not in page


def test_start_page_tells_the_way_and_who_may_come(browser: Browser) -> None:
    page = browser.get(f"/?pack={PACK}").text
    for words in (
        "村（社区）卫生室签发",
        "火化以后",
        "在岳阳县火化",
        "工伤死亡人员暂不纳入",
        "申请人户口簿",
        "逝者银行卡",
    ):
        assert words in page
    assert "全程免费" not in page  # the notice does not say so


def test_guide_tells_apart_what_is_applied_for_and_what_stops_by_itself(browser: Browser) -> None:
    page = browser.get(f"/guide/{PACK}").text
    applied_for, by_itself = page.split("不用申请，部门自动办的事")
    assert "职工死亡或宣告死亡提取" in applied_for and "残疾人补贴待遇终止" not in applied_for
    assert "残疾人补贴待遇终止" in by_itself and "公积金个人账户封存" in by_itself
    assert "三(三)" in page and "个工作日" not in page


def advice(browser: Browser, *insured: str, how: str = "natural") -> str:
    told = "".join(f"&insured={one}" for one in insured)
    return browser.get(f"/suggest/{PACK}?where=both&how={how}&who=first_order{told}").text


def test_questions_ask_only_for_what_the_county_offers(browser: Browser) -> None:
    page = browser.get(f"/suggest/{PACK}").text
    assert "优抚对象待遇" in page and "城乡居民养老保险" in page
    assert "驾驶证" not in page and "公司股权" not in page
    assert "优抚对象待遇" not in browser.get("/suggest/hunan").text


def test_advice_goes_by_what_the_deceased_had(browser: Browser) -> None:
    suggested, rest = advice(browser, "resident", "veteran").split("会自动办好")
    assert "城乡居民个人账户一次性待遇申领" in suggested and "优抚对象死亡个人账户一次性申领" in suggested
    assert "在职企业职工" not in suggested and "封存公积金账户" in rest
    assert "不在联办范围" in advice(browser, "retired", how="abnormal")
    assert "工伤死亡暂不纳入" in advice(browser, "retired", "injury")


def test_a_family_that_would_report_is_shown_the_window_and_begins_nothing(app: Flask, runtime: Runtime) -> None:
    family = new_family(app, runtime)
    page = family.get(f"/report/{PACK}")
    assert page.status_code == 200 and WINDOW in page.text and "申请人户口簿" in page.text
    assert family.send(f"/report/{PACK}/{token_hex(16)}", REPORT).status_code == 404
    with db.reading(runtime.database) as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(t.cases)).scalar() == 0


def test_an_heir_who_would_join_on_line_is_led_to_the_window(app: Flask, runtime: Runtime) -> None:
    family, code = new_family(app, runtime), reported(runtime)
    answer = family.send("/join", {"code": code, "name": "谭㛃", "as": "heir"})
    assert answer.status_code == 422 and WINDOW in unescape(answer.text)
    assert code not in family.get("/my").text


def reported(runtime: Runtime) -> str:
    """The code of a case that the village's clinic has reported."""
    values: dict[str, Any] = {}
    for path, value in REPORT.items():
        part, _, name = path.partition(".")
        if name:
            values.setdefault(part, {})[name] = value
        else:
            values[part] = value
    values["deceased"] |= {"died_region": "430621", "registered_region": "430621"}
    actor = Actor("clinic", frozenset({"clinic.doctor"}), "430621")
    case_id = report_death(runtime, actor, PACK, values, region="430621")
    with db.reading(runtime.database) as connection:
        return str(connection.execute(sa.select(t.cases.c.code).where(t.cases.c.id == case_id)).scalar_one())
