"""The forms of a pack in words: every field, explanation and group, what it takes and when it is shown.

Conditions are told in plain Chinese where they can be; their FEEL, other FEEL and the codes of choices stand behind the
words, as the line's source: nothing that a form says is left out of the two.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from forms import Form
from forms.model import Component, Field
from tasks.comparison.condition_words import offered, shown_when
from tasks.comparison.lines import Saying
from tasks.comparison.sides import Side

KINDS = {
    "textfield": "文本",
    "textarea": "多行文本",
    "number": "数字",
    "datetime": "日期时间",
    "checkbox": "勾选",
    "radio": "单选",
    "select": "下拉选择",
    "checklist": "多选",
    "taglist": "多选",
    "filepicker": "附件",
    "expression": "自动计算",
    "text": "说明文字",
    "html": "说明文字",
    "image": "图片",
    "table": "表格",
    "group": "一组",
    "dynamiclist": "可增行的一组",
    "button": "按钮",
}
_NAMES = {
    "text": "内容",
    "content": "内容",
    "description": "提示",
    "defaultValue": "默认值",
    "expression": "计算",
    "dataSource": "各行取自",
    "valuesExpression": "选项取自",
    "readonly": "只读",
    "disabled": "停用",
    "multiple": "可以多份",
    "accept": "文件类型",
    "decimalDigits": "小数位",
}
_LIMITS = {
    "minLength": "最少字数",
    "maxLength": "最多字数",
    "min": "最小",
    "max": "最大",
    "pattern": "格式",
    "patternErrorMessage": "不合格式时提示",
}
_PROPERTIES = {"check": "核对", "options": "选项来自", "x-provisional": "暂定"}
_ANSWERS = {
    "phone": "电话号码",
    "id_number": "居民身份证号码",
    "identity": "证件号码",
    "bank_card": "银行卡号",
    "social_card": "社保卡号",
    "items": "可办的事项",
    "true": "是",
}
_SAID_OTHERWISE = frozenset({"type", "id", "key", "label", "dateLabel", "layout", "values", "validate", "conditional"})
_SAID_OTHERWISE |= {"properties", "components"}
YES_NO = {True: "是", False: "否"}
_LABEL = re.compile(r"label: (.+?), value: ")
_EITHER = re.compile(r'if .+ then ("[^"]+") else ("[^"]+")')
_TEXT = re.compile(r'"([^"]+)"')
_UNSEEN = frozenset({"default", "spacer", "separator"})


def say_fields(forms: Mapping[str, Form], titles: Mapping[str, str], side: Side | None = None) -> dict[str, Saying]:
    """By ``form/key`` of a field, or ``form/#id`` of what is only shown. Without a side no condition has words.

    Conditions agree where their FEEL does: what two packs call an item in it is no difference of the form.
    """
    found = {}
    for form_id, form in forms.items():
        title, places = titles.get(form_id, form_id), _places(form)
        fields = {id(field.component): field for field in form.fields.values()}
        for component in form.components():
            if component.kind in _UNSEEN:
                continue
            field = fields.get(id(component))
            kind = KINDS.get(component.kind, component.kind)
            label = (field.label or field.key) if field else component.label or kind
            key = f"{form_id}/{field.key}" if field else f"{form_id}/#{component.id}"
            shown = shown_when(component.hide, form, side) if component.hide and side is not None else ""
            words, meaning = ("；".join((label, *_words(component, field, kind, one, side))) for one in (shown, ""))
            place = places.get(component.id, "")
            found[key] = Saying(f"{title}：{place}{label}", words, meaning, "\n".join(_source(component)))
    return found


def _places(form: Form) -> dict[str, str]:
    """By id, the group that a field stands in, where the form has its label more than once: 死亡人员社保卡账户·账号."""
    often = Counter(component.label for component in form.components())
    found: dict[str, str] = {}
    waiting = [(form.root, "")]
    while waiting:
        above, group = waiting.pop()
        for one in above.children:
            if group not in ("", one.label) and often[one.label] > 1 and one.label:
                found[one.id] = f"{group}·"
            waiting.append((one, one.label or group))
    return found


def _words(component: Component, field: Field | None, kind: str, shown: str, side: Side | None) -> Iterator[str]:
    yield f"{kind}，必填" if field is not None and field.required else kind
    if component.sensitive:
        yield "加密保存"
    if component.options:
        yield "选项：" + "、".join(option.label for option in component.options)
    limits = {name: rule for name, rule in component.rules.items() if name != "required"}
    if limits:
        yield "限制：" + "，".join(f"{_LIMITS.get(name, name)} {_plain(rule)}" for name, rule in sorted(limits.items()))
    if component.hide:
        yield f"显示条件：{shown}" if shown else "有些情形不显示"
    for name, word in component.properties.items():
        if name != "sensitive":
            yield f"{_PROPERTIES.get(name, name)}：{_ANSWERS.get(word, word)}"
    labels = {str(option.value): option.label for option in component.options}
    for name, value in _said(component):
        if name in _NAMES:
            told = _computed(value, side) if _is_feel(value) else _plain(value)
            yield f"{_NAMES[name]}：{labels.get(told, told)}"


def _source(component: Component) -> Iterator[str]:
    """What the words leave to be looked up: FEEL as it is, the codes of choices, what only a form's author sets."""
    if component.hide:
        yield f"隐藏条件 {component.hide}"
    if component.options:
        yield "选项代码 " + "、".join(f"{option.label}={option.value}" for option in component.options)
    for name, value in _said(component):
        if _is_feel(value) or name not in _NAMES:
            yield f"{_NAMES.get(name, name)} {_plain(value)}"


def _said(component: Component) -> Iterator[tuple[str, Any]]:
    for name, value in component.attributes.items():
        if name not in _SAID_OTHERWISE and value not in (None, "", False):
            yield name, value


def _is_feel(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("=")


def _computed(feel: str, side: Side | None) -> str:
    """Which choices an expression names and the switches allow, in words: 看情形，受理、退回补正."""
    drawn = _LABEL.findall(offered(feel, side) if side else feel)
    named = dict.fromkeys(label for one in drawn if (label := _drawn(one)))
    return f"看情形，{'、'.join(named)}" if named else "由系统列出"


def _drawn(label: str) -> str:
    """A choice's label as an expression builds it: 甲或乙 where it hangs on something, … for what is filled in."""
    either = _EITHER.fullmatch(label)
    if either:
        return "或".join(text.strip('"') for text in either.groups())
    return "…".join(text.strip() for text in _TEXT.findall(label))


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return YES_NO[value]
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
