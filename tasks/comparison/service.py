"""A pack in the words of the service: each section as key → what the pack says, to be laid beside another's."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from engine import divisions
from engine.manifests import MANIFEST_NAME, read_manifest
from engine.pack_schema import Item, Switch
from tasks.comparison.fields import YES_NO, say_fields
from tasks.comparison.lines import Saying, Sayings, Section, compare
from tasks.comparison.rules import eligibility, offline, payees, terminations
from tasks.comparison.sides import Side
from tasks.guide import STANDINGS, Ground, Said, ground_of, plain_names
from tasks.guide_text import CHANNEL_KINDS, limit_words, material_words

CLASSES = {"policy": "政策", "safety": "安全"}
_NONE = "没有写明"
_NO_REQUIREMENT = "没有前置事项"
_UNWRITTEN = "文件没有写明"
_LONGEST_TOPIC = 8
_SPAN = re.compile(r"P(\d+)([YMWD])")
_UNITS = {"Y": "年", "M": "个月", "W": "周", "D": "天"}


def compare_service(left: Side, right: Side) -> tuple[Section, ...]:
    """Every section, in the order in which an analyst reads them."""
    return tuple(compare(code, title, tell(left), tell(right)) for code, title, tell in SECTIONS)


def _overview(side: Side) -> Sayings:
    manifest, guide = side.release.manifest, side.guide
    region = manifest.region or ""
    valid = f"{guide.valid_from or '发布之日'} 至 {guide.valid_until or '另行通知'}"
    told = {
        "official": ("名称", manifest.names.official),
        "version": ("版本", manifest.version or _NONE),
        "region": ("施行地区", divisions.name_of(region) or region or _NONE),
        "effective": ("有效期", valid if manifest.effective else _NONE),
        "main": ("主流程", side.process_name(manifest.main or "")),
        "fee": ("收费", guide.fee.words + _join((str(ground) for ground in guide.fee.grounds), "（", "）")),
        "hotline": ("咨询电话", _hotline(side)),
        "documents": ("依据文件", "；".join(document.title for document in guide.documents) or _NONE),
    }
    return {key: Saying(label, words) for key, (label, words) in told.items()}


def _hotline(side: Side) -> str:
    """The number, and that it comes from the shared library where the pack itself gives none."""
    hotline = side.release.manifest.hotline
    if not hotline:
        return _NONE
    own = read_manifest(side.release.files[MANIFEST_NAME])
    return hotline if own.holds("hotline") else f"{hotline}（公共流程库所列，{_UNWRITTEN}）"


def _conditions(side: Side) -> Sayings:
    return {key: Saying(topic, one.words) for key, (topic, one) in _by_topic(side.guide.conditions).items()}


def _steps(side: Side) -> Sayings:
    return {key: Saying(topic, one.words) for key, (topic, one) in _by_topic(side.guide.steps).items()}


def _by_topic(said: Sequence[Said]) -> dict[str, tuple[str, Said]]:
    """By what a clause is about, 出证：…, so that two packs' words on one thing meet; without a topic by its number."""
    found: dict[str, tuple[str, Said]] = {}
    for number, one in enumerate(said, 1):
        topic, colon, _rest = one.words.partition("：")
        about = topic if colon and len(topic) <= _LONGEST_TOPIC else f"第{number}条"
        again = sum(1 for told, _one in found.values() if told == about)
        found[f"{about}#{again + 1}" if again else about] = (about, one)
    return found


def _items(side: Side) -> Sayings:
    found = {}
    for item in side.guide.items:
        more = [item.plain, item.official, item.department, "付款" if item.pays else ""]
        more += ["随其他流程办理" if item.tracked else "", "不用申请，自动办理" if item.automatic else ""]
        more += [f"又称{'、'.join(item.aliases)}" if item.aliases else ""]
        more += [f"结果为{item.result}" if item.result else ""]
        more += [f"事项编码{item.standard_code}" if item.standard_code else "", item.note]
        found[item.code] = Saying(item.plain, "；".join(word for word in more if word))
    return found


