"""Applications for tests of the domain: a pack's items, what a family fills in, and cases on their way through it."""

from __future__ import annotations

from typing import Any

import pytest

from engine.actors import Actor
from engine.errors import RuleViolation
from engine.facts import merged
from engine.pack_schema import Manifest
from tasks import (
    applications,
    commitments,
    deadlines,
    handling,
    materials,
    objections,
    payments,
    referrals,
    selection,
    withdrawals,
)
from tasks import tables as d
from tests.domain.conftest import Case, add_certificate, make_manifest

WORKERS = (
    applications,
    commitments,
    deadlines,
    handling,
    materials,
    objections,
    payments,
    referrals,
    selection,
    withdrawals,
)
"""Importing them registers what the tests run."""

APPLICANT_ID = "430102197506151229"
SECOND_HEIR_ID = "430104197802231015"
FAMILY = Actor("family:tan", frozenset({"applicant"}), "430102")
WINDOW = Actor("zhou", frozenset({"window.clerk"}), "430102")
HRSS = Actor("ou", frozenset({"hrss.clerk"}), "430102")
REVIEWER = Actor("rao", frozenset({"hrss.reviewer", "medical_insurance.reviewer"}), "430102")
NAMES = {
    "cert_normal": ("出具死亡证明（正常死亡）", "health"),
    "cert_abnormal": ("出具死亡证明（非正常死亡）", "police"),
    "cremation": ("出具火化证明", "civil_affairs"),
    "pension_suspend": ("企业职工养老保险待遇暂停", "hrss"),
    "survivor_benefit": ("企业退休职工遗属待遇及个人账户余额申领", "hrss"),
    "med_stop": ("基本医疗保险减少登记（终止参保）", "medical_insurance"),
    "med_withdraw": ("职工基本医疗保险个人账户余额一次性支取", "medical_insurance"),
    "hpf_withdraw": ("住房公积金提取（死亡）", "housing_fund"),
    "will_check": ("遗嘱公证信息核查", "justice"),
    "equity_query": ("已故人员股权登记信息查询", "market"),
    "deposit_small": ("已故存款人小额存款提取", "finance"),
    "licence_cancel": ("驾驶证注销", "police"),
}
TRACKED = ("cert_normal", "cert_abnormal", "cremation")
PAYING = ("survivor_benefit", "med_withdraw", "hpf_withdraw", "deposit_small")
TEMPLATES = {
    "templates/commitment.j2": (
        "{# version: 2025.1 #}\n{{ official_name }}承诺函\n{{ applicant_name }}承诺：本人系{{ deceased_name }}的"
        "{% if applicant_kind == 'legatee' %}受遗赠人{% else %}合法继承人之一{% endif %}。\n"
        "{% for item in items %}{{ item.name }}；{% endfor %}\n{{ signed_on }}"
    ),
    "templates/referral.j2": (
        "转线下告知单 {{ number }}\n{{ case_code }} {{ official_name }} {{ deceased_name }} {{ applicant_name }}\n"
        "事项：{{ item }}\n原因：{{ reason }}\n请到：{{ window }}\n"
        "请携带：{{ materials | join('、') }}\n{{ hotline }} {{ issued_on }}"
    ),
    "templates/reminder_clerk.j2": "{{ department_name }}：{{ item_name }}{{ kind_name }}，期限{{ due_on }}。",
}
VALUES: dict[str, Any] = {
    "applicant": {"kind": "first_order", "relation": "女儿"},
    "channel": "online",
    "social": {"payee": "family", "bank": "长沙银行定王台支行"},
    "medical": {"bank_class": "工商银行", "bank": "工商银行长沙司门口支行"},
    "housing": {"bank": "建设银行长沙芙蓉支行"},
    "deposit": {"bank": "农业银行长沙东塘支行"},
}
SEALED: dict[str, Any] = {
    "applicant": {"name": "谭䶮", "id_number": APPLICANT_ID, "phone": "13800000001", "address": "长沙市芙蓉区"},
    "social": {
        "name": "谭䶮",
        "id_number": APPLICANT_ID,
        "card_number": "6217 0030 1000 1254 564",
        "account_name": "谭䶮",
    },
    "medical": {"account": "6222021001116245702", "account_name": "谭㳘生"},
    "housing": {"name": "谭䶮", "id_number": APPLICANT_ID, "account": "6227002920880123453", "account_name": "谭㳘生"},
    "deposit": {"account": "6228480402564890018"},
}


