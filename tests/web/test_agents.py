"""Devices in the list of sessions are called what people call them."""

from __future__ import annotations

import pytest
from flask import Flask

from web.access.agents import device

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"
SAYS = {
    WINDOWS: "Windows 电脑 · Chrome 浏览器",
    f"{WINDOWS} Edg/140.0": "Windows 电脑 · Edge 浏览器",
    f"{IPHONE} MicroMessenger/8.0": "苹果手机 · 微信",
    f"{IPHONE} Version/18.0 Safari/604.1": "苹果手机 · Safari 浏览器",
    "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Safari/537.36": "安卓手机 · Chrome 浏览器",
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0": "Linux 电脑 · 火狐浏览器",
    "": "未知设备",
    "curl/8.0 <script>": "未知设备",
}


@pytest.mark.parametrize("agent", SAYS)
def test_device_is_called_what_people_call_it(app: Flask, agent: str) -> None:
    with app.test_request_context():
        assert device(agent) == SAYS[agent]
