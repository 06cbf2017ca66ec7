"""The whole-pack check: recursion of calls, errors that nobody throws or catches, constant times, bpmnlint."""

from __future__ import annotations

import pytest
from lxml import etree

from engine.packs import Pack
from tests.unit.bpmn_drafts import BPMN, boundary, call, chain, end, flow, node, start, timer
from tests.unit.lint_packs import Worker, assert_clean, assert_only, diagram, findings, form, job, pack, run, user

IDENTITY = {"forms/identity.form": form("identity", {"key": "name"})}
_BEFORE_FLOWS = ("documentation", "extensionElements", "incoming")
ISOLATED = {"propagateAllParentVariables": "false"}
WORKERS = {"notice.send": Worker(errors=("no_phone",)), "notice.note": Worker()}
ERRORS = '<bpmn:error id="no_phone" name="没有电话" errorCode="no_phone"/>'
CHECK = user("check_identity", "identity")


def one(data: bytes, **more: bytes) -> Pack:
    named = {f"{stem}.bpmn": content for stem, content in more.items()}
    return pack({**IDENTITY, "register_death.bpmn": data, **named})


def calling(called: str, name: str) -> bytes:
    return run(CHECK, call("ask_next", processId=called, **ISOLATED), name=name)


def test_a_process_that_calls_itself_is_refused() -> None:
    assert_clean(one(calling("handle_item", "register_death"), handle_item=run(CHECK, name="handle_item")))
    problem = assert_only("calls/recursive", one(calling("register_death", "register_death")))
    assert (problem.severity, problem.element) == ("error", "ask_next")


def test_a_ring_of_calls_is_refused_at_each_call_and_shown() -> None:
    ring = one(
        calling("handle_item", "register_death"),
        handle_item=calling("ask_bank", "handle_item"),
        ask_bank=calling("handle_item", "ask_bank"),
    )
    found = findings(ring)
    assert [(p.rule, p.file) for p in found] == [
        ("calls/recursive", "ask_bank.bpmn"),
        ("calls/recursive", "handle_item.bpmn"),
    ]
    assert "ask_bank → handle_item → ask_bank" in found[0].message


def test_a_call_inside_a_sub_process_counts() -> None:
    inner = chain(start("round_begun"), call("ask_next", processId="register_death", **ISOLATED), end("round_over"))
    assert_only("calls/recursive", one(run(CHECK, node("subProcess", "ask_again", inner))))


def test_a_call_that_no_token_reaches_cannot_recur() -> None:
    lost = call("ask_next", processId="register_death", **ISOLATED)
    data = diagram(chain(start(), CHECK, end()), chain(lost, end("lost")))
    rules = {p.rule for p in findings(one(data))}
    assert rules == {"structure/unreachable"}


def throwing(code: str, host: str = "", **more: bytes) -> Pack:
    """A job (or ``host``) with a boundary event for the error ``code``; "" catches every error."""
    reference = f' errorRef="{code}"' if code else ""
    host = host or job("send_notice", "notice.send")
    host_id = host.split('id="', 1)[1].split('"', 1)[0]
    event = boundary("sending_failed", host_id, f"<bpmn:errorEventDefinition{reference}/>")
    roots = ERRORS.replace("no_phone", code) if code else ""
    data = diagram(
        chain(start(), CHECK, host, end()), event, end("unsent"), flow("sending_failed", "unsent"), roots=roots
    )
    return one(data, **more)


def test_a_boundary_event_catches_what_its_worker_throws() -> None:
    assert_clean(throwing("no_phone"), WORKERS)
    assert_clean(throwing(""), WORKERS)
    problem = assert_only("errors/not-thrown", throwing("no_money"), WORKERS)
    assert (problem.severity, problem.element) == ("error", "sending_failed")
    assert "only no_phone" in problem.message


def test_a_boundary_event_on_what_never_fails_is_refused() -> None:
    quiet = job("send_notice", "notice.note")
    assert_only("errors/not-thrown", throwing("", quiet), WORKERS)
    assert_only("errors/not-thrown", throwing("", user("check_kin", "identity")), WORKERS)


def test_what_an_unknown_worker_throws_is_not_guessed_at() -> None:
    assert_only("reference/unknown-job-type", throwing("no_money", job("send_notice", "notice.sent")), WORKERS)


def test_errors_of_outside_jobs_are_declared_in_pack_yaml() -> None:
    def outside(*errors: str) -> Pack:
        jobs = {"bank.ask": {"description": "查询账户", "errors": dict.fromkeys(errors, "查无此户")}}
        checked = throwing("no_phone", job("ask_bank", "bank.ask"))
        return pack({name: data for name, data in checked.files.items() if name != "pack.yaml"}, jobs=jobs)

    assert_clean(outside("no_phone"))
    assert_only("errors/not-thrown", outside("no_money"))


def failing(code: str, name: str) -> bytes:
    """A process that may end in the error ``code``."""
    gateway = node("exclusiveGateway", "is_known", default="is_known_to_known")
    lost = end("not_known", f'<bpmn:errorEventDefinition errorRef="{code}"/>')
    flows = flow("is_known", "not_known", "=case.name = null"), flow("is_known", "known")
    roots = ERRORS.replace("no_phone", code)
    return diagram(chain(start(), CHECK, gateway), end("known"), lost, *flows, name=name, roots=roots)


def test_errors_come_out_of_called_processes() -> None:
    host = call("ask_next", processId="handle_item", **ISOLATED)
    assert_clean(throwing("no_phone", host, handle_item=failing("no_phone", "handle_item")))
    found = findings(throwing("no_money", host, handle_item=failing("no_phone", "handle_item")))
    assert [p.rule for p in found] == ["errors/not-thrown"]


