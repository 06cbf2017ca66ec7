"""Every sentence that people read about what they submitted, in one place.

``say`` looks a sentence up, translates it and fills in its names. ``N_`` marks the sentences for extraction (Babel
knows the name); whoever runs pages installs its own ``gettext`` with ``translate_with``.
"""

from __future__ import annotations

from collections.abc import Callable


def N_(text: str) -> str:
    return text


MESSAGES: dict[str, str] = {
    # what is missing
    "required": N_("请填写“{label}”。"),
    "required_choice": N_("请选择“{label}”。"),
    "required_check": N_("请阅读并勾选“{label}”。"),
    "required_file": N_("请上传“{label}”。"),
    # numbers
    "min": N_("“{label}”不能小于 {limit}。"),
    "max": N_("“{label}”不能大于 {limit}。"),
    "limit_broken": N_("“{label}”的限额设置有误，无法核对，请联系窗口工作人员。"),
    "integer": N_("“{label}”请填写整数。"),
    "decimals": N_("“{label}”最多保留 {digits} 位小数。"),
    "increment": N_("“{label}”须为 {step} 的整倍数，最接近的是 {below} 或 {above}。"),
    "too_large": N_("“{label}”的数值过大，请核对。"),
    # texts
    "min_length": N_("“{label}”至少填写 {limit} 个字符。"),
    "max_length": N_("“{label}”最多填写 {limit} 个字符。"),
    "pattern": N_("“{label}”的格式不正确，请核对后重新填写。"),
    "pattern_own": N_("{message}"),
    "pattern_slow": N_("“{label}”的内容过长或过于复杂，无法核对，请删减后重试。"),
    "email": N_("“{label}”请填写有效的电子邮箱，例如 name@example.com。"),
    "international_phone": N_("“{label}”请填写带国家代码的电话号码，例如 +8613800000000。"),
    "id_number": N_("“{label}”请填写 18 位居民身份证号码，并核对每一位数字。"),
    "identity": N_("“{label}”与证件类型不符或者有误，请对照证件逐位核对。"),
    "uscc": N_("“{label}”请填写 18 位统一社会信用代码，并核对每一位。"),
    "phone": N_("“{label}”请填写 11 位手机号码。"),
    "bank_card": N_("“{label}”请填写有效的银行卡号，并核对每一位数字。"),
    "social_card": N_("“{label}”请照社保卡填写卡号、社会保障号码或银行账号，并核对每一位。"),
    "characters": N_("“{label}”含有无法保存的字符，请删除后重新填写。"),
    "too_long": N_("“{label}”内容过长，最多 {limit} 个字符。"),
    # dates
    "past": N_("“{label}”不能早于今天。"),
    "early": N_("“{label}”不能早于 1900 年 1 月 1 日，请核对。"),
    "interval": N_("“{label}”的时间须为 {minutes} 分钟的整倍数。"),
    # choices and lists
    "option": N_("“{label}”只能从列出的选项中选择，请重新选择。"),
    "repeated": N_("“{label}”中同一选项选择了多次，请只选一次。"),
    "min_rows": N_("“{label}”至少填写 {limit} 项。"),
    "max_rows": N_("“{label}”最多填写 {limit} 项。"),
    "fixed_rows": N_("“{label}”的项数不能增减，请刷新页面后重新填写。"),
    # what cannot be read
    "type_text": N_("“{label}”请填写文字。"),
    "type_number": N_("“{label}”请填写数字。"),
    "type_date": N_("“{label}”请填写日期，格式如 2025-04-05。"),
    "type_time": N_("“{label}”请填写时间，格式如 09:30。"),
    "type_datetime": N_("“{label}”请填写日期和时间，格式如 2025-04-05T09:30。"),
    "type_check": N_("“{label}”只能是勾选或不勾选。"),
    "type_choice": N_("“{label}”的选择无法识别，请重新选择。"),
    "type_list": N_("“{label}”应为若干项，请刷新页面后重新填写。"),
    "type_file": N_("“{label}”的文件无法识别，请重新上传。"),
    "type_object": N_("“{label}”的内容无法识别，请刷新页面后重新填写。"),
    "unknown": N_("表单中没有“{label}”这一项，未予接收，请刷新页面后重新填写。"),
    "too_much": N_("提交的内容过多，请删减后重试。"),
    "unsettled": N_("表单的显示条件互相矛盾，无法判断需要填写哪些项目，请联系窗口工作人员。"),
    # files
    "file_missing": N_("“{label}”的文件没有上传成功，请重新上传。"),
    "file_single": N_("“{label}”只能上传一个文件。"),
    "file_many": N_("“{label}”最多上传 {limit} 个文件。"),
    "file_empty": N_("文件“{name}”是空的，请重新选择。"),
    "file_large": N_("文件“{name}”超过 {limit} MB，请压缩后上传。"),
    "file_name": N_("文件名“{name}”含有不允许的字符，请改名后上传。"),
    "file_kind": N_("文件“{name}”的格式不在可上传之列，请上传 {kinds}。"),
    "file_heic": N_("文件“{name}”是 HEIC 照片，请改存为 JPG 后上传。"),
    "file_mismatch": N_("文件“{name}”的内容与其格式不符，请用原件重新扫描或拍照后上传。"),
}

_translate: Callable[[str], str] = str


def translate_with(gettext: Callable[[str], str]) -> None:
    """From now on let ``gettext`` (Flask-Babel's, for one) turn each sentence into the reader's language."""
    global _translate
    _translate = gettext


def say(code: str, **names: object) -> str:
    """The sentence for ``code`` with ``names`` filled in."""
    return _translate(MESSAGES[code]).format(**names)
