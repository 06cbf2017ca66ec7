"""The keys of ``pack.yaml`` as tables: what each takes, whether it is needed, what it means."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from engine import pack_schema, pack_types
from engine.manifests import INHERITED, VOCABULARY
from engine.pack_schema import Manifest
from engine.pack_types import Part
from tasks.reference.markdown import code, table
from tasks.reference.meanings import MEANINGS

_WORDS: tuple[tuple[Any, str], ...] = (
    (pack_types.Text, "text"),
    (pack_types.Line, "one line"),
    (pack_types.PackCode, "a code (`a-z`, digits, `_`)"),
    (pack_types.Name, "a name (`a-z`, digits, `_`)"),
    (pack_types.DottedName, "a dotted name"),
    (pack_types.SourceKey, "the key of a source"),
    (pack_types.ErrorCode, "an error code"),
    (pack_types.SwitchId, "a number such as `C-01`"),
    (pack_types.GroupName, "a group"),
    (pack_types.VariableName, "a variable's name"),
    (pack_types.ComponentId, "a component's id"),
    (pack_types.ComponentText, "a component's id, or `<id>.description`"),
    (pack_types.ChoiceValue, "a value"),
    (pack_types.FactPath, "a dotted path"),
    (pack_types.Region, "six digits"),
    (pack_types.Day, "a day, `YYYY-MM-DD`"),
    (pack_schema.SwitchValue, "a word, a whole number, `true` or `false`, or a list of words"),
    (pack_schema.Declaration, "a type, or a mapping (`variables`, below)"),
)
UNEXPLAINED = "(not explained yet: tasks/reference/meanings.py)"
_TITLES = {
    "Declared": "What comes from outside: an entry of `variables`, `facts`, `outputs`",
    "MessageType": "`messages`: an entry",
    "ExternalJob": "`jobs`: an entry",
    "Citation": "`basis` and `source`: a citation",
    "FormVariation": "`forms`: an entry",
    "Paper": "`papers`: an entry",
    "PushFields": "`pushes`: an entry",
    "Confirmation": "`switches`: `confirmed`",
    "Handling": "`items`: `handling`",
    "Item": "`items`: an entry",
    "Switch": "`switches`: an entry",
    "Source": "`sources`: an entry",
    "Channel": "`channels`: an entry",
    "Group": "`groups`: an entry",
    "Names": "`names`",
    "Effective": "`effective`",
    "Fee": "`fee`",
    "Leaflet": "`guide`",
    "Clause": "`guide`: a condition or a step",
}


def lay_out_keys() -> str:
    """Every part of a manifest, the manifest first."""
    return "\n\n".join(_lay_out(part) for part in MEANINGS)


def _lay_out(part: type[Part]) -> str:
    rows = list(_rows(part))
    if part is not Manifest:
        return f"### {_TITLES[part.__name__]}\n\n{table(('key', 'takes', 'means'), rows)}"
    merged = [(key, takes, _merging(key), means) for key, takes, means in rows]
    return f"### The whole file\n\n{table(('key', 'takes', 'over a base', 'means'), merged)}"


def _rows(part: type[Part]) -> Iterator[tuple[str, str, str]]:
    hints = typing.get_type_hints(part, include_extras=True)
    meanings = MEANINGS[part]
    for name, field in part.model_fields.items():
        key = field.alias or name
        takes = _takes(hints[name])
        if field.is_required():
            takes += ", **needed**"
        elif isinstance(field.default, bool | int | str):
            takes += f", {code(_yaml(field.default))} by default"
        yield code(key), takes, meanings.get(key, UNEXPLAINED)


def _merging(key: str) -> str:
    name = key.strip("`")
    return "joined by id" if name in VOCABULARY else "the nearest" if name in INHERITED else "the pack's own"


def _takes(hint: Any) -> str:
    """What a key takes, in words."""
    for known, words in _WORDS:
        if hint == known:
            return words
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return _takes(next(one for one in arguments if one is not type(None)))
    if origin is Literal:
        return " or ".join(code(str(one)) for one in arguments)
    if origin is Annotated:
        return _takes(arguments[0])
    if origin is tuple:
        return f"a list, each {_takes(arguments[0])}"
    if origin is not None and issubclass(origin, Mapping):
        return f"a mapping from {_takes(arguments[0])} to {_takes(arguments[1])}"
    return {bool: "`true` or `false`", int: "a whole number", str: "one line"}.get(hint, "a mapping, see below")


def _yaml(value: object) -> str:
    return {True: "true", False: "false"}.get(value, str(value)) if isinstance(value, bool) else str(value)
