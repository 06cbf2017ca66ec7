"""Where the domain meets the outside: the adapters of an installation, made from its settings."""

from __future__ import annotations

import sqlalchemy as sa

from engine.clock import Clock
from engine.sealing import Sealer
from tasks.channels import Channel, Channels, HttpChannel, KeptHere, MailChannel
from tasks.exchange import Exchange
from tasks.outbox import Carrier, Outbox
from tasks.registers import EmbeddedRegisters, HttpRegisters, Register, Registers
from tasks.settings import EMBEDDED, OUTBOX, OutsideSettings

KEPT_HERE = OutsideSettings({"*": OUTBOX}, EMBEDDED, seconds=20)
"""The default: pushes and notices stay in the outbox, registers are the embedded ones."""


def make_resources(
    database: sa.Engine,
    sealer: Sealer,
    clock: Clock,
    settings: OutsideSettings = KEPT_HERE,
    *,
    carrier: Carrier | None = None,
    register: Register | None = None,
) -> dict[type, object]:
    """What the domain's workers ask of ``Runtime.resources``; ``carrier`` and ``register`` replace the real ones."""
    exchange = Exchange(clock, settings.seconds, settings.key)
    carrier = carrier or make_channels(settings, exchange)
    register = register or _make_register(settings, exchange, database, sealer)
    return {Exchange: exchange, Outbox: Outbox(database, carrier), Registers: Registers(register)}


def make_channels(settings: OutsideSettings, exchange: Exchange) -> Channels:
    """A channel for each endpoint that the settings map."""
    return Channels({name: _make_channel(target, settings, exchange) for name, target in settings.endpoints.items()})


def _make_channel(target: str, settings: OutsideSettings, exchange: Exchange) -> Channel:
    if target == OUTBOX:
        return KeptHere()
    if target.startswith("smtp"):
        return MailChannel(target, settings.seconds, settings.smtp_password)
    return HttpChannel(exchange, target)


def _make_register(settings: OutsideSettings, exchange: Exchange, database: sa.Engine, sealer: Sealer) -> Register:
    if settings.registers == EMBEDDED:
        return EmbeddedRegisters(database, sealer)
    return HttpRegisters(exchange, settings.registers)
