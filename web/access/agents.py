"""What people call the browser and the device that a User-Agent header names; for the list of their own sessions."""

from __future__ import annotations

from flask import Flask
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

BROWSERS = (
    ("MicroMessenger", _l("微信")),
    ("AlipayClient", _l("支付宝")),
    ("Edg", _l("Edge 浏览器")),
    ("HuaweiBrowser", _l("华为浏览器")),
    ("Firefox", _l("火狐浏览器")),
    ("FxiOS", _l("火狐浏览器")),
    ("Chrome", _l("Chrome 浏览器")),
    ("CriOS", _l("Chrome 浏览器")),
    ("Safari", _l("Safari 浏览器")),
)
"""The more particular first: most browsers name those that they descend from as well."""
DEVICES = (
    ("OpenHarmony", _l("鸿蒙手机")),
    ("HarmonyOS", _l("鸿蒙手机")),
    ("iPhone", _l("苹果手机")),
    ("iPad", _l("苹果平板")),
    ("Android", _l("安卓手机")),
    ("Windows", _l("Windows 电脑")),
    ("Macintosh", _l("苹果电脑")),
    ("Linux", _l("Linux 电脑")),
)


def register(app: Flask) -> None:
    """Give templates the filter ``device``."""
    app.add_template_filter(device)


def device(agent: str | None) -> str:
    """``苹果手机 · 微信``; what is not known is left out."""
    found = [_find(known, agent or "") for known in (DEVICES, BROWSERS)]
    return " · ".join(words for words in found if words) or str(_("未知设备"))


def _find(known: tuple[tuple[str, object], ...], agent: str) -> str:
    return next((str(words) for mark, words in known if mark in agent), "")
