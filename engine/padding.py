"""Room to grow in the two values that nearly every command rewrites: a case's facts and an instance's state.

SQLite overwrites a row that is as long as before in place, and of its pages only those that differ. A row of another
length gives its overflow pages back, to be wiped, and takes others: with forty departments that doubled what a
completion writes. So the JSON ends in blanks, up to the next of a few lengths. PostgreSQL, which rewrites a row anyhow,
compresses those of long values.
"""

from __future__ import annotations

SHORTEST = 512


def with_room(json: bytes) -> bytes:
    """``json`` and blanks after it: at most half as long again, except where it is very short."""
    return json.ljust(_length_for(len(json)))


def _length_for(used: int) -> int:
    """The next power of two, or three quarters of it where that is enough."""
    whole: int = max(1 << (used - 1).bit_length(), SHORTEST)
    return whole * 3 // 4 if used <= whole * 3 // 4 and whole > SHORTEST else whole
