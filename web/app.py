"""The one place where the web application is put together."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from flask import Flask
from flask_babel import Babel
from flask_babel.speaklater import LazyString
from flask_wtf.csrf import CSRFProtect
from markupsafe import escape

from engine.config import Settings
from engine.runtime import Runtime
from web import asset_urls, errors, headers, languages, moments, places, standing
from web.access import agents, navigation, policy
from web.access import routes as access
from web.compare import routes as compare
from web.desk import routes as desk
from web.funeral import routes as funeral
from web.hotline import routes as hotline
from web.localities import routes as localities
from web.ops import routes as ops
from web.papers import routes as papers
from web.police import routes as police
from web.portal import routes as portal
from web.requests import PageRequest
from web.services import Services
from web.settings import WebSettings
from web.supervise import routes as supervise
from web.window import routes as window

TIME_ZONE = "Asia/Shanghai"
_BODY_BYTES = 1 << 20  # a form; routes that take files say so with ``policy.takes_files``
_BODY_PARTS = 500
_BLUEPRINTS = (
    access.blueprint,
    desk.blueprint,
    portal.blueprint,
    papers.blueprint,
    ops.blueprint,
    window.blueprint,
    police.blueprint,
    funeral.blueprint,
    supervise.blueprint,
    hotline.blueprint,
    localities.blueprint,
    compare.blueprint,
)


def create_app(settings: Settings, runtime: Runtime, web_settings: WebSettings | None = None) -> Flask:
    """The application on a runtime whose database is migrated. It never reads the environment."""
    root = Path(__file__).parent
    app = Flask("web", root_path=str(root), template_folder="templates", static_folder="static")
    app.request_class = PageRequest
    app.config.update(_flask_settings(settings))
    app.extensions["shenhou"] = Services(settings, runtime, web_settings or WebSettings())
    Babel(
        app,
        default_locale=languages.CHINESE.locale,
        default_timezone=TIME_ZONE,
        locale_selector=languages.chosen_locale,
    )
    LazyString.__html__ = _escaped  # as it comes, a sentence with a name in it would be markup
    errors.register(app)
    headers.register(app, production=settings.production)
    asset_urls.register(app)
    languages.register(app)
    policy.register(app)  # before CSRF, which reads the body: who may not come in uploads nothing
    CSRFProtect(app)
    navigation.register(app)
    moments.register(app)
    places.register(app)
    agents.register(app)
    standing.register(app)
    for blueprint in _BLUEPRINTS:
        app.register_blueprint(blueprint)
    return app


def _escaped(words: LazyString) -> str:
    return escape(str(words))


def _flask_settings(settings: Settings) -> dict[str, object]:
    """Flask's own defaults are made for development; these are made for people's data."""
    return {
        "SECRET_KEY": settings.keys.secret,
        "SESSION_COOKIE_NAME": "__Host-shenhou" if settings.production else "shenhou",
        "SESSION_COOKIE_SECURE": settings.production,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=8),
        "WTF_CSRF_TIME_LIMIT": None,  # a token lives as long as the session that it belongs to
        "MAX_CONTENT_LENGTH": _BODY_BYTES,
        "MAX_FORM_MEMORY_SIZE": _BODY_BYTES,
        "MAX_FORM_PARTS": _BODY_PARTS,
        "TRUSTED_HOSTS": list(settings.trusted_hosts) or ["127.0.0.1", "localhost", settings.host],
        "SEND_FILE_MAX_AGE_DEFAULT": timedelta(days=365),  # the URLs carry the content's digest
    }
