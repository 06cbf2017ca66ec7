"""What one rendering of a form knows, and the questions that every part of it asks."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from forms import Evaluator, Form, Shown, Upload
from forms.evaluator import Reading
from web.forming import prose

WORD = re.compile(r"[A-Za-z_]\w*", re.ASCII)


@dataclass
class Page:
    """What one rendering knows. ``values`` is what was typed, ``uploads`` the files that may be named, by key."""

    form: Form
    context: Mapping[str, object]
    feel: Evaluator
    now: datetime
    values: object
    errors: Mapping[str, Sequence[str]]
    uploads: Mapping[str, Upload]
    file_url: Callable[[str], str]
    sources: Mapping[str, str]
    focus: str = ""
    has_focused: bool = field(default=False)

    @cached_property
    def reading(self) -> Reading:
        return Reading(self.form, self.context, self.feel, self.now)

    @cached_property
    def words_of_feel(self) -> frozenset[str]:
        """Every name in the form's FEEL: a field whose key is among them may change what is shown."""
        return frozenset(word for one in self.form.expressions for word in WORD.findall(one.text))

    def evaluate(self, expression: str, scope: Mapping[str, object]) -> object:
        return self.feel.evaluate(expression, scope, now=self.now)

    def say(self, shown: Shown, attribute: str) -> str:
        """A text of the component, its FEEL filled in. ``appearance.suffixAdorner`` looks inside."""
        outer, _dot, inner = attribute.partition(".")
        text = shown.component.attributes.get(outer)
        if inner:
            text = text.get(inner) if isinstance(text, Mapping) else None
        return prose.fill_in(text, shown.scope, self.evaluate).strip()

    def takes_focus(self, name: str, *, is_list: bool = False) -> bool:
        """Whether the cursor goes here: to the place named, or to the first field in it. Answers yes once."""
        is_here = self.focus == name or (not is_list and self.focus != "" and name.startswith(f"{self.focus}."))
        if not is_here or self.has_focused:
            return False
        self.has_focused = True
        return True
