"""Hostile expressions, and diagrams with a place for them: for ``test_hostile``."""

from __future__ import annotations

import json
from xml.sax.saxutils import escape

from tests.diagrams import diagram

BOMBS = {
    "memory": "for i in 1..60 return if i = 1 then [1, 2] else concatenate(partial[-1], partial[-1])",
    "text": 'for i in 1..60 return if i = 1 then "ab" else partial[-1] + partial[-1]',
    "time": "some x in 1..1000000000 satisfies false",
    "huge": "for i in 1..1000000000 return i",
    "recursion": "(function(f) f(f))(function(f) f(f))",
    "pattern": 'matches("' + "a" * 60 + '!", "^(a+)+$")',
    "parentheses": "(" * 1900 + "1" + ")" * 1900,
    "nesting": "for i in 1..300 return if i = 1 then [1] else [partial[-1]]",
    "questions": "for i in 1..5000 return done(string(i))",
}
"""Each takes more than an evaluation may."""

ODDITIES = {
    "null": "null",
    "truth": "true",
    "list": "[]",
    "context": "{}",
    "empty": '""',
    "negative": "-1",
    "fraction": "1.5",
    "division": "1/0",
    "big": "9999999999",
    "biggest": '"99999999999999999999999"',
    "infinite": '"inf"',
    "not a number": '"nan"',
    "first day": 'date("0001-01-01")',
    "last day": 'date("9999-12-31")',
    "first moment": 'date and time("0001-01-01T00:00:00Z")',
    "first day as text": '"0001-01-01"',
    "last moment as text": '"9999-12-31T23:59:59-23:00"',
    "past the calendar": 'duration("P9999Y")',
    "days past the calendar": 'duration("P99999999D")',
    "backwards": 'duration("-P1D")',
    "at once": 'duration("PT0S")',
    "without pause": '"R/PT0.000001S"',
    "cycle past the calendar": '"R/P9000Y"',
    "cycle from the past": '"R/0001-01-01T00:00:00Z/P1D"',
    "NUL": 'string join(["a", "b"], "\\u0000")',
    "NUL in a list": '["\\u0000"]',
    "NUL as key": '{"\\u0000": 1}',
    "half a character": '"\\ud800"',
    "long": 'string join(for i in 1..2000 return "身", "")',
    "longer": 'string join(for i in 1..9000 return "身后", "")',
    "long list": "for i in 1..300 return i",
    "mixed": '[1, null, "a", {}, []]',
    "function": "function() 1",
    "constructor": '{}.constructor.constructor("return globalThis")()',
    "prototype": '{"__proto__": {a: 1}, "constructor": 2}',
    "pollution": 'context put({}, "__proto__", {status: "completed"})',
    "names of the engine": '[case, switches, {"case": {hold: {released: true}}}]',
}
"""Each is a value that is wrong in most places."""

PLACES = {
    "condition": "exclusive x default=other\ns -> x\nx -> z : FEEL\nother: x -> z",
    "inclusive": "inclusive x default=other\ns -> x\nx -> z : FEEL\nother: x -> z",
    "input": "user x group=clerks in:v=PLACE\ns -> x -> z",
    "job_output": "job x type=push out:v=PLACE\ns -> x -> z",
    "user_output": "user x group=clerks out:v=PLACE\ns -> x -> z",
    "message_output": "catch x message=go out:v=PLACE\ns -> x -> z",
    "job_input": "job x type=push in:v=PLACE\ns -> x -> z",
    "job_type": "job x type=PLACE\ns -> x -> z",
    "retries": "job x type=push retries=PLACE\ns -> x -> z",
    "assignee": "user x assignee=PLACE\ns -> x -> z",
    "groups": "user x group=PLACE\ns -> x -> z",
    "users": "user x users=PLACE\ns -> x -> z",
    "due": "user x group=clerks due=PLACE\ns -> x -> z",
    "follow_up": "user x group=clerks due=FOLLOW\ns -> x -> z",
    "priority": "user x group=clerks name=PRIORITY\ns -> x -> z",
    "facts": "user x group=clerks facts=PLACE\ns -> x -> z",
    "duration": "catch x timeDuration=PLACE\ns -> x -> z",
    "date": "catch x timeDate=PLACE\ns -> x -> z",
    "boundary": "user x group=clerks\nboundary late on=x timeDuration=PLACE\ns -> x -> z\nlate -> z",
    "cycle": "user x group=clerks\nboundary again on=x interrupting=false timeCycle=PLACE\ns -> x -> z\nagain -> z",
    "collection": "user x group=clerks each=PLACE element=v\ns -> x -> z",
    "element": 'manual x each="=[1]" collect=c result=PLACE\ns -> x -> z',
    "until": 'manual x each="=[1]" until=PLACE\ns -> x -> z',
    "correlation": "catch x message=go key=PLACE\ns -> x -> z",
    "called": "call x process=PLACE\ns -> x -> z",
    "call_input": "call x process=inner in:v=PLACE\ns -> x -> z",
    "call_output": "call x process=inner out:v=PLACE\ns -> x -> z",
}
"""Wherever a diagram may hold FEEL. The element is ``x``; behind it stands the user task ``z``."""
BEYOND_X = {"boundary": {"x", "late"}, "cycle": {"x", "again"}}

