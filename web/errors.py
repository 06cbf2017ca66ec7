"""The only place that knows HTTP statuses: how each error of ``engine.errors`` looks to a browser and to a system.

Browsers get a page in Chinese; everything that asks for JSON gets RFC 9457 problem details with the stable ``code``.
What is our own fault is logged under a reference and told as nothing but that reference: a message may quote data.
"""

from __future__ import annotations

import logging
import secrets
import traceback
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, jsonify, make_response, render_template, request
from flask_babel import lazy_gettext as _
from werkzeug.exceptions import HTTPException, SecurityError

from engine import errors

log = logging.getLogger(__name__)

STATUS: dict[type[errors.ShenhouError], HTTPStatus] = {
    errors.ShenhouError: HTTPStatus.INTERNAL_SERVER_ERROR,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.Conflict: HTTPStatus.CONFLICT,
    errors.KeyReused: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.InvalidInput: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.RuleViolation: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.PackInvalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.LimitExceeded: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}
_WORDS = {
    400: _("请求无法识别，请返回上一页重试。"),
    403: _("您没有办理此事的权限。"),
    404: _("没有找到您要的页面或记录。"),
    405: _("此页面不接受这种操作。"),
    409: _("记录刚被他人更改，请刷新后再办。"),
    413: _("提交的内容过大。"),
    422: _("提交的内容有误，请核对后重试。"),
    429: _("操作过于频繁，请稍后再试。"),
    503: _("服务暂时不可用，请稍后再试。"),
}
_OURS = _("系统出错，本次操作没有生效。")


def status_of(error: errors.ShenhouError) -> HTTPStatus:
    """The status of the nearest class in ``STATUS``; what is not listed is our own fault."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def register(app: Flask) -> None:
    """Answer every error of ``app``, expected or not."""
    app.register_error_handler(errors.ShenhouError, _answer_ours)
    app.register_error_handler(HTTPException, _answer_http)
    app.register_error_handler(Exception, _answer_unexpected)


def _answer_ours(error: errors.ShenhouError) -> Response:
    status = status_of(error)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR and not isinstance(error, errors.Unavailable):
        return _answer_unexpected(error)
    return _answer(status, error.code, str(error), _details(error))


def _answer_http(error: HTTPException) -> Response:
    if error.code is None or error.code < HTTPStatus.BAD_REQUEST:
        return make_response(error.get_response())  # a redirect
    if isinstance(error, SecurityError):
        return Response("This host name is not served here.\n", HTTPStatus.BAD_REQUEST, mimetype="text/plain")
    answer = _answer(error.code, error.name.lower().replace(" ", "_"), error.description or "", {})
    kept = {"Allow", "Retry-After", "WWW-Authenticate"}
    answer.headers.extend([pair for pair in error.get_headers() if pair[0] in kept])
    return answer


def _answer_unexpected(error: Exception) -> Response:
    reference = secrets.token_hex(6)
    log.error("%s %s at %s: %s", reference, type(error).__name__, request.endpoint, _frames(error))
    return _answer(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", "", {"reference": reference})


def _frames(error: Exception) -> str:
    """Where it happened, without messages and values: those may hold personal data."""
    frames = traceback.extract_tb(error.__traceback__)
    return " < ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in reversed(frames))


def _details(error: errors.ShenhouError) -> dict[str, Any]:
    match error:
        case errors.InvalidInput():
            return {"fields": error.fields}
        case errors.RuleViolation():
            return {"rule": error.rule, "source": error.source}
        case errors.PackInvalid():
            return {"problems": [str(problem) for problem in error.problems]}
        case _:
            return {}


def _answer(status: int, code: str, detail: str, extra: dict[str, Any]) -> Response:
    status = int(status)
    if _wants_json():
        body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "code": code} | extra
        if detail:
            body["detail"] = detail
        answer = jsonify(body)
        answer.mimetype = "application/problem+json"
    else:
        words = _WORDS.get(status, _OURS if status >= HTTPStatus.INTERNAL_SERVER_ERROR else _WORDS[400])
        answer = make_response(render_template("error.html", status=status, words=words, **extra))
    answer.status_code = status
    return answer


def _wants_json() -> bool:
    accepted = request.accept_mimetypes
    return accepted["application/json"] > accepted["text/html"] or request.is_json
