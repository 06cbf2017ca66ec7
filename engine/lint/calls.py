"""The graph of call activities: processes that call themselves."""

from __future__ import annotations

from engine.lint.kinds import Findings
from engine.lint.subject import Process, Step, Subject


def check_calls(subject: Subject, findings: Findings) -> None:
    """Report call activities on a ring of calls, unless no token can come round it: then they are merely dead."""
    calls = {process_id: _live_calls(subject, process) for process_id, process in subject.processes.items()}
    for process_id, steps in calls.items():
        for step in steps:
            ring = _way_back(step.extensions.called_process, process_id, calls)
            if ring:
                message = f"the process calls itself: {' → '.join([process_id, *ring])}"
                remedy = "draw the repetition as a loop, or as a multi-instance activity"
                findings.error(step.file, step.line, step.id, "calls/recursive", message, remedy)


def _live_calls(subject: Subject, process: Process) -> list[Step]:
    """Call activities that a token can reach from a start event."""
    pending = [step.node for step in process.of_kind("startEvent")]
    reached = set(pending)
    while pending:
        node = pending.pop()
        inner = [start for start in process.diagram.scopes.get(node.element, []) if start.kind == "startEvent"]
        for following in [*node.successors(), *inner]:
            if following not in reached:
                reached.add(following)
                pending.append(following)
    calls = process.of_kind("callActivity")
    return [step for step in calls if step.node in reached and step.extensions.called_process in subject.processes]


def _way_back(start: str, goal: str, calls: dict[str, list[Step]]) -> list[str]:
    """The shortest chain of calls from ``start`` to ``goal``; empty when there is none."""
    came_from: dict[str, str] = {start: ""}
    pending = [start]
    for process_id in pending:
        if process_id == goal:
            chain = [process_id]
            while came_from[chain[0]]:
                chain.insert(0, came_from[chain[0]])
            return chain
        for step in calls.get(process_id, []):
            called = step.extensions.called_process
            if called not in came_from:
                came_from[called] = process_id
                pending.append(called)
    return []
