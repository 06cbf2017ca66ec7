"""A case as one of its families reads it: what it has to do first, then a line an item, then what has happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson
import sqlalchemy as sa
from flask_babel import lazy_gettext as _

from engine import tables as t
from engine.clock import ZONE, from_text, local_date
from engine.loaded import LoadedRelease
from engine.sealing import Sealer
from tasks import deliveries, legal_clock
from tasks import tables as d
from tasks.items import FINAL, LIVE_PAYMENT, reason_of
from tasks.sealed_texts import open_text
from web.portal import parties
from web.tables import case_parties

ITEM_WORDS = {
    "dormant": _("还没开始"),
    "processing": _("正在办理"),
    "supplement": _("等您补材料"),
    "paying": _("已核定，正在付款"),
    "done": _("已办好"),
    "refused": _("不能办"),
    "withdrawn": _("已撤回"),
    "offline": _("请到窗口办"),
    "not_applicable": _("不需要办"),
}
FILING_WORDS = {
    "draft": _("还没有提交"),
    "filed": _("已提交，等窗口受理"),
    "supplement": _("等您补材料"),
    "accepted": _("已受理，各部门正在办"),
    "refused": _("没有受理"),
    "withdrawn": _("已撤回"),
    "lapsed": _("逾期没有申请"),
    "not_needed": _("不用受理，各项结果见下面"),
}
AT_WORK = ("filed", "supplement", "accepted")
TODO_WORDS = {
    "application": (_("填写申请表"), _("分成几页，每页填完自动保存。")),
    "provide_materials": (_("准备材料"), _("每份材料只交一次，可以拍照，也可以带原件到窗口。")),
    "commitment": (_("看承诺函并签署"), _("签好以后，窗口就可以受理。")),
    "supplement_item": (_("补充材料"), _("只影响这一个事项，其他照常办。")),
    "correct_account": (
        _("更正收款账户"),
        _("收款账户没有通过核验，或者银行把款退回来了；改好账户就再付，不用重新申请。"),
    ),
    "evaluation": (_("评价这次服务"), _("愿意的话说说您的感受；不评价不影响结果。")),
}
LATE_WORDS = {"provide_materials": (_("补交材料"), _("受理时还缺的材料；要看原件的，请带到窗口。"))}
"""The same steps once the application has been accepted."""
CERTIFICATES = {
    "medical": _("死亡证明已开具"),
    "abnormal": _("公安机关已开具死亡证明"),
    "ruling": _("死亡宣告判决已登记"),
    "cremation": _("火化证明已开具"),
}


@dataclass(frozen=True, slots=True)
class Todo:
    """A step that waits for the family. ``due`` is its last day, if there is one."""

    id: str
    title: Any
    hint: Any
    subject: str
    due: date | None


@dataclass(frozen=True, slots=True)
class ItemLine:
    """A public service on the case. ``is_mine``: it came with the family's own application; else only its state is
    shown. ``clock`` says that the reckoning of its limit can be read."""

    code: str
    plain: str
    official: str
    department: str
    status: str
    words: Any
    reason: str
    due: date | None
    ended: date | None
    is_mine: bool
    is_standing: bool
    has_clock: bool
    can_withdraw: bool


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, in one sentence."""

    at: datetime
    words: Any


@dataclass(frozen=True, slots=True)
class Application:
    """The family's own application: ``name`` is f1, f2 …; ``said`` is what the window asks for, or why it refused.

    ``can_choose``: how the results come to the family is still open.
    """

    name: str
    status: str
    words: Any
    delivery: str
    said: str
    can_choose: bool


@dataclass(frozen=True, slots=True)
class Referral:
    """What cannot be done here, why, and where it can."""

    number: str
    plain: str
    reason: str
    window: str
    materials: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """All that the page of a case shows."""

    case: Any
    deceased: str
    roles: frozenset[str]
    todos: tuple[Todo, ...]
    items: tuple[ItemLine, ...]
    events: tuple[Event, ...]
    filings: tuple[Application, ...]
    referrals: tuple[Referral, ...]
    certified: bool
    is_frozen: bool
    is_first_free: bool
    due: date | None
    objections: tuple[Any, ...]

    @property
    def is_settled(self) -> bool:
        """Whether every item of the family's own has ended."""
        mine = [line for line in self.items if line.is_mine]
        return bool(mine) and all(line.ended for line in mine)


