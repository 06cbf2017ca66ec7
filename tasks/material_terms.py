"""The terms of a document: how many, how long it may be missing, what may be declared instead, what is looked at.

A pack's table of materials may have these columns beside the usual ones: ``copies`` (份数), ``cure_days`` (working days
after acceptance to bring it; empty: not without it), ``pledge`` (what the family may declare in writing instead,
告知承诺) and ``review`` (审查要点, for the window). Rule: G-8, G-9; P-9.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any


def each_item(rows: Iterable[Mapping[str, Any]], among: Collection[str]) -> list[dict[str, Any]]:
    """The table's rows, one item each: a row may list several items, and counts for those that are ``among``.

    In an application these are the items that have no result yet: what went offline at once asks for nothing.
    """
    spread: list[dict[str, Any]] = []
    for row in rows:
        item = row.get("item")
        if isinstance(item, list | tuple):
            spread += [{**row, "item": code} for code in item if code in among]
        else:
            spread.append(dict(row))
    return spread


def by_document(rows: Iterable[Mapping[str, Any]], usual_days: int | None) -> dict[str, dict[str, Any]]:
    """The terms of each document, by its code: where its items differ, the strictest.

    A table without the column ``cure_days`` leaves every document to ``usual_days`` (None: no gaps are accepted).
    """
    grouped: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        grouped.setdefault(str(row["code"]), []).append(row)
    return {code: _strictest(group, usual_days) for code, group in grouped.items()}


def _strictest(rows: list[Mapping[str, Any]], usual_days: int | None) -> dict[str, Any]:
    days = [row["cure_days"] for row in rows if "cure_days" in row] or [usual_days]
    may_be_late = usual_days is not None and None not in days
    pledges = [str(row.get("pledge") or "") for row in rows]
    reviews = dict.fromkeys(str(row.get("review") or "") for row in rows)
    copies = [int(row["copies"]) for row in rows if row.get("copies")]
    return {
        "copies": max(copies, default=None),
        "cure_days": min(int(one) for one in days if one is not None) if may_be_late else None,
        "pledge": "；".join(dict.fromkeys(pledges)) if all(pledges) else None,
        "review": "；".join(text for text in reviews if text) or None,
    }
