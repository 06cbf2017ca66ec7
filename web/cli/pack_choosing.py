"""Which state of a pack a command means: the checkout's, or a release's."""

from __future__ import annotations

from typing import Annotated

import typer

from engine import db
from engine.config import read_settings
from engine.errors import PackInvalid
from engine.packs import Pack
from engine.releases import choose_release, load_pack
from web.cli.installation import open_installation
from web.cli.packs import read_checkout

Release = Annotated[
    str | None,
    typer.Option(help="A release: latest, its number, or how its id begins; the checkout's state by default."),
]


def choose_pack(code: str, release: str | None) -> Pack:
    """The pack in the state that is meant. Raises ``NotFound``, ``Conflict``, and ``PackInvalid`` for a broken one."""
    if release is not None:
        with open_installation() as own, db.reading(own.database) as connection:
            return load_pack(connection, choose_release(connection, code, release).id)
    pack = read_checkout(read_settings(), code)
    errors = [problem for problem in pack.faults if problem.severity == "error"]
    if pack.merged is None or errors:
        raise PackInvalid(errors or pack.faults)
    return pack