def _grounds(side: Side) -> Sayings:
    found = {item.code: Saying(item.plain, _resting(item.grounds, item.standing)) for item in side.guide.items}
    for what, said in (("办理条件", side.guide.conditions), ("办理流程", side.guide.steps)):
        for key, (topic, one) in _by_topic(said).items():
            found[f"{what}/{key}"] = Saying(f"{what}：{topic}", _resting(one.grounds, one.standing))
    for code, switch in side.release.manifest.switches.items():
        grounds = [ground_of(side.release, citation) for citation in switch.source]
        found[f"switches/{code}"] = Saying(f"{code} {switch.title}", _resting(grounds, ""))
    return found


def _resting(grounds: Iterable[Ground], standing: str) -> str:
    """Where something is written, and that it is not where no document says so."""
    places: dict[str, dict[str, None]] = {}
    for ground in grounds:
        places.setdefault(ground.title, {})[ground.section] = None
    written = [f"《{title}》{'；'.join(sections)}" for title, sections in places.items()]
    return "；".join(word for word in (*written, standing) if word) or _NONE


def _handling(side: Side) -> Sayings:
    items = side.release.manifest.items
    return {
        code: Saying(item.plain, _who(side, item), str((item.handling, item.tracked, item.automatic)))
        for code, item in items.items()
    }


def _who(side: Side, item: Item) -> str:
    handling = item.handling
    if handling is None:
        return "由出证、火化等流程办理" if item.tracked else "部门自动办理" if item.automatic else _NONE
    clerk = side.group_name(handling.clerk)
    words = f"{clerk}办理" if handling.by == "clerk" else f"{_system(side, handling.job)}办理，没有回应时由{clerk}办理"
    return f"{words}，{side.group_name(handling.reviewer)}复核付款" if handling.reviewer else words


def _system(side: Side, job: str | None) -> str:
    """The outside system that serves a job, by the job's description: 交管系统."""
    known = side.release.manifest.jobs.get(job or "")
    name, system, _rest = (known.description or "").partition("系统") if known else ("", "", "")
    return f"部门系统（{name}{system}）" if system else f"部门系统（{job}）"


def _prerequisites(side: Side) -> Sayings:
    items, names = side.release.manifest.items, plain_names(side.release)
    return {
        code: Saying(item.plain, "、".join(names.get(one, one) for one in item.requires) or _NO_REQUIREMENT, meaning)
        for code, item in items.items()
        if not (item.tracked or item.automatic) and (meaning := " ".join(sorted(item.requires)) or _NO_REQUIREMENT)
    }


def _materials(side: Side) -> Sayings:
    found = {}
    for item in side.guide.items:
        for material in item.materials:
            note = f"——{material.note}" if material.note else ""
            label = f"{item.plain}：{material.name}"
            found[f"{item.code}/{material.code}"] = Saying(label, f"{material_words(material)}{note}")
    return found


def _limits(side: Side) -> Sayings:
    whole = side.guide.limit
    found = {"": Saying("整件", f"受理后{whole}个工作日（不含邮寄）" if whole else f"{_UNWRITTEN}天数")}
    own = {code: item.limit_working_days for code, item in side.release.manifest.items.items()}
    for item in side.guide.items:
        shared = item.limit is not None and own[item.code] is None
        found[item.code] = Saying(item.plain, f"{'随整件，' if shared else ''}{limit_words(item)}")
    return found


def _channels(side: Side) -> Sayings:
    found = {}
    for key, channel in side.release.manifest.channels.items():
        more = [channel.address, channel.hours, channel.phone, None if channel.open else "未开通"]
        words = "，".join(word for word in (channel.name, *more) if word)
        found[key] = Saying(CHANNEL_KINDS[channel.kind], words)
    return found


