"""Case facts: every ``case.…`` path that is read must be written somewhere, and sealed ones are read by nobody."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import forms
from engine.feel_values import Path
from engine.lint.expressions import FormRead, Read
from engine.lint.hints import hint
from engine.lint.kinds import Findings
from engine.lint.sites import CASE, OUTPUT, SWITCHES
from engine.lint.subject import Step, Subject
from engine.pack_schema import Declared, Manifest

# What FEEL finds in a value that is no context.
_DATE_PROPERTIES = frozenset({"year", "month", "day", "weekday", "hour", "minute", "second", "time offset", "timezone"})
_DURATION_PROPERTIES = frozenset({"years", "months", "days", "hours", "minutes", "seconds"})
PROPERTIES = _DATE_PROPERTIES | _DURATION_PROPERTIES
_CONSTANT_HEAD = re.compile(r'=\s*"([A-Za-z_][\w.]*)"\s*(\+|$)')
_FREE = frozenset({"any", "context", "list"})


@dataclass
class FactTree:
    """What the forms and the manifest say a case may hold.

    ``paths`` are the facts themselves, without ``case``; ``open`` the paths below which anything may lie (``()`` when
    a form's place is only known at run time); ``sealed`` the paths that FEEL never sees; ``switches`` the
    keys of the manifest's switches, None where there is no manifest.
    """

    paths: set[Path] = field(default_factory=set)
    open: set[Path] = field(default_factory=set)
    sealed: set[Path] = field(default_factory=set)
    switches: frozenset[str] | None = None

    @cached_property
    def ways(self) -> set[Path]:
        """Every path that is a fact or leads to one."""
        return {known[:size] for known in self.paths | self.open for size in range(1, len(known) + 1)}

    def like(self, path: Path) -> frozenset[str]:
        """What ``path`` may have meant: the facts as deep as it that an expression may read, as it writes them."""
        same = (known for known in self.paths if len(known) == len(path) and not self.is_sealed(known))
        return frozenset(".".join((CASE, *known)) for known in same)

    @cached_property
    def lists_items(self) -> bool:
        return any(path[:1] == ("items",) for path in self.open)

    def knows(self, path: Path) -> bool:
        """True when something may be found at ``path``: a fact, a part of the way to one, or a property of one."""
        if path in self.ways or any(path[:size] in self.open for size in range(len(path) + 1)):
            return True
        return path[:-1] in self.paths and path[-1] in PROPERTIES

    def is_sealed(self, path: Path) -> bool:
        return any(path[:size] in self.sealed for size in range(1, len(path) + 1))


def read_facts(subject: Subject) -> FactTree:
    """The facts that a pack's forms fill and its manifest declares."""
    tree = FactTree()
    for step in subject.steps("userTask"):
        _read_user_task(tree, subject, step)
    if subject.manifest is None or subject.unread_diagrams:
        tree.open.add(())
    if subject.manifest is not None:
        _read_manifest(tree, subject, subject.manifest)
    return tree


def _read_user_task(tree: FactTree, subject: Subject, step: Step) -> None:
    form = subject.forms.get(step.extensions.form_id)
    if form is not None:
        prefix, is_known = _place(step.extensions.facts_path)
        _read_form(tree, form, prefix)
        if not is_known:
            tree.open.add(prefix)
    elif step.extensions.form_id:
        tree.open.add(())  # it cannot be read or does not exist, which is reported: nobody knows what it fills


def _read_manifest(tree: FactTree, subject: Subject, manifest: Manifest) -> None:
    tree.switches = frozenset(switch.key for switch in manifest.switches.values() if switch.key)
    for message in manifest.messages.values():
        place = tuple(message.facts.split(".")) if message.facts else ()
        if message.form and message.form in subject.forms:
            _read_form(tree, subject.forms[message.form], place)
        _read_sealed(tree, place, message.variables)
    for type_, job in manifest.jobs.items():
        _read_sealed(tree, ("answers", *type_.split(".")), job.outputs)
    for path_text, declared in manifest.facts.items():
        path = tuple(path_text.split("."))
        tree.paths.add(path)
        if declared.sensitive:
            tree.sealed.add(path)
        elif declared.type in _FREE:
            tree.open.add(path)
    tree.open |= {("items", code) for code in manifest.items}


def _read_sealed(tree: FactTree, prefix: Path, declared: Mapping[str, Declared]) -> None:
    """The sensitive values of a message or a job: they lie in the case, sealed."""
    names = {(*prefix, name) for name, one in declared.items() if one.sensitive}
    tree.paths |= names
    tree.sealed |= names


def _read_form(tree: FactTree, form: forms.Form, prefix: Path) -> None:
    tree.paths |= {(*prefix, *path) for path in form.field_paths}
    tree.sealed |= {(*prefix, *each.path) for each in form.fields.values() if each.sensitive}


def check_facts(
    subject: Subject, reads: Mapping[str, list[Read]], form_reads: Iterable[FormRead], findings: Findings
) -> None:
    tree = read_facts(subject)
    for found in reads.values():
        for read in found:
            site = read.site
            _check_paths(tree, read.parsed.reads, (site.file, site.line, site.element), findings)
            _check_sealed_locals(subject, read, findings)
    for form_read in form_reads:
        place = (form_read.file, form_read.line, form_read.component)
        _check_paths(tree, form_read.parsed.reads, place, findings)
    for file, look in subject.decisions.looks():
        _check_paths(tree, look.reads, (file, look.line, look.element), findings)


def _place(text: str) -> tuple[Path, bool]:
    """Where a user task puts its form: the dotted path, and whether that is all of it."""
    if not text.startswith("="):
        return tuple(part for part in text.split(".") if part), True
    head = _CONSTANT_HEAD.match(text)
    if head is None:
        return (), False
    parts = tuple(part for part in head[1].split(".") if part)
    if head[2] == "" or head[1].endswith("."):
        return parts, head[2] == ""
    return parts[:-1], False


def _check_paths(tree: FactTree, paths: Iterable[Path], place: tuple[str, int, str], findings: Findings) -> None:
    for path in sorted(paths):
        if path[0] == SWITCHES:
            _check_switch(tree, ".".join(path[1:]), place, findings)
        if path[0] != CASE or len(path) == 1:
            continue
        fact, shown = path[1:], ".".join(path)
        if tree.is_sealed(fact):
            _refuse_sealed(shown, place, findings)
        elif not tree.knows(fact):
            if fact[0] == "items" and len(fact) > 1 and tree.lists_items:
                message = f"there is no item {fact[1]!r}, which {shown} means"
                findings.error(*place, "facts/unknown-item", message, "correct it, or list the item in pack.yaml")
                continue
            message = f"nothing writes the case fact {shown}"
            remedy = "correct the path, or declare it under facts in pack.yaml"
            remedy = hint(shown, tree.like(fact), remedy, findings)
            findings.error(*place, "facts/unwritten", message, remedy)


def _check_switch(tree: FactTree, key: str, place: tuple[str, int, str], findings: Findings) -> None:
    if tree.switches is not None and not any(known == key or known.startswith(f"{key}.") for known in tree.switches):
        message = f"there is no switch with the key {key!r}"
        remedy = hint(key, tree.switches, "correct it, or give a switch of pack.yaml this key", findings)
        findings.error(*place, "names/unknown-switch", message, remedy)


def _check_sealed_locals(subject: Subject, read: Read, findings: Findings) -> None:
    """Form values and message payloads pass through output mappings; the sealed ones among them must not."""
    site = read.site
    if site.expression.place == OUTPUT:
        sealed = set(_sealed_results(subject, site.step))
        for path in sorted(read.parsed.reads):
            if any(path[: len(each)] == each for each in sealed):
                _refuse_sealed(".".join(path), (site.file, site.line, site.element), findings)
    for name in sorted(read.roots & _sealed_variables(subject)):
        _refuse_sealed(name, (site.file, site.line, site.element), findings)


def _sealed_results(subject: Subject, step: Step) -> Iterator[Path]:
    if step.kind == "userTask" and step.extensions.form_id in subject.forms:
        form = subject.forms[step.extensions.form_id]
        yield from (each.path for each in form.fields.values() if each.sensitive)
    elif subject.manifest and step.kind != "userTask":
        message = subject.manifest.messages.get(step.node.catches)
        if message and message.form and message.form in subject.forms:
            yield from (each.path for each in subject.forms[message.form].fields.values() if each.sensitive)
        job = subject.manifest.jobs.get(step.extensions.job_type)
        brought = {**(message.variables if message else {}), **(job.outputs if job else {})}
        yield from ((name,) for name, declared in brought.items() if declared.sensitive)


def _sealed_variables(subject: Subject) -> frozenset[str]:
    if subject.manifest is None:
        return frozenset()
    return frozenset(name for name, declared in subject.manifest.variables.items() if declared.sensitive)


def _refuse_sealed(shown: str, place: tuple[str, int, str], findings: Findings) -> None:
    message = f"{shown} is sealed: no expression may read it"
    remedy = "decide by something that is not personal, or let a worker look at it"
    findings.error(*place, "facts/sealed", message, remedy)
