"""Hostile and broken XML: each file is refused with a rule and a line, nothing hangs, nothing is fetched."""

from __future__ import annotations

import random
import threading
from pathlib import Path

import pytest
from lxml import etree

from engine.bpmn import xml
from engine.bpmn.dialect import check_dialect
from engine.bpmn.xml import parse_upload, parse_xml
from engine.errors import PackInvalid, Problem
from tests.unit.bpmn_drafts import chain, draft, end, line, node, start, user

FILE = "register_death.bpmn"
GOOD = line(user())
SEED = 20261122
MUTATIONS = 2_400
SAMPLE_IN_CHILD = 6


def refusal(data: bytes) -> Problem:
    """The first problem for which `data` is refused."""
    with pytest.raises(PackInvalid) as refused:
        parse_xml(data, FILE)
    assert all(problem.severity == "error" and problem.message for problem in refused.value.problems)
    return refused.value.problems[0]


def wrapped(inside: str, prolog: str = "", attributes: str = "") -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{prolog}<a{attributes}>{inside}</a>'.encode()


def laughs(depth: int = 12) -> bytes:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, depth))
    return wrapped(f"&l{depth - 1};", f'<!DOCTYPE a [<!ENTITY l0 "笑">{entities}]>')


def declared(encoding: str, codec: str) -> bytes:
    return f'<?xml version="1.0" encoding="{encoding}"?><a name="死亡登记"/>'.encode(codec)


