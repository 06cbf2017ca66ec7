"""Takes a pack apart; each file that cannot be read is reported by its own reader and left out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import PurePosixPath

import forms
from engine.bpmn.dialect import check_dialect
from engine.bpmn.xml import parse_xml
from engine.errors import PackInvalid
from engine.feel import Feel
from engine.form_variations import variation_of
from engine.lint.decisions import read_decisions
from engine.lint.drawing import check_drawing
from engine.lint.kinds import Findings, JobType
from engine.lint.subject import Process, Subject, read_processes
from engine.packs import Pack

# Without its bases a manifest says too little: what it lacks may stand there.
_HEADLESS = frozenset({"pack/no-base", "pack/extends-cycle", "pack/extends-too-long"})


def read_subject(
    pack: Pack, job_types: Mapping[str, JobType], feel: Feel, now: datetime, findings: Findings
) -> Subject:
    processes, unread_diagrams = _read_diagrams(pack, findings)
    read, unread_forms = _read_forms(pack, feel, findings)
    decisions = read_decisions(pack, feel, findings)
    merged = None if any(fault.rule in _HEADLESS for fault in pack.faults) else pack.merged
    return Subject(pack, merged, processes, unread_diagrams, read, unread_forms, decisions, job_types, feel, now)


def _read_diagrams(pack: Pack, findings: Findings) -> tuple[dict[str, Process], frozenset[str]]:
    """The processes by id, and the stems of the diagrams that cannot be read."""
    processes: dict[str, Process] = {}
    unread = set()
    for file in pack.names(".bpmn"):
        try:
            root = parse_xml(pack.files[file], file)
        except PackInvalid as error:
            unread.add(PurePosixPath(file).stem)
            findings.problems.update(error.problems)
            continue
        findings.problems.update(check_dialect(root, file))
        findings.problems.update(check_drawing(pack.files[file], file))
        for process in read_processes(root, file):
            first = processes.setdefault(process.id, process)
            if first is not process:
                message = f"the process {process.id!r} is drawn in {first.file} already"
                remedy = "give it an id of its own"
                findings.error(file, process.line, process.id, "reference/two-processes", message, remedy)
    return processes, frozenset(unread)


def _read_forms(pack: Pack, feel: Feel, findings: Findings) -> tuple[dict[str, forms.Form], frozenset[str]]:
    """The forms by the stem of their file, and the stems of those that cannot be read."""
    read: dict[str, forms.Form] = {}
    unread = set()
    for file in pack.names(".form"):
        stem = PurePosixPath(file).stem
        try:
            varied = variation_of(pack.merged.manifest, stem) if pack.merged is not None else forms.AS_WRITTEN
            form = forms.read_form(pack.files[file], file, variation=varied)
        except forms.FormInvalid as error:
            unread.add(stem)
            findings.problems.update(error.problems)
            continue
        findings.problems.update(form.problems)
        read[stem] = form
        if form.id != stem:
            message = f"the form's id {form.id!r} is not that of its file"
            findings.error(file, 0, form.id, "form/id", message, f"name the form {stem}, or the file {form.id}.form")
    return read, frozenset(unread)
