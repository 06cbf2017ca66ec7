"""What FEEL may read of a case, as tables: what the library declares, and what each of its forms fills."""

from __future__ import annotations

from collections.abc import Iterator

from engine.bpmn.xml import parse_xml
from engine.lint.subject import Step, read_processes
from engine.loaded import LoadedRelease
from engine.packs import Pack
from forms import Form
from tasks.reference.markdown import code, table

SEALED = "🔒"


def lay_out_declared(library: Pack) -> str:
    """The facts that workers write, as the library declares them."""
    rows = [
        (code(f"case.{path}"), declared.type, declared.description or "")
        for path, declared in library.manifest.facts.items()
        if not declared.sensitive
    ]
    return table(("fact", "type", "holds"), rows)


def lay_out_switches(library: Pack) -> str:
    """The switches that the library's diagrams and tables ask."""
    rows = [
        (code(f"switches.{switch.key}"), number, switch.title, ", ".join(map(code, switch.options)) or "–")
        for number, switch in library.manifest.switches.items()
        if switch.key
    ]
    return table(("reads", "switch", "decides", "values"), rows)


def lay_out_forms(library: Pack) -> str:
    """The fields of every form that a user task or a message of the library fills in, by where they go."""
    release, rows = LoadedRelease(library), []
    for form_id, place, filled_for in sorted(set(_places(library))):
        rows.append((place, f"{filled_for} ({code(form_id)})", _fields(release.form(form_id))))
    return table(("at", "filled in for", "fields"), rows)


def _places(library: Pack) -> Iterator[tuple[str, str, str]]:
    for name in library.names(".bpmn"):
        for process in read_processes(parse_xml(library.files[name], name), name):
            for step in process.of_kind("userTask"):
                yield step.extensions.form_id, _at(step.extensions.facts_path), _title(step)
    for message in library.manifest.messages.values():
        if message.form:
            yield message.form, _at(message.facts or ""), message.name


def _at(path: str) -> str:
    """``case``, ``case.custody``, or the FEEL that says where."""
    return code(f"case: {path}" if path.startswith("=") else f"case.{path}" if path else "case")


def _title(step: Step) -> str:
    return str(step.node.element.get("name") or step.id)


def _fields(form: Form) -> str:
    told = [f"{code(field.key)}{SEALED if field.sensitive else ''}" for field in form.fields.values()]
    return " ".join(told) or "–"
