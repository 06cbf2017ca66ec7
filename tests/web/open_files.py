"""What a process keeps on the disk without a name: the temporary files that no folder lists."""

from __future__ import annotations

import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from web.store.spool import IN_MEMORY

PATIENCE = 30.0
MARK = "谭㳘生 430102194803121313".encode()


def nameless(pid: int | str = "self") -> Iterator[bytes]:
    """The content of every nameless file of the process ``pid`` that has outgrown its memory."""
    for path in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found = path.stat()
            if stat.S_ISREG(found.st_mode) and found.st_nlink == 0 and found.st_size > IN_MEMORY:
                yield path.read_bytes()
        except FileNotFoundError:
            continue  # closed meanwhile


def wait_for(condition: Callable[[], bool]) -> None:
    """Look again and again until it holds."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"
