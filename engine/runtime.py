"""The one place where the engine is put together: settings in, verbs out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

import sqlalchemy as sa

from engine import db
from engine.bpmn import Limits
from engine.clock import Clock, SystemClock
from engine.feel import Feel
from engine.feel_functions import Functions, standard_functions
from engine.keyring import Keyring
from engine.loaded import ReleaseCache
from engine.registry import WORKERS, Workers
from engine.sealing import Sealer
from engine.store import InstanceCache
from engine.transactions import Transactions

R = TypeVar("R")


@dataclass(slots=True)
class Runtime:
    """Everything that a command needs besides its own arguments; one a process, shared by its threads."""

    database: sa.Engine
    keys: Keyring
    clock: Clock = field(default_factory=SystemClock)
    workers: Workers = field(default_factory=lambda: WORKERS)
    functions: Functions = field(default_factory=standard_functions)
    limits: Limits = field(default_factory=Limits)
    releases: ReleaseCache = field(default_factory=ReleaseCache)
    instances: InstanceCache = field(default_factory=InstanceCache)
    resources: dict[type, object] = field(default_factory=dict)  # what workers use besides the database, by its class
    trial: bool = True  # whether releases that have not gone live may take cases, as in a demonstration
    transactions: Transactions = field(init=False)
    feel: Feel = field(init=False)
    sealer: Sealer = field(init=False)

    def __post_init__(self) -> None:
        self.transactions = Transactions(self.database)
        self.feel = Feel(self.functions)
        self.sealer = Sealer(self.keys)

    @classmethod
    def open(cls, database_url: str, keys: Keyring) -> Runtime:
        """A runtime on the database at ``database_url``, whose schema must be there already."""
        return cls(db.connect(database_url), keys)

    def resource(self, kind: type[R]) -> R:
        """What the installation has of ``kind`` for its workers. Raises ``LookupError`` where it has none."""
        found = self.resources.get(kind)
        if not isinstance(found, kind):
            raise LookupError(f"this installation has no {kind.__name__}")
        return found

    def close(self) -> None:
        self.transactions.close()
        self.database.dispose()
