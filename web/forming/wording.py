"""Sentences in the reader's language. Babel finds them by the name ``_``."""

from __future__ import annotations

from flask_babel import gettext


def _(sentence: str, **names: object) -> str:
    """``sentence`` (Chinese, its own id) translated, ``%(name)s`` filled in."""
    return str(gettext(sentence, **names))
