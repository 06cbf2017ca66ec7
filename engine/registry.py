"""Workers: the Python functions behind service tasks, found by the job type that a diagram names.

``tasks/`` registers them with ``@worker("certificate.issue", …)``; the engine knows them by this registry alone. An
in-transaction worker runs inside the command that reaches its task and may touch nothing but this database; any other
runs after the commit, may be run again after a crash, and so must pass ``job.id`` on as its idempotency key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar

import sqlalchemy as sa

from engine.actors import Actor
from engine.pack_schema import Manifest
from engine.sealing import Sealer
from forms import Form

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Job:
    """What a worker is asked to do. ``id`` stays the same however often the job is tried."""

    id: str
    case_id: str
    process_id: str
    element_id: str
    type: str
    inputs: Mapping[str, Any]
    headers: Mapping[str, str]
    attempt: int


class ReleaseAccess(Protocol):
    """The release that a case runs on."""

    @property
    def manifest(self) -> Manifest: ...

    @property
    def files(self) -> Mapping[str, bytes]: ...

    @property
    def switches(self) -> Mapping[str, Any]:
        """The values of the manifest's switches, nested by their dotted keys."""

    def form(self, form_id: str) -> Form:
        """Raises ``NotFound``."""


class CaseAccess(Protocol):
    """What a worker may see of its case, and inside a transaction change.

    ``connection`` is the command's own transaction, and None for a worker that runs after the commit. ``actor`` gave
    the command. ``sealer`` seals what a row of a worker's own keeps of personal data.
    """

    @property
    def connection(self) -> sa.Connection | None: ...

    @property
    def actor(self) -> Actor: ...

    @property
    def region(self) -> str: ...

    @property
    def release(self) -> ReleaseAccess: ...

    @property
    def sealer(self) -> Sealer: ...

    @property
    def facts(self) -> Mapping[str, Any]: ...

    @property
    def sealed(self) -> Mapping[str, Any]: ...

    def now(self) -> datetime: ...

    def write_facts(self, values: Mapping[str, Any], path: str = "") -> None:
        """Merge ``values`` into the case facts under the dotted ``path``."""

    def write_sealed(self, values: Mapping[str, Any], path: str = "") -> None:
        """Merge ``values`` into the sealed part; only inside a transaction."""

    def publish(
        self,
        name: str,
        payload: Mapping[str, Any] | None = None,
        *,
        correlation_key: str | None = None,
        keep: bool = False,
    ) -> None:
        """Send this case a message, delivered within the command when all has come to rest; inside a transaction only.

        Where nothing waits for it and nothing begins with it, it is dropped, or with ``keep`` waits itself.
        """

    def resource(self, kind: type[R]) -> R:
        """What the installation has of ``kind``. Raises ``LookupError``."""


WorkerFunction = Callable[[Job, CaseAccess], Mapping[str, Any] | None]


@dataclass(frozen=True, slots=True)
class JobType:
    """A job type and its contract: what it reads, the variables it returns, the BPMN errors it may throw.

    ``templates`` are the inputs that name one of the pack's texts.
    """

    type: str
    function: WorkerFunction = field(repr=False)
    in_transaction: bool = False
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    templates: tuple[str, ...] = ()
    lease_seconds: int = 60

    @property
    def summary(self) -> str:
        """The first line of the worker's docstring."""
        return (self.function.__doc__ or "").strip().partition("\n")[0]


class Workers:
    """A registry with explicit ids: registering one twice is a fault of the program."""

    def __init__(self) -> None:
        self._types: dict[str, JobType] = {}

    def register(self, job_type: JobType) -> None:
        if job_type.type in self._types:
            raise ValueError(f"job type {job_type.type!r} has a worker already")
        self._types[job_type.type] = job_type

    def find(self, type_: str) -> JobType | None:
        return self._types.get(type_)

    def __iter__(self) -> Iterator[JobType]:
        return iter(sorted(self._types.values(), key=lambda job_type: job_type.type))

    def by_type(self) -> dict[str, JobType]:
        return dict(self._types)

    def after_commit(self) -> list[str]:
        """The types that a worker process polls for."""
        return [job_type.type for job_type in self if not job_type.in_transaction]


WORKERS = Workers()
"""Where ``@worker`` registers; a runtime takes it unless it is given another."""


def worker(
    type_: str,
    *,
    in_transaction: bool = False,
    inputs: tuple[str, ...] = (),
    outputs: tuple[str, ...] = (),
    errors: tuple[str, ...] = (),
    templates: tuple[str, ...] = (),
    lease_seconds: int = 60,
    workers: Workers = WORKERS,
) -> Callable[[WorkerFunction], WorkerFunction]:
    """Register the decorated function as the worker of job type ``type_``."""

    def register(function: WorkerFunction) -> WorkerFunction:
        contract = JobType(type_, function, in_transaction, inputs, outputs, errors, templates, lease_seconds)
        workers.register(contract)
        return function

    return register
