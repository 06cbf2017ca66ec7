"""The page that a form stood on, as far as the browser tells it."""

from __future__ import annotations

from flask import request


def came_from() -> str:
    """The path of the page here that led to this request; nothing where it was none of ours."""
    root, referrer = request.host_url, request.referrer or ""
    return referrer.removeprefix(root.rstrip("/")) if referrer.startswith(root) else ""
