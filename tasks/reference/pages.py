"""The pages with generated parts, which stand between ``<!-- generated: name -->`` and ``<!-- end -->``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from engine.packs import read_pack
from engine.registry import WORKERS
from tasks.reference.facts import lay_out_declared, lay_out_forms, lay_out_switches
from tasks.reference.jobs import lay_out_outside, lay_out_workers
from tasks.reference.keys import lay_out_keys
from tasks.reference.sizes import lay_out_sizes

LIBRARY = "common"
PAGES = ("docs/pack-reference.md", "README.md")
_PART = re.compile(r"(<!-- generated: ([a-z-]+) -->\n).*?(\n<!-- end -->)", re.DOTALL)


def write_pages(root: Path) -> dict[str, str]:
    """Every page of the checkout at ``root`` as it should be: path → text. Nothing is written."""
    parts = _parts(root)
    return {page: fill((root / page).read_text("utf-8"), parts) for page in PAGES}


def fill(text: str, parts: Mapping[str, Callable[[], str]]) -> str:
    """``text`` with each generated part made anew. Raises ``KeyError`` for a part that nothing makes."""
    return _PART.sub(lambda found: f"{found[1]}{parts[found[2]]()}{found[3]}", text)


def _parts(root: Path) -> Mapping[str, Callable[[], str]]:
    processes, forms = root / "processes", root / "forms"
    library = read_pack(LIBRARY, processes, forms)
    return {
        "keys": lay_out_keys,
        "workers": lambda: lay_out_workers(WORKERS),
        "outside-jobs": lambda: lay_out_outside(library.manifest),
        "declared-facts": lambda: lay_out_declared(library),
        "form-facts": lambda: lay_out_forms(library),
        "switches": lambda: lay_out_switches(library),
        "sizes": lambda: lay_out_sizes(processes, forms),
    }
