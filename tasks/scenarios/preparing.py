"""What a scenario needs before its first step: its pack with switches, people in registers, channels that fail."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from engine.actors import SYSTEM
from engine.clock import FixedClock
from engine.errors import InvalidInput, Unavailable
from engine.keyring import Keyring
from engine.manifests import MANIFEST_NAME
from engine.pack_yaml import read_yaml
from engine.packs import Pack, assemble_pack
from engine.releases import publish
from engine.runtime import Runtime
from tasks import localities
from tasks import tables as d
from tasks.adapters import make_resources
from tasks.channels import Channels, KeptHere
from tasks.outbox import Carrier, Delivered, Dispatch
from tasks.registers import fill
from tasks.scenarios.reading import Script
from tasks.scenarios.schema import Fault
from tasks.scenarios.stage import Stage


class Faulty:
    """A carrier whose channels fail at first, as a scenario says: by kind (``push``), receiver or endpoint."""

    def __init__(self, carrier: Carrier, faults: Mapping[str, Fault]) -> None:
        self._carrier = carrier
        self._left = {name: fault.fail for name, fault in faults.items()}

    def carry(self, dispatch: Dispatch, key: str) -> Delivered:
        for name in (dispatch.kind, dispatch.receiver, dispatch.endpoint):
            if self._left.get(name, 0) > 0:
                self._left[name] -= 1
                raise Unavailable(f"{dispatch.endpoint} 没有应答")
        return self._carrier.carry(dispatch, key)


def open_runtime(database: sa.Engine, keys: Keyring) -> Runtime:
    """A runtime for scenarios on ``database``, whose tables must be there; its clock is set by each scenario."""
    return Runtime(database, keys, clock=FixedClock("2026-01-01"))


def prepare(runtime: Runtime, pack: Pack, script: Script) -> Stage:
    """Set the clock, publish ``pack`` with the scenario's switches, write its people and places, set up its channels.

    Raises ``InvalidInput`` for a switch that the pack has not, and ``PackInvalid``.
    """
    scenario, clock = script.scenario, runtime.clock
    assert isinstance(clock, FixedClock)
    clock.move_to(scenario.now)
    chosen = with_switches(pack, scenario.switches)
    with runtime.database.connect() as connection, connection.begin():
        publish(connection, chosen, "scenarios", clock.now(), check=lambda _: [])
        fill(connection, runtime.sealer, scenario.people)
        connection.execute(d.localities.delete())
        for place in scenario.localities:
            setting = localities.Setting(**place.model_dump())
            localities.save_setting(connection, SYSTEM, chosen.manifest, setting, clock.now())
    set_up_channels(runtime, scenario.channels)
    return Stage(runtime, clock, scenario.region or chosen.manifest.region or "")


def set_up_channels(runtime: Runtime, faults: Mapping[str, Fault]) -> None:
    """Give the runtime the embedded adapters, with channels that fail as ``faults`` says."""
    carrier = Faulty(Channels({"*": KeptHere()}), faults)
    runtime.resources.update(make_resources(runtime.database, runtime.sealer, runtime.clock, carrier=carrier))


def with_switches(pack: Pack, values: Mapping[str, Any]) -> Pack:
    """A copy of ``pack`` in which some switches, named by id or key, have other values."""
    if not values:
        return pack
    switches = pack.manifest.switches
    manifest: Any = read_yaml(pack.files[MANIFEST_NAME], MANIFEST_NAME).value
    own = dict(manifest.get("switches") or {})
    for name, value in values.items():
        found = next((key for key, switch in switches.items() if name in (key, switch.key)), None)
        if found is None:
            raise InvalidInput({name: [f"流程包 {pack.code} 没有这个开关"]})
        stated = switches[found].model_dump(mode="json", by_alias=True, exclude_none=True)
        own[found] = stated | {"value": list(value) if isinstance(value, tuple) else value}
    data = json.dumps(manifest | {"switches": own}, ensure_ascii=False).encode()  # JSON is YAML
    changed = assemble_pack(pack.code, {**pack.files, MANIFEST_NAME: data}, pack.origins)
    return replace(changed, faults=())
