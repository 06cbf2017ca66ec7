"""Texts: each is one that can be filled in, and a worker that renders one by name finds it."""

from __future__ import annotations

from engine.lint.constants import UNKNOWN, constant_value
from engine.lint.hints import hint
from engine.lint.kinds import Findings
from engine.lint.subject import JOBS, Step, Subject
from engine.packs import TEMPLATES_FOLDER
from engine.texts import TextFault, check_template


def check_templates(subject: Subject, findings: Findings) -> None:
    for file in subject.pack.names(".j2"):
        name = file.removeprefix(f"{TEMPLATES_FOLDER}/").removesuffix(".j2")
        try:
            check_template(name, subject.pack.files[file])
        except TextFault as fault:
            remedy = "docs/packs.md says what a text may hold"
            findings.error(file, 0, name, "template/refused", str(fault), remedy)
    for step in subject.steps(*JOBS):
        _check_named(subject, step, findings)


def _check_named(subject: Subject, step: Step, findings: Findings) -> None:
    job_type = subject.job_types.get(step.extensions.job_type)
    for mapping in step.extensions.inputs if job_type else ():
        name = constant_value(subject, mapping.source)
        if job_type is None or mapping.target not in job_type.templates or name is UNKNOWN:
            continue
        if f"{TEMPLATES_FOLDER}/{name}.j2" not in subject.pack.files:
            known = [file.split("/")[1].removesuffix(".j2") for file in subject.pack.names(".j2")]
            remedy = hint(str(name), known, f"add {TEMPLATES_FOLDER}/{name}.j2", findings)
            findings.error(step.file, step.line, step.id, "template/unknown", f"there is no text {name!r}", remedy)
