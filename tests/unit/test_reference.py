"""The generated parts of the documentation say what the schema, the workers, the forms and the packs say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import tasks  # noqa: F401 - its modules register the workers
from engine.config import CODE_ROOT
from engine.pack_types import Part
from engine.registry import WORKERS
from tasks.reference.jobs import refusals
from tasks.reference.markdown import table
from tasks.reference.meanings import MEANINGS
from tasks.reference.pages import PAGES, fill, write_pages
from tasks.reference.sizes import lay_out_sizes
from tests.unit.lint_packs import manifest


@pytest.mark.parametrize("page", PAGES)
def test_generated_parts_are_true(page: str) -> None:
    wanted, found = write_pages(CODE_ROOT)[page], (CODE_ROOT / page).read_text("utf-8")
    behind = sorted(set(wanted.splitlines()) ^ set(found.splitlines()))
    assert wanted == found, f"{page} is behind: shenhou packs docs\n" + "\n".join(line[:160] for line in behind[:10])


def test_every_key_of_the_schema_is_explained() -> None:
    """What a new key means is said in ``tasks/reference/meanings.py``."""
    assert set(MEANINGS) == {part for part in Part.__subclasses__() if part.__module__.startswith("engine.pack_")}
    for part, meanings in MEANINGS.items():
        keys = {field.alias or name for name, field in part.model_fields.items()}
        assert set(meanings) == keys, f"{part.__name__}: {set(meanings) ^ keys}"


def test_every_worker_says_in_a_line_what_it_does() -> None:
    assert [one.type for one in WORKERS if not one.summary] == []


def test_a_refusal_that_a_worker_s_words_name_is_one_that_the_code_knows() -> None:
    source = "".join(path.read_text("utf-8") for path in (CODE_ROOT / "tasks").rglob("*.py"))
    known = set(re.findall(r'"([a-z_]+)"', source))
    assert {code for one in WORKERS for code in refusals(one)} - known == set()


def test_a_part_that_nothing_makes_is_a_fault() -> None:
    page = "<!-- generated: nothing -->\nold\n<!-- end -->"
    with pytest.raises(KeyError, match="nothing"):
        fill(page, {})
    assert fill(page, {"nothing": lambda: "new"}) == "<!-- generated: nothing -->\nnew\n<!-- end -->"
    assert fill("# No part", {}) == "# No part"


def test_a_bar_in_a_cell_does_not_end_it() -> None:
    assert table(("a", "b"), [("x|y", "two\nlines")]) == "| a | b |\n|---|---|\n| x\\|y | two lines |"


def test_sizes_count_what_a_pack_brings_itself(tmp_path: Path) -> None:
    for name, text in {
        "processes/common/pack.yaml": "code: common\nlibrary: true\nnames: {short: 库, official: 库}\n",
        "processes/common/main.bpmn": "<a>\n</a>\n",
        "processes/yunze/pack.yaml": manifest(extends="common").decode(),
        "processes/yunze/rules.dmn": "1\n2\n3\n",
        "processes/yunze/templates/slip.j2": "one\n",
        "forms/yunze/report.form": "{\n}\n",
        "processes/yunze/notes.md": "not counted\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    lines = lay_out_sizes(tmp_path / "processes", tmp_path / "forms").splitlines()
    size = len(manifest(extends="common").splitlines())
    assert lines[2] == f"| 云泽 | `yunze` | 1 / {size} | – | 1 / 3 | 1 / 2 | 1 / 1 | {size + 6} |"
    assert lines[3].startswith("| beneath them | `common` | 1 / 3 | 1 / 2 |")
