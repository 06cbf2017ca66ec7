"""How commands speak: tables for people, JSON for scripts; answers on stdout, refusals on stderr."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from engine.errors import InvalidInput, PackInvalid, Problem, ShenhouError

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
_PIPE_WIDTH = 10_000
_STYLES = {"error": "bold red", "warning": "yellow"}


def print_json(value: object) -> None:
    """One JSON document and a line end; Chinese stays readable."""
    write_text(dump_json(value))


def dump_json(value: object) -> str:
    """The same as text."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE).decode()


def write_text(text: str) -> None:
    """A whole text, as it is."""
    sys.stdout.write(text)


def plain(row: Any) -> dict[str, Any]:
    """A row of a query as a dict that becomes JSON."""
    return {str(name): value for name, value in row._mapping.items()}


def print_line(text: str) -> None:
    """A sentence, shown as it is."""
    _console().print(escape(text), highlight=False, soft_wrap=True)


def print_heading(text: str) -> None:
    """A heading, with a line above it."""
    _console().print(f"\n[bold]{escape(text)}[/bold]", highlight=False, soft_wrap=True)


def print_rows(columns: Sequence[str], rows: Iterable[Sequence[object]], *, none: str) -> None:
    """A table; ``none`` is said in its place when there is no row."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column == "id")
    for row in rows:
        table.add_row(*("" if cell is None else escape(str(cell)) for cell in row))
    if table.row_count:
        _console().print(table)
    else:
        print_line(none)


def print_fields(fields: Mapping[str, object]) -> None:
    """Names and values, one pair a line."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in fields.items():
        table.add_row(escape(name), "" if value is None else escape(str(value)))
    _console().print(table)


def print_problems(problems: Iterable[Problem]) -> None:
    """One finding a line, errors first and in red."""
    console = _console()
    for problem in sorted(problems, key=lambda problem: problem.severity):  # "error" before "warning"; else as given
        style = _STYLES.get(problem.severity, "")
        console.print(escape(str(problem)), style=style, highlight=False, soft_wrap=True)


def write_file(file: Path, data: bytes, option: str) -> None:
    """Write what a command was asked to; exit code 2 with the option's name where it cannot."""
    try:
        file.write_bytes(data)
    except OSError as error:
        raise typer.BadParameter(f"{file} cannot be written: {error.strerror}", param_hint=option) from None


def print_error(error: ShenhouError, *, as_json: bool) -> None:
    """A refusal on stderr, with everything that helps to mend it."""
    if as_json:
        document = {"error": {"code": error.code, "message": str(error)} | _details(error)}
        sys.stderr.write(orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE).decode())
        return
    console = Console(stderr=True)
    for line in _lines(error):
        console.print(escape(line), style="bold red", highlight=False, soft_wrap=True)


def _lines(error: ShenhouError) -> list[str]:
    if isinstance(error, PackInvalid):
        return [str(problem) for problem in error.problems]
    if isinstance(error, InvalidInput):
        return [f"{field}: {message}" for field, messages in error.fields.items() for message in messages]
    return [str(error)]


def _details(error: ShenhouError) -> dict[str, Any]:
    if isinstance(error, PackInvalid):
        return {"problems": error.problems}
    if isinstance(error, InvalidInput):
        return {"fields": error.fields}
    return {}


def _console() -> Console:
    """Made anew for each use, for whatever stdout is at that moment; a pipe gets whole lines, however long."""
    return Console(file=sys.stdout, width=None if sys.stdout.isatty() else _PIPE_WIDTH)
