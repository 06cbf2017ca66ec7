"""Workers that run inside the command that reaches their task: what they do commits with it, or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

import sqlalchemy as sa

from engine.bpmn import JobRequest
from engine.errors import ShenhouError
from engine.incoming import fault_of
from engine.registry import CaseAccess, Job, Workers


class WorkerFailed(ShenhouError):
    """An in-transaction worker raised something that is no rule of the domain, or returned what cannot be kept."""

    code = "worker_failed"


class CaseInHand(CaseAccess, Protocol):
    """The case that a command has locked."""

    @property
    def case_id(self) -> str: ...

    def undone_if_refused(self) -> AbstractContextManager[None]:
        """A block whose writes go with the ``RuleViolation`` that leaves it: a diagram may catch that and go on."""


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
    try:
        with case.undone_if_refused():
            result = job_type.function(job, case) or {}
        if not isinstance(result, Mapping):
            raise TypeError(f"its result is a {type(result).__name__}, not variables by name")
        if fault := fault_of(result):
            raise ValueError(f"its result: {fault}")
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
