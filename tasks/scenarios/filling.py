"""Filling in a form within its rules: sensibly for a scenario's ``fill``, at random for a walk.

Which fields are shown, what they offer and how large they may be depends on what is filled in already, so the form is
looked at again until nothing new is shown. Nothing here knows a form by name.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import forms
from forms.dates import ZONE, Moment, interval_of, subtype_of, today_in_zone, write_moment
from forms.model import MULTIPLE_CHOICES
from tasks.scenarios import inventing
from tasks.scenarios.paths import Path, has_value, put_value, read_path, take_value
from tasks.scenarios.patterns import invent_text

ROUNDS = 12
REPAIRS = 8  # tries; in the second half of them one thing alone is ticked
UPLOAD = forms.Upload("材料扫描件.pdf", "application/pdf", 2048, b"%PDF-1.7\n")


class Unfillable(Exception):
    """A form that cannot be filled in: what its own check said of the last try."""


@dataclass
class Filler:
    """``eager`` is the share of the fields that need not be filled in and are; 0 is the sensible clerk.

    ``thorough`` ticks everything that can be ticked. ``known`` are texts for fields by their last name: whose account
    it is, for one.
    """

    chance: random.Random
    now: datetime
    eager: float = 0.0
    thorough: bool = False
    known: Mapping[str, str] = field(default_factory=dict)
    decided: set[str] = field(default_factory=set)
    wrong: set[str] = field(default_factory=set)  # what stood there before and does not fit
    restarts: int = 0  # what was ticked together could not be handed in: tick other things, in the end only one

    def fill(
        self, form: forms.Form, context: Mapping[str, object], feel: forms.Evaluator, given: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Values for ``form`` as it is shown with ``context``; what is ``given`` stays. Raises ``Unfillable``.

        What the form refuses of the given ones stays as well: the command shall say so.
        """
        broken: set[str] = set()
        self.wrong, self.restarts = set(), 0
        values: dict[str, Any] = {}
        for attempt in range(REPAIRS):
            if attempt == 0 or not broken:  # what is wrong was not chosen here: begin anew
                self.decided, values, self.restarts = set(), copy.deepcopy(dict(given)), attempt
            self._complete(form, context, feel, values)
            self._agree(values)
            checked = forms.validate(form, values, context, feel, find_uploads(values), self.now)
            if not checked.errors:
                return values
            broken = set(checked.errors) & self.decided
            self.wrong |= set(checked.errors) - self.decided
            for key in broken:
                self.decided.discard(key)
                take_value(values, read_path(key))
        if broken:
            raise Unfillable(f"{form.id}: {checked.errors}")
        return values

    def _complete(
        self, form: forms.Form, context: Mapping[str, object], feel: forms.Evaluator, values: dict[str, Any]
    ) -> None:
        for _ in range(ROUNDS):
            shown = forms.show(form, context, feel, values, self.now)
            if not sum([self._decide(one, values) for one in shown]):
                return

    def _decide(self, one: forms.Shown, values: dict[str, Any]) -> bool:
        """Whether something was filled in at this place."""
        component = one.component
        if not one.is_editable or not (component.is_input or component.is_list) or component.kind == "expression":
            return False
        path = read_path(one.key)
        if one.key in self.decided or has_value(values, path):
            return False
        if component.is_list:
            return self._add_rows(one, path, values)
        needed = bool(one.limits.get("required")) or (self.thorough and component.kind in MULTIPLE_CHOICES)
        if one.key not in self.wrong:
            if _is_filled(one.value) and not (self.eager and self.chance.random() < self.eager / 4):
                return False
            if not needed and not self.chance.random() < self.eager:
                return False
        self.decided.add(one.key)
        put_value(values, path, self._choose(one))
        return True

    def _agree(self, values: Any, above: str = "") -> None:
        """Let what was chosen of a person agree: number and papers, day of birth and sex, a card and its holder."""
        if isinstance(values, list):
            for index, row in enumerate(values):
                self._agree(row, f"{above}[{index}]")
        if not isinstance(values, dict):
            return
        named = {name: f"{above}.{name}" if above else name for name in values}
        kind = values.get("id_kind")
        if kind == "none":
            values.pop("id_number", None)
        elif named.get("id_number") in self.decided and kind not in (None, "resident_id"):
            values["id_number"] = inventing.invent_paper_number(self.chance, str(kind), today_in_zone(self.now))
        for name in list(values):
            key = named[name]
            if key in self.decided and values[name]:
                values[name] = inventing.follow(values, name)
            self._agree(values[name], key)

    def _add_rows(self, one: forms.Shown, path: Path, values: dict[str, Any]) -> bool:
        """Rows that are there already stay, and have to be sent; a list that may grow sometimes does."""
        fewest, _ = one.component.row_limits()
        wanted = known = len(one.value) if isinstance(one.value, list) else 0
        if one.component.attributes.get("allowAddRemove") is not False:
            wanted = max(fewest, known) + (self.chance.randint(0, 1) if self.eager else 0)
        self.decided.add(one.key)
        if not wanted:
            return False
        put_value(values, path, [{} for _ in range(wanted)])
        return True

    def _choose(self, one: forms.Shown) -> object:
        kind = one.component.kind
        if kind == "checkbox":
            return bool(one.limits.get("required")) or self.chance.random() < 0.5
        if kind == "number":
            return self._number(one)
        if kind == "datetime":
            return self._moment(one)
        if kind == "filepicker":
            return f"files::{self.chance.randrange(10**9)}"
        if one.component.kind in ("radio", "select"):
            offered = [option.value for option in one.options]
            return (self.chance.choice(offered) if self.eager else offered[0]) if offered else None
        if kind in MULTIPLE_CHOICES:
            offered = [option.value for option in one.options]
            return self.chance.sample(offered, self._how_many(len(offered)))
        return self._text(one)

    def _how_many(self, offered: int) -> int:
        if offered and self.restarts >= REPAIRS // 2:
            return 1
        return self.chance.randint(1, offered) if offered and (self.eager or self.restarts) else offered

    def _number(self, one: forms.Shown) -> object:
        low = _whole(one.limits.get("min"), 1)
        high = max(low, _whole(one.limits.get("max"), low + 5_000))
        number = self.chance.randint(low, high) if self.eager else low
        return str(number) if one.component.attributes.get("serializeToString") else number

    def _moment(self, one: forms.Shown) -> str:
        """Now, cut to what the field takes; at random sometimes earlier, and later only where the past is barred."""
        subtype, local = subtype_of(one.component), self.now.astimezone(ZONE)
        if one.component.attributes.get("disallowPassedDates"):
            local += timedelta(days=self.chance.randint(1, 5))
        elif "born" in one.key:
            local -= timedelta(days=365 * 80)
        elif self.eager and self.chance.random() < 0.4:
            local -= timedelta(minutes=self.chance.randint(1, 5_000))
        minute = local.hour * 60 + local.minute
        minute -= minute % interval_of(one.component)
        day = local.date()
        moment = Moment(None if subtype == "time" else day, None if subtype == "date" else minute)
        return write_moment(one.component, moment)

    def _text(self, one: forms.Shown) -> str:
        pattern = one.limits.get("pattern")
        if isinstance(pattern, str) and pattern:
            return invent_text(self.chance, pattern)
        text = self._words(one, today_in_zone(self.now))
        least, most = _whole(one.limits.get("minLength"), 0), _whole(one.limits.get("maxLength"), 10_000)
        return (text * (1 + least // max(1, len(text))))[:most] if least > len(text) else text[:most]

    def _words(self, one: forms.Shown, today: date) -> str:
        checked = one.component.properties.get("check", "") or one.limits.get("validationType", "")
        kinds = {
            "id_number": lambda: inventing.invent_id_number(self.chance, today),
            "phone": lambda: inventing.invent_mobile(self.chance),
            "bank_card": lambda: inventing.invent_card(self.chance),
            "social_card": lambda: inventing.invent_card(self.chance),
            "uscc": lambda: inventing.invent_credit_code(self.chance),
            "email": lambda: f"family{self.chance.randint(1, 999)}@example.org",
        }
        if one.component.properties.get("check", "") == "" and checked == "phone":
            return f"+86{inventing.invent_mobile(self.chance)}"  # form-js' own rule takes international numbers
        if checked in kinds:
            return kinds[str(checked)]()
        name = one.key.rpartition(".")[2]
        if name in self.known:
            return self.known[name]
        if name == "id_number":
            return inventing.invent_id_number(self.chance, today)
        if name.endswith("name") or name in ("signer", "holder"):
            return inventing.invent_name(self.chance)
        if name.endswith(("number", "document", "code")):
            return inventing.invent_number(self.chance)
        return self.chance.choice(inventing.PLACES if "address" in name else inventing.WORDS)


def find_uploads(values: object) -> dict[str, forms.Upload]:
    """A file for every key of one (``files::…``) that stands somewhere in ``values``."""
    if isinstance(values, str):
        return {values: UPLOAD} if values.startswith("files::") else {}
    parts = values.values() if isinstance(values, Mapping) else values if isinstance(values, list | tuple) else ()
    return {key: upload for part in parts for key, upload in find_uploads(part).items()}


def _is_filled(value: object) -> bool:
    return value not in (None, "", [], False)


def _whole(limit: object, default: int) -> int:
    return int(float(limit)) if isinstance(limit, int | float | str) and str(limit) else default
