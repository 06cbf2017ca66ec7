"""Whether a pack takes new cases, and whether it is for real: what every page that offers it must say."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask

from engine import db
from engine.clock import local_date
from engine.errors import NotFound
from engine.launches import find_launch, last_day
from engine.releases import current_release
from web.services import services


@dataclass(frozen=True, slots=True)
class Standing:
    """Of a pack's current release. Days are YYYY-MM-DD; "" where they do not apply.

    ``is_live``: it was launched. ``admits``: new cases may begin. ``ended_on``: the rules are over since that day;
    ``begins_on``: they are not in force before that day.
    """

    is_live: bool
    admits: bool
    ended_on: str = ""
    begins_on: str = ""


def standing_of(pack: str) -> Standing:
    """How a pack stands; one that has no release admits nothing."""
    own = services()
    today = local_date(own.clock.now())
    try:
        with db.reading(own.database) as connection:
            release = current_release(connection, pack)
            is_live = find_launch(connection, release.id) is not None
            manifest = own.runtime.releases.get(connection, release.id).manifest
    except NotFound:
        return Standing(is_live=False, admits=False)
    until, effective = last_day(manifest), manifest.effective
    ended = until.isoformat() if until is not None and until < today else ""
    begins = effective.from_.isoformat() if effective is not None and today < effective.from_ else ""
    may_run = is_live or own.runtime.trial
    return Standing(is_live, admits=may_run and not ended and not begins, ended_on=ended, begins_on=begins)


def is_demonstration() -> bool:
    """Whether everything here is invented."""
    return services().web.demonstration


def register(app: Flask) -> None:
    """Give templates ``standing_of(pack)`` and ``is_demonstration()``."""
    app.add_template_global(standing_of)
    app.add_template_global(is_demonstration)
