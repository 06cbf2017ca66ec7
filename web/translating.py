"""The catalogues of the pages' sentences: ``python -m web.translating`` writes them anew from code and templates.

The sentences in the code are Chinese and are the source: ``zh_Hans_CN`` translates nothing. Another language is a
folder with a ``messages.po``; what it leaves empty is shown in Chinese. Files hold no dates and no line numbers, so a
renewal changes what has changed and nothing else.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent
CATALOGUES = ROOT / "translations"
TEMPLATE = CATALOGUES / "messages.pot"
SOURCE = "zh_Hans_CN"
_KEYWORDS = {**DEFAULT_KEYWORDS, "_l": None, "lazy_gettext": None, "_n": (1, 2)}
_UNSAID = (  # of the header: dates, and what nobody fills in
    *("Project-Id-Version", "Report-Msgid-Bugs-To", "POT-Creation-Date", "PO-Revision-Date"),
    *("Last-Translator", "Language-Team", "Generated-By"),
)


def extract(*paths: Path) -> Catalog:
    """The sentences of these files, of all code and templates of the pages by default."""
    found = Catalog(header_comment="# Sentences of the pages. Written by python -m web.translating.", fuzzy=False)
    for path in paths or tuple(_sources()):
        method = "python" if path.suffix == ".py" else "jinja2.ext:babel_extract"
        options = {"encoding": "utf-8", "newstyle_gettext": "true"}
        for _line, message, _comments, _context in extract_from_file(method, path, _KEYWORDS, (), options):
            found.add(message)
    return found


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.parent.name if path.suffix == ".po" else None)


def languages() -> list[Path]:
    """The catalogue of each language, the source's included."""
    return sorted(CATALOGUES.glob("*/LC_MESSAGES/messages.po"))


def renew() -> None:
    """Write the template and every language's catalogue; what nobody says any more goes."""
    template = extract()
    _write(TEMPLATE, template)
    for path in languages():
        catalogue = read(path)
        catalogue.update(template, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        catalogue.fuzzy = False
        _write(path, catalogue)


def compile_all(into: Path = CATALOGUES) -> None:
    """Write what the pages read, beside each catalogue or below ``into``."""
    for path in languages():
        target = (into / path.relative_to(CATALOGUES)).with_suffix(".mo")
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as file:
            write_mo(file, read(path))


def _sources() -> Iterator[Path]:
    yield ROOT.parent / "forms" / "messages.py"
    yield from sorted(ROOT.rglob("*.py"))
    yield from sorted(ROOT.glob("**/templates/**/*.html"))


def _write(path: Path, catalogue: Catalog) -> None:
    written = io.BytesIO()
    write_po(written, catalogue, no_location=True, sort_output=True, width=0)
    unsaid = tuple(f'"{name}:' for name in _UNSAID)
    lines = written.getvalue().decode().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.startswith(unsaid)), "utf-8")


if __name__ == "__main__":
    renew()
    compile_all()
