"""``shenhou packs new``: the files of a new pack, which pass the check as they are."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from engine.config import read_settings
from engine.errors import Conflict
from engine.pack_schema import Manifest
from engine.packs import is_pack_code
from tasks.drafting import REGION, draft_pack
from web.cli.output import Json, print_json, print_line, write_file
from web.cli.packs import read_checkout


def new(
    code: Annotated[str, typer.Argument(help="The new pack's code, which is its folder's name: lower case and _.")],
    extends: Annotated[str, typer.Option(help="The pack that it is laid over.")] = "common",
    name: Annotated[str, typer.Option(help="What people call the place: 云泽.")] = "",
    region: Annotated[str, typer.Option(help="The place's GB/T 2260 code, six digits.")] = "",
    as_json: Json = False,
) -> None:
    """Write a new pack to begin from: a manifest that says what is to be written, and a first story that it passes."""
    settings = read_settings()
    if not is_pack_code(code):
        raise typer.BadParameter("takes lower-case letters, digits and _, a letter first", param_hint="CODE")
    base = read_checkout(settings, extends)
    place = region or base.manifest.region or REGION
    _check(code, name or code, place)
    root = settings.processes_dir.parent
    written = {root / path: text for path, text in draft_pack(code, base, name or code, place).items()}
    taken = [path for path in (settings.processes_dir / code, *written) if path.exists()]
    if taken:
        raise Conflict("pack", code, f"there already: {taken[0].relative_to(root)}")
    for path, text in written.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_file(path, text.encode(), "CODE")
    files = [str(path.relative_to(root)) for path in written]
    if as_json:
        print_json({"files": files})
    else:
        _tell(code, root, files)


def _check(code: str, name: str, region: str) -> None:
    """What the manifest could not hold is said at the option that it came from."""
    try:
        Manifest.model_validate({"code": code, "names": {"short": name, "official": name}, "region": region})
    except ValueError:
        raise typer.BadParameter(
            "takes a name of one line and a region such as 430000", param_hint="--name, --region"
        ) from None


def _tell(code: str, root: Path, files: list[str]) -> None:
    for file in files:
        print_line(file)
    print_line(f"Next: shenhou packs check {code}; shenhou simulate {code} --scenario {files[1]}; docs/packs.md.")
