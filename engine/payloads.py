"""What comes from outside, as the manifest wants it: variables or a form's values; what is sensitive is sealed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import forms
from engine.declared import check_declared
from engine.errors import InvalidInput, NotFound
from engine.pack_schema import Declared, MessageType

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
    """Check a payload, store what is a form's or sensitive; what mappings may read of it. Raises ``InvalidInput``."""
    declared = unit.release.manifest.messages.get(name)
    if declared is None:
        return payload
    if declared.form is None:
        check_declared(payload, declared.variables)
        return seal_sensitive(unit, payload, declared.variables, declared.facts or "")
    return _submit(unit, declared, declared.form, payload)


def seal_sensitive(
    unit: Unit, values: Mapping[str, Any], declared: Mapping[str, Declared], path: str
) -> Mapping[str, Any]:
    """``values`` without the sensitive ones, which go sealed to the case under ``path`` in place of the last ones."""
    names = [name for name, one in declared.items() if one.sensitive]
    if not names:
        return values
    for name in names:
        unit.record.drop([*(path.split(".") if path else ()), name])
    unit.record.merge_sealed({name: values[name] for name in names if values.get(name) is not None}, path)
    return {name: value for name, value in values.items() if name not in names}


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
