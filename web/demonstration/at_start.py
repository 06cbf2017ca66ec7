"""What a demonstration does when it is served: fill an empty database beside the pages, then play the departments."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from apscheduler.schedulers.background import BackgroundScheduler

from engine.errors import ShenhouError
from web.demonstration.departments import Departments
from web.demonstration.filling import Progress, fill, find_listings, is_filled
from web.services import Services

EVERY_SECONDS = 1.0
log = logging.getLogger(__name__)
Say = Callable[[str], None]


@contextmanager
def filling(own: Services, then: Callable[[], None], say: Say, *, wanted: bool = True) -> Iterator[None]:
    """Fill what an empty or half-filled database lacks (where ``wanted``) while the pages are served, ``then`` go on.

    Nothing else may act on the cases meanwhile, so whatever works in the background begins afterwards. With nothing to
    fill, ``then`` has been called on entry. On exit the filling ends with the story at hand.
    """
    stop = threading.Event()

    def run() -> None:
        try:
            if fill_what_lacks(own, say, stop.is_set) and not stop.is_set():  # what was said first has scrolled away
                say(f"请打开 http://{own.settings.host}:{own.settings.port} ，登录页列出各岗位和家属的演示账号。")
        except ShenhouError as refusal:
            say(f"没有生成演示数据：{refusal}")
        except Exception:  # the pages are there, and what works in the background must come
            log.exception("the demonstration's cases could not be made")
        if not stop.is_set():
            then()

    if not (wanted and own.web.invented_cases) or is_filled(own, find_listings(own)):
        then()
        yield
        return
    thread = threading.Thread(target=run, name="demonstration")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def fill_what_lacks(own: Services, say: Say, stop: Callable[[], bool] = lambda: False) -> int:
    """Fill, saying how far it is; how many stories were told. Raises ``Conflict``."""
    listings, began = find_listings(own), time.monotonic()
    if is_filled(own, listings):
        return 0
    told = fill(own, listings, lambda made: say(in_words(made)), stop)
    seconds = time.monotonic() - began
    ready = is_filled(own, listings)
    say(f"演示数据{'已就绪' if ready else '尚未完成，下次启动接着生成'}：本次 {told} 个办件，用时 {seconds:.0f} 秒。")
    return told


def in_words(made: Progress) -> str:
    """``演示数据 [ 3/56] …``."""
    width = len(str(made.total))
    line = f"演示数据 [{made.number:>{width}}/{made.total}] {made.story.title}"
    return f"{line}（没有演完：{made.fault}）" if made.fault else line


def play_departments(own: Services, scheduler: BackgroundScheduler) -> None:
    """Let departments' systems answer from now on, where the settings say so."""
    if own.web.played_departments:
        timing = {"seconds": EVERY_SECONDS, "max_instances": 1, "coalesce": True}
        scheduler.add_job(Departments(own).run_once, "interval", id="departments", **timing)
