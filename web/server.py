"""waitress as it serves these pages: requests and answers that outgrow its memory lie in sealed spools.

It has no setting for where they lie, so its class is told here; ``tests/web/test_spool.py`` watches the disk.
"""

from __future__ import annotations

from waitress.buffers import TempfileBasedBuffer

from web.store.spool import SealedSpool


def seal_spools() -> None:
    """Let every server of this process keep them so."""
    TempfileBasedBuffer.newfile = lambda _buffer: SealedSpool()
