"""What is wrong with a submission, before it becomes sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from forms.messages import say
from forms.model import Component, DataPath, path_text


@dataclass(frozen=True)
class Finding:
    """One fault at one place. ``code`` is stable (a key of ``messages.MESSAGES``); ``names`` fill its sentence in."""

    path: DataPath
    code: str
    names: Mapping[str, object] = field(default_factory=dict)

    @property
    def message(self) -> str:
        return say(self.code, **self.names)


def fault(component: Component, path: DataPath, code: str, **names: object) -> Finding:
    """A fault of a field, which its sentence calls by the label."""
    return Finding(path, code, {"label": component.label or path_text(path), **names})


def errors_by_key(findings: Iterable[Finding]) -> dict[str, list[str]]:
    """The sentences by place: ``{"heirs[0].name": ["请填写“姓名”。"]}``; "" for the form as a whole."""
    errors: dict[str, list[str]] = {}
    for finding in findings:
        errors.setdefault(path_text(finding.path), []).append(finding.message)
    return errors
