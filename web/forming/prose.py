"""The texts of a form: FEEL between ``{{`` and ``}}`` filled in, Markdown made safe HTML.

What FEEL brings in comes from people: it is text, never Markdown, so nobody's name becomes a heading or a link.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from html.parser import HTMLParser

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup

from forms.values import number_text, plain, to_fraction

Scope = Mapping[str, object]
Evaluate = Callable[[str, Scope], object]

_BRACES = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_SPACES = re.compile(r"\s+")
_SAFE_LINK = re.compile(r"(?:https?:|mailto:|tel:|/(?!/)|#)", re.IGNORECASE)
_BLOCKS = frozenset({"p", "div", "li", "br", "tr", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6"})
TOP_HEADING = 2


# -- FEEL in texts ---------------------------------------------------------------------------------------------------


def fill_in(text: object, scope: Scope, evaluate: Evaluate) -> str:
    """A label or description with its FEEL computed; "" for anything but a text."""
    return _fill(text, scope, evaluate, str)


def fill_in_markdown(text: object, scope: Scope, evaluate: Evaluate) -> str:
    """The same for Markdown: what FEEL gives is escaped."""
    return _fill(text, scope, evaluate, _escape)


def _fill(text: object, scope: Scope, evaluate: Evaluate, escape: Callable[[str], str]) -> str:
    if not isinstance(text, str):
        return ""
    if text.startswith("="):
        return escape(in_words(evaluate(text[1:], scope)))
    if "{{" not in text:
        return text
    parts = _BRACES.split(text)  # text and FEEL take turns
    return "".join(_render_block(iter(enumerate(parts)), scope, evaluate, escape, is_on=True))


def _render_block(
    parts: Iterator[tuple[int, str]], scope: Scope, evaluate: Evaluate, escape: Callable[[str], str], is_on: bool
) -> Iterator[str]:
    """The text up to the end of the block, ``{{/if}}`` or the end of all; nothing of it unless ``is_on``."""
    for place, part in parts:
        command = part.strip()
        if place % 2 == 0:
            if is_on:
                yield part
        elif command.startswith("#if "):
            holds = is_on and evaluate(command[4:], scope) is True
            yield from _render_block(parts, scope, evaluate, escape, holds)
        elif command == "/if":
            return
        elif is_on:
            yield escape(in_words(evaluate(command, scope)))


def in_words(value: object) -> str:
    """What FEEL computed, for reading."""
    value = plain(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(map(in_words, value))
    number = None if isinstance(value, str) else to_fraction(value)
    return number_text(number) if number is not None else str(value)


def _escape(text: str) -> str:
    return _PUNCTUATION.sub(r"\\\1", _SPACES.sub(" ", text).strip())


# -- Markdown --------------------------------------------------------------------------------------------------------


class _Renderer(RendererHTML):
    """Headings begin below the page's own; links open beside the form, so that nothing typed is lost."""

    def heading_open(self, tokens: Sequence[Token], idx: int, options: object, env: object) -> str:
        return f"<h{_level(tokens[idx])}>"

    def heading_close(self, tokens: Sequence[Token], idx: int, options: object, env: object) -> str:
        return f"</h{_level(tokens[idx])}>\n"


def _level(token: Token) -> int:
    """Forms begin with ``###``, which is the first below the page's title."""
    return max(TOP_HEADING, int(token.tag[1:]) - 1)


def _is_safe_link(url: str) -> bool:
    return _SAFE_LINK.match(url.strip()) is not None


def _make_reader() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": False, "breaks": True}, renderer_cls=_Renderer)
    reader.enable("table").disable(["image", "html_block", "html_inline", "reference"])
    reader.validateLink = _is_safe_link  # type: ignore[method-assign] # the library's own way to set it
    reader.add_render_rule("link_open", _open_link)
    return reader


def _open_link(self: RendererHTML, tokens: Sequence[Token], idx: int, options: object, env: object) -> str:
    tokens[idx].attrSet("rel", "noopener noreferrer")
    tokens[idx].attrSet("target", "_blank")
    return f"<a{self.renderAttrs(tokens[idx])}>"


_READER = _make_reader()


def render_markdown(text: str) -> Markup:
    """Safe HTML of a form's Markdown: no HTML of its own, no images, links to pages, mail and telephones alone."""
    return Markup(_READER.render(text))  # noqa: S704 - escaped by the reader, which passes no HTML through


# -- HTML components -------------------------------------------------------------------------------------------------


class _TextOf(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.lines = [""]

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag in _BLOCKS:
            self.lines.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.lines.append("")

    def handle_data(self, data: str) -> None:
        self.lines[-1] += data


def lines_of_html(content: str) -> tuple[str, ...]:
    """The lines of text in ``content``. A form's own HTML never enters a page: only its words do."""
    reader = _TextOf()
    reader.feed(content)
    reader.close()
    return tuple(line for line in (_SPACES.sub(" ", line).strip() for line in reader.lines) if line)
