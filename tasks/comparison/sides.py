"""One of the two packs of a comparison, with what several sections look up."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache

from engine.bpmn.xml import parse_xml
from engine.feel import Feel
from engine.lint.subject import Process, read_processes
from engine.loaded import LoadedRelease
from engine.packs import FORMS_FOLDER
from forms import Form
from tasks.guide import Guide, build_guide
from tasks.guide_materials import Applicants
from tasks.payees import OWN_RECORD, OWN_RECORD_TAIL

KEPT = 128  # diagrams: those of a few packs
_NUMBERED = re.compile(r"^[一二三四五六七八九十]+、")
"""The number of a heading: 四、账户信息."""


@dataclass(frozen=True)
class Side:
    """A pack as it is compared. ``state`` says which: a release's number, or the checkout."""

    release: LoadedRelease
    feel: Feel
    now: datetime
    state: str = ""

    @property
    def short(self) -> str:
        return self.release.manifest.names.short

    @cached_property
    def guide(self) -> Guide:
        return build_guide(self.release, self.feel, self.now)

    @cached_property
    def applicants(self) -> Applicants:
        """Who may apply and who may be paid, in the words of the pack's forms."""
        return Applicants(self.release)

    def choices(self, switch: str) -> Mapping[str, str]:
        """What the switch of that key may be set to, in words; empty where the pack has no such switch."""
        return next((one.options for one in self.release.manifest.switches.values() if one.key == switch), {})

    @cached_property
    def processes(self) -> Mapping[str, Process]:
        """The drawn processes by id."""
        found: dict[str, Process] = {}
        for name in sorted(self.release.files):
            if name.endswith(".bpmn"):
                found |= {process.id: process for process in _read_drawn(self.release.files[name], name)}
        return found

    @cached_property
    def forms(self) -> Mapping[str, Form]:
        """The forms by id, as they are shown here."""
        names = [name for name in sorted(self.release.files) if name.startswith(f"{FORMS_FOLDER}/")]
        ids = [name.removeprefix(f"{FORMS_FOLDER}/").removesuffix(".form") for name in names]
        return {form_id: self.release.form(form_id) for form_id in ids}

    @cached_property
    def form_titles(self) -> dict[str, str]:
        """What people call the forms: after the task or the message that they are filled in for, or the paper made."""
        manifest = self.release.manifest
        found = {message.form: message.name for message in manifest.messages.values() if message.form}
        found |= {paper.form: paper.name for paper in manifest.papers.values()}
        for process in self.processes.values():
            for step in process.of_kind("userTask"):
                found.setdefault(step.extensions.form_id, str(step.node.element.get("name") or step.id))
        return {form_id: f"{name}（{form_id}）" for form_id, name in found.items()}

    def process_name(self, process_id: str) -> str:
        """What a process is called; its id where it has no name or is not drawn."""
        process = self.processes.get(process_id)
        name = str(process.element.get("name") or "") if process else ""
        return f"{name}（{process_id}）" if name else process_id

    def group_name(self, group: str) -> str:
        """What a group is called."""
        known = self.release.manifest.groups.get(group)
        return known.name if known else group

    def account_name(self, place: str) -> str:
        """What the application form calls the group of fields at ``place``; the place itself where it has none.

        The account that the department has on record has a name of its own.
        """
        if place == OWN_RECORD:
            return OWN_RECORD_TAIL
        for form in self.forms.values():
            for component in form.components():
                if component.attributes.get("path") == place and component.label:
                    return _NUMBERED.sub("", component.label)
        return place


@lru_cache(maxsize=KEPT)
def _read_drawn(data: bytes, name: str) -> tuple[Process, ...]:
    """The processes of a file. Packs have most of their diagrams in common: what was read once is not read again."""
    return tuple(read_processes(parse_xml(data, name), name))
