"""From what was submitted to what counts: the data after form-js would have settled.

A field counts only where it is shown and may be edited, and that depends on the other fields. So the submission is
replayed as a person would have typed it: begin with what the server knows, take the values of the fields that are then
shown and editable, look again, until nothing changes. What a hidden field carries therefore cannot even steer a
condition, and nobody unlocks a field by sending a value that the page would not have let them enter.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from forms.conditions import Instance, visible_data, walk, walk_still
from forms.dates import settled_text
from forms.evaluator import Reading
from forms.initial import initial_value, initialise, own_data
from forms.intake import Intake
from forms.model import CHOICES, DataPath
from forms.options import choose
from forms.values import has_at, is_same, plain, put_at

MAX_ROUNDS = 30
CORRECTED = CHOICES | {"datetime"}


@dataclass
class Settled:
    """``data`` with every accepted value in it, what is shown, and the places whose submitted value was ``taken``."""

    data: dict[str, object]
    shown: tuple[Instance, ...]
    taken: frozenset[DataPath]
    chosen_away: frozenset[DataPath]


@dataclass
class _Round:
    """What one look at the form found; equal rounds mean that all has settled.

    ``taken`` are the places whose submitted value counts, ``open`` those that were editable at some time,
    ``settled`` the values that form-js' own widgets would correct, ``computed`` those of expression fields.
    """

    taken: frozenset[DataPath] = frozenset()
    open: frozenset[DataPath] = frozenset()
    settled: dict[DataPath, object] = field(default_factory=dict)
    computed: dict[DataPath, object] = field(default_factory=dict)


def settle(reading: Reading, intake: Intake) -> Settled | None:
    """Replay ``intake`` on what the server knows. None if the form's conditions never come to rest."""
    if reading.form.is_still:
        return _settle_still(reading, intake)
    current = _Round()
    for _ in range(MAX_ROUNDS):
        data = _compose(reading, intake, current)
        shown = tuple(walk(reading, data, visible_data(reading, data)))
        following = _look(reading, intake, shown, current.open)
        if _is_same_round(following, current):
            for path, value in _computed(reading, shown, "presubmit").items():
                put_at(data, path, value)
            return Settled(data, shown, current.taken, current.taken & current.settled.keys())
        current = following
    return None


def _settle_still(reading: Reading, intake: Intake) -> Settled:
    """One look is enough where no value changes what is shown, open, offered or computed."""
    data = own_data(reading.form, reading.context)
    shown = walk_still(reading, data)  # limits in FEEL are computed later, from the values that count
    taken: set[DataPath] = set()
    chosen_away: set[DataPath] = set()
    for one in shown:
        is_taken = one.is_editable and one.path in intake.values
        given = intake.values[one.path] if is_taken else initial_value(one.component, reading.context, one.path)
        value = given
        if one.component.kind in CORRECTED and one.is_editable:
            value = _corrected(reading, one, given)
        if is_taken:
            taken.add(one.path)
            if value is not given and not is_same(value, given):
                chosen_away.add(one.path)
        put_at(data, one.path, value)
    return Settled(data, shown, frozenset(taken), frozenset(chosen_away))


def _compose(reading: Reading, intake: Intake, current: _Round) -> dict[str, object]:
    rows = {path: count for path, count in intake.rows.items() if path in current.taken}
    data = initialise(reading.form, reading.context, rows)
    taken = {path: value for path, value in intake.values.items() if path in current.taken}
    for path, value in (taken | current.settled | current.computed).items():
        if has_at(data, path):  # else its row is gone since the last look
            put_at(data, path, value)
    return data


def _look(
    reading: Reading,
    intake: Intake,
    shown: tuple[Instance, ...],
    was_open: frozenset[DataPath],
) -> _Round:
    is_open = was_open.union(one.path for one in shown if one.is_editable)
    taken = frozenset(one.path for one in shown if one.path in is_open and _is_submitted(one, intake))
    settled: dict[DataPath, object] = {}
    for one in shown:
        is_taken = one.path in taken
        if one.component.kind not in CORRECTED or not (is_taken or one.is_editable):
            continue
        given = intake.values[one.path] if is_taken else initial_value(one.component, reading.context, one.path)
        value = _corrected(reading, one, given)
        if not is_same(value, given):
            settled[one.path] = value
    return _Round(taken, is_open, settled, _computed(reading, shown, "change"))


def _is_submitted(one: Instance, intake: Intake) -> bool:
    if one.component.is_list:
        return one.path in intake.rows and one.component.attributes.get("allowAddRemove") is not False
    return one.path in intake.values


def _corrected(reading: Reading, one: Instance, given: object) -> object:
    """``given`` as the field's widget would leave it: choices that are offered, dates in the field's own format."""
    if one.component.kind in CHOICES:
        return choose(one.component, one.options(reading), given)
    return settled_text(one.component, given)


def _computed(reading: Reading, shown: tuple[Instance, ...], when: str) -> dict[DataPath, object]:
    """The results of the expression fields that are computed ``change`` by change, or only ``presubmit``."""
    found: dict[DataPath, object] = {}
    for one in shown:
        attributes = one.component.attributes
        if one.component.kind == "expression" and attributes.get("computeOn", "change") == when:
            expression = str(attributes.get("expression", "")).removeprefix("=")
            found[one.path] = plain(reading.evaluate(expression, one.scope))
    return found


def _is_same_round(one: _Round, other: _Round) -> bool:
    return (
        one.taken == other.taken
        and one.open == other.open
        and is_same(one.settled, other.settled)
        and is_same(one.computed, other.computed)
    )