HOSTILE: dict[str, tuple[str, bytes]] = {
    "billion laughs": ("xml/doctype", laughs()),
    "quadratic blowup": ("xml/doctype", wrapped("&x;" * 9_999, f'<!DOCTYPE a [<!ENTITY x "{"x" * 9_999}">]>')),
    "external entity": ("xml/doctype", wrapped("&x;", '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>')),
    "entity from the network": ("xml/doctype", wrapped("&x;", '<!DOCTYPE a [<!ENTITY x SYSTEM "http://127.0.0.1/">]>')),
    "parameter entity": ("xml/doctype", wrapped("", '<!DOCTYPE a [<!ENTITY % x SYSTEM "file:///x"> %x;]>')),
    "external subset": ("xml/doctype", wrapped("", '<!DOCTYPE a SYSTEM "http://127.0.0.1/evil.dtd">')),
    "public subset": ("xml/doctype", wrapped("", '<!DOCTYPE a PUBLIC "-//x" "file:///dev/zero">')),
    "empty doctype": ("xml/doctype", wrapped("", "<!DOCTYPE a>")),
    "entity without a doctype": ("xml/doctype", wrapped("", '<!ENTITY x "y">')),
    "lower-case doctype": ("xml/malformed", wrapped("", "<!doctype a>")),
    "undeclared entity": ("xml/malformed", wrapped("&x;")),
    "UTF-16": ("xml/encoding", declared("UTF-16", "utf-16")),
    "UTF-16 without a mark": ("xml/encoding", declared("UTF-16", "utf-16-le")),
    "UTF-32": ("xml/encoding", declared("UTF-32", "utf-32")),
    "GB 18030": ("xml/encoding", declared("GB18030", "gb18030")),
    "declared as GB 18030": ("xml/encoding", declared("GB18030", "utf-8")),
    "declared as UTF-7": ("xml/encoding", b'<?xml version="1.0" encoding="UTF-7"?><a>+ADw-</a>'),
    "declared as EBCDIC after a mark": ("xml/encoding", b"\xef\xbb\xbf<?xml version='1.0' encoding='IBM037'?><a/>"),
    "overlong UTF-8": ("xml/encoding", b"<a>\xc0\xbc</a>"),
    "surrogate in UTF-8": ("xml/encoding", b"<a>\xed\xa0\x80</a>"),
    "NUL": ("xml/encoding", b"<a>\x00</a>"),
    "control character": ("xml/malformed", b"<a>\x0b</a>"),
    "reference to a control character": ("xml/malformed", b"<a>&#0;</a>"),
    "empty": ("xml/malformed", b""),
    "blank": ("xml/malformed", b"\n \n"),
    "prose": ("xml/malformed", "这不是流程图".encode()),
    "JSON": ("xml/malformed", b'{"type": "default"}'),
    "zip": ("xml/encoding", b"PK\x03\x04\x14\x00\x00\x00\x08\x00\xff\xfe"),
    "second root": ("xml/malformed", b"<a/><b/>"),
    "text after the root": ("xml/malformed", b"<a/>x"),
    "attribute twice": ("xml/malformed", b'<a b="1" b="2"/>'),
    "prefix without a namespace": ("xml/malformed", b"<x:a/>"),
    "too large": ("xml/size", wrapped("x" * xml.MAX_BYTES)),
    "too many elements": ("xml/limit", wrapped("<b/>" * xml.MAX_ELEMENTS)),
    "far too many elements": ("xml/limit", wrapped("<b/>" * 4 * xml.MAX_ELEMENTS)),
    "nested too deep": ("xml/limit", wrapped("<b>" * xml.MAX_DEPTH + "</b>" * xml.MAX_DEPTH)),
    "nested beyond the parser": ("xml/malformed", wrapped("<b>" * 20_000 + "</b>" * 20_000)),
    "too many attributes": ("xml/limit", wrapped("", attributes="".join(f' b{n}=""' for n in range(61)))),
    "flood of attributes": ("xml/limit", wrapped("", attributes="".join(f' b{n}=""' for n in range(150_000)))),
    "huge attribute": ("xml/limit", wrapped("", attributes=f' b="{"x" * (xml.MAX_VALUE_CHARS + 1)}"')),
    "huge text": ("xml/limit", wrapped("x" * (xml.MAX_VALUE_CHARS + 1))),
    "huge text after an element": ("xml/limit", wrapped("<b/>" + "x" * (xml.MAX_VALUE_CHARS + 1))),
    "huge character data": ("xml/limit", wrapped(f"<![CDATA[{'<' * 20 + 'x' * xml.MAX_VALUE_CHARS}]]>")),
    "flood of namespaces": ("xml/limit", wrapped("", attributes="".join(f' xmlns:n{n}="urn:{n}"' for n in range(41)))),
    "namespace on every element": ("xml/limit", wrapped('<b xmlns="urn:b"/>' * 41)),
    "duplicate id": ("xml/duplicate-id", wrapped('<b id="x"/>\n<c id="x"/>')),
    "id of the root again": ("xml/duplicate-id", wrapped('<b id="x"/>', attributes=' id="x"')),
}


