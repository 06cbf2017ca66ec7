"""Read a .form file (form-js JSON) into a ``Form``, or say everything that is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from forms.claims import Claim, claim_path
from forms.component_checks import check_component
from forms.evaluator import FeelCheck
from forms.expressions import collect_expressions
from forms.located_json import JsonInvalid, line_of, parse_located
from forms.model import CONTAINERS, INPUTS, Branch, Component, Expression, Field, Form
from forms.options import normalise_options
from forms.problems import FormInvalid, Problem, Report
from forms.schema import (
    ATTRIBUTES,
    CONTROL_SIGN,
    FEEL_WORDS,
    FORBIDDEN_NAMES,
    FORBIDDEN_ROOTS,
    MAX_BYTES,
    MAX_COMPONENTS,
    MAX_NESTING,
    NEWEST_SCHEMA,
    REFUSED,
)
from forms.variation import AS_WRITTEN, Variation, vary

KEY_PART = re.compile(r"[A-Za-z_]\w*", re.ASCII)
ID = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
KEPT = 400  # forms: those of a few packs
Node = Mapping[str, object]


@dataclass
class _Reader:
    report: Report
    check_feel: FeelCheck | None
    guarded: Collection[str]
    ids: set[str] = field(default_factory=set)
    claims: Claim = field(default_factory=Claim)
    keys: Branch = field(default_factory=Branch)
    fields: dict[str, Field] = field(default_factory=dict)
    expressions: list[Expression] = field(default_factory=list)
    count: int = 0


@dataclass(frozen=True)
class _Place:
    """Where a component stands: below which path and lists, in which part of the keys, how deep."""

    path: tuple[str, ...] = ()
    keys: Branch = field(default_factory=Branch)
    lists: tuple[str, ...] = ()
    list_ids: frozenset[str] = frozenset()
    is_sensitive: bool = False
    depth: int = 0


def read_form(
    data: bytes | Mapping[str, object],
    name: str,
    check_feel: FeelCheck | None = None,
    guarded: Collection[str] = (),
    variation: Variation = AS_WRITTEN,
) -> Form:
    """Read and check a form.

    ``data`` is the file's content, or its JSON already read (problems then have no lines). ``name`` is what problems
    call the file. ``check_feel`` judges each FEEL text. ``guarded`` are the first parts of keys that no form may use,
    because the domain keeps state there. ``variation`` is what is different about the form in this place. Raises
    ``FormInvalid`` with every problem; a form without errors carries its warnings.

    A file that was read so before is not read again: packs have most of their forms in common, releases too.
    """
    if isinstance(data, bytes) and check_feel is None and not guarded:
        return _read_file(data, name, variation)
    return _read(data, name, check_feel, guarded, variation)


@lru_cache(maxsize=KEPT)
def _read_file(data: bytes, name: str, variation: Variation) -> Form:
    return _read(data, name, None, (), variation)


def _read(
    data: bytes | Mapping[str, object],
    name: str,
    check_feel: FeelCheck | None,
    guarded: Collection[str],
    variation: Variation,
) -> Form:
    report = Report(name)
    root = _parse(report, data)
    reader = _Reader(report, check_feel, guarded)
    if root is None:
        raise FormInvalid(report.problems)
    component = _read_root(reader, vary(report, root, variation))
    if component is None or any(problem.severity == "error" for problem in report.problems):
        raise FormInvalid(report.problems)
    return Form(
        id=str(root["id"]),
        name=name,
        root=component,
        fields=reader.fields,
        keys=reader.keys,
        expressions=tuple(reader.expressions),
        problems=tuple(sorted(report.problems)),
    )


def _parse(report: Report, data: bytes | Mapping[str, object]) -> Node | None:
    if isinstance(data, Mapping):
        return data
    if len(data) > MAX_BYTES:
        report.error({}, "size", f"the file has {len(data)} bytes, more than {MAX_BYTES}", "cut the form into several")
        return None
    try:
        root = parse_located(data.decode())
    except UnicodeDecodeError:
        report.error({}, "encoding", "the file is not UTF-8", "save it as UTF-8 without a byte order mark")
        return None
    except JsonInvalid as invalid:
        report.problems.append(
            Problem(report.file, invalid.line, "", "error", "form/json", invalid.message, "export the form again")
        )
        return None
    if not isinstance(root, Mapping):
        report.error({}, "json", "the file is not a JSON object", "export the form again")
        return None
    return root


def _read_root(reader: _Reader, root: Node) -> Component | None:
    report = reader.report
    if root.get("type") != "default":
        report.error(root, "root", 'a form begins with "type": "default"', "export the form again", "type")
        return None
    version = root.get("schemaVersion")
    if isinstance(version, int) and version > NEWEST_SCHEMA:
        report.warn(
            root, "schema-version", f"schema version {version} is newer than {NEWEST_SCHEMA}", "", "schemaVersion"
        )
    if not isinstance(root.get("components"), list) or not root["components"]:
        report.error(root, "empty", "the form has no components", "add the fields to fill in", "components")
    return _read_component(reader, root, _Place(keys=reader.keys))


def _read_component(reader: _Reader, node: object, place: _Place) -> Component | None:
    kind = _read_kind(reader, node, place)
    if kind is None or not isinstance(node, Mapping):
        return None
    identity = _read_id(reader, node)
    local = _read_local(reader, node, kind, place)
    properties = _read_properties(node)
    is_sensitive = place.is_sensitive or properties.get("sensitive") == "true"
    check_component(reader.report, node, kind)
    reader.expressions.extend(collect_expressions(reader.report, node, reader.check_feel))
    path = place.path + local
    branch = _claim(reader, node, identity, kind, place, local)
    children: tuple[Component, ...] = ()
    if kind in CONTAINERS:
        is_list = kind == "dynamiclist"
        inner = _Place(
            path,
            branch,
            (*place.lists, ".".join(path)) if is_list else place.lists,
            place.list_ids | {identity} if is_list else place.list_ids,
            is_sensitive,
            place.depth + 1,
        )
        nodes = node.get("components")
        found = [_read_component(reader, child, inner) for child in (nodes if isinstance(nodes, list) else [])]
        children = tuple(child for child in found if child is not None)
    options = normalise_options(node.get("values"))
    component = Component(identity, kind, line_of(node), local, node, properties, is_sensitive, children, options)
    _register(reader, component, place, branch)
    return component


def _read_kind(reader: _Reader, node: object, place: _Place) -> str | None:
    report = reader.report
    if not isinstance(node, Mapping):
        report.error({}, "component", "a component is not a JSON object", "export the form again")
        return None
    reader.count += 1
    if reader.count > MAX_COMPONENTS or place.depth > MAX_NESTING:
        if reader.count == MAX_COMPONENTS + 1 or place.depth == MAX_NESTING + 1:
            message = f"more than {MAX_COMPONENTS} components or {MAX_NESTING} levels"
            report.error(node, "size", message, "cut the form into several")
        return None
    kind = node.get("type")
    if isinstance(kind, str) and kind in REFUSED:
        reason, instead = REFUSED[kind]
        report.error(node, "refused-type", f"{kind} is not taken: {reason}", instead, "type")
        return None
    if not isinstance(kind, str) or kind not in ATTRIBUTES or (kind == "default") != (place.depth == 0):
        known = ", ".join(sorted(set(ATTRIBUTES) - {"default"}))
        report.error(node, "unknown-type", f"type {kind!r} is not known", f"use one of {known}", "type")
        return None
    return kind


def _read_id(reader: _Reader, node: Node) -> str:
    identity = node.get("id")
    if not isinstance(identity, str) or ID.fullmatch(identity) is None:
        reader.report.error(
            node, "id", "an id is missing or not a plain name", "give it an id such as Field_name", "id"
        )
        return f"?{reader.count}"
    if identity in reader.ids:
        reader.report.error(
            node, "duplicate-id", f"id {identity} is used twice", "give each component its own id", "id"
        )
    reader.ids.add(identity)
    return identity


def _read_local(reader: _Reader, node: Node, kind: str, place: _Place) -> tuple[str, ...]:
    """The parts of a field's key or of a container's path; () where there is none or it cannot be used."""
    name = "key" if kind in INPUTS else "path"
    text = node.get(name)
    if kind not in INPUTS | {"group", "dynamiclist"} or (kind == "group" and not text):
        return ()
    if not isinstance(text, str) or not text:
        reader.report.error(
            node, f"missing-{name}", f"{kind} has no {name}", f"say where its values go by a {name}", name
        )
        return ()
    parts = tuple(text.split("."))
    if not all(KEY_PART.fullmatch(part) for part in parts):
        remedy = "write letters, digits and _ , parts joined by dots, none beginning with a digit"
        reader.report.error(node, f"bad-{name}", f"{name} {text!r} cannot be used", remedy, name)
        return ()
    reserved = _reserved(reader, parts, is_first=not place.path)
    if reserved:
        remedy = "begin it with a letter" if reserved.startswith(CONTROL_SIGN) else "rename it"
        message = f"{name} {text!r} uses {reserved!r}, which is reserved"
        reader.report.error(node, "protected-key", message, remedy, name)
        return ()
    return parts


def _reserved(reader: _Reader, parts: tuple[str, ...], is_first: bool) -> str:
    for part in parts:
        if part in FORBIDDEN_NAMES or part in FEEL_WORDS:
            return part
    first = parts[0]
    is_taken = first in FORBIDDEN_ROOTS or first in reader.guarded or first.startswith(CONTROL_SIGN)
    return first if is_first and is_taken else ""


def _read_properties(node: Node) -> dict[str, str]:
    """The custom properties that are text; ``check_component`` reports the others."""
    found = node.get("properties")
    return (
        {str(key): value for key, value in found.items() if isinstance(value, str)}
        if isinstance(found, Mapping)
        else {}
    )


def _claim(reader: _Reader, node: Node, identity: str, kind: str, place: _Place, local: tuple[str, ...]) -> Branch:
    """Take the component's place in the data; returns the branch of the keys below it."""
    if not local:
        return place.keys
    as_what = "field" if kind in INPUTS else "list" if kind == "dynamiclist" else "group"
    rival = claim_path(reader.claims, place.path + local, identity, as_what, place.list_ids)
    if rival:
        text = ".".join(place.path + local)
        remedy = "give each field and list a place of its own; a field is never inside another"
        reader.report.error(node, "overlapping-path", f"{text} is already taken by {rival}", remedy, "key")
        return Branch()
    branch = place.keys
    for part in local:
        branch = branch.children.setdefault(part, Branch())
    return branch


