"""Reading BPMN and DMN that strangers may have written.

A file is parsed once, here, and only the tree travels on: no other module hands bytes or paths to an XML parser.
``parse_xml`` is for files that already lie in the checkout or in a release. ``parse_upload`` is for files that somebody
sends: it does the same and the dialect check in a child process, which dies instead of us when a file is a bomb.

Every refusal is a ``PackInvalid`` whose problems carry a rule ``xml/…`` and the line.
"""

from __future__ import annotations

import json
import logging
import math
import os
import re
import resource
import subprocess
import sys
from dataclasses import astuple
from pathlib import Path
from typing import NoReturn

from lxml import etree
from lxml.etree import _Element as Element

from engine.errors import PackInvalid, Problem, Unavailable

MAX_BYTES = 2 * 1024 * 1024
MAX_ELEMENTS = 20_000
MAX_ATTRIBUTES = 60
MAX_DEPTH = 60
MAX_VALUE_CHARS = 20_000
MAX_NAMESPACES = 40
MAX_PROBLEMS = 500
CHILD_MEMORY_BYTES = 512 * 1024 * 1024
WALL_SECONDS_PER_CPU_SECOND = 3

_DECLARED_ENCODING = re.compile(rb"^\s*<\?xml[^>]*?\sencoding\s*=\s*[\"']([^\"']*)[\"']")
_EXIT_OUT_OF_MEMORY = 3
_PROJECT_ROOT = Path(__file__).resolve().parents[2]
_log = logging.getLogger(__name__)


def parse_xml(data: bytes, file: str) -> Element:
    """Root element of the UTF-8 XML in `data`; comments and processing instructions are dropped.

    `file` is the name that problems carry. Raises PackInvalid: one problem, or one for each duplicate id.
    """
    _refuse_bytes(data, file)
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        recover=False,
        collect_ids=False,
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        _refuse(file, error.lineno or 0, "xml/malformed", f"not well-formed XML: {_short(error.msg or 'no detail')}")
    _refuse_doctype(root, file)
    _refuse_tree(root, file)
    return root


def parse_upload(
    data: bytes, file: str, seconds: float = 5, *, memory_bytes: int = CHILD_MEMORY_BYTES
) -> list[Problem]:
    """Check an uploaded file in a child process: `parse_xml`, and the dialect unless `file` is a ``.dmn``.

    `seconds` is processor time; the wall clock gets three times that, for an honest file on a busy machine. Returns the
    warnings, raises PackInvalid when there are errors or a limit was reached, Unavailable when no child can be started.
    """
    _refuse_bytes(data, file)  # what is refused without parsing needs no child
    header = json.dumps({"file": file, "seconds": math.ceil(seconds), "memory_bytes": memory_bytes}).encode()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "engine.bpmn.xml"],
            input=header + b"\n" + data,
            capture_output=True,
            check=False,
            timeout=seconds * WALL_SECONDS_PER_CPU_SECOND,
            cwd=_PROJECT_ROOT,
            env={"PYTHONDONTWRITEBYTECODE": "1"},  # our own environment holds keys
        )
    except subprocess.TimeoutExpired:
        _refuse(file, 0, "xml/limit", f"checking took longer than {seconds * WALL_SECONDS_PER_CPU_SECOND:g} s")
    except OSError as error:
        raise Unavailable(f"no process could be started to check {file}: {error.strerror}") from error
    if done.returncode < 0 or done.returncode == _EXIT_OUT_OF_MEMORY:
        _refuse(file, 0, "xml/limit", f"checking needs more than {seconds:g} s or {memory_bytes >> 20} MiB")
    if done.returncode:
        _log.error("checking an upload failed: %s", done.stderr[-2000:].decode("utf-8", "replace"))
        _refuse(file, 0, "xml/unfinished", "the check broke off")
    problems = [Problem(*row) for row in json.loads(done.stdout)]
    if any(problem.severity == "error" for problem in problems):
        raise PackInvalid(problems)
    return problems


def line_of(element: Element) -> int:
    """Line of an element's start tag, counted from 1; 0 when it was not parsed from a file."""
    line: int | None = getattr(element, "sourceline", None)
    return line or 0


def _refuse(file: str, line: int, rule: str, message: str, remedy: str = "") -> NoReturn:
    raise PackInvalid([Problem(file, line, "", "error", rule, message, remedy)])