@pytest.mark.parametrize(("rule", "data"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_file_is_refused(rule: str, data: bytes) -> None:
    problem = refusal(data)
    assert problem.rule == rule
    assert problem.file == FILE
    assert len(problem.message) < 300


@pytest.mark.parametrize(
    ("data", "at"),
    [
        (b"<a>\n<b>\n</a>", 3),
        (b"<a>\n<b/>\n<!DOCTYPE x></a>", 3),
        (b"<a>\n\n\xff</a>", 3),
        (b"<a>\n\x00</a>", 2),
        (b'<a id="x">\n<b id="y"/>\n<b id="y"/></a>', 3),
        (f"<a>\n<b c='{'x' * (xml.MAX_VALUE_CHARS + 1)}'/></a>".encode(), 2),
    ],
    ids=["unclosed", "doctype", "byte", "NUL", "id", "value"],
)
def test_refusal_names_the_line(data: bytes, at: int) -> None:
    assert refusal(data).line == at


def test_every_duplicate_id_is_named() -> None:
    with pytest.raises(PackInvalid) as refused:
        parse_xml(b'<a>\n<b id="x"/>\n<b id="x"/>\n<b id="y"/>\n<b id="x"/>\n<b id="y"/>\n</a>', FILE)
    assert [(problem.element, problem.line) for problem in refused.value.problems] == [("x", 3), ("x", 5), ("y", 6)]


def test_limits_are_reached_by_one_more_only() -> None:
    assert len(parse_xml(wrapped("<b/>" * (xml.MAX_ELEMENTS - 1)), FILE)) == xml.MAX_ELEMENTS - 1
    attributes = "".join(f' b{n}="{"x" * 9}"' for n in range(xml.MAX_ATTRIBUTES))
    assert len(parse_xml(wrapped("x" * xml.MAX_VALUE_CHARS, attributes=attributes), FILE).attrib) == xml.MAX_ATTRIBUTES
    inside = "<b>" * (xml.MAX_DEPTH - 1) + "</b>" * (xml.MAX_DEPTH - 1)
    assert parse_xml(wrapped(inside), FILE).tag == "a"


def test_comments_and_instructions_leave_no_trace() -> None:
    root = parse_xml(b'<?xml-stylesheet href="http://127.0.0.1/x.xsl"?><a><!-- x --><?php y ?><b/><!-- z --></a>', FILE)
    assert etree.tostring(root.getroottree()) == b"<a><b/></a>"


def test_byte_order_mark_and_rare_characters_are_read() -> None:
    assert parse_xml('\ufeff<a name="𠮷𤋮"/>'.encode(), FILE).get("name") == "𠮷𤋮"


def test_inclusion_is_not_followed() -> None:
    data = b'<a xmlns:i="http://www.w3.org/2001/XInclude"><i:include href="/etc/passwd" parse="text"/></a>'
    assert len(parse_xml(data, FILE)[0]) == 0
    assert parse_xml(data, FILE)[0].text is None


HOSTILE_WORDS = [
    *(b"<", b">", b"&x;", b'"', b"<!DOCTYPE a>", b"]]>", b"\x00", b"=", b"<b/>"),
    *(b"<bpmn:scriptTask id='s'/>", b"<bpmn:definitions/>", b"<bpmn:process id='p'/>", b"<zeebe:x/>", b"<dc:Bounds/>"),
]


def _mutated(chance: random.Random, data: bytes) -> bytes:
    """`data` cut off, with flipped bits, with a slice lost, doubled or moved, or with a hostile word put in."""
    at, length = chance.randrange(len(data)), chance.randrange(1, 60)
    match chance.randrange(6):
        case 0:
            return data[:at]
        case 1:
            flipped = bytearray(data)
            for _ in range(chance.randrange(1, 4)):
                flipped[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
            return bytes(flipped)
        case 2:
            return data[:at] + data[at + length :]
        case 3:
            return data[: at + length] + data[at:]
        case 4:
            to = chance.randrange(len(data))
            return data[:to] + data[at : at + length] + data[to:]
        case _:
            spot = data.find(b">", at) + 1 if chance.random() < 0.5 else at
            return data[:spot] + chance.choice(HOSTILE_WORDS) + data[spot:]


def _outcome(data: bytes) -> list[str]:
    """The rules found by the checks in this process."""
    try:
        problems = check_dialect(parse_xml(data, FILE), FILE)
    except PackInvalid as error:
        problems = error.problems
    return [problem.rule for problem in problems]


def test_mutated_files_are_accepted_or_refused_and_never_crash() -> None:
    chance = random.Random(SEED)
    loop = "<bpmn:multiInstanceLoopCharacteristics/>"
    seeds = [
        GOOD,
        draft(chain(start(), node("subProcess", "s", chain(start("a"), user(inside=loop), end("b"))), end())),
    ]
    outcomes = [_outcome(_mutated(chance, chance.choice(seeds))) for _ in range(MUTATIONS)]
    found = {rule for outcome in outcomes for rule in outcome}
    assert {"xml/malformed", "xml/encoding", "xml/doctype", "xml/duplicate-id", "dialect/refused"} <= found
    assert {"dialect/unknown-attribute", "dialect/foreign", "layout/missing", "dialect/reference"} <= found


def test_child_process_finds_the_same_as_this_one() -> None:
    chance = random.Random(SEED)
    for _ in range(SAMPLE_IN_CHILD):
        data = _mutated(chance, GOOD)
        try:
            problems = parse_upload(data, FILE)
        except PackInvalid as error:
            problems = error.problems
        assert [problem.rule for problem in problems] == _outcome(data)


def test_good_upload_passes_and_warnings_come_back() -> None:
    assert parse_upload(GOOD, FILE) == []
    warned = parse_upload(GOOD.replace("核对身份".encode(), b"check", 1), FILE)
    assert [problem.rule for problem in warned] == ["naming/name"]


def test_upload_with_errors_is_refused_with_all_of_them() -> None:
    with pytest.raises(PackInvalid) as refused:
        parse_upload(line(node("scriptTask", "do_something"), node("task", "do_more")), FILE)
    assert [problem.element for problem in refused.value.problems] == ["do_something", "do_more"]


def test_error_behind_a_flood_of_warnings_is_not_cut_off() -> None:
    unused = "".join(f'<bpmn:message id="m{number}" name="m"/>' for number in range(xml.MAX_PROBLEMS + 1))
    with pytest.raises(PackInvalid) as refused:
        parse_upload(line(user(), roots=unused + "\n<bpmn:signal id='bell'/>"), FILE)
    assert "dialect/refused" in {problem.rule for problem in refused.value.problems}
    assert len(refused.value.problems) == xml.MAX_PROBLEMS


def test_decisions_are_uploaded_without_the_dialect_of_diagrams() -> None:
    assert parse_upload(b'<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d"/>', "fees.dmn") == []


def test_upload_that_the_stock_parser_hangs_on_is_refused() -> None:
    """Finding 20: an unknown dataObjectRef in a sub-process never returned."""
    inside = chain(start("a"), end("b")) + '<bpmn:dataObjectReference id="paper" dataObjectRef="nowhere"/>'
    with pytest.raises(PackInvalid) as refused:
        parse_upload(line(node("subProcess", "ask_again", inside)), FILE)
    assert [problem.rule for problem in refused.value.problems] == ["dialect/refused"]


def test_upload_that_takes_too_long_is_refused() -> None:
    with pytest.raises(PackInvalid) as refused:
        parse_upload(GOOD, FILE, seconds=0.000_1)
    assert [problem.rule for problem in refused.value.problems] == ["xml/limit"]


def test_upload_that_needs_too_much_memory_is_refused() -> None:
    data = wrapped("".join(f'<bcdefgh id="i{n}" x="{n}" y="9"/>' for n in range(19_000)))
    with pytest.raises(PackInvalid) as refused:
        parse_upload(data, "large.dmn", memory_bytes=1 << 20)
    assert [problem.rule for problem in refused.value.problems] == ["xml/limit"]


def test_uploads_in_several_threads_do_not_meet() -> None:
    results: dict[int, list[Problem]] = {}

    def upload(number: int) -> None:
        data = GOOD.replace("核对身份".encode(), f"check{number}".encode(), 1)
        results[number] = parse_upload(data, f"{number}.dmn" if number == 0 else FILE)

    threads = [threading.Thread(target=upload, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [len(results[number]) for number in range(3)] == [0, 1, 1]


def test_child_sees_neither_our_settings_nor_where_we_stand(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Its environment is empty: a stray PYTHONPATH or a key in a setting never reaches it."""
    (tmp_path / "json.py").write_text("raise SystemExit('taken over')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PYTHONSTARTUP", str(tmp_path / "json.py"))
    monkeypatch.chdir(tmp_path)
    assert parse_upload(GOOD, FILE) == []


def test_odd_file_names_reach_the_child() -> None:
    name = "--help\n死\udc80.dmn"
    with pytest.raises(PackInvalid) as refused:
        parse_upload(b"<a><b></a>", name)
    assert refused.value.problems[0].file == name
