"""What each province's folders hold beyond the library: files and lines, so that growth is seen.

Lines are told to the nearest fifty: a table that changed with every edit would be behind all the time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from engine.packs import list_packs, read_pack
from tasks.reference.markdown import code, table

_FEW, _STEP = 100, 50
KINDS: Mapping[str, str] = {
    ".yaml": "manifest",
    ".bpmn": "diagrams",
    ".dmn": "decisions",
    ".form": "forms",
    ".j2": "texts",
}


def lay_out_sizes(processes_dir: Path, forms_dir: Path) -> str:
    """The packs of the checkout that stand on another: for each kind of file how many, and how many lines."""
    rows = []
    for pack in list_packs(processes_dir):
        manifest = read_pack(pack, processes_dir, forms_dir).manifest
        if manifest.extends:
            rows.append((manifest.names.short, code(pack), *_counted([processes_dir / pack, forms_dir / pack])))
    library = _counted([processes_dir / "common", forms_dir / "common"])
    head = ("pack", "folder", *KINDS.values(), "lines in all")
    return table(head, [*rows, ("beneath them", code("common"), *library)])


def _counted(folders: Sequence[Path]) -> list[str]:
    """``files / lines`` a kind, then all lines."""
    files = [path for folder in folders if folder.is_dir() for path in folder.rglob("*") if path.suffix in KINDS]
    lines = {path: len(path.read_bytes().splitlines()) for path in files}
    cells = []
    for suffix in KINDS:
        found = [path for path in files if path.suffix == suffix]
        cells.append(f"{len(found)} / {_about(sum(lines[path] for path in found))}" if found else "–")
    return [*cells, _about(sum(lines.values()))]


def _about(lines: int) -> str:
    """A few stay as they are, many are rounded."""
    return f"{lines if lines < _FEW else round(lines / _STEP) * _STEP:,}"
