"""Named moments at which a process is killed, laid around the engine's functions from outside."""

from __future__ import annotations

import functools
import os
import signal
from collections import Counter
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from engine import delivery, idempotency, jobs, store, timers
from engine.unit import Unit

POINTS = {
    "key_claimed": 3,
    "before_finish": 20,
    "projections_saved": 20,
    "state_saved": 20,
    "before_audit": 20,
    "finished": 20,
    "before_commit": 40,
    "committed": 40,
    "before_remember": 20,
    "answered": 10,
    "leased": 2,
    "before_effect": 3,
    "effect_done": 3,
    "job_reported": 3,
    "timer_acted": 4,
    "timer_fired": 4,
    "message_kept": 1,
    "message_delivered": 1,
}
"""Every point, and how often at least a single case passes it from its beginning to its end."""
AFTER_A_LOST_LEASE = "reclaimed"
"""One more: only passed in a life that begins with a job whose lease was lost."""


class Fuse:
    """Kills this process when ``point`` is passed for the ``nth`` time, counted from when the fuse is armed."""

    def __init__(self, point: str | None, nth: int, *, armed: bool) -> None:
        self._point, self._left, self._armed = point, nth, armed
        self.passes: Counter[str] = Counter()

    def arm(self) -> None:
        self._armed = True

    def pass_by(self, point: str) -> None:
        self.passes[point] += 1
        if point != self._point or not self._armed:
            return
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def lay(fuse: Fuse, database: sa.Engine) -> None:
    """Put ``fuse`` at every point of the engine; the client and the workers pass the others by themselves."""
    _after(idempotency, "_claim", fuse, "key_claimed")
    _before(Unit, "finish", fuse, "before_finish")
    _after(store, "save_projections", fuse, "projections_saved")
    _after(store, "save_state", fuse, "state_saved")
    _before(Unit, "_write_audit", fuse, "before_audit")
    _after(Unit, "finish", fuse, "finished")
    event.listen(database, "commit", lambda connection: fuse.pass_by("before_commit"))
    _after(database.dialect, "do_commit", fuse, "committed")
    _before(Unit, "remember", fuse, "before_remember")
    _after(jobs, "lease", fuse, "leased", only=bool)
    _after(jobs, "complete", fuse, "job_reported")
    _after(jobs, "_reclaim", fuse, "reclaimed", only=bool)
    _after(timers, "_fire", fuse, "timer_acted", only=bool)
    _after(timers, "execute", fuse, "timer_fired", only=bool)
    _after(delivery, "_keep", fuse, "message_kept")
    _after(Unit, "deliver", fuse, "message_delivered")


def _before(owner: Any, name: str, fuse: Fuse, point: str) -> None:
    original = getattr(owner, name)

    @functools.wraps(original)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        fuse.pass_by(point)
        return original(*args, **kwargs)

    setattr(owner, name, wrapped)


def _after(owner: Any, name: str, fuse: Fuse, point: str, only: Callable[[Any], bool] = lambda _: True) -> None:
    original = getattr(owner, name)

    @functools.wraps(original)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        result = original(*args, **kwargs)
        if only(result):
            fuse.pass_by(point)
        return result

    setattr(owner, name, wrapped)