def manifest(**parts: Any) -> Manifest:
    """A pack of a dozen items: ``med_withdraw`` needs ``med_stop``; the pension is suspended by the system."""
    groups = {department: {"name": f"{department}部门", "kind": "department"} for _, department in NAMES.values()}
    groups["medical_insurance"]["name"] = "医疗保障部门"
    items = {code: _item(code, *named) for code, named in NAMES.items()}
    channels = {"hall": {"name": "政务服务中心综合窗口", "kind": "window", "address": "芙蓉区八一路1号"}}
    whole = {"limit_working_days": 25, "groups": groups, "items": items, "channels": channels, "hotline": "12345"}
    return make_manifest(**merged(whole, parts))


def _item(code: str, name: str, department: str) -> dict[str, Any]:
    item: dict[str, Any] = {"name": name, "plain": name, "department": department, "status": "assumed"}
    if code in TRACKED:
        return item | {"tracked": True}
    handling: dict[str, Any] = {"by": "clerk", "clerk": f"{department}.clerk"}
    if code == "pension_suspend":
        handling |= {"by": "system", "job": "pension.suspend"}
    if code in PAYING:
        item["pays"], handling["reviewer"] = True, f"{department}.reviewer"
    if code == "med_withdraw":
        item["requires"] = ["med_stop"]
    return item | {"handling": handling}


def prepare(case: Case, certificate: str = "medical") -> Case:
    """The case on that pack, with its templates and a certificate in force."""
    case.release.manifest = manifest()
    case.release.files = {name: text.encode() for name, text in TEMPLATES.items()}
    if certificate:
        add_certificate(case, certificate)
    return case


def fill_in(case: Case, *items: str, filing: str = "f1", **changes: Any) -> None:
    """What the application form stores; ``changes`` replace parts of it, sealed ones by their own name."""
    sealed = {name: changes.pop(f"{name}_sealed", value) for name, value in SEALED.items()}
    values = merged(merged(VALUES, {"items": list(items)}), changes)
    case.submit(values, f"filings.{filing}", sealed)


def file(case: Case, *items: str, filing: str = "f1", **changes: Any) -> dict[str, Any]:
    """Fill the form in and register it; what the worker returns."""
    fill_in(case, *items, filing=filing, **changes)
    case.actor = FAMILY
    return case.run("application.register", filing=filing)


def select(case: Case, *items: str, filing: str = "f1", offline: Any = (), **changes: Any) -> list[str]:
    """File and put the items on the case; the codes left to handle."""
    chosen = file(case, *items, filing=filing, **changes)["items"]
    left: list[str] = case.run("items.select", filing=filing, items=chosen, offline=list(offline))["items"]
    return left


def sign(case: Case, filing: str = "f1") -> None:
    case.submit({"agreed": True}, f"filings.{filing}.commitment")
    case.actor = FAMILY
    case.run("commitment.sign", filing=filing)


def accept(case: Case, *items: str, filing: str = "f1", **changes: Any) -> list[str]:
    """Everything up to the acceptance, without any documents; the codes left to handle."""
    left = select(case, *items, filing=filing, **changes)
    sign(case, filing)
    case.submit({"decision": "accept"}, f"filings.{filing}.acceptance")
    case.actor = WINDOW
    case.run("application.accept", filing=filing, items=left)
    return left


def start(case: Case, code: str, filing: str = "f1") -> dict[str, Any]:
    case.actor = HRSS
    return case.run("items.start", item=code, filing=filing)


def withdraw(case: Case, items: Any, filing: str = "f1") -> dict[str, Any]:
    """The window withdraws for the family; an empty list is all that can be."""
    case.actor = WINDOW
    return case.run("items.withdraw", filing=filing, items=items)


def not_withdrawn(case: Case, items: Any, filing: str = "f1") -> str:
    """The rule under which the withdrawal is refused."""
    case.actor = WINDOW
    return refused(case, "items.withdraw", filing=filing, items=items).rule


def refused(case: Case, type_: str, **inputs: Any) -> RuleViolation:
    with pytest.raises(RuleViolation) as caught:
        case.run(type_, **inputs)
    return caught.value


def statuses(case: Case) -> dict[str, str]:
    return {row.code: row.status for row in case.rows(d.items)}


def settle(case: Case, code: str, outcome: str = "done", reason: str | None = None) -> None:
    case.actor = HRSS
    case.run("items.settle", item=code, outcome=outcome, reason=reason)


def second_heir(case: Case, *items: str, kind: str = "first_order") -> list[str]:
    name = case.run("application.join", channel="window")["filing"]
    sealed = {"name": "谭䢺", "id_number": SECOND_HEIR_ID}
    return select(case, *items, filing=name, applicant_sealed=sealed, applicant={"kind": kind})
