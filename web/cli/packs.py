"""``shenhou packs``: the packs of the checkout, and the releases made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from engine import db, releases
from engine.clock import SystemClock
from engine.config import Settings, read_settings
from engine.errors import NotFound, PackInvalid, Problem
from engine.feel import Feel
from engine.launches import Launch, find_launch, launch
from engine.lint import check_pack
from engine.pack_archive import export_pack
from engine.packs import Pack, list_packs, read_pack
from engine.registry import WORKERS
from web.cli.installation import open_installation, operator
from web.cli.output import Json, print_fields, print_json, print_line, print_problems, print_rows, write_file
from web.services import Services

app = typer.Typer(help="The packs of the checkout, and the releases made of them.", no_args_is_help=True)

Codes = Annotated[list[str] | None, typer.Argument(help="Codes of packs; without any, every pack of the checkout.")]
Code = Annotated[str, typer.Argument(help="A pack's code.")]


@app.command("list")
def list_all(as_json: Json = False) -> None:
    """List the packs: what is published, and whether the checkout differs from it."""
    with open_installation() as own, db.reading(own.database) as connection:
        published = {release.pack: release for release in releases.published(connection)}
        launched = {code: find_launch(connection, release.id) for code, release in published.items()}
        codes = _all_codes(own.settings, published)
        found = [_describe(own.settings, code, published.get(code), launched.get(code)) for code in codes]
    if as_json:
        print_json(found)
        return
    columns = ("code", "name", "release", "version", "live", "checkout")
    print_rows(columns, [[pack[name] for name in columns] for pack in found], none="There are no packs.")


@app.command("check")
def check(codes: Codes = None, as_json: Json = False) -> None:
    """Check packs of the checkout as a whole; exit code 1 when one has an error. Needs no database."""
    settings, feel = read_settings(), Feel()
    found = {
        code: check_checkout(read_checkout(settings, code), feel)
        for code in codes or list_packs(settings.processes_dir)
    }
    if as_json:
        print_json(found)
    else:
        for code, problems in found.items():
            print_problems(problems)
            print_line(f"{code}: {_count(problems)}")
    raise typer.Exit(1 if any(_errors(problems) for problems in found.values()) else 0)


@app.command("publish")
def publish(
    codes: Codes = None,
    changed: Annotated[bool, typer.Option("--changed", help="Only packs that differ from their release.")] = False,
    live: Annotated[bool, typer.Option("--live", help="Let them go live; in production they always do.")] = False,
    as_json: Json = False,
) -> None:
    """Make releases of packs and let new cases begin on them. Libraries are left out.

    A pack with an error is refused with its findings and exit code 1; the others are published all the same. To go
    live, a pack must have no unconfirmed rule of class safety, and rules that have not ended.
    """
    with open_installation() as own:
        made, refused = publish_packs(own, codes, only_changed=changed, live=live)
    if as_json:
        print_json({"published": made, "refused": {code: error.problems for code, error in refused.items()}})
    else:
        tell_published(made, refused)
    raise typer.Exit(1 if refused else 0)


@app.command("show")
def show(code: Code, as_json: Json = False) -> None:
    """Show a published pack: its manifest in short, its files with the pack each came from, its releases."""
    with open_installation() as own, db.reading(own.database) as connection:
        made = releases.list_releases(connection, code)
        current = releases.current_release(connection, code)
        pack = releases.load_pack(connection, current.id)
        launched = find_launch(connection, current.id)
    summary = {
        "code": code,
        "name": pack.manifest.names.official,
        "region": pack.manifest.region,
        "extends": pack.manifest.extends,
        "main": pack.manifest.main,
        "release": current.number,
        "id": current.id,
        "live": f"{launched.at} {launched.by}" if launched else None,
    }
    files = [{"name": name, "origin": pack.origins[name], "bytes": len(data)} for name, data in pack.files.items()]
    if as_json:
        print_json({**summary, "files": files, "releases": made})
        return
    print_fields(summary)
    print_line("")
    print_rows(("file", "from", "bytes"), [tuple(file.values()) for file in files], none="")
    print_line("")
    rows = [(r.number, r.version, r.id[:12], r.published_at, r.published_by) for r in made]
    print_rows(("release", "version", "id", "published", "by"), rows, none="")


@app.command("export")
def export(
    code: Code,
    file: Annotated[Path | None, typer.Option("--output", "-o", help="Where to write; <code>.zip by default.")] = None,
    release: Annotated[int | None, typer.Option(help="Number of a release; the checkout's state by default.")] = None,
    as_json: Json = False,
) -> None:
    """Write a pack, its bases laid in, to a zip: the same pack gives the same bytes."""
    pack = read_checkout(read_settings(), code) if release is None else _load(code, release)
    if pack.merged is None:
        raise PackInvalid(pack.faults)
    target = file or Path(f"{code}.zip")
    write_file(target, export_pack(pack), "--output")
    if as_json:
        print_json({"file": str(target), "id": pack.digest})
    else:
        print_line(f"{target}: {len(pack.files)} files, {pack.digest[:12]}")


def _all_codes(settings: Settings, published: dict[str, releases.Release]) -> list[str]:
    return sorted({*list_packs(settings.processes_dir), *published})


def _describe(
    settings: Settings, code: str, release: releases.Release | None, launched: Launch | None
) -> dict[str, Any]:
    described: dict[str, Any] = {"code": code, "name": "", "release": None, "version": "", "checkout": "absent"}
    described["live"] = f"{launched.at} {launched.by}" if launched else ""
    if release:
        described |= {"release": release.number, "version": release.version}
    if code in list_packs(settings.processes_dir):
        pack = read_checkout(settings, code)
        described["name"] = pack.manifest.names.official if pack.merged else ""
        described["checkout"] = _compare(pack, release)
    return described


def _compare(pack: Pack, release: releases.Release | None) -> str:
    if pack.merged is None:
        return "unreadable"
    if _is_library(pack):
        return "library"
    if release is None:
        return "new"
    return "same" if pack.digest == release.id else "changed"


def read_checkout(settings: Settings, code: str) -> Pack:
    """A pack as it lies in the checkout. Raises ``NotFound``, and ``PackInvalid`` for a folder without a manifest."""
    try:
        return read_pack(code, settings.processes_dir, settings.forms_dir)
    except NotFound:
        if code not in {place.name for place in settings.processes_dir.glob("*/")}:
            raise
    message, remedy = "the folder has no pack.yaml", "write one: docs/packs.md says what belongs into it"
    raise PackInvalid([Problem(f"processes/{code}", 0, "", "error", "pack/no-manifest", message, remedy)])


def _load(code: str, number: int) -> Pack:
    with open_installation() as own, db.reading(own.database) as connection:
        for release in releases.list_releases(connection, code):
            if release.number == number:
                return releases.load_pack(connection, release.id)
    raise NotFound("release", f"{code} {number}")


def _is_library(pack: Pack) -> bool:
    return pack.merged is not None and pack.manifest.library


def publish_packs(
    own: Services, codes: Sequence[str] | None, *, only_changed: bool, live: bool = False
) -> tuple[list[releases.Release], dict[str, PackInvalid]]:
    """Publish the packs named, or every one of the checkout that is no library: the releases, and what was refused.

    With ``live``, and always in production, they are launched with it or not published at all.
    """
    live = live or own.settings.production
    packs = [read_checkout(own.settings, code) for code in codes or list_packs(own.settings.processes_dir)]
    wanted = [pack for pack in packs if codes or not _is_library(pack)]
    made: list[releases.Release] = []
    refused: dict[str, PackInvalid] = {}
    for pack in _differing(own, wanted) if only_changed else wanted:
        try:
            made.append(_publish(own, pack, live=live))
        except PackInvalid as error:
            refused[pack.code] = error
    return made, refused


def tell_published(made: Sequence[releases.Release], refused: Mapping[str, PackInvalid]) -> None:
    """Say what became of each pack."""
    for release in made:
        print_line(f"{release.pack}: release {release.number} ({release.version or 'no version'}, {release.id[:12]})")
    for code, error in refused.items():
        print_problems(error.problems)
        print_line(f"{code}: refused, {_count(error.problems)}")
    if not made and not refused:
        print_line("Every pack is published as it is.")


def _differing(own: Services, packs: Sequence[Pack]) -> list[Pack]:
    with db.reading(own.database) as connection:
        current = {release.pack: release.id for release in releases.published(connection)}
    return [pack for pack in packs if current.get(pack.code) != pack.digest]


def _publish(own: Services, pack: Pack, *, live: bool) -> releases.Release:
    problems = check_checkout(
        pack, own.runtime.feel
    )  # before the transaction: it takes a while, and nobody need wait for it
    with own.database.begin() as connection:
        now = own.clock.now()
        made = releases.publish(connection, pack, operator().id, now, check=lambda _: problems)
        if live:
            launch(connection, pack, operator().id, now)
        return made


def check_checkout(pack: Pack, feel: Feel) -> list[Problem]:
    """Every finding, with the place of each file in the checkout."""
    problems = check_pack(pack, job_types=WORKERS.by_type(), feel=feel, now=SystemClock().now())
    return sorted(replace(problem, file=pack.source_path(problem.file)) for problem in problems)


def _errors(problems: Sequence[Problem]) -> list[Problem]:
    return [problem for problem in problems if problem.severity == "error"]


def _count(problems: Sequence[Problem]) -> str:
    errors = len(_errors(problems))
    return f"{errors} errors, {len(problems) - errors} warnings"