def read_progress(
    connection: sa.Connection, sealer: Sealer, release: LoadedRelease, case: Any, family_id: str, now: datetime
) -> Progress:
    """The case as ``family_id`` may see it. An objector sees its objection and no application."""
    roles = parties.roles_of(connection, case.id, family_id)
    mine = parties.filings_of(connection, case.id, family_id)
    facts = orjson.loads(case.facts)
    filings = [row for row in _rows(connection, d.filings, case.id, d.filings.c.name) if row.name in mine]
    is_near = roles != {"objector"}
    items = _items(connection, sealer, release, case, {row.id for row in filings}, now) if is_near else ()
    own = [line for line in items if line.is_mine and line.due]
    return Progress(
        case,
        deceased_name(sealer, case),
        roles,
        _todos(connection, release, case, mine, {row.name for row in filings if row.status == "accepted"}),
        items,
        _events(connection, release, case, {row.id for row in filings}) if is_near else (),
        tuple(_application(connection, sealer, row, case, facts) for row in filings),
        _referrals(connection, sealer, release, case, {row.id for row in filings}),
        bool((facts.get("certificate") or {}).get("valid")),
        bool((facts.get("hold") or {}).get("active")),
        is_near and parties.is_first_free(connection, case.id),
        max((line.due for line in own if line.due), default=None),
        _objections(connection, sealer, case, family_id),
    )


def deceased_name(sealer: Sealer, case: Any) -> str:
    """The name of the deceased; "" where the report gave none."""
    sealed = sealer.open(bytes(case.sealed), case.id) if case.sealed else {}
    return str((sealed.get("deceased") or {}).get("name") or "")


def day_of(moment: str | None) -> date | None:
    """The local day of a stored moment."""
    return local_date(from_text(moment)) if moment else None


def _todos(
    connection: sa.Connection, release: LoadedRelease, case: Any, mine: frozenset[str], accepted: set[str]
) -> tuple[Todo, ...]:
    placed = parties.placed_tasks(connection, case.id, mine)
    return tuple(_todo(release, row, is_late=filing in accepted) for row, filing in placed)


def _todo(release: LoadedRelease, row: Any, *, is_late: bool) -> Todo:
    words = TODO_WORDS | LATE_WORDS if is_late else TODO_WORDS
    title, hint = words.get(row.form_id, (row.form_id, ""))
    code = orjson.loads(row.locals).get("item")
    item = release.manifest.items.get(code) if isinstance(code, str) else None
    return Todo(row.id, title, hint, item.plain if item else "", day_of(row.due_at))


def _items(
    connection: sa.Connection, sealer: Sealer, release: LoadedRelease, case: Any, filing_ids: set[str], now: datetime
) -> tuple[ItemLine, ...]:
    rows = {row.code: row for row in _rows(connection, d.items, case.id, d.items.c.code)}
    p = d.payments.c
    paid = set(connection.execute(sa.select(p.item).where(p.case_id == case.id, p.status.in_(LIVE_PAYMENT))).scalars())
    lines = []
    for code, item in release.manifest.items.items():
        row = rows.get(code)
        if row is None:
            continue
        group = release.manifest.groups.get(row.department)
        is_mine, is_open = row.filing_id in filing_ids, row.status not in FINAL
        lines.append(
            ItemLine(
                code,
                item.plain,
                item.name,
                group.name if group else row.department,
                row.status,
                ITEM_WORDS.get(row.status, row.status),
                reason_of(sealer, row) if is_mine and row.status != "withdrawn" else "",
                date.fromisoformat(row.due_on) if row.due_on else None,
                day_of(row.ended_at),
                is_mine,
                is_open and legal_clock.is_standing(connection, case.id, code),
                is_mine and bool(row.due_on) and not row.tracked,
                is_mine and is_open and not row.tracked and code not in paid,
            )
        )
    return tuple(lines)


