"""Going live and going out of force: which packs take new cases, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from engine import cases
from engine import tables as t
from engine.actors import SYSTEM
from engine.clock import FixedClock
from engine.errors import PackInvalid, RuleViolation
from engine.launches import find_launch, launch
from engine.packs import Pack, assemble_pack
from engine.releases import publish
from engine.runtime import Runtime
from tests.integration.conftest import KEYS
from tests.unit.lint_packs import form, manifest, run, user

SAFETY = {"title": "疑点移送", "value": "freeze", "default": "freeze", "class": "safety", "status": "待确认"}
SIGNED = {"by": "云泽县公安局", "on": "2026-02-27", "document": "云公函〔2026〕3号"}
PLAIN = {
    "register_death.bpmn": run(user("check_identity", "identity")),
    "forms/identity.form": form("identity", {"key": "applicant.name"}),
}
NOW = "2026-11-23T09:00:00+08:00"


@dataclass
class Place:
    """An installation in production, or on trial."""

    runtime: Runtime
    clock: FixedClock

    def publish(self, *, live: bool = False, **sections: object) -> Pack:
        pack = made(**sections)
        with self.runtime.database.begin() as connection:
            publish(connection, pack, "tests", self.clock.now(), check=lambda _: [])
            if live:
                launch(connection, pack, "cli:wang", self.clock.now())
        return pack

    def start(self) -> str:
        return cases.start(self.runtime, SYSTEM, "yunze")

    def refused(self) -> str:
        with pytest.raises(RuleViolation) as refusal:
            self.start()
        return refusal.value.rule


def made(**sections: object) -> Pack:
    files = {**PLAIN, "pack.yaml": manifest(**sections)}
    return assemble_pack("yunze", files, dict.fromkeys(files, "yunze"))


@pytest.fixture(params=[True, False], ids=["trial", "production"])
def place(request: pytest.FixtureRequest, database: sa.Engine) -> Iterator[Place]:
    clock = FixedClock(NOW)
    runtime = Runtime(database, KEYS, clock=clock, trial=request.param)
    yield Place(runtime, clock)
    runtime.transactions.close()


def test_in_production_only_a_launched_release_takes_cases(place: Place) -> None:
    pack = place.publish()
    if place.runtime.trial:
        assert place.start()
    else:
        assert place.refused() == "pack_not_live"
    place.publish(live=True)
    assert place.start()
    with place.runtime.database.connect() as connection:
        launched = find_launch(connection, pack.digest)
    assert launched is not None and launched.by == "cli:wang"


def test_the_first_launch_counts(place: Place) -> None:
    pack = place.publish(live=True)
    place.clock.move_to("2026-12-01T09:00:00+08:00")
    with place.runtime.database.begin() as connection:
        again = launch(connection, pack, "cli:li", place.clock.now())
    assert (again.by, again.at[:10]) == ("cli:wang", "2026-11-23")


def test_a_safety_rule_that_nobody_confirmed_keeps_a_release_from_going_live(place: Place) -> None:
    with pytest.raises(PackInvalid) as refusal:
        place.publish(live=True, switches={"C-05": SAFETY})
    [problem] = refusal.value.problems
    assert (problem.rule, problem.element) == ("manifest/unconfirmed-safety", "switches.C-05.status")
    assert problem.line > 0
    with place.runtime.database.connect() as connection:  # the publication went with it
        assert connection.execute(sa.select(sa.func.count()).select_from(t.releases)).scalar_one() == 0
    place.publish(live=True, switches={"C-05": {**SAFETY, "status": "已确认", "confirmed": SIGNED}})
    place.publish(live=True, switches={"C-05": {**SAFETY, "class": "policy"}})
    assert place.start()


def test_expired_rules_take_no_new_cases_and_open_ones_go_on(place: Place) -> None:
    place.publish(live=True, effective={"from": "2024-06-28", "until": "2026-11-23"})
    case_id = place.start()
    place.clock.move_to("2026-11-24T00:00:00+08:00")
    assert place.refused() == "pack_expired"
    cases.cancel(place.runtime, SYSTEM, case_id, "家属撤回")
    with place.runtime.database.connect() as connection:
        row = connection.execute(sa.select(t.cases).where(t.cases.c.id == case_id)).one()
        assert row.status == "cancelled"
        assert connection.execute(sa.select(sa.func.count()).select_from(t.cases)).scalar_one() == 1


def test_rules_that_have_ended_do_not_go_live(place: Place) -> None:
    with pytest.raises(PackInvalid, match="ended on 2025-12-31"):
        place.publish(live=True, effective={"from": "2024-06-28", "until": "2025-12-31"})


def test_rules_that_have_not_begun_take_no_cases(place: Place) -> None:
    place.publish(live=True, effective={"from": "2027-01-01"})
    assert place.refused() == "pack_not_in_force"
    place.clock.move_to("2027-01-01T00:00:00+08:00")
    assert place.start()
