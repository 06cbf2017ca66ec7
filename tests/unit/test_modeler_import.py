"""Every diagram, decision file and form opens in the tool that analysts use, and comes back from it unchanged.

One Node process opens and saves all files in bpmn-js (with the zeebe descriptor), dmn-js and form-js under jsdom;
see ``tests/node/reopen.mjs``. Files are found, not listed. The second half holds what must be noticed: broken copies of
the selftest pack, each of which would lose something in an analyst's hands.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest
from lxml import etree

ROOT = Path(__file__).parents[2]
PACK, FORMS = ROOT / "processes/selftest", ROOT / "forms/selftest"
ENDINGS = {".bpmn", ".dmn", ".form"}
FILES = sorted(
    file.relative_to(ROOT).as_posix()
    for folder in ("processes", "forms")
    for file in (ROOT / folder).rglob("*")
    if file.suffix in ENDINGS
)
each_file = pytest.mark.parametrize("name", FILES)

DRAWN = {f"{{http://www.omg.org/spec/BPMN/20100524/DI}}{kind}" for kind in ("BPMNShape", "BPMNEdge")}
AS_SAVED = "node tests/node/reopen.mjs --write {}   # rewrites it as the modeler saves it"


@dataclass(frozen=True)
class Reopened:
    """What became of a file: ``refused`` says why it could not be opened at all, else ``saved`` is the new text."""

    file: str
    warnings: list[str]
    saved: str
    refused: str

    @property
    def complaints(self) -> list[str]:
        return [self.refused, *self.warnings] if self.refused else self.warnings


def reopen(files: Iterable[Path]) -> dict[str, Reopened]:
    node = shutil.which("node")
    assert node, "Node 20 or later is needed to open the files; see README.md"
    command = [node, "tests/node/reopen.mjs", *map(str, files)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return {entry["file"]: Reopened(**entry) for entry in json.loads(done.stdout)}


def content(text: str, ending: str) -> object:
    """What a file says, apart from its formatting: for XML also apart from the order in which things are drawn."""
    if ending == ".form":
        return json.loads(text)
    root = etree.fromstring(text.encode())
    for plane in root.iter("{http://www.omg.org/spec/BPMN/20100524/DI}BPMNPlane"):
        plane[:] = sorted(plane, key=lambda shape: (shape.tag not in DRAWN, shape.get("id") or ""))
    return etree.canonicalize(etree.tostring(root, encoding="unicode"), strip_text=True, with_comments=True)


@pytest.fixture(scope="module")
def broken_copies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every broken copy by its slug."""
    folder = tmp_path_factory.mktemp("broken")
    sources = {slug: (source, change) for slug, (source, change, _) in COMPLAINED_OF.items()} | LOST
    sources["other formatting"] = (DIAGRAM, replace("\n    <bpmn:startEvent", "\n\t\n<bpmn:startEvent"))
    return {slug: broken_file(folder, slug, source, change) for slug, (source, change) in sources.items()}


@pytest.fixture(scope="module")
def reopened(broken_copies: dict[str, Path]) -> dict[str, Reopened]:
    """All files in one run; the broken copies come last, so that they cannot disturb the others."""
    return reopen([*(ROOT / name for name in FILES), *broken_copies.values()])


def of(reports: dict[str, Reopened], path: Path) -> Reopened:
    return reports[str(path)]


@each_file
def test_file_opens_without_a_warning(name: str, reopened: dict[str, Reopened]) -> None:
    assert of(reopened, ROOT / name).complaints == []


@each_file
def test_saving_loses_and_changes_nothing(name: str, reopened: dict[str, Reopened]) -> None:
    path = ROOT / name
    assert content(of(reopened, path).saved, path.suffix) == content(path.read_text("utf-8"), path.suffix)


@each_file
def test_file_is_written_as_the_modeler_writes_it(name: str, reopened: dict[str, Reopened]) -> None:
    path = ROOT / name
    assert of(reopened, path).saved == path.read_bytes().decode(), AS_SAVED.format(name)


def test_every_kind_of_file_is_found() -> None:
    assert {Path(name).suffix for name in FILES} == ENDINGS
    assert f"{PACK.relative_to(ROOT)}/urn_storage.bpmn" in FILES