def test_errors_of_deeper_calls_and_jobs_come_out_too() -> None:
    outer = call("ask_next", processId="handle_item", **ISOLATED)
    middle = run(call("ask_deeper", processId="ask_bank", **ISOLATED), name="handle_item")
    assert_clean(throwing("no_phone", outer, handle_item=middle, ask_bank=failing("no_phone", "ask_bank")))
    sending = run(job("send_notice", "notice.send"), name="ask_bank")
    assert_clean(throwing("no_phone", outer, handle_item=middle, ask_bank=sending), WORKERS)


def test_an_error_that_is_caught_inside_does_not_come_out() -> None:
    host = call("ask_next", processId="handle_item", **ISOLATED)
    event = boundary("sending_failed", "send_notice", "<bpmn:errorEventDefinition/>")
    steps = chain(start(), job("send_notice", "notice.send"), end())
    inner = diagram(steps, event, end("unsent"), flow("sending_failed", "unsent"), name="handle_item")
    assert_only("errors/not-thrown", throwing("no_phone", host, handle_item=inner), WORKERS)


def test_errors_come_out_of_sub_processes() -> None:
    thrown = '<bpmn:errorEventDefinition errorRef="no_phone"/>'
    inner = chain(start("round_begun"), user("check_kin", "identity"), end("round_failed", thrown))
    host = node("subProcess", "ask_again", inner)
    assert_clean(throwing("no_phone", host))
    quiet = node("subProcess", "ask_again", inner.replace(thrown, ""))
    assert_only("errors/not-thrown", throwing("no_phone", quiet))


def test_an_error_end_that_nobody_catches_is_a_warning() -> None:
    problem = assert_only("errors/uncaught", one(failing("no_phone", "register_death")))
    assert (problem.severity, problem.element) == ("warning", "not_known")


PAST, FUTURE = "2026-03-01T08:00:00+08:00", "2026-03-03T08:00:00+08:00"


def timed(kind: str, text: str) -> Pack:
    event = node("intermediateCatchEvent", "day_come", timer(kind, text))
    return one(run(CHECK, event))


@pytest.mark.parametrize("text", [PAST, f'=date and time("{PAST}")', '=date("2025-12-31")', "2020-01-01"])
def test_a_timer_that_always_lies_in_the_past_is_a_warning(text: str) -> None:
    problem = assert_only("time/past", timed("timeDate", text))
    assert (problem.severity, problem.element) == ("warning", "day_come")


@pytest.mark.parametrize("text", [FUTURE, f'=date and time("{FUTURE}")', "=now()", "=case.name", "2030-01-01"])
def test_a_timer_that_may_lie_ahead_is_fine(text: str) -> None:
    assert_clean(timed("timeDate", text))


def test_a_duration_never_lies_in_the_past() -> None:
    assert_clean(timed("timeDuration", "PT1S"))


@pytest.mark.parametrize("attribute", ["dueDate", "followUpDate"])
def test_a_due_date_that_always_lies_in_the_past_is_a_warning(attribute: str) -> None:
    def due(text: str) -> Pack:
        return one(run(user("check_identity", "identity", f"<zeebe:taskSchedule {attribute}='{text}'/>")))

    assert_clean(due("2026-03-02"))  # today: a clerk has the whole day
    assert attribute in assert_only("time/past", due("2026-03-01")).message
    assert_only("time/past", due('=date("2026-02-28")'))
    assert_clean(due("=today()"))


def linked(data: bytes) -> bytes:
    """``data`` with the ``incoming`` and ``outgoing`` that a modeler writes and bpmnlint looks at."""
    root = etree.fromstring(data)
    by_id = {element.get("id"): element for element in root.iter() if element.get("id")}
    for sequence_flow in root.iter(f"{{{BPMN}}}sequenceFlow"):
        for end_of_flow, tag in (("sourceRef", "outgoing"), ("targetRef", "incoming")):
            flow_node = by_id[sequence_flow.get(end_of_flow)]
            listed = etree.Element(f"{{{BPMN}}}{tag}")
            listed.text = sequence_flow.get("id")
            flow_node.insert(sum(etree.QName(child).localname in _BEFORE_FLOWS for child in flow_node), listed)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def joined(last: str) -> bytes:
    """Two ways that lead into ``last``, a node of the id ``joined``."""
    split = node("exclusiveGateway", "is_known", default="is_known_to_joined")
    steps = chain(start(), CHECK, split)
    after = "" if last.startswith("<bpmn:endEvent") else "\n" + end() + flow("joined", "death_registered")
    flows = flow("is_known", "check_kin", "=case.name = null"), flow("is_known", "joined"), flow("check_kin", "joined")
    return linked(diagram(steps, user("check_kin", "identity"), last + after, *flows))


def test_several_ways_into_an_activity_are_a_warning_into_an_end_event_not() -> None:
    assert_clean(one(joined(end("joined"))))
    problem = assert_only("bpmnlint/fake-join", one(joined(user("joined", "identity"))))
    assert (problem.severity, problem.element) == ("warning", "joined")
    assert problem.line > 1


def test_a_gateway_with_one_way_in_and_one_way_out_is_a_warning() -> None:
    assert_clean(one(linked(run(CHECK))))
    assert_only("bpmnlint/superfluous-gateway", one(linked(run(CHECK, node("exclusiveGateway", "is_known")))))
