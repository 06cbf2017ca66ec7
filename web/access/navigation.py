"""What the rail and the top of the page lead to. A link is shown where its route is there and admits the person."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask import Flask, current_app, request, url_for
from flask_babel import LazyString
from flask_babel import lazy_gettext as _
from werkzeug.local import LocalProxy

from web.access import current, policy


@dataclass(frozen=True, slots=True)
class Link:
    """One entry: its words, and the endpoint of a route without arguments. ``one`` is the route of one pack, where a
    page that speaks of a pack should lead on within it."""

    label: LazyString
    endpoint: str
    one: str = ""

    @property
    def url(self) -> str:
        pack = _pack_in_hand() if self.one else ""
        return url_for(self.one, pack=pack) if pack else url_for(self.endpoint)

    @property
    def is_here(self) -> bool:
        return request.endpoint in (self.endpoint, self.one)

    @property
    def is_above(self) -> bool:
        """Whether the page, itself no entry, lies below this one: the first of its area."""
        area = request.blueprint
        if area not in _AREAS or any(link.is_here for link in DESK):
            return False
        return next(link for link in DESK if link.endpoint.startswith(f"{area}.")) is self


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
    Link(_("首页"), "portal.home", "portal.home"),
    Link(_("办事指南"), "portal.guide", "portal.guide_of"),
    Link(_("我的办件"), "portal.cases"),
    Link(_("进度查询"), "portal.lookup"),
)
_PACK = re.compile(r"[a-z][a-z0-9_]{0,39}")
_AREAS = frozenset(link.endpoint.partition(".")[0] for link in DESK)


def register(app: Flask) -> None:
    """Give templates ``person`` (when asked), ``desk_links()``, ``portal_links()`` and ``is_of_staff()``."""
    app.add_template_global(LocalProxy(current.person), "person")
    app.add_template_global(lambda: _open_to_one(DESK), "desk_links")
    app.add_template_global(lambda: _open_to_one(PORTAL), "portal_links")
    app.add_template_global(is_of_staff, "is_of_staff")


def is_of_staff() -> bool:
    """Whether the address lies in an area of staff, be there a page or not."""
    area = request.path.split("/")[1]
    return area == "staff" or area in _AREAS


def _open_to_one(links: tuple[Link, ...]) -> list[Link]:
    person = current.person()
    return [link for link in links if policy.admits(current_app, link.endpoint, person)]


def _pack_in_hand() -> str:
    """The pack that the address of the page names, if it does."""
    named = (request.view_args or {}).get("pack") or request.args.get("pack", "")
    return named if _PACK.fullmatch(named) else ""
