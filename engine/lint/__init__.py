"""The check of a whole pack: diagrams, forms, decisions and manifest, each alone and against each other.

``check_pack`` collects everything that is wrong and never raises for what a pack holds. Rules by subject: ``manifest``,
``references`` (what is named exists, what exists is used), ``expressions`` (FEEL syntax), ``flow`` and ``names``
(variables), ``outcomes`` (outputs of decisions), ``facts`` (the case and its sealed part), ``calls`` (recursion),
``throws`` (errors), ``times``, ``templates``, ``variations`` (of the
base's forms), ``drawing`` (bpmnlint). What concerns one diagram alone is judged by ``engine.bpmn.dialect``, one form
alone by ``forms``, one decision table alone by ``engine.decisions``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from engine.errors import Problem
from engine.feel import Feel
from engine.lint.calls import check_calls
from engine.lint.expressions import read_diagrams, read_forms
from engine.lint.facts import check_facts
from engine.lint.flow import trace
from engine.lint.kinds import Findings, JobType
from engine.lint.manifest import check_manifest
from engine.lint.names import check_names
from engine.lint.outcomes import check_outcomes
from engine.lint.reading import read_subject
from engine.lint.references import check_references
from engine.lint.templates import check_templates
from engine.lint.throws import check_throws
from engine.lint.times import check_times
from engine.lint.variations import check_variations
from engine.packs import Pack

__all__ = ["JobType", "check_pack"]


def check_pack(pack: Pack, *, job_types: Mapping[str, JobType], feel: Feel, now: datetime) -> list[Problem]:
    """Every finding about ``pack``, by file and line.

    ``job_types`` are the registered workers by type, ``feel`` an engine that knows the packs' functions, ``now``
    (aware) the time against which dates are judged. Warnings do not keep a pack from being published; errors do.
    """
    findings = Findings()
    findings.problems.update(pack.faults)
    subject = read_subject(pack, job_types, feel, now, findings)
    check_manifest(subject, findings)
    check_variations(subject, findings)
    check_references(subject, findings)
    reads, form_reads = read_diagrams(subject, findings), read_forms(subject, findings)
    check_names(subject, reads, form_reads, trace(subject, reads), findings)
    check_outcomes(subject, reads, findings)
    check_facts(subject, reads, form_reads, findings)
    check_calls(subject, findings)
    check_throws(subject, findings)
    check_times(subject, findings)
    check_templates(subject, findings)
    return sorted(findings.problems)
