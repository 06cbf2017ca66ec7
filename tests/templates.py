"""What many tests begin with, made once in a run: by the first process that needs it, while the others wait."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Templates:
    """Folders below ``folder``, which all the processes of a run have in common. Nobody changes what is in them."""

    folder: Path

    def made(self, name: str, make: Callable[[Path], None]) -> Path:
        """The folder of that name, after ``make(folder)`` has filled it; begun anew where making it failed before."""
        own = self.folder / name
        done = self.folder / f"{name}.made"
        with (self.folder / f"{name}.lock").open("w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            if not done.exists():
                shutil.rmtree(own, ignore_errors=True)
                own.mkdir()
                make(own)
                done.touch()
        return own