def _register(reader: _Reader, component: Component, place: _Place, branch: Branch) -> None:
    """Hang the finished component into the keys and, if it is an input, list it as a field."""
    if not component.local or not (component.is_input or component.is_list):
        return
    path = place.path + component.local
    _hang(reader.keys, path, component, branch)
    if component.is_input:
        key = _key_text(path, place.lists)
        reader.fields[key] = describe(component, key, path, place.lists)


def _hang(keys: Branch, path: tuple[str, ...], component: Component, branch: Branch) -> None:
    for part in path[:-1]:
        keys = keys.children.setdefault(part, Branch())
    keys.children[path[-1]] = Branch(component, branch.children)


def _key_text(path: tuple[str, ...], lists: tuple[str, ...]) -> str:
    """``heirs[].name`` for the field ``name`` in the list ``heirs``."""
    found = ""
    for end, part in enumerate(path, start=1):
        found += f".{part}" if found else part
        found += "[]" if ".".join(path[:end]) in lists else ""
    return found


def describe(component: Component, key: str, path: tuple[str, ...], lists: tuple[str, ...]) -> Field:
    """The public description of an input."""
    source = component.options_source
    return Field(
        key=key,
        path=path,
        kind=component.kind,
        label=component.label,
        required=component.rules.get("required") is True,
        sensitive=component.sensitive,
        check=component.properties.get("check", ""),
        options=component.options if source == "values" else (),
        options_source=source,
        lists=lists,
        component=component,
    )
