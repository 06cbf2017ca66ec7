"""Whatever Python reads of a pack's switches can be set: the base pack names it.

Diagrams, tables and forms are held to it by the check of the pack.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from engine.packs import read_pack

ROOT = Path(__file__).parents[2]


def test_every_switch_that_python_reads_stands_in_the_base_pack() -> None:
    base = read_pack("common", ROOT / "processes", ROOT / "forms").manifest
    known = {switch.key for switch in base.switches.values()}
    read = {place: key for file in sources() for place, key in keys_read(file.read_text("utf-8"), file)}
    assert "supplement.window" in read.values()
    assert {place: key for place, key in read.items() if key not in known} == {}


def test_no_switch_is_read_past_the_one_function_that_is_looked_at_here() -> None:
    assert [place for file in sources() for place in read_past_it(file.read_text("utf-8"), file)] == []


def test_a_key_that_nobody_could_check_is_seen() -> None:
    here = Path("x.py")
    assert list(keys_read('switch(release, "a.b", 1)', here)) == [("x.py:1", "a.b")]
    assert list(keys_read("switch(release, name)", here)) == [("x.py:1", "")]
    assert list(read_past_it('case.release.switches.get("a", {})', here)) == ["x.py:1"]
    assert list(read_past_it('case.release.switches["a"]', here)) == ["x.py:1"]
    assert list(read_past_it('release.manifest.switches["C-01"]', here)) == []


def sources() -> list[Path]:
    return [file for folder in ("tasks", "web") for file in sorted((ROOT / folder).rglob("*.py"))]


def keys_read(text: str, file: Path) -> Iterator[tuple[str, str]]:
    """Where the values of switches are asked for, and by which key; "" for one that is not written out."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "switch":
            key = node.args[1]
            yield f"{file.name}:{node.lineno}", str(key.value) if isinstance(key, ast.Constant) else ""


def read_past_it(text: str, file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.value, ast.Attribute):
            is_looked_into = isinstance(node, ast.Subscript) or node.attr == "get"
            owner = node.value.value
            is_declared = isinstance(owner, ast.Attribute) and owner.attr == "manifest"
            if node.value.attr == "switches" and is_looked_into and not is_declared:
                yield f"{file.name}:{node.lineno}"
