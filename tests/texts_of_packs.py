"""The shipped templates and a manifest with a few items, for tests of what a case tells others."""

from __future__ import annotations

from typing import Any

from engine.config import CODE_ROOT
from engine.pack_schema import Manifest
from tests.domain.conftest import make_manifest

PROCESSES = CODE_ROOT / "processes"
GROUPS: dict[str, Any] = {
    code: {"name": name, "kind": "department"}
    for code, name in (
        ("health", "卫生健康部门"),
        ("police", "公安机关"),
        ("civil_affairs", "民政部门"),
        ("hrss", "人力资源社会保障部门"),
        ("medical_insurance", "医疗保障部门"),
        ("housing_fund", "住房公积金管理中心"),
        ("justice", "司法行政部门"),
        ("market", "市场监督管理部门"),
        ("finance", "金融监管部门"),
    )
}


def shipped_texts(*packs: str) -> dict[str, bytes]:
    """The templates of the packs, each laid over those before it."""
    return {
        f"templates/{path.name}": path.read_bytes()
        for pack in packs
        for path in sorted((PROCESSES / pack / "templates").glob("*.j2"))
    }


def item(name: str, department: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "plain": name, "department": department, "status": "assumed"} | more


def manifest(**parts: Any) -> Manifest:
    """A manifest with nine departments and one item of each that pays or cancels something."""
    items = {
        "survivor_benefit": item("遗属待遇申领", "hrss"),
        "pension_suspend": item("养老保险待遇暂停", "hrss"),
        "med_stop": item("基本医疗保险减少登记", "medical_insurance"),
        "med_withdraw": item("医保个人账户余额支取", "medical_insurance"),
        "hpf_withdraw": item("住房公积金提取", "housing_fund"),
        "will_check": item("遗嘱公证信息核查", "justice"),
        "equity_query": item("股权登记信息查询", "market"),
        "deposit_small": item("小额存款提取", "finance"),
        "hukou_cancel": item("户口注销", "police"),
        "cremation": item("出具火化证明", "civil_affairs", tracked=True),
    }
    return make_manifest(**{"groups": GROUPS, "items": items, "hotline": "12345"} | parts)
