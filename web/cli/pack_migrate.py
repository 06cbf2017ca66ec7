"""``shenhou packs migrate``: what would become of the open cases of a pack under another release, and moving them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from engine import db
from engine.errors import PackInvalid, ShenhouError
from engine.pack_yaml import read_yaml
from engine.releases import Release, choose_release
from tasks.migrating import WORDS, Outlook, count, move, survey
from web.cli.installation import open_installation, operator
from web.cli.output import Json, print_json, print_line, print_rows
from web.services import Services

Map = dict[str, dict[str, str]]


def migrate(
    pack: Annotated[str, typer.Argument(help="A pack's code.")],
    to: Annotated[str, typer.Option("--to", help="latest, a release's number, or how its id begins.")],
    file: Annotated[
        Path | None, typer.Option("--map", help="YAML or JSON: {process: {old id: new id}} of elements and flows.")
    ] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Move what can be moved; without it nothing changes.")] = False,
    as_json: Json = False,
) -> None:
    """List the open cases of a pack that are on another release: 可平移, 需人工, 不可, each with its reason.

    With --apply every one that can is moved, in a transaction of its own with a line in its audit; interrupted, start
    it again. Frozen cases are never moved. Exit code 1 when a case that was to be moved could not be.
    """
    rename = _read_map(file) if file else {}
    with open_installation() as own:
        with db.reading(own.database) as connection:
            release = choose_release(connection, pack, to)
        outlooks = survey(own.runtime, pack, release.id, rename)
        if not as_json:
            _tell(release, outlooks)
        failed = _apply(own, release, outlooks, rename, quiet=as_json) if apply else {}
    if as_json:
        moved = [one.code for one in outlooks if apply and one.verdict == "movable" and one.code not in failed]
        counted = {"release": release.number, "counts": count(outlooks), "moved": moved, "failed": failed}
        print_json({**counted, "cases": outlooks})
    raise typer.Exit(1 if failed else 0)


def _tell(release: Release, outlooks: Sequence[Outlook]) -> None:
    counts = count(outlooks)
    shown = "，".join(f"{words} {counts[verdict]}" for verdict, words in WORDS.items())
    print_line(f"{release.pack} 平移到第 {release.number} 版（{release.id[:12]}）：{shown}。")
    rows = [(one.code, f"第 {one.number} 版", one.words, "；".join(one.reasons)) for one in outlooks]
    print_rows(("办件编号", "现版本", "结论", "原因"), rows, none="没有在其他版本上的在办件。")


def _apply(own: Services, release: Release, outlooks: Sequence[Outlook], rename: Map, *, quiet: bool) -> dict[str, str]:
    """Move one after the other; why not, by case code, where something came between."""
    movable = [one for one in outlooks if one.verdict == "movable"]
    failed = {}
    for number, one in enumerate(movable, 1):
        try:
            move(own.runtime, operator(), one.case_id, release.id, rename)
            told = "已平移"
        except ShenhouError as error:
            failed[one.code] = str(error)
            told = f"没有平移：{error}"
        if not quiet:
            print_line(f"[{number}/{len(movable)}] {one.code} {told}")
    return failed


def _read_map(file: Path) -> Map:
    """The map of a file. Exit code 2 where it is none."""
    try:
        value = read_yaml(file.read_bytes(), file.name).value
    except OSError as error:
        raise typer.BadParameter(f"{file} cannot be read: {error.strerror}", param_hint="--map") from None
    except PackInvalid as error:
        raise typer.BadParameter(str(error.problems[0]), param_hint="--map") from None
    if not isinstance(value, dict) or not all(map(_is_names, value.values())):
        raise typer.BadParameter("must be {process: {old id: new id}}", param_hint="--map")
    return value


def _is_names(ids: object) -> bool:
    return isinstance(ids, dict) and all(isinstance(new, str) for new in ids.values())
