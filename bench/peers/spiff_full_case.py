"""The naive SpiffWorkflow embed on a pack's own diagrams, along the way of the recorded case.

Each step, a user task's or a department's answer: read the JSON, restore, complete, serialize the whole workflow,
write, commit. It runs the control flow alone (``stock_diagrams``): no forms, no facts, no FEEL, no decisions, no
workers, no outbox, no timers, no messages, no audit.

As a process it answers, besides the ``open`` of ``bench.subject``:

* ``{"do": "read", "recording": a file}`` → ``{"dropped": {kind: how many}, "skipped": how many commands}``
* ``{"do": "play", "cases": 1}`` → ``bench.played.Played`` as JSON
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from SpiffWorkflow.bpmn import BpmnWorkflow  # type: ignore[import-untyped,unused-ignore]
from SpiffWorkflow.bpmn.parser import BpmnParser  # type: ignore[import-untyped,unused-ignore]
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer  # type: ignore[import-untyped,unused-ignore]
from SpiffWorkflow.util.task import TaskState  # type: ignore[import-untyped,unused-ignore]

from bench.peers.blobs import Blobs
from bench.peers.stock_diagrams import translate
from bench.played import Played
from bench.recording import TURNING, Command, Recording
from bench.subject import Incomplete, converse
from engine.config import CODE_ROOT
from engine.packs import read_pack


class SpiffFullCase:
    """A pack's translated diagrams and a table of case states."""

    def __init__(self, directory: Path, files: Mapping[str, bytes], main: str, recording: Recording) -> None:
        self.translation = translate(files, main, recording)
        self._steps = [command for command in recording.commands if command.verb in ("complete", "answer")]
        self.skipped = len(recording.commands) - len(self._steps)
        self._completions = recording.completions
        self._specs = _parse(self.translation.diagrams, main)
        self._serializer: Any = BpmnWorkflowSerializer()
        self._blobs = Blobs(directory / "full_case.db")

    def play(self, count: int) -> Played:
        """Take ``count`` cases from start to end. Raises ``Incomplete`` where one goes another way."""
        played = Played(cases=count)
        for _ in range(count):
            self._play_one(played)
        return played

    def close(self) -> None:
        """Let go of the store."""
        self._blobs.close()

    def _play_one(self, played: Played) -> None:
        with played.timing("start"):
            workflow = BpmnWorkflow(*self._specs)
            workflow.do_engine_steps()
            case = self._blobs.add(0, self._serializer.serialize_json(workflow).encode())
        completions = 0
        for step in self._steps:
            where = _find(workflow, step)
            with played.timing(step.verb):
                workflow = self._serializer.deserialize_json(self._blobs.load(case)[1].decode())
                spiff_task = workflow.get_task_from_id(where)
                spiff_task.data[step.element] = dict(step.values)
                spiff_task.run()
                workflow.do_engine_steps()
                self._blobs.save(case, self._serializer.serialize_json(workflow).encode())
            completions += step.verb == "complete"
            if step.verb == "complete" and completions == (self._completions + 1) // 2:
                played.state_bytes.append(len(self._blobs.load(case)[1]))
        if not workflow.is_completed():
            waiting = [one.task_spec.name for one in workflow.get_tasks(state=TaskState.READY)]
            raise Incomplete(f"all is done and the case waits at {waiting}")
        played.commands.append(1 + len(self._steps))


def _parse(diagrams: Mapping[str, Any], main: str) -> tuple[Any, Any]:
    parser = BpmnParser()
    for name, root in diagrams.items():
        parser.add_bpmn_xml(root, filename=name)
    return parser.get_spec(main), parser.get_subprocess_specs(main)


def _find(workflow: Any, step: Command) -> Any:
    """The id of the open user task that ``step`` is about: by its element, and by the item where there are several."""
    ready = [one for one in workflow.get_tasks(state=TaskState.READY) if one.task_spec.name == step.element]
    found = [one for one in ready if len(ready) == 1 or one.data.get(TURNING) in step.marks]
    if len(found) != 1:
        raise Incomplete(f"{len(found)} open user tasks are {step.what}")
    return found[0].id


class Served:
    """``SpiffFullCase`` behind the protocol."""

    def __init__(self) -> None:
        self._directory = Path()
        self._case: SpiffFullCase | None = None

    def reply_to(self, request: dict[str, Any]) -> dict[str, Any]:
        """Do one request."""
        match request["do"]:
            case "open":
                self._directory = Path(request["directory"])
                return {}
            case "read":
                recording = Recording.from_data(json.loads(Path(request["recording"]).read_text("utf-8")))
                pack = read_pack(recording.pack, CODE_ROOT / "processes", CODE_ROOT / "forms")
                files = {name: data for name, data in pack.files.items() if name.endswith(".bpmn")}
                self._case = SpiffFullCase(self._directory, files, pack.manifest.main or "", recording)
                return {"dropped": dict(self._case.translation.dropped), "skipped": self._case.skipped}
            case "play" if self._case is not None:
                return self._case.play(request["cases"]).as_data()
            case unknown:
                raise ValueError(f"unknown request {unknown!r}")

    def close(self) -> None:
        """Let go of the store."""
        if self._case is not None:
            self._case.close()


if __name__ == "__main__":
    served = Served()
    converse(served.reply_to)
    served.close()
