"""FEEL syntax wherever a pack holds FEEL: diagrams, forms. (Decisions report their own when they are read.)"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from engine.errors import FeelError
from engine.feel import Expression
from engine.lint.kinds import Findings
from engine.lint.sites import Site, sites_of
from engine.lint.subject import Process, Subject

_TEMPLATE_PART = re.compile(r"\{\{([^{}]*)\}\}")
_TEMPLATE_WORDS = ("#if", "#loop", "/if", "/loop", "#else")


@dataclass(frozen=True)
class Read:
    """A site of a diagram whose expression could be parsed."""

    site: Site
    parsed: Expression

    @property
    def roots(self) -> frozenset[str]:
        """The variables that it is certain to mean."""
        return frozenset(path[0] for path in self.parsed.reads)

    @property
    def touched(self) -> frozenset[str]:
        """The variables that it means or may mean."""
        return self.roots | {path[0] for path in self.parsed.element_reads}


@dataclass(frozen=True)
class FormRead:
    """An expression of a form that could be parsed."""

    form_id: str
    line: int
    component: str
    parsed: Expression

    @property
    def file(self) -> str:
        return f"forms/{self.form_id}.form"


def read_diagrams(subject: Subject, findings: Findings) -> dict[str, list[Read]]:
    """The parsed expressions of each process; what cannot be parsed is reported."""
    return {process.id: list(_read_process(subject, process, findings)) for process in subject.processes.values()}


def read_forms(subject: Subject, findings: Findings) -> list[FormRead]:
    """The parsed expressions of all forms, templates taken apart; what cannot be parsed is reported."""
    found = []
    for form_id, form in subject.forms.items():
        for expression in form.expressions:
            for text in _texts(expression.text, expression.flavour):
                place = (f"forms/{form_id}.form", expression.line, expression.component)
                parsed = _parse(subject, text, expression.flavour == "unary", place, findings)
                if parsed:
                    found.append(FormRead(form_id, expression.line, expression.component, parsed))
    return found


def _read_process(subject: Subject, process: Process, findings: Findings) -> Iterator[Read]:
    for site in sites_of(subject, process):
        parsed = _parse(subject, site.expression.text, False, (site.file, site.line, site.element), findings)
        if parsed:
            yield Read(site, parsed)


def _parse(
    subject: Subject, text: str, unary: bool, place: tuple[str, int, str], findings: Findings
) -> Expression | None:
    try:
        parsed = subject.feel.parse(text, unary=unary)
    except FeelError as error:
        findings.error(*place, "feel/syntax", str(error), "correct the expression")
        return None
    for warning in parsed.warnings:
        findings.warn(*place, "feel/doubtful", warning, "write what is meant")
    return parsed


def _texts(text: str, flavour: str) -> list[str]:
    if flavour != "template":
        return [text]
    parts = (part.strip().removeprefix("=").strip() for part in _TEMPLATE_PART.findall(text))
    return [part for part in parts if part and not part.startswith(_TEMPLATE_WORDS)]