def _switches(side: Side) -> Sayings:
    switches = side.release.manifest.switches
    return {code: Saying(f"{code} {switch.title}", _choice_words(switch)) for code, switch in switches.items()}


def _choice_words(switch: Switch) -> str:
    """What a switch is set to, and what else it could be."""
    others = "；".join(words for value, words in switch.options.items() if value not in _values(switch))
    unwritten = "" if switch.source else f"；{_UNWRITTEN}"
    return value_words(switch) + (f"（另可选：{others}）" if others else "") + unwritten


def value_words(switch: Switch) -> str:
    """What a switch is set to, in the words of its options."""
    said = [
        switch.options.get(str(value), YES_NO[value] if isinstance(value, bool) else _span(str(value)))
        for value in _values(switch)
    ]
    return "、".join(said) or "一项也没有"


def _span(value: str) -> str:
    """An ISO duration for people: 12个月, 30天, 不等待; any other value as it is."""
    found = _SPAN.fullmatch(value)
    return "不等待" if value == "PT0S" else f"{found[1]}{_UNITS[found[2]]}" if found else value


def _values(switch: Switch) -> tuple[object, ...]:
    return switch.value if isinstance(switch.value, tuple) else (switch.value,)


def _provisional(switch: Switch) -> str:
    unwritten = "" if switch.source else f"（{_UNWRITTEN}）"
    return f"{CLASSES[switch.class_]}规则，暂按“{value_words(switch)}”办理{unwritten}"


def _unconfirmed(side: Side) -> Sayings:
    manifest = side.release.manifest
    found = {
        code: Saying(f"{code} {switch.title}", _provisional(switch))
        for code, switch in manifest.switches.items()
        if switch.status == "待确认"
    }
    for code, item in manifest.items.items():
        if item.status != "stated":
            found[f"items.{code}"] = Saying(item.plain, f"事项{STANDINGS[item.status]}")
    if manifest.fee is not None and manifest.fee.status != "stated":
        found["fee"] = Saying("收费", STANDINGS[manifest.fee.status])
    return found


def _fields(side: Side) -> Sayings:
    return say_fields(side.forms, side.form_titles, side)


def _messages(side: Side) -> Sayings:
    found = {}
    for name, message in side.release.manifest.messages.items():
        senders = "、".join(map(side.group_name, message.senders)) or "系统自身"
        carried = [one.description or key for key, one in message.variables.items()]
        brings = f"填写表单 {message.form}" if message.form else "、".join(carried) or "不带内容"
        found[name] = Saying(message.name, f"由{senders}发出；{brings}")
    return found


def _texts(side: Side) -> Sayings:
    return {
        name: Saying(name.removeprefix("templates/"), data.decode().strip())
        for name, data in side.release.files.items()
        if name.endswith(".j2")
    }


def _join(words: Iterable[str], before: str, after: str) -> str:
    return "".join(f"{before}{word}{after}" for word in words)


SECTIONS: tuple[tuple[str, str, Callable[[Side], Mapping[str, Saying]]], ...] = (
    ("overview", "概况", _overview),
    ("conditions", "办理条件", _conditions),
    ("steps", "办理流程", _steps),
    ("items", "事项", _items),
    ("grounds", "依据", _grounds),
    ("handling", "由谁办理", _handling),
    ("prerequisites", "前置事项", _prerequisites),
    ("materials", "材料", _materials),
    ("limits", "时限", _limits),
    ("payees", "付给谁", payees),
    ("eligibility", "受理资格", eligibility),
    ("offline", "转线下的情形", offline),
    ("terminations", "不用申请自动终止的待遇", terminations),
    ("channels", "办理渠道", _channels),
    ("fields", "表单字段", _fields),
    ("switches", "开关", _switches),
    ("unconfirmed", "待确认的规则", _unconfirmed),
    ("messages", "消息和发出人", _messages),
    ("texts", "通知和文书", _texts),
)