def replace(old: str, new: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        assert old in text, f"the selftest pack no longer has {old}"
        return text.replace(old, new, 1)

    return change


def cut(start: str, end: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        head, _, rest = text.partition(start)
        return head + end + rest.partition(end)[2]

    return change


DIAGRAM, TABLES, FORM = PACK / "archive_file.bpmn", PACK / "storage_fee_rules.dmn", FORMS / "scan.form"
CALLS, CALL = PACK / "urn_storage.bpmn", 'processId="deliver_certificate"'
JOB = '<zeebe:taskDefinition type="selftest.note" retries="3" />'

# What goes wrong → (the file, how it is broken, a part of what the tool says).
COMPLAINED_OF: dict[str, tuple[Path, Callable[[str], str], str]] = {
    "misspelt extension attribute": (DIAGRAM, replace('retries="3"', 'retrys="3"'), "unknown attribute <retrys>"),
    "unknown extension element": (DIAGRAM, replace(JOB, JOB + "<zeebe:jobDefinition />"), "<zeebe:jobDefinition>"),
    "misspelt BPMN attribute": (DIAGRAM, replace('name="封卷"', 'nmae="封卷"'), "unknown attribute <nmae>"),
    "undeclared prefix": (DIAGRAM, replace('id="seal_file"', 'id="seal_file" my:key="1"'), "missing namespace"),
    "flow to nowhere": (DIAGRAM, replace('targetRef="seal_file"', 'targetRef="sael_file"'), "<sael_file>"),
    "repeated id": (DIAGRAM, replace('id="file_archived"', 'id="seal_file"'), "duplicate ID <seal_file>"),
    "shape of nothing": (DIAGRAM, replace('bpmnElement="seal_file"', 'bpmnElement="nobody"'), "no bpmnElement"),
    "no picture": (DIAGRAM, cut("  <bpmndi:BPMNDiagram", "</bpmn:definitions>"), "no diagram to display"),
    "misspelt DMN attribute": (TABLES, replace('hitPolicy="FIRST"', 'hitPolciy="FIRST"'), "attribute <hitPolciy>"),
    "unknown DMN element": (TABLES, replace("<dmn:variable", "<dmn:varaible />\n<dmn:variable"), "<dmn:varaible>"),
    "unknown kind of field": (FORM, replace('"type": "number"', '"type": "nmuber"'), "<nmuber> not supported"),
    "key used twice": (FORM, replace('"key": "images"', '"key": "pages"'), "'pages' is already claimed"),
    "not JSON": (FORM, lambda text: text[:-3], "in JSON at position"),
}
# Opened without a word, and gone after the next save.
LOST: dict[str, tuple[Path, Callable[[str], str]]] = {
    "comment": (DIAGRAM, replace("<bpmn:startEvent", "<!-- 见第六条 --><bpmn:startEvent")),
    "processing instruction": (DIAGRAM, replace("<bpmn:startEvent", "<?note 见第六条?><bpmn:startEvent")),
    "attribute that states a default": (CALLS, replace(CALL, f'{CALL} propagateAllParentVariables="true"')),
    "comment in a table": (TABLES, replace("<dmn:decisionTable", "<!-- 见第六条 --><dmn:decisionTable")),
}


def broken_file(folder: Path, slug: str, source: Path, change: Callable[[str], str]) -> Path:
    path = folder / f"{slug.replace(' ', '_')}{source.suffix}"
    path.write_text(change(source.read_text("utf-8")), "utf-8")
    return path


@pytest.mark.parametrize("slug", COMPLAINED_OF)
def test_broken_file_is_complained_of(slug: str, broken_copies: dict[str, Path], reopened: dict[str, Reopened]) -> None:
    complaints = of(reopened, broken_copies[slug]).complaints
    assert any(COMPLAINED_OF[slug][2] in complaint for complaint in complaints), complaints


@pytest.mark.parametrize("slug", LOST)
def test_silent_loss_is_noticed(slug: str, broken_copies: dict[str, Path], reopened: dict[str, Reopened]) -> None:
    path = broken_copies[slug]
    report = of(reopened, path)
    assert report.complaints == []
    assert content(report.saved, path.suffix) != content(path.read_text("utf-8"), path.suffix)


def test_other_formatting_is_no_loss_but_not_the_modelers_own(
    broken_copies: dict[str, Path], reopened: dict[str, Reopened]
) -> None:
    path = broken_copies["other formatting"]
    text, report = path.read_text("utf-8"), of(reopened, path)
    assert report.complaints == []
    assert content(report.saved, path.suffix) == content(text, path.suffix)
    assert report.saved != text
