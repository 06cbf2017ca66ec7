"""Figures as a workbook. What people typed stays text: a name that begins with ``=`` is never a formula."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

import xlsxwriter

_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_WIDEST = 40
_CELL = 32_767
_RISKY = ("=", "+", "-", "@", "\t", "\r")


def write_workbook(title: str, columns: Sequence[str], rows: Iterable[Sequence[str | int]]) -> bytes:
    """An .xlsx of one sheet. Whole numbers are numbers, all else is text.

    Texts that a spreadsheet would take for a formula when somebody edits them, or saves the sheet as CSV and opens that
    again, are quoted and set apart by an apostrophe.
    """
    written = io.BytesIO()
    with xlsxwriter.Workbook(written, _OPTIONS) as book:
        sheet = book.add_worksheet(_sheet_name(title))
        bold, quoted = book.add_format({"bold": True}), book.add_format({"quote_prefix": True, "num_format": "@"})
        for at, name in enumerate(columns):
            sheet.write_string(0, at, name, bold)
        widths = [len(name) for name in columns]
        for line, cells in enumerate(rows, start=1):
            for at, cell in enumerate(cells):
                if isinstance(cell, int):
                    sheet.write_number(line, at, cell)
                else:
                    sheet.write_string(line, at, safe(cell), quoted)
                widths[at] = min(_WIDEST, max(widths[at], len(str(cell))))
        for at, width in enumerate(widths):
            sheet.set_column(at, at, width * 1.8 + 2)
        sheet.freeze_panes(1, 0)
    return written.getvalue()


def safe(text: str) -> str:
    """``text`` as no spreadsheet takes it for a formula."""
    kept = "".join(sign for sign in text if sign in "\t\n" or sign.isprintable())[:_CELL]
    return f"'{kept}" if text.lstrip(" ").startswith(_RISKY) else kept


def _sheet_name(title: str) -> str:
    return "".join(" " if sign in "[]:*?/\\'" else sign for sign in title)[:31] or "Sheet1"
