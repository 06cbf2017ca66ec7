"""How long something may take: so many seconds of work, and a few times as many by the clock on the wall.

Work is counted in the thread's own processor time. On a machine that others use too, or that stood still for a while,
being late is no sign of a loop without an end.
"""

from __future__ import annotations

import time

WALL_SECONDS_PER_CPU_SECOND = 4


class Deadline:
    """Of what this thread begins now and may work on for ``seconds``."""

    __slots__ = ("_cpu", "_wall")

    def __init__(self, seconds: float) -> None:
        self._cpu = time.thread_time() + seconds
        self._wall = time.monotonic() + WALL_SECONDS_PER_CPU_SECOND * seconds

    def is_over(self) -> bool:
        """Whether it has worked too long, or not come to an end for far too long."""
        return time.thread_time() > self._cpu or time.monotonic() > self._wall
