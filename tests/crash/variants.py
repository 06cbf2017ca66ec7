"""Negative controls: ways to be wrong about a commit, which the checks must find. Else they would prove nothing."""

from __future__ import annotations

from typing import Any

from engine import execution
from engine.registry import CaseAccess, Job, Workers, worker
from tests.crash.diary import Receiver
from tests.crash.load import Client
from tests.crash.points import Fuse


def apply(variant: str, workers: Workers, receiver: Receiver, fuse: Fuse) -> None:
    """Make this process wrong in one way; an empty ``variant`` leaves it right."""
    if variant == "push_before_commit":
        _push_before_commit(workers, receiver, fuse)
    if variant == "push_unrecorded":
        _push_unrecorded(workers, receiver, fuse)


def client_class(variant: str) -> type[Client]:
    return HastyClient if variant == "told_before_commit" else Client


class HastyClient(Client):
    """A server that says that a task is completed before it is."""

    def _send(self, request: str, verb: str, args: dict[str, Any]) -> None:
        if verb == "complete":
            self._fuse.arm()
            self._diary.write(told=request, answer="done")
        super()._send(request, verb, args)


def _push_before_commit(workers: Workers, receiver: Receiver, fuse: Fuse) -> None:
    """The effect happens inside the transaction: what is then rolled back has been pushed."""

    @worker("push", in_transaction=True, workers=workers)
    def push(job: Job, case: CaseAccess) -> dict[str, Any]:
        fuse.arm()
        return {"receipt": receiver.push(job.id, job.case_id, job.element_id)}


def _push_unrecorded(workers: Workers, receiver: Receiver, fuse: Fuse) -> None:
    """The effect happens after the commit, and nothing in the database says that it has yet to happen."""
    waiting: list[Job] = []
    attempt = execution._attempt

    @worker("push", in_transaction=True, workers=workers)
    def push(job: Job, case: CaseAccess) -> dict[str, Any]:
        fuse.arm()
        waiting.append(job)
        return {"receipt": "later"}

    def attempt_and_push(*args: Any) -> Any:
        waiting.clear()
        result = attempt(*args)
        for job in waiting:
            receiver.push(job.id, job.case_id, job.element_id)
        return result

    setattr(execution, "_attempt", attempt_and_push)  # noqa: B010 - the type checker knows that this is no assignment