def _refuse_bytes(data: bytes, file: str) -> None:
    """Refuse what needs no parser: size, encoding, DOCTYPE, and counts that would make the parser slow."""
    if len(data) > MAX_BYTES:
        _refuse(file, 0, "xml/size", f"{len(data):,} bytes; at most {MAX_BYTES:,} are read")
    if not data.strip():
        _refuse(file, 0, "xml/malformed", "the file is empty")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        _refuse(file, line, "xml/encoding", f"byte {error.start} is not UTF-8", remedy="save the file as UTF-8")
    nul = data.find(b"\0")
    if nul >= 0:
        line = data.count(b"\n", 0, nul) + 1
        _refuse(file, line, "xml/encoding", "a NUL character; perhaps UTF-16", remedy="save the file as UTF-8")
    declared = _DECLARED_ENCODING.match(data.removeprefix(b"\xef\xbb\xbf"))
    if declared and declared[1].lower() not in (b"utf-8", b"utf8"):
        name = _short(declared[1].decode("utf-8"))
        _refuse(file, 1, "xml/encoding", f"declares the encoding {name}", remedy="save the file as UTF-8")
    for mark in (b"<!DOCTYPE", b"<!ENTITY"):
        found = data.find(mark)
        if found >= 0:
            line = data.count(b"\n", 0, found) + 1
            _refuse(file, line, "xml/doctype", f"{mark.decode()} is not allowed", remedy="remove it")
    if data.count(b"<") > 3 * MAX_ELEMENTS:
        _refuse(file, 0, "xml/limit", f"more than {MAX_ELEMENTS:,} elements")
    if data.count(b"xmlns") > MAX_NAMESPACES:
        _refuse(file, 0, "xml/limit", f"more than {MAX_NAMESPACES} namespace declarations")


def _refuse_doctype(root: Element, file: str) -> None:
    """Second lock on the same door: whatever spelling got past the search in the bytes."""
    docinfo = root.getroottree().docinfo
    if any(dtd is not None for dtd in (docinfo.internalDTD, docinfo.externalDTD)):
        _refuse(file, 1, "xml/doctype", "a DOCTYPE is not allowed", remedy="remove it")


def _refuse_tree(root: Element, file: str) -> None:
    """Refuse trees over a limit and ids that occur twice (BPMN elements refer to each other by id)."""
    lines_by_id: dict[str, int] = {}
    duplicates: list[Problem] = []
    count = 0
    stack = [(root, 1)]
    while stack:
        element, depth = stack.pop()
        line = line_of(element)
        count += 1
        if not isinstance(element.tag, str):
            _refuse(file, line, "xml/doctype", "an entity reference is not allowed", remedy="write the character")
        if count > MAX_ELEMENTS:
            _refuse(file, line, "xml/limit", f"more than {MAX_ELEMENTS:,} elements")
        if depth > MAX_DEPTH:
            _refuse(file, line, "xml/limit", f"nested more than {MAX_DEPTH} deep")
        if len(element.attrib) > MAX_ATTRIBUTES:  # before any iteration, which is quadratic in lxml
            _refuse(file, line, "xml/limit", f"an element with more than {MAX_ATTRIBUTES} attributes")
        values = [element.text or "", element.tail or "", *map(str, element.attrib.values())]
        if any(len(value) > MAX_VALUE_CHARS for value in values):
            _refuse(file, line, "xml/limit", f"a value of more than {MAX_VALUE_CHARS:,} characters")
        element_id = element.get("id")
        if element_id in lines_by_id:
            message = f"the id is already used in line {lines_by_id[element_id]}"
            remedy = "give it an id of its own"
            duplicates.append(Problem(file, line, _short(element_id), "error", "xml/duplicate-id", message, remedy))
        elif element_id is not None:
            lines_by_id[element_id] = line
        stack.extend((child, depth + 1) for child in reversed(element))
    if duplicates:
        raise PackInvalid(duplicates[:MAX_PROBLEMS])


def _short(text: str) -> str:
    return text if len(text) <= 100 else text[:97] + "..."


def _check_in_child() -> int:
    """Body of the child process: limits first, then a header line and the file from stdin, problems to stdout."""
    from engine.bpmn.dialect import check_dialect

    header = json.loads(sys.stdin.buffer.readline())
    resource.setrlimit(resource.RLIMIT_CPU, (header["seconds"], header["seconds"]))
    resource.setrlimit(resource.RLIMIT_AS, (header["memory_bytes"], header["memory_bytes"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    data, file = sys.stdin.buffer.read(), header["file"]
    try:
        root = parse_xml(data, file)
        problems = [] if file.endswith(".dmn") else check_dialect(root, file)
    except PackInvalid as error:
        problems = error.problems
    problems.sort(key=lambda problem: problem.severity)  # errors before warnings: no error may be cut off
    json.dump([astuple(problem) for problem in problems[:MAX_PROBLEMS]], sys.stdout)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(_check_in_child())
    except MemoryError:
        os._exit(_EXIT_OUT_OF_MEMORY)  # a normal exit would need memory again
