"""Files that outlive a kill: what a client was told, and what a department's system received."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any


class Diary:
    """Lines of JSON, each on the disk before ``write`` returns."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def write(self, **line: Any) -> None:
        # The newline in front keeps apart what a kill may have left without its end.
        os.write(self._file, b"\n" + json.dumps(line, ensure_ascii=False).encode() + b"\n")
        os.fsync(self._file)


def read_diary(path: Path) -> list[dict[str, Any]]:
    """The lines that are whole, oldest first."""
    lines = []
    for line in path.read_bytes().split(b"\n") if path.exists() else ():
        try:
            lines.append(json.loads(line))
        except ValueError:
            continue
    return lines


class Receiver:
    """A department's system: it keeps every push that reaches it and answers equal keys equally."""

    def __init__(self, path: Path) -> None:
        self._diary = Diary(path)

    def push(self, key: str, case_id: str, element: str) -> str:
        """Take a push; the number of its receipt."""
        self._diary.write(key=key, case=case_id, element=element)
        return hashlib.sha256(key.encode()).hexdigest()[:12]
