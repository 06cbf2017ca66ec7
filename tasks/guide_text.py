"""The guide as a text to hand out: Markdown, a page of HTML without any style, or JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from html import escape
from typing import Any

from tasks.guide import Document, Guide, GuideItem, Said
from tasks.guide_materials import MEDIA, Material

CHANNEL_KINDS = {
    "online": "网上",
    "window": "窗口",
    "phone": "电话",
    "agent": "代办",
    "home_visit": "上门",
    "institution": "机构",
}


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of the guide: a heading of ``level`` 1 to 3, a ``list``, ``pairs``, a ``table`` (first row its head)."""

    kind: str
    rows: Sequence[Sequence[str]]
    level: int = 0


def lay_out(guide: Guide) -> Iterator[Block]:
    """The guide from top to bottom."""
    yield Block("heading", ((f"{guide.official}办事指南",),), 1)
    yield Block("pairs", tuple(_facts(guide)))
    if guide.documents:
        yield Block("heading", (("依据文件",),), 2)
        yield Block("list", tuple((_cite(one),) for one in guide.documents))
    for title, said in (("办理条件", guide.conditions), ("办理流程", guide.steps)):
        if said:
            yield Block("heading", ((title,),), 2)
            yield Block("list", tuple((said_words(one),) for one in said))
    yield Block("heading", (("要带的材料",),), 2)
    brought = [one for one in guide.materials if one.is_brought]
    yield _table(brought) if brought else Block("list", (("不用带材料",),))
    held = [one for one in guide.materials if not one.is_brought]
    if held:
        yield Block("heading", (("不用您交的材料",),), 2)
        yield _table(held)
    yield Block("heading", (("可以一起办的事",),), 2)
    for item in guide.offered:
        yield Block("heading", ((f"{item.plain}（{item.official}）",),), 3)
        yield Block("pairs", tuple(_item_facts(item)))
    if guide.by_themselves:
        yield Block("heading", (("不用申请，部门自动办的事",),), 2)
        rows = [(item.plain, item.official, item.department, _grounds(item)) for item in guide.by_themselves]
        yield Block("table", (("停办什么", "事项", "部门", "依据"), *rows))


def to_markdown(guide: Guide) -> str:
    """Markdown as GitHub reads it; what the pack says is never taken for markup."""
    return "\n\n".join(_markdown(block) for block in lay_out(guide)) + "\n"


def to_html(guide: Guide) -> str:
    """A whole page, without style and script, to be put onto any site."""
    head = (
        f'<!doctype html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n<title>{escape(guide.official)}</title>'
    )
    body = "\n".join(_html(block) for block in lay_out(guide))
    return f"{head}\n</head>\n<body>\n{body}\n</body>\n</html>\n"


def to_json(guide: Guide) -> dict[str, Any]:
    """The guide as data: the fields of ``tasks.guide``."""
    return asdict(guide) | {"channels": [one.model_dump(mode="json", exclude_none=True) for one in guide.channels]}


def said_words(said: Said) -> str:
    """A condition or a step with where it is written: 先火化，后申请（《通知》三(二)4）."""
    told = "，".join(word for word in ("；".join(map(str, said.grounds)), said.standing) if word)
    return f"{said.words}（{told}）" if told else said.words


def limit_words(item: GuideItem) -> str:
    """How long the item may take, in words."""
    if item.tracked:
        return "随出证或火化自动办好"
    if item.automatic:
        return "部门得知去世后自动办理"
    return f"{item.limit}个工作日" if item.limit else "文件没有写明天数"


def material_words(material: Material) -> str:
    """A document in a line: 申请人身份证（扫描件，看原件；第二顺位继承人）."""
    said = [MEDIA.get(material.medium, ""), "看原件" if material.original else ""]
    if not material.is_brought:
        said = ["不用您交"]
    told = "，".join(word for word in (*said, *material.terms) if word)
    only = "、".join(material.only_for)
    inside = "；".join(word for word in (told, only) if word)
    return f"{material.name}（{inside}）" if inside else material.name


def _facts(guide: Guide) -> Iterator[tuple[str, str]]:
    if guide.version:
        yield "版本", guide.version
    if guide.valid_from or guide.valid_until:
        yield "有效期", f"{guide.valid_from or '发布之日'} 至 {guide.valid_until or '另行通知'}"
    yield "收费", guide.fee.words + "".join(f"（{ground}）" for ground in guide.fee.grounds)
    yield (
        "时限",
        f"受理后{guide.limit}个工作日（不含邮寄）" if guide.limit else "文件没有写明整件时限，按各事项时限办理",
    )
    if guide.hotline:
        yield "咨询电话", guide.hotline
    for channel in guide.channels:
        more = "，".join(word for word in (channel.address, channel.hours, channel.phone) if word)
        yield CHANNEL_KINDS[channel.kind], f"{channel.name}（{more}）" if more else channel.name


def _item_facts(item: GuideItem) -> Iterator[tuple[str, str]]:
    yield "办理部门", item.department
    yield "单独办去哪里", item.window
    yield "时限", limit_words(item)
    if item.result:
        yield "办理结果", item.result
    if item.standard_code:
        yield "事项编码", item.standard_code
    if item.aliases:
        yield "又称", "、".join(item.aliases)
    if item.requires:
        yield "先要办好", "、".join(item.requires)
    if item.note:
        yield "说明", item.note
    yield "材料", "；".join(map(material_words, item.materials)) or "不用交材料"
    yield "依据", _grounds(item)
    if item.status != "stated" and item.grounds:
        yield "依据程度", item.standing


def _grounds(item: GuideItem) -> str:
    return "；".join(map(str, item.grounds)) or item.standing


def _table(materials: Sequence[Material]) -> Block:
    head = ("材料", "形式", "谁需要", "用于", "说明")
    rows = [
        (
            one.name,
            "，".join(word for word in (MEDIA.get(one.medium, ""), "看原件" if one.original else "") if word),
            "、".join(one.only_for) or "都要",
            "、".join(one.items),
            "；".join(word for word in (one.note, *one.terms) if word),
        )
        for one in materials
    ]
    return Block("table", (head, *rows))


def _cite(document: Document) -> str:
    more = "，".join(word for word in (document.number, document.issuer, document.issued_on) if word)
    return f"《{document.title}》（{more}）" if more else f"《{document.title}》"


def _markdown(block: Block) -> str:
    rows = [[_plain(cell) for cell in row] for row in block.rows]
    if block.kind == "heading":
        return f"{'#' * block.level} {rows[0][0]}"
    if block.kind == "list":
        return "\n".join(f"- {row[0]}" for row in rows)
    if block.kind == "pairs":
        return "\n".join(f"- **{name}**：{value}" for name, value in rows)
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])


def _plain(text: str) -> str:
    """Text that Markdown leaves as it is: its signs escaped, in one line."""
    flat = " ".join(text.split())
    return "".join(f"\\{sign}" if sign in "\\`*_[]<>|#" else sign for sign in flat)


def _html(block: Block) -> str:
    rows = [[escape(cell) for cell in row] for row in block.rows]
    if block.kind == "heading":
        return f"<h{block.level}>{rows[0][0]}</h{block.level}>"
    if block.kind == "list":
        return "<ul>" + "".join(f"<li>{row[0]}</li>" for row in rows) + "</ul>"
    if block.kind == "pairs":
        return "<dl>" + "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in rows) + "</dl>"
    head = "".join(f'<th scope="col">{cell}</th>' for cell in rows[0])
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows[1:])
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
