"""Workers that run inside the command that reaches their task: what they do commits with it, or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol, TypeVar

import sqlalchemy as sa

from engine.actors import Actor
from engine.bpmn import JobRequest
from engine.delivery import Published
from engine.errors import RuleViolation, ShenhouError
from engine.facts import Facts
from engine.incoming import fault_of
from engine.prepared import Prepared
from engine.registry import CaseAccess, Job, ReleaseAccess, Workers
from engine.sealing import Sealer

R = TypeVar("R")


class WorkerFailed(ShenhouError):
    """An in-transaction worker raised something that is no rule of the domain, or returned what cannot be kept."""

    code = "worker_failed"


class CaseInHand(CaseAccess, Protocol):
    """The case that a command has locked."""

    @property
    def case_id(self) -> str: ...

    @property
    def connection(self) -> sa.Connection: ...

    @property
    def record(self) -> Facts: ...

    @property
    def published(self) -> list[Published]:
        """What workers of the command have sent and nobody has got yet."""


class Attempt:
    """The case as one worker sees it (``CaseAccess``). What the worker wrote can be undone: a diagram may catch its
    refusal and go on.

    The savepoint is set when the worker first asks for the connection; most write facts alone, which need none.
    """

    def __init__(self, case: CaseInHand) -> None:
        self._case, self._restore_facts, self._has_savepoint = case, case.record.savepoint(), False
        self._published = len(case.published)

    @property
    def connection(self) -> sa.Connection:
        if not self._has_savepoint:
            _SAVEPOINT.run(self._case.connection, {})
            self._has_savepoint = True
        return self._case.connection

    @property
    def facts(self) -> Mapping[str, Any]:
        return self._case.facts

    @property
    def sealed(self) -> Mapping[str, Any]:
        return self._case.sealed

    @property
    def actor(self) -> Actor:
        return self._case.actor

    @property
    def region(self) -> str:
        return self._case.region

    @property
    def release(self) -> ReleaseAccess:
        return self._case.release

    @property
    def sealer(self) -> Sealer:
        return self._case.sealer

    def now(self) -> datetime:
        return self._case.now()

    def resource(self, kind: type[R]) -> R:
        return self._case.resource(kind)

    def write_facts(self, values: Mapping[str, Any], path: str = "") -> None:
        self._case.write_facts(values, path)

    def write_sealed(self, values: Mapping[str, Any], path: str = "") -> None:
        self._case.write_sealed(values, path)

    def publish(
        self,
        name: str,
        payload: Mapping[str, Any] | None = None,
        *,
        correlation_key: str | None = None,
        keep: bool = False,
    ) -> None:
        self._case.publish(name, payload, correlation_key=correlation_key, keep=keep)

    def keep(self) -> None:
        if self._has_savepoint:
            _RELEASE.run(self._case.connection, {})

    def undo(self) -> None:
        self._restore_facts()
        del self._case.published[self._published :]
        if self._has_savepoint:
            _ROLLBACK_TO.run(self._case.connection, {})


_SAVEPOINT, _ROLLBACK_TO, _RELEASE = (
    Prepared(sa.text(f"{verb} SAVEPOINT worker")) for verb in ("", "ROLLBACK TO", "RELEASE")
)


def run_worker(workers: Workers, request: JobRequest, case: CaseInHand) -> Mapping[str, Any] | None:
    """The result of the request's worker, or None where its job is to wait. Raises what ``Host`` says, and outages."""
    job_type = workers.find(request.type)
    if job_type is None or not job_type.in_transaction:
        return None
    job = Job(
        id=request.token_id,
        case_id=case.case_id,
        process_id=request.process_id,
        element_id=request.element_id,
        type=request.type,
        inputs=request.inputs,
        headers=request.headers,
        attempt=1,
    )
    attempt = Attempt(case)
    try:
        result = job_type.function(job, attempt) or {}
        attempt.keep()
        if not isinstance(result, Mapping):
            raise TypeError(f"its result is a {type(result).__name__}, not variables by name")
        if result and (fault := fault_of(result)):
            raise ValueError(f"its result: {fault}")
    except RuleViolation:
        attempt.undo()
        raise
    except (ShenhouError, sa.exc.OperationalError, sa.exc.InterfaceError):
        raise
    except Exception as error:  # any other fault of a worker becomes an incident at its task
        raise WorkerFailed(f"{request.type}: {describe(error)}") from error
    return {name: value for name, value in result.items() if name in job_type.outputs}


def describe(error: Exception) -> str:
    """A worker's fault for people. A database quotes the row that it refuses: of its errors only the class is told."""
    if isinstance(error, sa.exc.DBAPIError):
        return f"{type(error).__name__} ({type(error.orig).__name__})"
    return f"{type(error).__name__}: {error}"
