"""Rules about what the manifest changes of a form: the form is there, and so is each component that it names."""

from __future__ import annotations

import forms
from engine.lint.kinds import Findings
from engine.lint.subject import Subject
from forms.model import CHOICES, Component
from forms.variation import DESCRIPTION


def check_variations(subject: Subject, findings: Findings) -> None:
    for form_id in subject.manifest.forms if subject.manifest is not None else ():
        components = _written(subject, form_id)
        if components is not None:
            _check_names(subject, form_id, components, findings)
        elif f"forms/{form_id}.form" not in subject.pack.files:
            message, remedy = f"there is no form {form_id!r}", f"add forms/{form_id}.form, or correct the name"
            _error(subject, ("forms", form_id), findings, "manifest/unknown-form", message, remedy)


def _written(subject: Subject, form_id: str) -> dict[str, Component] | None:
    """The components of the form as its file has them; None where there is no form that could be read."""
    file = f"forms/{form_id}.form"
    if file not in subject.pack.files:
        return None
    try:
        form = forms.read_form(subject.pack.files[file], file)
    except forms.FormInvalid:
        return None  # reported where forms are read
    return {component.id: component for component in form.components()}


def _check_names(subject: Subject, form_id: str, components: dict[str, Component], findings: Findings) -> None:
    assert subject.manifest is not None
    variation = subject.manifest.forms[form_id]
    named = [(("texts", name), name.removesuffix(DESCRIPTION)) for name in variation.texts]
    named += [(("choices", name), name) for name in variation.choices]
    named += [(("without", str(at)), name) for at, name in enumerate(variation.without)]
    for place, name in named:
        path = ("forms", form_id, *place)
        if name not in components:
            message, remedy = f"the form has no component {name!r}", f"look up the id in forms/{form_id}.form"
            _error(subject, path, findings, "manifest/unknown-component", message, remedy)
        elif place[0] == "choices" and components[name].kind not in CHOICES:
            message, remedy = f"{name} offers no choices", "name a radio, select, checklist or taglist"
            _error(subject, path, findings, "manifest/unknown-component", message, remedy)


def _error(subject: Subject, path: tuple[str, ...], findings: Findings, rule: str, message: str, remedy: str) -> None:
    place = subject.place_of(*path)
    findings.error(place.file, place.line, ".".join(path), rule, message, remedy)
