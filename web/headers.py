"""Headers that every answer carries.

The content policy allows this origin's own files and nothing else: no inline script or style, no eval, no frame, no
other host. A page that needs more (the modeler) sets its own policy before this one looks.
"""

from __future__ import annotations

from flask import Flask, Response, request

CONTENT_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",  # Bootstrap's icons are data URLs
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
_ALWAYS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_TLS_ONLY = {"Strict-Transport-Security": "max-age=31536000"}


def register(app: Flask, *, production: bool) -> None:
    """Add the headers to every answer of ``app``, errors included; pages are never cached, built assets are."""
    added = _ALWAYS | (_TLS_ONLY if production else {})

    @app.after_request
    def _add(response: Response) -> Response:
        for name, value in added.items():
            response.headers.setdefault(name, value)
        if request.endpoint != "static" or response.status_code != 200:
            response.headers["Cache-Control"] = "no-store"
        return response
