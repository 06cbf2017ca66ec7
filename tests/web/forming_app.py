"""A small application that shows any shipped form, to be looked at: ``python -m tests.web.forming_app [port]``."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, redirect, render_template_string, request
from flask_babel import Babel

from engine.feel import Feel
from forms import Form, Upload, read_form
from web import asset_urls, headers
from web.forming import Files, handle, render, render_fields, sent_files

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = sorted((ROOT / "forms").glob("*/*.form"))
MATERIALS: list[dict[str, Any]] = [
    {"code": "death_certificate", "name": "死亡医学证明", "items_text": "终止医保、注销户口", "source": "shared"}
    | {"status": "held", "how": None, "original": False, "note": ""},
    {"code": "id_card", "name": "申请人身份证", "items_text": "全部事项", "source": "applicant"}
    | {"status": "needed", "how": None, "original": True, "note": "正反两面都要。"},
    {"code": "kinship", "name": "亲属关系证明", "items_text": "提取住房公积金、领取丧葬补助金", "source": "applicant"}
    | {"status": "needed", "how": "upload", "original": False, "note": "户口簿、结婚证或公证书，任选一种。"},
]
CONTEXT: dict[str, Any] = {
    "switches": {
        "materials": {"deferral": True},
        "certification": {"roles": ["physician", "assistant"]},
        "disposition": {"allowed": ["cremation", "burial"]},
    },
    "case": {
        "hold": {"active": False},
        "heirs": [{"name": "欧阳𬭎", "relation": "子女"}, {"name": "谢琬", "relation": "配偶"}],
        "materials": MATERIALS,
    },
    "items": ["med_stop", "hukou_cancel", "hpf_withdraw"],
    "item": "hpf_withdraw",
    "pays": True,
    "listed": MATERIALS,
    "materials": MATERIALS,
    "applicant_kind": "second_order",
    "fee_yuan": 1500,
    "heir_name": "欧阳𬭎",
    "material_code": "kinship",
    "note": "请补交结婚证",
    "reason": "户口簿缺末页",
    "ratings": [{"item": "med_stop"}, {"item": "hukou_cancel"}],
    "amount_yuan": 12345.67,
    "payee_kind": "heir",
}
STILL = frozenset({"items", "materials", "reason"})  # not given where a form asks for them itself
PAGE = """<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>表单</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="htmx-config" content='{"includeIndicatorStyles": false, "allowEval": false}'>
<link rel="icon" href="data:,"><link rel="stylesheet" href="{{ asset_url('app.css') }}">
<script src="{{ asset_url('app.js') }}" defer></script></head>
<body><main class="container-fluid py-3"><h1 class="visually-hidden">{{ title }}</h1>
{{ body }}</main></body></html>"""


@cache
def read_shipped(path: Path) -> Form:
    return read_form(path.read_bytes(), path.name)


def context_of(form: Form) -> dict[str, Any]:
    """What the engine would show the form with, near enough."""
    asked = {key for key, field in form.fields.items() if not field.component.readonly}
    given = {key: value for key, value in CONTEXT.items() if not (key in STILL and key in asked)}
    if "items" in asked:
        given |= {"applicant": {"name": "谢琬", "phone": "13873100026"}}
    return given


def create_app() -> Flask:
    app = Flask("forming", static_folder=str(ROOT / "web" / "static"))
    Babel(app, default_locale="zh_CN")
    headers.register(app, production=False)
    asset_urls.register(app)
    feel, uploads = Feel(), dict[str, Upload]()

    @app.route("/<pack>/<name>", methods=["GET", "POST"])
    @app.route("/<pack>/<name>/refresh", methods=["POST"])
    def page(pack: str, name: str) -> Any:
        form = read_shipped(ROOT / "forms" / pack / f"{name}.form")
        here, context, now = f"/{pack}/{name}", context_of(form), datetime.now(UTC)
        known: dict[str, Any] = {"post_to": here, "draft_to": here, "now": now, "uploads": uploads}
        if request.method == "GET":
            return _shown(form.id, render(form, context, feel, **known))
        step = handle(form, request.form, _keep(form, uploads), context, feel, now)
        known["focus"] = step.focus
        if request.path.endswith("/refresh"):
            return str(render_fields(form, context, feel, step.values, step.errors, **known))
        if step.intent in ("submit", "draft") and not step.errors:
            return redirect(f"/done/{step.intent}", 303)
        return _shown(form.id, render(form, context, feel, step.values, step.errors, **known))

    @app.get("/done/<intent>")
    def done(intent: str) -> Response:
        return Response(f"收到：{intent}", mimetype="text/plain")

    return app


def _shown(title: str, body: object) -> str:
    return render_template_string(PAGE, title=title, body=body)


def _keep(form: Form, uploads: dict[str, Upload]) -> Files:
    added: dict[str, list[str]] = {}
    for name, file in sent_files(form, request.files):
        data, key = file.read(), f"file-{len(uploads) + 1}"
        uploads[key] = Upload(str(file.filename), file.mimetype, len(data), data[:4096], data[-4096:])
        added.setdefault(name, []).append(key)
    return Files(uploads, added)


if __name__ == "__main__":
    create_app().run(port=int((sys.argv[1:] or ["8799"])[0]), threaded=True)
