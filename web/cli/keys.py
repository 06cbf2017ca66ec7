"""``shenhou keys``: the secrets that seal data, chain the audit and sign cookies."""

from __future__ import annotations

import typer

from engine.keyring import draw_keys
from web.cli.output import Json, print_json, print_line

app = typer.Typer(help="The secret keys.", no_args_is_help=True)


@app.callback()
def keys() -> None:
    """The secret keys."""


@app.command("new")
def new_keys(as_json: Json = False) -> None:
    """Print a fresh set of keys for the environment of a production system; nothing is stored."""
    drawn = {f"SHENHOU_{kind.upper()}_KEY": text for kind, text in draw_keys().items()}
    if as_json:
        print_json(drawn)
        return
    for name, text in drawn.items():
        print_line(f"{name}={text}")
