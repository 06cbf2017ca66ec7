"""Requests as the pages read them: what is too large for memory is sealed, and U+0000 is as if it were not typed.

No browser sends that character of its own, and PostgreSQL stores no text that holds it.
"""

from __future__ import annotations

from typing import IO, Any

from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.formparser import FormDataParser
from werkzeug.utils import cached_property

from web.store.spool import SpoolingRequest


class PlainFormParser(FormDataParser):
    """Reads a form's fields without the character."""

    def parse(
        self,
        stream: IO[bytes],
        mimetype: str,
        content_length: int | None,
        options: dict[str, str] | None = None,
    ) -> tuple[IO[bytes], MultiDict[str, str], MultiDict[str, Any]]:
        rest, form, files = super().parse(stream, mimetype, content_length, options)
        return rest, type(form)(_plain(form)), files


class PageRequest(SpoolingRequest):
    """A request of the pages."""

    form_data_parser_class = PlainFormParser

    @cached_property
    def args(self) -> MultiDict[str, str]:
        return ImmutableMultiDict(_plain(super().args))


def _plain(values: MultiDict[str, str]) -> list[tuple[str, str]]:
    return [(name, text.replace("\0", "")) for name, text in values.items(multi=True)]
