"""How a code reaches a telephone: by the channel of notices to applicants, beside the request that asked for it."""

from __future__ import annotations

import logging
from concurrent.futures import Future, ThreadPoolExecutor

from engine.errors import Unavailable
from engine.runtime import Runtime
from tasks.outbox import Carrier, Dispatch

log = logging.getLogger(__name__)
_WORDS = {
    "sign_in": "您正在登录身后“一件事”服务，验证码 {code}，5分钟内有效。请勿告诉他人。",
    "certificate": "您正在下载电子证明，验证码 {code}，5分钟内有效。请勿告诉他人。",
    "lookup": "您正在查询办理进度，验证码 {code}，5分钟内有效。请勿告诉他人。",
}
_AT_ONCE = 2


class CodeSender:
    """Sends codes, and never makes the asker wait: how long an answer takes must not tell whether one was sent.

    A code that is lost with a process, or with a gateway that is down, is asked for again.
    """

    def __init__(self, carrier: Carrier | None = None) -> None:
        self._carrier = carrier
        self._pool = ThreadPoolExecutor(_AT_ONCE, "codes")

    @classmethod
    def of(cls, runtime: Runtime) -> CodeSender:
        """The sender of an installation; one that keeps everything here where there is none."""
        found = runtime.resources.get(cls)
        return found if isinstance(found, cls) else cls()

    def send(self, code_id: str, purpose: str, phone: str, code: str) -> Future[None] | None:
        """Have a code carried to ``phone``; None where codes are kept here."""
        if self._carrier is None:
            return None
        text = _WORDS[purpose].format(code=code)
        payload = {"phone": phone, "title": "验证码", "text": text}
        dispatch = Dispatch(code_id, "", "", "notice", "applicant", "code", None, None, payload)
        return self._pool.submit(self._carry, self._carrier, dispatch)

    def _carry(self, carrier: Carrier, dispatch: Dispatch) -> None:
        try:
            carrier.carry(dispatch, f"code-{dispatch.id}")
        except Unavailable as error:
            log.warning("a code was not sent: %s", error)
