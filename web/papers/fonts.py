"""The fonts that papers are set in, and what becomes of a character that none of them has.

Noto Serif SC has every Han character of the basic block and of Extension A, which is more than names are usually
written with; of the later extensions it has few. ``SHENHOU_FONTS_DIR`` may hold fonts for those; they come second.
What still is in none is set as 〓, the mark that printers put for a missing letter, and a note on the paper names the
character by its code point: a name is never silently short of a character, and never shows an empty box.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from engine.config import CODE_ROOT
from engine.errors import ConfigError

FAMILY = "Noto Serif SC"
MISSING = "〓"
_SHIPPED = CODE_ROOT / "node_modules" / "@expo-google-fonts" / "noto-serif-sc"
_WEIGHTS = ("400Regular", "700Bold")
_SUFFIXES = (".ttf", ".otf", ".ttc", ".otc")
_COLLECTION, _UNICODE = b"ttcf", ((3, 10), (0, 6), (0, 4), (3, 1), (0, 3))


@dataclass(frozen=True, slots=True)
class Fonts:
    """``folders`` to look in, ``families`` in the order of preference, ``known`` are the code points they have."""

    folders: tuple[str, ...]
    families: tuple[str, ...]
    known: frozenset[int]

    def set_text(self, text: str, missing: dict[str, str]) -> str:
        """``text`` with ``MISSING`` for what cannot be set; ``missing`` collects those and their code points."""
        lacking = {sign for sign in text if ord(sign) not in self.known and not sign.isspace()}
        missing |= {sign: f"U+{ord(sign):04X}" for sign in sorted(lacking)}
        return "".join(MISSING if sign in lacking else sign for sign in text)

    def set_all(self, value: Any, missing: dict[str, str]) -> Any:
        """Every text in ``value`` (JSON), set."""
        if isinstance(value, str):
            return self.set_text(value, missing)
        if isinstance(value, Mapping):
            return {name: self.set_all(part, missing) for name, part in value.items()}
        if isinstance(value, list | tuple):
            return [self.set_all(part, missing) for part in value]
        return value


@lru_cache(maxsize=4)
def find_fonts(further: str = "") -> Fonts:
    """The fonts of this installation, ``further`` a folder of its own. ``ConfigError`` where it has none."""
    shipped = [_SHIPPED / weight for weight in _WEIGHTS]
    if not all(folder.is_dir() for folder in shipped):
        raise ConfigError("SHENHOU_FONTS_DIR", "the font of papers is not installed: make setup")
    families, known = [FAMILY], set(_characters(_files(shipped[0])))
    if further:
        if not Path(further).is_dir():
            raise ConfigError("SHENHOU_FONTS_DIR", f"names {further}, which is not a folder")
        for file in _files(Path(further)):
            families += [name for name in _families(file) if name not in families]
            known |= set(_characters([file]))
    return Fonts(
        tuple(str(folder) for folder in [*shipped, *([Path(further)] if further else [])]),
        tuple(families),
        frozenset(known),
    )


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in _SUFFIXES)


def _characters(files: Iterable[Path]) -> Iterable[int]:
    for file in files:
        data = file.read_bytes()
        for start in _starts(data):
            yield from _read_cmap(data, _tables(data, start).get(b"cmap", 0))


def _families(file: Path) -> list[str]:
    """The names of the families in a file: name 16 where there is one, else name 1."""
    data, found = file.read_bytes(), []
    for start in _starts(data):
        names = _read_names(data, _tables(data, start).get(b"name", 0))
        if name := names.get(16) or names.get(1):
            found.append(name)
    return found


def _starts(data: bytes) -> list[int]:
    if data[:4] != _COLLECTION:
        return [0]
    (count,) = struct.unpack_from(">I", data, 8)
    return list(struct.unpack_from(f">{count}I", data, 12))


def _tables(data: bytes, start: int) -> dict[bytes, int]:
    (count,) = struct.unpack_from(">H", data, start + 4)
    rows = (struct.unpack_from(">4sIII", data, start + 12 + 16 * number) for number in range(count))
    return {tag: offset for tag, _check, offset, _length in rows}


def _read_cmap(data: bytes, at: int) -> Iterable[int]:
    """The code points of the fullest Unicode table; formats 12 and 4 are what fonts of today have."""
    (count,) = struct.unpack_from(">H", data, at + 2)
    rows = [struct.unpack_from(">HHI", data, at + 4 + 8 * number) for number in range(count)]
    by_kind = {(platform, encoding): at + offset for platform, encoding, offset in rows}
    best = next((by_kind[kind] for kind in _UNICODE if kind in by_kind), None)
    if best is None:
        return
    (format_,) = struct.unpack_from(">H", data, best)
    if format_ == 12:
        (groups,) = struct.unpack_from(">I", data, best + 12)
        for number in range(groups):
            first, last, _glyph = struct.unpack_from(">III", data, best + 16 + 12 * number)
            yield from range(first, last + 1)
    elif format_ == 4:
        (doubled,) = struct.unpack_from(">H", data, best + 6)
        segments = doubled // 2
        ends = struct.unpack_from(f">{segments}H", data, best + 14)
        begins = struct.unpack_from(f">{segments}H", data, best + 16 + doubled)
        for first, last in zip(begins, ends, strict=True):
            yield from range(first, last + 1)


def _read_names(data: bytes, at: int) -> dict[int, str]:
    count, storage = struct.unpack_from(">HH", data, at + 2)
    found: dict[int, str] = {}
    for number in range(count):
        platform, _enc, language, name, length, offset = struct.unpack_from(">6H", data, at + 6 + 12 * number)
        if platform == 3 and (language == 0x409 or name not in found):
            begin = at + storage + offset
            found[name] = data[begin : begin + length].decode("utf-16-be", "replace")
    return found
