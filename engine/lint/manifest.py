"""Rules about the manifest: its entries refer to each other, and nothing unsafe is left open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.lint.kinds import Findings
from engine.lint.subject import Subject
from engine.pack_schema import Item, Manifest
from engine.pack_types import Citation


def check_manifest(subject: Subject, findings: Findings) -> None:
    if subject.manifest is None:
        return
    _check_main(subject, subject.manifest, findings)
    _check_dates(subject, subject.manifest, findings)
    _check_guide(subject, subject.manifest, findings)
    _check_items(subject, subject.manifest, findings)
    _check_switches(subject, subject.manifest, findings)
    _check_jobs(subject, subject.manifest, findings)
    _check_senders(subject, subject.manifest, findings)
    _check_outputs(subject, subject.manifest, findings)


def _check_main(subject: Subject, manifest: Manifest, findings: Findings) -> None:
    main = manifest.main
    if main is None:
        if not manifest.library:
            _error(subject, ("main",), findings, "manifest/no-main", "no main process is named", "name it as main")
    elif main not in subject.processes:
        message = f"the main process {main!r} does not exist"
        _error(subject, ("main",), findings, "manifest/unknown-main", message, f"draw {main}.bpmn, or name another")
    if manifest.items and manifest.region is None and not manifest.library:
        message = "a pack that offers items says in which region"
        _error(subject, ("region",), findings, "manifest/no-region", message, "write region: with its GB/T 2260 code")


def _check_dates(subject: Subject, manifest: Manifest, findings: Findings) -> None:
    until = manifest.effective.until if manifest.effective else None
    if until is not None and until < subject.now.date():
        place = subject.place_of("effective", "until")
        message = f"the rules ended on {until.isoformat()}"
        remedy = "extend it by the authority's notice, or publish the rules that follow"
        findings.warn(place.file, place.line, "effective.until", "manifest/expired", message, remedy)


def _check_guide(subject: Subject, manifest: Manifest, findings: Findings) -> None:
    if manifest.fee is not None:
        _check_citations(subject, ("fee", "basis"), manifest.fee.basis, manifest, findings)
    for part in ("conditions", "steps"):
        for at, clause in enumerate(getattr(manifest.guide, part)):
            _check_citations(subject, ("guide", part, str(at), "basis"), clause.basis, manifest, findings)


def _check_items(subject: Subject, manifest: Manifest, findings: Findings) -> None:
    for code, item in manifest.items.items():
        path = ("items", code)
        _check_group(subject, (*path, "department"), item.department, manifest, findings)
        _check_handling(subject, code, item, manifest, findings)
        for at, required in enumerate(item.requires):
            if required not in manifest.items:
                message = f"the item requires {required!r}, which the pack does not offer"
                remedy = f"list {required} under items"
                _error(subject, (*path, "requires", str(at)), findings, "manifest/unknown-item", message, remedy)
        _check_citations(subject, (*path, "basis"), item.basis, manifest, findings)
    for code in _in_a_ring(manifest.items):
        message = "the item requires itself by way of others: it could never begin"
        _error(subject, ("items", code, "requires"), findings, "manifest/item-cycle", message, "take one out")


def _check_group(
    subject: Subject, path: tuple[str, ...], group: str | None, manifest: Manifest, findings: Findings
) -> None:
    if group is not None and group not in manifest.groups:
        message = f"{group!r} is not among the groups"
        _error(subject, path, findings, "manifest/unknown-group", message, f"declare {group} under groups")


def _check_handling(subject: Subject, code: str, item: Item, manifest: Manifest, findings: Findings) -> None:
    path = ("items", code, "handling")
    if item.handling is None:
        by_itself = item.tracked or item.automatic
        if not by_itself and any(each.handling for each in manifest.items.values()):
            message = "nobody handles the item, though others of the pack are handled"
            remedy = "add handling:, or tracked: true, or automatic: true"
            _error(subject, path[:2], findings, "manifest/unhandled-item", message, remedy)
        return
    _check_group(subject, (*path, "clerk"), item.handling.clerk, manifest, findings)
    _check_group(subject, (*path, "reviewer"), item.handling.reviewer, manifest, findings)
    job = item.handling.job
    if job is not None and job not in manifest.jobs and job not in subject.job_types:
        message = f"nothing serves the job type {job!r}"
        _error(subject, (*path, "job"), findings, "manifest/unknown-job", message, "declare it under jobs")


def _check_senders(subject: Subject, manifest: Manifest, findings: Findings) -> None:
    for name, message in manifest.messages.items():
        if message.form and message.form not in {*subject.forms, *subject.unread_forms}:
            wrong = f"there is no form {message.form!r}"
            remedy = f"add forms/{message.form}.form"
            _error(subject, ("messages", name, "form"), findings, "manifest/unknown-form", wrong, remedy)
        for at, group in enumerate(message.senders):
            _check_group(subject, ("messages", name, "senders", str(at)), group, manifest, findings)


def _check_outputs(subject: Subject, manifest: Manifest, findings: Findings) -> None:
    """Papers name forms and items that there are; each push of a kind to a receiver is told once."""
    for name, paper in manifest.papers.items():
        path = ("papers", name)
        if paper.form not in {*subject.forms, *subject.unread_forms}:
            wrong, remedy = f"there is no form {paper.form!r}", f"add forms/{paper.form}.form"
            _error(subject, (*path, "form"), findings, "manifest/unknown-form", wrong, remedy)
        for code in (one for one in paper.items if one not in manifest.items):
            wrong, remedy = f"the pack does not offer {code!r}", "name items of the pack"
            _error(subject, (*path, "items"), findings, "manifest/unknown-item", wrong, remedy)
        _check_citations(subject, (*path, "basis"), paper.basis, manifest, findings)
    told: dict[tuple[str, str], str] = {}
    for name, push in manifest.pushes.items():
        earlier = told.setdefault((push.kind, push.receiver), name)
        if earlier != name:
            wrong = f"{earlier!r} says already what {push.kind} tells {push.receiver}"
            _error(subject, ("pushes", name), findings, "manifest/push-told-twice", wrong, "keep one of them")
        _check_citations(subject, ("pushes", name, "basis"), push.basis, manifest, findings)


def _in_a_ring(items: Mapping[str, Item]) -> list[str]:
    """Items that are among their own requirements, directly or by way of others."""
    rings = []
    for code in items:
        seen: set[str] = set()
        pending = list(items[code].requires)
        while pending:
            required = pending.pop()
            if required in items and required not in seen:
                seen.add(required)
                pending.extend(items[required].requires)
        if code in seen:
            rings.append(code)
    return rings


def _check_switches(subject: Subject, manifest: Manifest, findings: Findings) -> None:
    for code, switch in manifest.switches.items():
        _check_citations(subject, ("switches", code, "source"), switch.source, manifest, findings)
        if switch.class_ == "safety" and switch.status == "待确认":
            place = subject.place_of("switches", code, "status")
            message = f"the safety rule “{switch.title}” is not confirmed: the pack may not go live"
            remedy = "have the authority confirm it, then write status: 已确认 and confirmed: {by, on, document}"
            findings.warn(place.file, place.line, f"switches.{code}", "manifest/unconfirmed-safety", message, remedy)


def _check_citations(
    subject: Subject, path: tuple[str, ...], citations: Sequence[Citation], manifest: Manifest, findings: Findings
) -> None:
    for at, citation in enumerate(citations):
        if citation.source not in manifest.sources:
            message = f"the source {citation.source!r} is not declared"
            remedy = f"declare {citation.source} under sources"
            _error(subject, (*path, str(at), "source"), findings, "manifest/unknown-source", message, remedy)


def _check_jobs(subject: Subject, manifest: Manifest, findings: Findings) -> None:
    for job_type in manifest.jobs:
        if job_type in subject.job_types:
            message = f"the job type {job_type!r} is served by a worker of ours already"
            remedy = "take it out of jobs, or give the outside system a type of its own"
            _error(subject, ("jobs", job_type), findings, "manifest/job-served-twice", message, remedy)


def _error(subject: Subject, path: tuple[str, ...], findings: Findings, rule: str, message: str, remedy: str) -> None:
    place = subject.place_of(*path)
    findings.error(place.file, place.line, ".".join(path), rule, message, remedy)
