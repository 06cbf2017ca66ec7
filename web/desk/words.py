"""What officials call states, kinds and places; the pack has the names of its own things."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _

from engine import calendar
from engine.clock import from_text, local_date
from engine.pack_schema import Manifest

CASE = {"open": _("办理中"), "completed": _("已办结"), "cancelled": _("已撤销")}
ITEM = {
    "dormant": _("未开始"),
    "processing": _("办理中"),
    "supplement": _("待补正"),
    "paying": _("付款中"),
    "done": _("已办结"),
    "refused": _("不予办理"),
    "withdrawn": _("已撤回"),
    "offline": _("转线下"),
    "not_applicable": _("不适用"),
}
ITEM_TONE = {
    "processing": "active",
    "paying": "active",
    "supplement": "warn",
    "done": "good",
    "refused": "bad",
    "offline": "warn",
}
MATERIAL = {
    "needed": _("待提供"),
    "provided": _("已提供"),
    "held": _("系统已有"),
    "verified": _("已核验"),
    "deferred": _("材料待补"),
    "to_show": _("待到窗口核验"),
    "pledged": _("已告知承诺"),
    "waived": _("不再需要"),
    "missing": _("缺失"),
    "refused": _("未通过"),
}
MATERIAL_TONE = {
    "verified": "good",
    "held": "good",
    "deferred": "warn",
    "to_show": "warn",
    "pledged": "warn",
    "missing": "bad",
    "refused": "bad",
}
SOURCE = {
    "applicant": _("申请人提供"),
    "shared": _("数据共享"),
    "generated": _("系统生成"),
    "prior_item": _("前序事项产生"),
    "system": _("系统已有"),
}
MEDIUM = {
    "original": _("原件"),
    "copy": _("复印件"),
    "scan": _("扫描件"),
    "elicence": _("电子证照"),
    "any": _("不限形式"),
    "none": _("无须提交"),
}
FILING = {
    "draft": _("填写中"),
    "filed": _("已提交"),
    "supplement": _("待补正"),
    "accepted": _("已受理"),
    "refused": _("不予受理"),
    "withdrawn": _("已撤回"),
    "lapsed": _("逾期未办"),
    "not_needed": _("无须受理"),
}
PAYMENT = {"ordered": _("付款中"), "paid": _("已付款"), "returned": _("被退回"), "cancelled": _("已取消")}
PAYEE = {"deceased": _("逝者账户"), "family": _("家属账户"), "heir": _("继承人账户")}
OUTBOX = {"queued": _("待送达"), "delivered": _("已送达"), "recalled": _("已撤回")}
PUSH = {
    "certificate": _("死亡证明"),
    "deceased": _("逝者信息"),
    "hold": _("冻结通知"),
    "application": _("申请材料"),
    "result": _("办理结果"),
    "cremation": _("火化信息"),
    "recall": _("撤回通知"),
    "restore": _("恢复通知"),
    "terminate": _("终止通知"),
}
RECEIVER = {
    "platform": _("省级平台"),
    "elicence": _("电子证照库"),
    "funeral": _("殡仪馆"),
    "bank": _("银行"),
    "reporter": _("报告人"),
    "applicant": _("申请人"),
    "supervisor": _("督办人员"),
    "family": _("家属"),
}
HOLD_SOURCE = {
    "hospital": _("医疗机构"),
    "clinic": _("基层医疗卫生机构"),
    "funeral": _("殡仪馆"),
    "police": _("公安机关"),
}
VERB = {
    "start": _("开始"),
    "complete": _("提交"),
    "claim": _("领取"),
    "release": _("退回待领"),
    "reassign": _("转交"),
    "draft": _("保存草稿"),
    "message": _("收到消息"),
    "timer": _("到时触发"),
    "job": _("系统处理"),
    "job error": _("系统答复无法办理"),
    "job failed": _("系统处理未成"),
    "reseal": _("更换密钥"),
    "retry": _("重试"),
    "migrate": _("改用新版本"),
    "cancel": _("撤销办件"),
    "remind": _("催办"),
    "verify": _("核验原件"),
}
SYSTEM_ACTORS = {"system": _("系统"), "worker": _("系统"), "clock": _("定时")}


def say(words: Mapping[str, Any], key: str | None) -> str:
    """The words for ``key``; the key itself where there are none."""
    return str(words.get(key or "", key or ""))


def item_name(manifest: Manifest, code: str | None) -> str:
    item = manifest.items.get(code or "")
    return item.name if item else code or ""


def department_name(manifest: Manifest, department: str | None) -> str:
    """The name of a department, or of the department of a group."""
    found = manifest.groups.get(department or "") or manifest.groups.get((department or "").partition(".")[0])
    return found.name if found else department or ""


def group_name(manifest: Manifest, group: str | None) -> str:
    found = manifest.groups.get(group or "")
    return found.name if found else group or ""


def actor_name(manifest: Manifest, names: Mapping[str, str], login: str | None) -> str:
    """What somebody is called: their name, else that of the group under whose name a system acts."""
    if not login:
        return ""
    return names.get(login) or group_name(manifest, login.partition("#")[0])


def receiver_name(manifest: Manifest, receiver: str) -> str:
    """Whom a push is for: an endpoint, or a department by ``dept.<code>``."""
    if receiver.startswith("dept."):
        return department_name(manifest, receiver.removeprefix("dept."))
    return say(RECEIVER, receiver)


def day_of(moment: str | None) -> date | None:
    """The local day of a stored moment."""
    return local_date(from_text(moment)) if moment else None


def due_words(due: date | None, today: date, *, stands: bool = False) -> tuple[str, str]:
    """How much time is left in working days, and the tone in which to say so."""
    if due is None:
        return "", ""
    if due < today:
        late = max(1, calendar.working_days_between(due, today))
        return ngettext("已超期%(num)s个工作日", "已超期%(num)s个工作日", late), "bad"
    left = calendar.working_days_between(today, due)
    if stands:
        return gettext("暂停计时，余%(num)s个工作日", num=left), "still"
    if left == 0:
        return gettext("今日到期"), "bad"
    return gettext("余%(num)s个工作日", num=left), "warn" if left <= DUE_SOON else "calm"


DUE_SOON = 3
"""Working days before the end from which a limit is called near."""


def money(cents: int | None) -> str:
    return f"{cents / 100:,.2f}" if cents is not None else ""
