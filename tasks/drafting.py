"""A new pack to begin from: a manifest that says what is to be written, and a first story that it passes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

from engine.divisions import within
from engine.loaded import LoadedRelease
from engine.pack_schema import Item, Manifest
from engine.packs import Pack
from tasks.reports import MESSAGE

TO_WRITE = "（待写）"
REGION = "439900"  # no place has it; whoever writes the pack puts the place's own
STORY = "01-first-story.yaml"


def draft_pack(code: str, base: Pack, short: str, region: str) -> Mapping[PurePosixPath, str]:
    """The files of a pack ``code`` laid over ``base``, by their place in the checkout."""
    manifest = base.manifest
    stories = PurePosixPath("tests", "scenarios", code)
    return {
        PurePosixPath("processes", code, "pack.yaml"): _manifest(code, manifest, short, region),
        stories / STORY: _story(code, base, short, region),
        stories / "coverage.yaml": _COVERAGE.format(short=short),
    }


def _manifest(code: str, base: Manifest, short: str, region: str) -> str:
    items = "".join(f"#   {code}: {_item(item)}\n" for code, item in base.items.items())
    return _MANIFEST.format(code=code, short=short, region=region, base=base.code, to_write=TO_WRITE, items=items)


def _item(item: Item) -> str:
    """An item of the base as one would write it here, its own document still to be named."""
    parts = [f"name: {item.name}", f"plain: {item.plain}", f"department: {item.department}", "status: inferred"]
    parts += [f"requires: [{', '.join(item.requires)}]"] if item.requires else []
    parts += [f"{name}: true" for name in ("tracked", "automatic", "pays") if getattr(item, name)]
    if item.handling is not None:
        said = item.handling.model_dump(exclude_none=True)
        parts.append(f"handling: {{{', '.join(f'{name}: {value}' for name, value in said.items())}}}")
    return f"{{{', '.join(parts)}}}"


def _place_in(region: str) -> str:
    """The last place to choose in the region: a county, or the region itself where it is one."""
    choices = [choice.value for choice in within(region)]
    return region if region in choices else choices[-1] if choices else region


def _story(code: str, base: Pack, short: str, region: str) -> str:
    """From the report to the cremation where a death begins the case; else only that a case can be begun."""
    begun = _DEATH if MESSAGE in base.manifest.messages else _MESSAGE_OR_MAIN
    return (_HEAD + begun).format(
        code=code, short=short, region=region, place=_place_in(region), message=_first_message(base)
    )


def _first_message(base: Pack) -> str:
    """What the main process begins with, as a step's keys; empty where it begins by itself."""
    processes, main = LoadedRelease(base).processes, base.manifest.main or ""
    names = [name for name, process_id in processes.message_starts.items() if process_id == main]
    return f"message: {names[0]}" if names else ""


_MANIFEST = """\
# {short}：在 {base} 之上的新流程包。把“{to_write}”改成当地文件写明的内容，每一处写明出处；每个键见 docs/packs.md。
code: {code}
names:
  short: {short}
  official: {short}个人身后“一件事”
version: "0.1"
region: "{region}"  # 改成当地的行政区划代码（GB/T 2260）
extends: {base}

sources:
  {code}-document:
    title: {to_write}当地文件的名称
    issuer: {to_write}发文机关

channels:
  hall: {{name: 政务服务中心综合窗口, kind: window}}

# 文件写明整件时限、收费、有效期的，去掉 # 改写；没有写明的不要写。
# limit_working_days: 25
# fee: {{charged: false, note: 全程无收费, basis: [{{source: {code}-document, section: 六}}], status: stated}}
# effective: {{from: 2026-01-01, until: 2030-12-31}}

# 没有 items 就提供 {base} 的全部事项；列出以后只提供列出的。去掉 # 后删掉当地没有的，写明 basis 的改为 status: stated：
#     basis: [{{source: {code}-document, section: 二(一)1, requirement: N-1}}]
# items:
{items}\
"""
_COVERAGE = """\
# {short}必须证明的要求，如 required: [N-1…N-20]；别的测试证明的写在 covered_by。
required: []
"""
_HEAD = """\
scenario: {short}的第一个故事
pack: {code}
covers: [INV-1]
about: 由 shenhou packs new 写出，用来看流程包能不能走通；照当地文件改写，一种情形一个文件。
now: 2026-09-24T09:00:00+08:00
region: "{region}"
"""
_DEATH = """\
report:
  place: home
  reported_manner: natural
  deceased: {{died_on: "2026-09-24", died_region: "{place}", registered_region: "{place}"}}
fill_report: true
steps:
  - fill: assign_doctor
    as: clinic.head
  - fill: investigate_cause
    as: clinic.doctor
    with: {{finding: natural}}
  - fill: certify_at_home
    as: clinic.doctor
  - expect:
      certificates: {{medical: valid}}
      open: [receive_body]
      held: false
      cremated: false
  - fill: receive_body
    as: funeral.clerk
    with: {{disposition: cremation}}
  - fill: record_cremation
    as: funeral.clerk
  - expect: {{cremated: true, status: open}}
"""
_MESSAGE_OR_MAIN = """\
start: {{{message}}}
steps:
  - expect: {{status: open}}
"""
