"""``shenhou keys``: the secrets that seal data, chain the audit and sign cookies."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import orjson
import sqlalchemy as sa
import typer

from engine import db
from engine.clock import to_text
from engine.errors import Conflict
from engine.keyring import Keyring, add_data_key, draw_keys, drop_old_data_keys, replace_kept_keys
from engine.resealing import count_stale, reseal
from engine.tables import heartbeats
from web.cli.installation import open_installation, operator
from web.cli.output import Json, print_json, print_line
from web.ops.health import ALIVE
from web.services import Services
from web.store.settings import file_store

app = typer.Typer(help="The secret keys.", no_args_is_help=True)


@app.command("new")
def new_keys(as_json: Json = False) -> None:
    """Print a fresh set of keys for the environment of a production system; nothing is stored."""
    drawn = {f"SHENHOU_{kind.upper()}_KEY": text for kind, text in draw_keys().items()}
    if as_json:
        print_json(drawn)
        return
    for name, text in drawn.items():
        print_line(f"{name}={text}")


@app.command("rotate")
def rotate(
    drop_old: Annotated[bool, typer.Option("--drop-old", help="Afterwards forget the older keys.")] = False,
    as_json: Json = False,
) -> None:
    """Seal all data anew under a new data key.

    With keys in var/keys.json: stop Shenhou first; a key is drawn and everything sealed with it. With keys in the
    environment: put a new one in front of SHENHOU_DATA_KEY, restart every process, then run this. Interrupted, run it
    again. Old keys can go when it has ended; backups made before still need them.
    """
    stated = bool(os.environ.get("SHENHOU_DATA_KEY", "").strip())
    if stated and drop_old:
        raise typer.BadParameter("take the older keys out of SHENHOU_DATA_KEY yourself", param_hint="--drop-old")
    with open_installation() as own:
        kept = None if stated else own.settings.var_dir / "keys.json"
        if kept is not None:
            _refuse_while_running(own)
            if (
                not count_stale(own.runtime) and not file_store(own).count_stale()
            ):  # else an interrupted rotation is finished first
                _replace_data_keys(kept, add_data_key(own.settings.keys))
    with open_installation() as own:
        done = reseal(own.runtime, operator())
        files = file_store(own).reseal()
        newest = own.settings.keys.sealing.id
        dropped = _drop_old(kept, own.settings.keys) if drop_old and kept is not None else []
    if as_json:
        print_json({"key": newest, "cases": done, "files": files, "dropped": dropped})
    else:
        print_line(f"{done} cases and {files} files are sealed anew; the newest key is {newest}.")


def _refuse_while_running(own: Services) -> None:
    """A process that holds the old ring could not open what the new key seals."""
    since = to_text(own.clock.now() - ALIVE)
    with db.reading(own.database) as connection:
        alive = connection.execute(sa.select(heartbeats.c.name).where(heartbeats.c.at > since)).scalars().all()
    if alive:
        raise Conflict("process", ", ".join(alive), "still running: stop Shenhou, wait two minutes, then rotate")


def _drop_old(kept: Path, keys: Keyring) -> list[str]:
    _replace_data_keys(kept, drop_old_data_keys(keys))
    return [key.id for key in keys.data[1:]]


def _replace_data_keys(kept: Path, data: str) -> None:
    replace_kept_keys(kept, orjson.loads(kept.read_bytes()) | {"data": data})