def _application(connection: sa.Connection, sealer: Sealer, row: Any, case: Any, facts: Any) -> Application:
    told = (facts.get("filings") or {}).get(row.name) or {}
    mode = (told.get("delivery") or {}).get("mode") or ""
    reason = _acceptance_of(sealer, case, row.name).get("reason") if row.status in ("supplement", "refused") else ""
    is_live = case.status == "open" and row.status in AT_WORK
    can_choose = is_live and not deliveries.is_delivered(connection, row.id)
    words = FILING_WORDS.get(row.status, row.status)
    return Application(row.name, row.status, words, str(mode), str(reason or ""), can_choose)


def _acceptance_of(sealer: Sealer, case: Any, filing: str) -> Mapping[str, Any]:
    """The sealed part of what the window said of an application."""
    sealed = sealer.open(bytes(case.sealed), case.id) if case.sealed else {}
    return ((sealed.get("filings") or {}).get(filing) or {}).get("acceptance") or {}


def _referrals(
    connection: sa.Connection, sealer: Sealer, release: LoadedRelease, case: Any, filing_ids: set[str]
) -> tuple[Any, ...]:
    found = []
    for row in _rows(connection, d.referrals, case.id, d.referrals.c.issued_at):
        if row.filing_id in filing_ids:
            item = release.manifest.items.get(row.item) if row.item else None
            materials = tuple(orjson.loads(row.materials))
            reason = open_text(sealer, d.referrals.c.reason, row)
            found.append(Referral(row.number, item.plain if item else "", reason, row.window, materials))
    return tuple(found)


def _objections(connection: sa.Connection, sealer: Sealer, case: Any, family_id: str) -> tuple[Any, ...]:
    """Those that the family has filed itself."""
    rows = _rows(connection, d.objections, case.id, d.objections.c.filed_at)
    return tuple(row for row in rows if row.filed_by == f"family:{family_id}")


def _events(connection: sa.Connection, release: LoadedRelease, case: Any, filing_ids: set[str]) -> tuple[Event, ...]:
    """The newest first. Of others' applications nothing is told."""
    found = [(case.opened_at, _("已收到死亡报告，办件建立"))]
    for row in _rows(connection, d.certificates, case.id, d.certificates.c.issued_at):
        if row.status in ("valid", "superseded"):
            found.append((row.issued_at, CERTIFICATES.get(row.kind, row.kind)))
        if row.status == "revoked" and row.ended_at:
            found.append((row.ended_at, _("死亡证明已撤销")))
    for row in _rows(connection, d.filings, case.id, d.filings.c.name):
        if row.id in filing_ids:
            found += [(row.filed_at, _("您提交了申请")), (row.accepted_at, _("窗口已受理，各部门开始办理"))]
            found.append((row.ended_at, FILING_WORDS.get(row.status, row.status)))
    for row in _rows(connection, d.items, case.id, d.items.c.code):
        if row.filing_id in filing_ids and row.ended_at:
            item = release.manifest.items.get(row.code)
            names = {"name": item.plain if item else row.code, "words": ITEM_WORDS.get(row.status, row.status)}
            found.append((row.ended_at, _("“%(name)s”：%(words)s", **names)))
    for row in _rows(connection, d.deliveries, case.id, d.deliveries.c.delivered_at):
        if row.filing_id in filing_ids:
            found.append((row.delivered_at, _("办理结果已送达")))
    events = [Event(from_text(at).astimezone(ZONE), words) for at, words in found if at]
    return tuple(sorted(events, key=lambda event: event.at)[::-1])  # of one moment the later written first


def _rows(connection: sa.Connection, table: sa.Table, case_id: str, order: Any) -> list[Any]:
    return list(connection.execute(sa.select(table).where(table.c.case_id == case_id).order_by(order)))


def my_cases(connection: sa.Connection, family_id: str) -> list[Any]:
    """The cases in which the family has a part, the newest first."""
    p = case_parties.c
    mine = sa.exists().where(p.case_id == t.cases.c.id, p.family_id == family_id)
    return list(connection.execute(sa.select(t.cases).where(mine).order_by(t.cases.c.opened_at.desc())))
