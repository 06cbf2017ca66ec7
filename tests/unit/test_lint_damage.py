"""The whole-pack check survives any damage: whatever happens to a pack's files, it reports and never raises."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree

from engine.packs import Pack, assemble_pack, read_pack
from tests.unit.lint_packs import Worker, findings

ROOT = Path(__file__).resolve().parents[2]
SEED = 20261122
ROUNDS = 2_000 if os.environ.get("SHENHOU_SOAK") == "1" else 30
FEEL_ODDITIES = [
    "=",
    "=(",
    '="',
    "=case",
    "=a.b.c",
    "=for x in",
    "=" + "(" * 400,
    "=null",
    "plain",
    "",
    "=f()",
    "=\u0000",
]
WORKERS = {"selftest.note": Worker(("text?",), ("note_number",), ("niche_taken",)), "selftest.push": Worker(("text",))}


@pytest.fixture(scope="module")
def selftest() -> Pack:
    return read_pack("selftest", ROOT / "processes", ROOT / "forms")


def cut(data: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(data))
    return data[:start] + data[start + chance.randrange(1, 400) :]


def repeat(data: bytes, chance: random.Random) -> bytes:
    start, at = chance.randrange(len(data)), chance.randrange(len(data))
    return data[:at] + data[start : start + chance.randrange(1, 400)] + data[at:]


def scramble(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randrange(1, 6)):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def shuffle_lines(data: bytes, chance: random.Random) -> bytes:
    lines = data.split(b"\n")
    a, b = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[a], lines[b] = lines[b], lines[a]
    return b"\n".join(lines)


def damage_xml(data: bytes, chance: random.Random) -> bytes:
    """Well-formed XML that means something else: elements gone, moved or doubled, attributes exchanged."""
    root = etree.fromstring(data)
    for _ in range(chance.randrange(1, 4)):
        elements = list(root.iterdescendants())
        if not elements:
            break
        element, other = chance.choice(elements), chance.choice(elements)
        match chance.randrange(5):
            case 0:
                next(element.iterancestors()).remove(element)
            case 1 if element.attrib:
                name = chance.choice(sorted(element.attrib))
                values = [value for each in elements for value in each.attrib.values()]
                element.set(name, chance.choice([*values, *FEEL_ODDITIES[:-1]]))
            case 2 if element.attrib:
                del element.attrib[chance.choice(sorted(element.attrib))]
            case 3 if element not in other.iterancestors() and element is not other:
                other.append(element)
            case _:
                element.tag = other.tag
    return etree.tostring(root)


def damage_json(data: bytes, chance: random.Random) -> bytes:
    """JSON that means something else: members gone, or of another kind."""
    form = json.loads(data)
    holders = [form]
    for holder in holders:
        values = holder.values() if isinstance(holder, dict) else holder
        holders.extend(value for value in values if isinstance(value, (dict, list)) and value)
    holder = chance.choice(holders)
    key = chance.choice(sorted(holder)) if isinstance(holder, dict) else chance.randrange(len(holder))
    if chance.random() < 0.3:
        del holder[key]
    else:
        holder[key] = chance.choice([None, 0, -1, 1e308, True, [], {}, [[]], {"a": {}}, *FEEL_ODDITIES])
    return json.dumps(form).encode()


BLUNT: list[Callable[[bytes, random.Random], bytes]] = [cut, repeat, scramble, shuffle_lines]


def damaged(pack: Pack, chance: random.Random) -> Pack:
    files = dict(pack.files)
    for _ in range(chance.choice([1, 1, 2, 3])):
        name = chance.choice(sorted(files))
        if chance.random() < 0.05 and len(files) > 1:
            del files[name]
            continue
        fine = damage_json if name.endswith(".form") else None if name.endswith(".yaml") else damage_xml
        change = fine if fine and chance.random() < 0.7 else chance.choice(BLUNT)
        try:
            files[name] = change(files[name], chance) or b" "
        except (ValueError, etree.LxmlError):
            files[name] = chance.choice(BLUNT)(files[name], chance) or b" "  # it is broken already
    return assemble_pack(pack.code, files, dict.fromkeys(files, pack.code))


@pytest.mark.soak
def test_no_damage_makes_the_check_raise(selftest: Pack) -> None:
    for number in range(ROUNDS):
        seed = f"{SEED}/{number}"
        broken = damaged(selftest, random.Random(seed))
        try:
            found = findings(broken, WORKERS)
        except Exception as error:
            raise AssertionError(f"damage with seed {seed} made the check raise") from error
        assert all(problem.rule and problem.message for problem in found), seed


def test_an_empty_pack_is_a_finding() -> None:
    assert [p.rule for p in findings(assemble_pack("nothing", {}, {}))] == ["pack/no-manifest"]


def test_files_of_the_wrong_kind_are_findings(selftest: Pack) -> None:
    names = sorted(selftest.files)
    turned = {name: selftest.files[other] for name, other in zip(names, names[1:] + names[:1], strict=True)}
    found = findings(assemble_pack("selftest", turned, dict.fromkeys(turned, "selftest")))
    assert {p.file for p in found if p.severity == "error"} >= set(names)
