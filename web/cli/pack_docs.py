"""``shenhou packs docs``: the generated parts of the documentation, written anew."""

from __future__ import annotations

from typing import Annotated

import typer

from engine.config import CODE_ROOT
from tasks.reference.pages import write_pages
from web.cli.output import Json, print_json, print_line


def docs(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit code 1 where a page is behind.")] = False,
    as_json: Json = False,
) -> None:
    """Write what the schema, the workers, the forms and the packs say into docs/pack-reference.md and README.md."""
    behind = []
    for page, text in write_pages(CODE_ROOT).items():
        path = CODE_ROOT / page
        if path.read_text("utf-8") != text:
            behind.append(page)
            if not check:
                path.write_text(text, "utf-8")
    if as_json:
        print_json({"changed": behind})
    else:
        print_line(f"{'Behind' if check else 'Written'}: {', '.join(behind)}." if behind else "Every page is true.")
    raise typer.Exit(1 if check and behind else 0)
