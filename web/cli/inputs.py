"""How commands take JSON: as an argument, from a file (``@values.json``) or from stdin (``-``).

Arguments are seen by everybody on the machine; personal data belongs into a file or stdin.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import orjson
import typer

JSON_HELP = "A JSON object, @FILE or - for stdin (personal data: never as an argument, others can see it)."


def read_object(text: str | None, option: str) -> dict[str, Any]:
    """The object that ``text`` names; empty for None. Exit code 2 with the option's name when it is none."""
    if text is None:
        return {}
    try:
        value = orjson.loads(_fetch(text))
    except OSError as error:
        raise typer.BadParameter(f"{error.filename} cannot be read: {error.strerror}", param_hint=option) from None
    except ValueError as error:
        raise typer.BadParameter(f"cannot be read as JSON: {error}", param_hint=option) from None
    if not isinstance(value, dict):
        raise typer.BadParameter("must be a JSON object", param_hint=option)
    return value


def _fetch(text: str) -> str | bytes:
    if text == "-":
        return sys.stdin.read()
    if text.startswith("@"):
        return Path(text[1:]).read_bytes()
    return text
