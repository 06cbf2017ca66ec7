"""One call to a system outside over HTTP: signed, bounded in time and size, and told apart from one that never arrived.

Every request is a POST of JSON, so that no identity number stands in an address that proxies log. Whoever answers takes
``Idempotency-Key`` as the name of the effect: the same key twice is one effect, and the first answer again.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
import time
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import orjson

from engine.clock import Clock, to_text
from engine.errors import Unavailable

MAX_ANSWER_BYTES = 1_000_000


class Exchange:
    """A client for systems outside; one an installation, shared by its threads. ``seconds`` is for a whole call."""

    def __init__(self, clock: Clock, seconds: float, key: bytes | None = None) -> None:
        self._clock, self._seconds, self._key = clock, seconds, key

    @functools.cached_property
    def _client(self) -> httpx.Client:
        """Made when first needed: it reads every certificate authority, and most installations call nobody."""
        waits = httpx.Timeout(self._seconds / 4, read=self._seconds / 2)
        # No proxy and no .netrc of the environment: personal data goes where the settings say and nowhere else.
        return httpx.Client(timeout=waits, follow_redirects=False, trust_env=False)

    def post(self, url: str, body: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        """The JSON object of a 2xx answer, empty where there is none.

        Anything else is ``Unavailable``, to be tried again. Messages name the host and the status only; a body may
        quote personal data.
        """
        data = orjson.dumps(body)
        target = httpx.URL(url)
        headers = {"Content-Type": "application/json", "Idempotency-Key": key, **self._sign(target, data, key)}
        until = time.monotonic() + self._seconds
        try:
            with self._client.stream("POST", target, content=data, headers=headers) as response:
                if not response.is_success:
                    raise Unavailable(f"{target.host} 应答 {response.status_code}")
                return _parse(target.host, b"".join(_chunks(target.host, response, until)))
        except httpx.HTTPError as error:
            raise Unavailable(f"{target.host} 没有应答：{type(error).__name__}") from None

    def close(self) -> None:
        if "_client" in self.__dict__:
            self._client.close()

    def _sign(self, target: httpx.URL, data: bytes, key: str) -> dict[str, str]:
        at = to_text(self._clock.now())
        if self._key is None:
            return {"X-Shenhou-Time": at}
        return {"X-Shenhou-Time": at, "X-Shenhou-Signature": signature(self._key, target.raw_path, at, key, data)}


def signature(secret: bytes, path: bytes, at: str, key: str, body: bytes) -> str:
    """``v1=`` and HMAC-SHA256 over method, path, time, idempotency key and the body's SHA-256, a line each."""
    digest = hashlib.sha256(body).hexdigest()
    text = b"\n".join((b"POST", path, at.encode(), key.encode(), digest.encode()))
    return "v1=" + hmac.digest(secret, text, hashlib.sha256).hex()


def _chunks(host: str, response: httpx.Response, until: float) -> Iterator[bytes]:
    """The answer piece by piece: httpx bounds each wait, and a server that drips would hold us for ever."""
    length = 0
    for chunk in response.iter_bytes():
        length += len(chunk)
        if length > MAX_ANSWER_BYTES or time.monotonic() > until:
            raise Unavailable(f"{host} 的应答过长或者过慢，已放弃接收")
        yield chunk


def _parse(host: str, data: bytes) -> Mapping[str, Any]:
    try:
        answer = orjson.loads(data) if data.strip() else {}
    except orjson.JSONDecodeError:
        answer = None
    if not isinstance(answer, dict):
        raise Unavailable(f"{host} 的应答不是 JSON 对象")
    return answer
