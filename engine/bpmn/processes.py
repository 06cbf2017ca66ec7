"""The spec graphs of a release: parsed once, shared by every case on it, never changed by a running one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec

from engine.bpmn.gateways import InclusiveGateway, JoiningGateway
from engine.errors import NotFound, PackInvalid, Problem

if TYPE_CHECKING:
    from engine.bpmn.elements import Element
    from engine.bpmn.events import StartEvent

MAX_REACH = 1_000_000  # flows into an inclusive join times elements: what it must know of each flow
Reach = Mapping[str, frozenset[str]]  # incoming flow id → names of elements from which a token can come by it


class ProcessSpec(BpmnProcessSpec):
    """The graph of one process, or of one embedded sub-process.

    ``process_id`` is the process's id in the diagram, for a sub-process that of the process it is drawn in.
    """

    def __init__(self, name: str, description: str, process_id: str, *, embedded: bool, filename: str) -> None:
        super().__init__(name=name, description=description, filename=filename)
        self.process_id, self.embedded = process_id, embedded
        self.version = ""
        self.starts: list[StartEvent] = []
        self._reach: dict[str, Reach] = {}

    @property
    def none_start(self) -> StartEvent:
        found = [start for start in self.starts if not start.message_name]
        if not found:
            raise NotFound("start event without a message", self.name)
        return found[0]

    def message_start(self, name: str) -> StartEvent:
        found = [start for start in self.starts if start.message_name == name]
        if not found:
            raise NotFound("message start event", f"{self.name}/{name}")
        return found[0]

    def settle(self) -> None:
        """Work out, once, what the joins will ask. Called when every element is connected."""
        before: dict[str, list[tuple[str, str]]] = {}
        for element in self.elements():
            for flow in element.flows:
                before.setdefault(flow.target, []).append((flow.id, element.name))
            for boundary in element.boundaries:
                before.setdefault(boundary, []).append(("", element.name))
        joins = [e for e in self.elements() if isinstance(e, JoiningGateway)]
        for join in joins:
            join.incoming = tuple(flow for flow, _ in before.get(join.name, []))
            if isinstance(join, InclusiveGateway):  # the others need not know
                self._refuse_width(join)
                self._reach[join.name] = {
                    flow: _sources(source, join.name, before) for flow, source in before.get(join.name, [])
                }
        self.has_inclusive_join = any(isinstance(j, InclusiveGateway) and len(j.incoming) > 1 for j in joins)

    def _refuse_width(self, join: InclusiveGateway) -> None:
        if len(join.incoming) * len(self.task_specs) <= MAX_REACH:
            return
        message = f"an inclusive join of {len(join.incoming)} flows in a process of {len(self.task_specs)} elements"
        file = str(self.file or self.name)
        raise PackInvalid([Problem(file, 0, join.bpmn_id, "error", "dialect/limit", message, "cut the process up")])

    def reach(self, join: Element) -> Reach:
        """For each incoming flow of ``join``: where a token may stand that can still come by it."""
        return self._reach[join.name]

    def elements(self) -> list[Element]:
        """The elements of the diagram, without the stock root and end markers."""
        return [spec for spec in self.task_specs.values() if getattr(spec, "flows", None) is not None]


def _sources(source: str, join: str, before: Mapping[str, list[tuple[str, str]]]) -> frozenset[str]:
    seen: set[str] = set()
    waiting = [source]
    while waiting:
        name = waiting.pop()
        if name in seen or name == join:
            continue
        seen.add(name)
        waiting.extend(previous for _, previous in before.get(name, []))
    return frozenset(seen)


class Processes:
    """Every process of a release by id, with the embedded sub-processes beside them as ``process.sub_process``."""

    def __init__(self, specs: dict[str, ProcessSpec]) -> None:
        self.specs = specs
        self.message_starts = {
            start.message_name: spec.name
            for spec in specs.values()
            if not spec.embedded
            for start in spec.starts
            if start.message_name
        }

    @classmethod
    def read(cls, files: Mapping[str, bytes]) -> Processes:
        """Parse the ``.bpmn`` files among ``files`` (name → bytes). Raises ``PackInvalid``.

        The files have been checked when the pack was published; only what the XML layer refuses is refused again.
        """
        from engine.bpmn.parser import parse_file  # parser classes need this module's ProcessSpec

        specs: dict[str, ProcessSpec] = {}
        for name in sorted(name for name in files if name.endswith(".bpmn")):
            specs.update(parse_file(files[name], name))
        return cls(specs)

    def executable(self, process_id: str) -> ProcessSpec:
        if not self.is_callable(process_id):
            raise NotFound("process", process_id)
        return self.specs[process_id]

    def is_callable(self, process_id: str) -> bool:
        spec = self.specs.get(process_id)
        return spec is not None and not spec.embedded

    def element(self, process_id: str, element_id: str) -> Any:
        """The element of a diagram, also inside its sub-processes; of a multi-instance the activity, not the body.

        None where there is none.
        """
        for spec in self.specs.values():
            if spec.process_id == process_id and element_id in spec.task_specs:
                found = spec.task_specs[element_id]
                return spec.task_specs[found.inner] if found.is_loop else found
        return None

    @cached_property
    def message_names(self) -> frozenset[str]:
        """Every message that some start, catch or boundary event or receive task is drawn for."""
        names = (getattr(element, "message_name", "") for spec in self.specs.values() for element in spec.elements())
        return frozenset(name for name in names if name)
