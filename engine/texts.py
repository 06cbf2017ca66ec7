"""What people read: the packs' templates, rendered as plain text.

A template is a pack's file ``templates/<name>.j2``, and a pack may come from strangers, so only what fills in a letter
is taken: text, values, ``if`` and ``for`` over what it is given, and a few filters. There is no calculation, no call,
no assignment and no reading of other files, so a template can neither reach out of its values nor grow without bound.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from jinja2 import StrictUndefined, Template, TemplateError, nodes
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from engine.errors import ShenhouError

MAX_TEMPLATE_BYTES = 20_000
MAX_TEXT = 20_000  # characters of one rendered text
MAX_FILTER_WORD = 40  # characters of what a filter is told, such as the "、" between joined words
FILTERS = ("default", "first", "join", "last", "length", "trim")
_TAKEN = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Const,
    nodes.Getattr,
    nodes.Getitem,
    nodes.If,
    nodes.For,
    nodes.CondExpr,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Test,
    nodes.Filter,
    nodes.Tuple,
    nodes.List,
)
_VERSION = re.compile(r"\{#-?\s*version:\s*(\S{1,64})\s*-?#\}")


class TextFault(ShenhouError):
    """A pack's text is missing, is no template that we take, or asks for a value that it is not given."""

    code = "text"

    def __init__(self, name: str, message: str) -> None:
        self.name = name
        super().__init__(f"template {name}: {message}")


class Texts(Protocol):
    """What is asked of a release here."""

    @property
    def files(self) -> Mapping[str, bytes]: ...


def render(release: Texts, name: str, /, **values: Any) -> str:
    """The text ``name`` of the release with ``values`` filled in. Raises ``TextFault``.

    A value that the template names and is not given is a fault, never an empty place in a letter; None reads as empty.
    """
    template = _compile(name, _read(release, name))
    parts, length = [], 0
    try:
        for part in template.generate(values):
            parts.append(part)
            length += len(part)
            if length > MAX_TEXT:
                raise TextFault(name, f"the text is longer than {MAX_TEXT} characters")
    except (TemplateError, TypeError, ValueError, LookupError, ArithmeticError) as error:
        raise TextFault(name, f"cannot be filled in: {_first_line(error)}") from None
    return "".join(parts).strip()


def read_version(release: Texts, name: str) -> str:
    """The version that the template states in its first line, ``{# version: 2025.1 #}``. Raises ``TextFault``."""
    found = _VERSION.match(_read(release, name).decode("utf-8", "replace"))
    if found is None:
        raise TextFault(name, "its first line states no version: {# version: … #}")
    return found[1]


def check_template(name: str, data: bytes) -> None:
    """Raises ``TextFault`` where ``data`` is not a template that we take."""
    _compile(name, data)


def _read(release: Texts, name: str) -> bytes:
    data = release.files.get(f"templates/{name}.j2")
    if data is None:
        raise TextFault(name, f"the pack has no file templates/{name}.j2")
    return data


@functools.lru_cache(maxsize=512)
def _compile(name: str, data: bytes) -> Template:
    if len(data) > MAX_TEMPLATE_BYTES:
        raise TextFault(name, f"the template is larger than {MAX_TEMPLATE_BYTES} bytes")
    try:
        source = data.decode()
        _check_node(name, _ENVIRONMENT.parse(source), False)
        return _ENVIRONMENT.from_string(source)
    except UnicodeDecodeError:
        raise TextFault(name, "the template is not UTF-8") from None
    except RecursionError:
        raise TextFault(name, "the template is nested too deeply") from None
    except TemplateError as error:
        raise TextFault(name, _first_line(error)) from None


def _check_node(name: str, node: nodes.Node, looped: bool) -> None:
    if fault := _fault_of(node, looped):
        raise TextFault(name, f"line {getattr(node, 'lineno', 0)}: {fault}")
    for child in node.iter_child_nodes():
        _check_node(name, child, looped or isinstance(node, nodes.For))


def _fault_of(node: nodes.Node, looped: bool) -> str:
    """What is wrong with one node, its children aside. A loop in a loop, a filter on a filter multiply: not taken."""
    if not isinstance(node, _TAKEN):
        return f"{type(node).__name__} is not taken here; only values, if, for and filters are"
    if isinstance(node, nodes.For) and (looped or node.recursive):
        return "a loop within a loop is not taken"
    if not isinstance(node, nodes.Filter):
        return ""
    if node.name not in FILTERS:
        return f"filter {node.name!r} is none of {', '.join(FILTERS)}"
    if isinstance(node.node, nodes.Filter):
        return "a filter on a filter is not taken"
    words = [word.value if isinstance(word, nodes.Const) else None for word in node.args]
    if node.kwargs or node.dyn_args or node.dyn_kwargs or any(word is None for word in words):
        return f"filter {node.name!r} takes plain words only"
    return f"filter {node.name!r}: its word is too long" if len("".join(map(str, words))) > MAX_FILTER_WORD else ""


def _finalize(value: Any) -> Any:
    return "" if value is None else value


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]


class _Environment(ImmutableSandboxedEnvironment):
    """Values are JSON: a dot or a bracket reads an entry, and never an attribute of a Python object."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, LoopContext) and attribute in ("index", "first", "last", "length"):
            return getattr(obj, attribute)
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        try:
            if isinstance(obj, Mapping | Sequence):
                return obj[argument]
        except (LookupError, TypeError):
            pass
        return self.undefined(obj=obj, name=argument)


def _make_environment() -> _Environment:
    environment = _Environment(
        undefined=StrictUndefined,
        autoescape=False,  # plain text: messages and slips, escaped by whoever puts one on a page
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    environment.globals.clear()
    environment.filters = {filter_: environment.filters[filter_] for filter_ in FILTERS}
    return environment


_ENVIRONMENT = _make_environment()
