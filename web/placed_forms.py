"""A form at its address: what a route reads from it, draws whole, and draws anew while somebody fills it in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from flask import request
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from forms import Form, Upload
from web.forming import Files, Step, Texts, handle, render, render_fields
from web.services import services


def _no_url(_key: str) -> str:
    return ""


def read_sent(
    form: Form,
    context: Mapping[str, object],
    files: Files | None = None,
    sent: MultiDict[str, str] | None = None,
    *,
    judged: bool = True,
) -> Step:
    """What the present request sends to ``form``; ``sent`` in place of the request's own fields.

    A submission that is not ``judged`` here is left to the engine, which judges every one by the facts as they are.
    """
    own, fields = services(), request.form if sent is None else sent
    return handle(form, fields, files, context, own.runtime.feel, own.clock.now(), judged=judged)


@dataclass(frozen=True)
class PlacedForm:
    """A form, what it is shown with, and where it is posted to; ``draft_to`` also keeps what is not complete.

    ``uploads`` are the files that this person may see in it, by key, and ``file_url`` gives the address of one.
    """

    form: Form
    context: Mapping[str, object]
    post_to: str
    draft_to: str | None = None
    texts: Texts = field(default_factory=Texts)
    uploads: Mapping[str, Upload] = field(default_factory=dict)
    file_url: Callable[[str], str] = _no_url

    def read(self, files: Files | None = None, sent: MultiDict[str, str] | None = None) -> Step:
        """As ``read_sent`` of this form."""
        return read_sent(self.form, self.context, files, sent)

    def draw(self, values: object, errors: Mapping[str, Sequence[str]] | None = None, focus: str = "") -> Markup:
        """The whole ``<form>``, with the session's token."""
        own = services()
        return render(
            self.form,
            self.context,
            own.runtime.feel,
            values,
            errors,
            post_to=self.post_to,
            draft_to=self.draft_to,
            csrf=generate_csrf(),
            now=own.clock.now(),
            uploads=self.uploads,
            file_url=self.file_url,
            focus=focus,
            texts=self.texts,
        )

    def redraw(self, step: Step) -> str:
        """The fields anew, for htmx."""
        own = services()
        return render_fields(
            self.form,
            self.context,
            own.runtime.feel,
            step.values,
            step.errors,
            post_to=self.post_to,
            draft_to=self.draft_to,
            now=own.clock.now(),
            uploads=self.uploads,
            file_url=self.file_url,
            focus=step.focus,
            texts=self.texts,
        )
