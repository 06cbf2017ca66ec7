"""Check what was submitted for a form, as form-js would and a server must. The public verbs of this package.

Fields shown, rules and data are form-js 1.23's (``tests/unit/test_forms_differential.py`` holds the two together).
Where form-js leans on its own widgets, a server cannot, and decides:

- A value for a read-only or disabled field, or for anything in a locked group, is dropped without a word, since a page
  may well send it back. As in form-js the server's value of a read-only field is part of the outcome, that of a
  disabled one is not. A read-only field of which the server knows nothing is left out; so is a sealed one that was not
  sent.
- What form-js' widgets correct in silence is an error: a choice that is not offered or is made twice, a day before 1900
  or, with ``disallowPassedDates``, before today, a time off its interval, a number that JSON cannot hold exactly.
- Control characters, half surrogate pairs and texts over 20,000 characters are errors.
- A list that is left out keeps the rows that the server knows (``defaultRepetitions`` only concerns new pages); a list
  without rows is part of the outcome as ``[]``. A list has 200 rows at most, a submission 400 in all.
- An expression field is computed even in a locked group.
- FEEL that fails stops the check instead of counting as null.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from forms.conditions import Instance
from forms.evaluator import Evaluator, Reading
from forms.files import Upload, check_files
from forms.findings import Finding, errors_by_key, fault
from forms.initial import is_known
from forms.intake import Intake, read_submission
from forms.model import Form, path_text
from forms.rules import check_rules
from forms.settling import Settled, settle
from forms.values import get_at, put_at


@dataclass
class Submission:
    """What a submission comes to.

    ``values`` and ``sealed`` nest as the form's keys do; ``sealed`` has the fields marked sensitive, its lists the same
    rows in the same order. ``errors`` are sentences by place (``heirs[0].name``; "" for the form as a whole): if there
    are any, nothing may be stored, and ``values`` only serves to show the page again. ``findings`` are the same errors
    with their codes, ``shown`` the fields and lists that people see.
    """

    values: dict[str, object]
    sealed: dict[str, object]
    errors: dict[str, list[str]]
    findings: tuple[Finding, ...]
    shown: tuple[Instance, ...]

    @property
    def visible(self) -> tuple[str, ...]:
        """The places of the fields that are shown."""
        return tuple(path_text(one.path) for one in self.shown if one.component.is_input)


def validate(
    form: Form,
    values: object,
    context: Mapping[str, object],
    feel: Evaluator,
    uploads: Mapping[str, Upload] | None = None,
    now: datetime | None = None,
) -> Submission:
    """Check ``values``, the JSON that was submitted for ``form``.

    ``context`` is what the page was shown with: variables and case facts at the places of the form's keys, besides
    whatever expressions may read (``case``). A field that ``values`` leaves out keeps its value there, else its
    default: a page sends every field that it shows, an unticked box too. ``uploads`` are the files that this person
    sent, by the keys that file fields have for values. Raises what ``feel`` raises, nothing else.
    """
    return _check(Reading(form, context, feel, now or datetime.now(UTC)), values, uploads or {}, is_draft=False)


def validate_draft(
    form: Form, values: object, context: Mapping[str, object], feel: Evaluator, now: datetime | None = None
) -> Submission:
    """The same for a draft: keys, kinds of value and offered choices are checked, rules and files are not."""
    return _check(Reading(form, context, feel, now or datetime.now(UTC)), values, {}, is_draft=True)


def _check(reading: Reading, values: object, uploads: Mapping[str, Upload], is_draft: bool) -> Submission:
    intake = read_submission(reading.form, values)
    settled = settle(reading, intake)
    if settled is None:
        finding = Finding((), "unsettled")
        return Submission({}, {}, errors_by_key([finding]), (finding,), ())
    findings = [*intake.refused]
    for one in settled.shown:
        findings.extend(_check_one(reading, intake, settled, one, uploads, is_draft))
    plain, sealed = _outcome(reading, settled)
    return Submission(plain, sealed, errors_by_key(findings), tuple(findings), settled.shown)


def _check_one(
    reading: Reading, intake: Intake, settled: Settled, one: Instance, uploads: Mapping[str, Upload], is_draft: bool
) -> Iterable[Finding]:
    component, path = one.component, one.path
    if component.is_list:
        return _check_rows(intake, settled, one, is_draft)
    if component.disabled:
        return ()
    if path in intake.faults and path in settled.taken:
        return (intake.faults[path],)
    if path in settled.chosen_away:
        return (fault(component, path, "option"),)
    if is_draft:
        return ()
    value = get_at(settled.data, path)
    found = check_rules(reading, one, value)
    if component.kind == "filepicker" and path in settled.taken:
        found.extend(check_files(reading, one, value, uploads))
    return found


def _check_rows(intake: Intake, settled: Settled, one: Instance, is_draft: bool) -> Iterator[Finding]:
    rows = get_at(settled.data, one.path)
    count = len(rows) if isinstance(rows, list) else 0
    if one.is_editable and one.path in intake.faults:
        yield intake.faults[one.path]
        return
    if one.is_editable and intake.rows.get(one.path, count) != count:
        yield fault(one.component, one.path, "fixed_rows")
    fewest, most = one.component.row_limits()
    if count < fewest and not is_draft:
        yield fault(one.component, one.path, "min_rows", limit=fewest)
    if count > most:
        yield fault(one.component, one.path, "max_rows", limit=most)


def _outcome(reading: Reading, settled: Settled) -> tuple[dict[str, object], dict[str, object]]:
    """The values of everything shown, apart by sensitivity, without disabled fields and those of ``_is_unseen``."""
    plain: dict[str, object] = {}
    sealed: dict[str, object] = {}
    for one in settled.shown:
        value = get_at(settled.data, one.path)
        if one.component.is_list:
            _lay_rows(plain, sealed, one, value)
        elif not one.component.disabled and not _is_unseen(reading, settled, one):
            put_at(sealed if one.component.sensitive else plain, one.path, value)
    return plain, sealed


def _is_unseen(reading: Reading, settled: Settled, one: Instance) -> bool:
    """Whether nothing was submitted for a field that people may not set or that is sealed, and nothing is known of it.

    It is left out: its empty value could wipe out what stands where this page could not see it.
    """
    if one.path in settled.taken or one.component.kind == "expression":
        return False
    if one.is_editable and not one.component.sensitive:
        return False
    return not is_known(one.component, reading.context, one.path)


def _lay_rows(plain: dict[str, object], sealed: dict[str, object], one: Instance, rows: object) -> None:
    count = len(rows) if isinstance(rows, list) else 0
    put_at(plain, one.path, [{} for _ in range(count)])
    if any_sensitive(one):
        put_at(sealed, one.path, [{} for _ in range(count)])


def any_sensitive(one: Instance) -> bool:
    """Whether a list has a sensitive field somewhere in its rows."""
    waiting = [one.component]
    while waiting:
        component = waiting.pop()
        if component.is_input and component.sensitive:
            return True
        waiting.extend(component.children)
    return False