CALLED = diagram("inner", "start s\nend e\ns -> e")


def place_in_diagram(place: str, feel: str) -> bytes:
    """The diagram of ``place``, a process of that id, with ``feel`` in it."""
    text = f"start s\nuser z group=clerks\nend e\n{PLACES[place]}\nz -> e".replace("FEEL", "PLACE")
    written = escape("=" + feel, {'"': "&quot;"}).encode()
    drawn = diagram(place, text).replace(b"=PLACE", b"PLACE")
    drawn = drawn.replace(b'dueDate="FOLLOW"', b'followUpDate="PLACE"')
    if b'name="PRIORITY"' in drawn:
        stated = b'<zeebe:userTask/><zeebe:priorityDefinition priority="PLACE"/>'
        before, after = drawn.split(b'name="PRIORITY"')
        drawn = before + b'name="x"' + after.replace(b"<zeebe:userTask/>", stated, 1)
    return drawn.replace(b"PLACE", written)


FORM_PLACES = ("hide", "readonly", "rule", "options", "change", "presubmit")


def place_in_form(place: str, *feels: str) -> bytes:
    """A form with the field ``x0`` for the first of ``feels``, ``x1`` for the next …, each with it at ``place``."""
    components = [_component(place, f"x{number}", "=" + feel) for number, feel in enumerate(feels)]
    form = {"type": "default", "id": "form", "schemaVersion": 19, "components": components}
    return json.dumps(form, ensure_ascii=False).encode()


def _component(place: str, key: str, text: str) -> dict[str, object]:
    component: dict[str, object] = {"type": "textfield", "id": f"Field_{key}", "key": key, "label": "姓名"}
    match place:
        case "hide":
            return component | {"conditional": {"hide": text}}
        case "readonly":
            return component | {"readonly": text}
        case "rule":
            return component | {"validate": {"minLength": text}}
        case "options":
            return component | {"type": "select", "valuesExpression": text}
    return {"type": "expression", "id": component["id"], "key": key, "expression": text, "computeOn": place}


_DECISION = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d"
  namespace="http://camunda.org/schema/1.0/dmn">
<decision id="route" name="route"><decisionTable id="table" hitPolicy="{policy}"><input id="i">
<inputExpression id="ie" typeRef="string"><text>{input}</text></inputExpression></input><output id="o" name="route"/>
{rules}</decisionTable></decision></definitions>"""
_RULE = (
    '<rule id="r{n}"><inputEntry id="i{n}"><text>{test}</text></inputEntry>'
    '<outputEntry id="o{n}"><text>{output}</text></outputEntry></rule>'
)
DECISION_PLACES = ("input", "test", "output")


def place_in_decision(place: str, *feels: str) -> bytes:
    """A table with one rule for each of ``feels`` at ``place``; as ``input``, the first of them for all."""
    cells = {"input": '"a"', "test": "-", "output": '"a"'}
    rows = [{**cells, place: escape(feel)} for feel in feels]
    rules = "".join(_RULE.format(n=n, test=row["test"], output=row["output"]) for n, row in enumerate(rows))
    return _DECISION.format(policy="COLLECT", input=rows[0]["input"], rules=rules).encode()
