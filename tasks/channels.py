"""Channels: how a dispatch reaches its endpoint. Kept here by default, posted to a system, or mailed.

An endpoint is a logical name (``platform``, ``dept.hrss``, ``notice.applicant``): the documents name no system, so an
installation maps each (C-07). A channel that is down raises ``Unavailable``; the engine tries the job again.
"""

from __future__ import annotations

import hashlib
import re
import smtplib
import ssl
from collections.abc import Mapping
from email.message import EmailMessage
from email.utils import formatdate
from typing import Any, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

from engine.errors import Unavailable
from tasks.exchange import Exchange
from tasks.outbox import Delivered, Dispatch
from tasks.settings import pick_endpoint

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_PHONE = re.compile(r"\+?[0-9-]{5,20}")


class Channel(Protocol):
    """One way out. ``send`` returns the receiver's receipt; the same ``key`` twice must be one effect."""

    @property
    def name(self) -> str: ...

    def send(self, dispatch: Dispatch, key: str) -> str: ...


class KeptHere:
    """The embedded channel: the outbox row itself is what the operator, the window or the portal sees."""

    name = "outbox"

    def send(self, dispatch: Dispatch, key: str) -> str:
        return f"outbox:{key}"


class HttpChannel:
    """Posts a dispatch to a system or a short-message gateway. Its answer's ``receipt`` is kept, else the key."""

    name = "http"

    def __init__(self, exchange: Exchange, url: str) -> None:
        self._exchange, self._url = exchange, url

    def send(self, dispatch: Dispatch, key: str) -> str:
        body: dict[str, Any] = {"id": dispatch.id, "case_code": dispatch.case_code, "kind": dispatch.kind}
        body |= {"receiver": dispatch.receiver, "subject": dispatch.subject, "item": dispatch.item}
        answer = self._exchange.post(self._url, body | {"recalls": dispatch.recalls, "payload": dispatch.payload}, key)
        return str(answer.get("receipt") or key)


class MailChannel:
    """Mails a notice: to a fixed address, or through a gateway that takes ``{phone}@…`` and sends a short message.

    ``smtp://`` demands STARTTLS except on the machine itself, ``smtps://`` begins with TLS. The key is the Message-ID.
    """

    name = "smtp"

    def __init__(self, url: str, seconds: float, password: str = "") -> None:
        parts, query = urlsplit(url), parse_qs(urlsplit(url).query)
        self._host, self._secure = parts.hostname or "", parts.scheme == "smtps"
        self._port = parts.port or (465 if self._secure else 25)
        self._user, self._password = unquote(parts.username or ""), password
        self._from, self._to = query["from"][0], query["to"][0]
        self._seconds = seconds / 4  # for each of the steps of one delivery

    def send(self, dispatch: Dispatch, key: str) -> str:
        message = self._write(dispatch, key)
        try:
            with self._connect() as server:
                server.send_message(message)
        except (smtplib.SMTPException, OSError) as error:
            raise Unavailable(f"{self._host} 没有收下邮件：{type(error).__name__}") from None
        return str(message["Message-ID"])

    def _write(self, dispatch: Dispatch, key: str) -> EmailMessage:
        text, phone = str(dispatch.payload.get("text", "")), str(dispatch.payload.get("phone") or "")
        if "{phone}" in self._to and not _PHONE.fullmatch(phone):
            raise Unavailable("通知没有短信网关能用的电话号码")
        message = EmailMessage()
        message["From"], message["To"] = self._from, self._to.replace("{phone}", phone)
        message["Subject"] = f"{dispatch.case_code} {dispatch.payload.get('title') or dispatch.subject}"
        message["Message-ID"] = f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{self._from.rpartition('@')[2]}>"
        message["Date"] = formatdate()
        message.set_content(text, cte="base64")
        return message

    def _connect(self) -> smtplib.SMTP:
        if self._secure:
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self._host, self._port, timeout=self._seconds, context=ssl.create_default_context()
            )
        else:
            server = smtplib.SMTP(self._host, self._port, timeout=self._seconds)
        try:
            if not self._secure and self._host not in _LOOPBACK:
                server.starttls(context=ssl.create_default_context())
            if self._user:
                server.login(self._user, self._password)
        except BaseException:
            server.close()
            raise
        return server


class Channels:
    """The channels of an installation by logical endpoint, ``dept.*`` and ``*`` included."""

    def __init__(self, routes: Mapping[str, Channel]) -> None:
        self._routes = dict(routes)

    def carry(self, dispatch: Dispatch, key: str) -> Delivered:
        """Send a dispatch. A notice to somebody without a telephone is kept here, for the window and the portal.

        Raises ``Unavailable``, also for an endpoint that nothing is mapped to: it shows as an incident until it is.
        """
        if dispatch.kind == "notice" and not dispatch.payload.get("phone") and dispatch.receiver != "supervisor":
            return Delivered(KeptHere().send(dispatch, key), KeptHere.name)
        found = pick_endpoint(self._routes, dispatch.endpoint)
        if found is None:
            raise Unavailable(f"{dispatch.endpoint} 没有配置通道，请设置 SHENHOU_ENDPOINTS")
        channel = self._routes[found]
        return Delivered(channel.send(dispatch, key), channel.name)
