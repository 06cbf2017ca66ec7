"""What a message brings, as its manifest entry wants it: typed variables, or the values of a form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import forms
from engine.declared import check_declared
from engine.errors import InvalidInput, NotFound
from engine.pack_schema import MessageType

if TYPE_CHECKING:
    from engine.unit import Unit


def may_send(unit: Unit, name: str, *, undeclared: bool) -> None:
    """Raises ``NotFound`` for a message that is not the actor's to send; ``undeclared`` ones are as the caller says."""
    declared = unit.release.manifest.messages.get(name)
    if unit.actor.unbounded or (declared is None and undeclared):
        return
    if unit.actor.groups.isdisjoint(declared.senders if declared else ()):
        raise NotFound("message", name)


def accept(unit: Unit, name: str, payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """Check a payload, and store it where it is a form's; what mappings may read of it. Raises ``InvalidInput``."""
    declared = unit.release.manifest.messages.get(name)
    if declared is None:
        return payload
    if declared.form is None:
        check_declared(payload, declared.variables)
        return payload
    return _submit(unit, declared, declared.form, payload)


def _submit(unit: Unit, declared: MessageType, form_id: str, payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """An earlier message of this name is no draft of this one: nothing of it is taken over or left behind."""
    form, path = unit.release.form(form_id), declared.facts or ""
    context = {"case": unit.facts, "switches": unit.switches}
    submission = forms.validate(form, payload, context, unit.feel, None, unit.now())
    if submission.errors:
        raise InvalidInput(submission.errors)
    if path:
        unit.record.drop(path.split("."))
    unit.record.merge(submission.values, path)
    unit.record.merge_sealed(submission.sealed, path)
    return submission.values
