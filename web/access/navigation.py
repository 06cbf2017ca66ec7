"""What the rail and the top of the page lead to. A link is shown where its route is there and admits the person."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, current_app, request
from flask_babel import LazyString
from flask_babel import lazy_gettext as _
from werkzeug.local import LocalProxy

from web.access import current, policy


@dataclass(frozen=True, slots=True)
class Link:
    """One entry: its words, and the endpoint of a route without arguments."""

    label: LazyString
    endpoint: str

    @property
    def is_here(self) -> bool:
        return request.endpoint == self.endpoint


DESK = (
    Link(_("工作台"), "desk.home"),
    Link(_("办件查询"), "desk.cases"),
    Link(_("综合窗口"), "window.home"),
    Link(_("新办件"), "window.report"),
    Link(_("冻结与审核"), "police.holds"),
    Link(_("证明核验"), "funeral.verify"),
    Link(_("督办看板"), "supervise.board"),
    Link(_("各地开通"), "localities.home"),
    Link(_("12345 话务"), "hotline.home"),
    Link(_("办事知识"), "hotline.knowledge"),
    Link(_("投诉咨询"), "hotline.tickets"),
    Link(_("流程包比较"), "compare.home"),
    Link(_("运行概览"), "ops.overview"),
    Link(_("异常处理"), "ops.incidents"),
    Link(_("发件箱"), "ops.outbox"),
    Link(_("后台任务"), "ops.jobs"),
    Link(_("定时"), "ops.timers"),
    Link(_("审计"), "ops.audit"),
    Link(_("账号管理"), "ops.accounts"),
)
PORTAL = (
    Link(_("首页"), "portal.home"),
    Link(_("办事指南"), "portal.guide"),
    Link(_("我的办件"), "portal.cases"),
    Link(_("进度查询"), "portal.lookup"),
    Link(_("证照核验"), "papers.verify_form"),
)


def register(app: Flask) -> None:
    """Give templates ``person`` (looked up when first used), ``desk_links()`` and ``portal_links()``."""
    app.add_template_global(LocalProxy(current.person), "person")
    app.add_template_global(lambda: _open_to_one(DESK), "desk_links")
    app.add_template_global(lambda: _open_to_one(PORTAL), "portal_links")


def _open_to_one(links: tuple[Link, ...]) -> list[Link]:
    person = current.person()
    return [link for link in links if policy.admits(current_app, link.endpoint, person)]
