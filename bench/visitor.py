"""Somebody in front of a page: one connection that is kept open, cookies, and the token that every form carries."""

from __future__ import annotations

import http.client
import json
import re
import time
from dataclasses import dataclass
from http.cookies import SimpleCookie
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

SIGN_IN = "/staff/sign-in"
_TOKEN = re.compile(r'name="csrf-token" content="([^"]+)"')


class Unexpected(Exception):
    """An answer that is none: its time means nothing."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and the milliseconds from the first byte sent to the last byte read."""

    status: int
    body: bytes
    milliseconds: float
    location: str = ""

    @property
    def text(self) -> str:
        return self.body.decode()


class Visitor:
    """One keep-alive connection to a server on this machine; a context manager that ends it."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers: dict[str, str] = {}
        self._cookies: dict[str, str] = {}
        self._csrf = ""

    def enter(self, told: dict[str, Any]) -> Self:
        """Be let in, as the server's ``open`` told: by a token, or by the sign-in page."""
        if "token" in told:
            self._headers["Authorization"] = f"Bearer {told['token']}"
            return self
        self.get(SIGN_IN)
        answer = self.post(SIGN_IN, {"login": told["login"], "password": told["password"]})
        if answer.status != 303:
            raise Unexpected(f"sign-in answered {answer.status}")
        self.get(answer.location)
        return self

    def get(self, path: str) -> Answer:
        """A page; the token of its forms is kept for what is posted next. Raises ``Unexpected`` but for 200 and 303."""
        answer = self._send("GET", path, None, {})
        if found := _TOKEN.search(answer.text):
            self._csrf = found[1]
        return answer

    def post(self, path: str, fields: dict[str, str] | list[tuple[str, str]]) -> Answer:
        """A form, as a browser sends it."""
        pairs = [*(fields.items() if isinstance(fields, dict) else fields), ("csrf_token", self._csrf)]
        body = urlencode(pairs).encode()
        return self._send("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded"})

    def send(self, request: dict[str, Any]) -> Answer:
        """What ``locate`` of ``bench.served`` answered."""
        if "fields" in request:
            return self.post(request["path"], request["fields"])
        body = json.dumps(request["json"]).encode()
        return self._send(request["method"], request["path"], body, {"Content-Type": "application/json"})

    def _send(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        headers = {**self._headers, **headers}
        if self._cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        began = time.perf_counter()
        self._connection.request(method, path, body, headers)
        response = self._connection.getresponse()
        content = response.read()
        milliseconds = (time.perf_counter() - began) * 1000
        for cookie in response.headers.get_all("Set-Cookie", []):
            self._cookies |= {name: morsel.value for name, morsel in SimpleCookie(cookie).items()}
        if response.status not in (200, 303):
            raise Unexpected(f"{method} {path} answered {response.status}: {content[:300].decode(errors='replace')}")
        return Answer(response.status, content, milliseconds, response.headers.get("Location", ""))

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
