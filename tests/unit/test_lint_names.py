"""The whole-pack check: FEEL syntax, and variables from where they are written to where they are read."""

from __future__ import annotations

import pytest

from engine.packs import Pack
from tests.unit.bpmn_drafts import MESSAGE, boundary, call, chain, end, flow, message, node, start, timer
from tests.unit.lint_packs import (
    Worker,
    assert_clean,
    assert_only,
    diagram,
    findings,
    form,
    job,
    mapping,
    pack,
    run,
    user,
)

IDENTITY = {"forms/identity.form": form("identity", {"key": "manner"}, {"key": "kin.name"})}
SET_MANNER = user("check_identity", "identity", mapping(("=manner", "manner")))
ISOLATED = {"propagateAllParentVariables": "false"}
NOTICE = {"notice.send": Worker(inputs=("text",), outputs=("receipt",), errors=("no_phone",))}


def asking(condition: str, *before: str) -> bytes:
    """A diagram that decides by ``condition`` after the steps ``before``."""
    steps = chain(start(), *before, node("exclusiveGateway", "is_abnormal", default="is_abnormal_to_accepted"))
    flows = flow("is_abnormal", "rejected", condition), flow("is_abnormal", "accepted")
    return diagram(steps, end("accepted"), end("rejected"), *flows)


def one(data: bytes, **more: bytes) -> Pack:
    named = {f"{stem}.bpmn": content for stem, content in more.items()}
    return pack({**IDENTITY, "register_death.bpmn": data, **named})


def looped(inner: str, loop: str, completion: str = "") -> str:
    """``inner`` as a multi-instance; ``loop`` are the attributes of its loop characteristics."""
    done = f"<bpmn:completionCondition>{completion}</bpmn:completionCondition>" if completion else ""
    held = f"<bpmn:extensionElements><zeebe:loopCharacteristics {loop}/></bpmn:extensionElements>{done}"
    multi = f"<bpmn:multiInstanceLoopCharacteristics>{held}</bpmn:multiInstanceLoopCharacteristics>"
    closing = inner.rindex("</bpmn:")
    return inner[:closing] + multi + inner[closing:]


def test_a_variable_that_nothing_writes_is_reported_where_it_is_read() -> None:
    assert_clean(one(asking('=manner = "hospital"', SET_MANNER)))
    wrong = asking('=maner = "hospital"', SET_MANNER)
    found = {(p.rule, p.element) for p in findings(one(wrong))}
    assert found == {("names/unwritten", "is_abnormal_to_rejected"), ("names/unread", "check_identity")}


def test_form_values_become_variables_by_output_mappings_alone() -> None:
    plain = user("check_identity", "identity")
    assert_only("names/unwritten", one(asking('=manner = "hospital"', plain)))


def test_an_output_mapping_sees_the_fields_of_its_form_and_the_mappings_before_it() -> None:
    two = user("check_identity", "identity", mapping(("=kin.name", "heir"), ("=heir", "manner")))
    assert_clean(one(asking("=manner = null", two)))
    wrong = user("check_identity", "identity", mapping(("=heir.name", "manner")))
    assert "'heir'" in assert_only("names/unwritten", one(asking("=manner = null", wrong))).message


def test_a_variable_that_nothing_reads_is_a_warning() -> None:
    problem = assert_only("names/unread", one(run(SET_MANNER)))
    assert (problem.severity, problem.element) == ("warning", "check_identity")


@pytest.mark.parametrize(
    "expression", ["=manner =", "=manner &lt;&gt; 1", "=no such function(manner)", "=if manner then 1"]
)
def test_feel_that_cannot_be_parsed_is_located(expression: str) -> None:
    wrong = user("check_kin", "identity", mapping(inputs=((expression, "manner"),)))
    problem = assert_only("feel/syntax", one(asking('=manner = "x"', SET_MANNER, wrong)))
    assert (problem.element, problem.severity) == ("check_kin", "error")


def test_feel_of_a_form_is_parsed_and_sees_fields_case_and_what_is_mapped_in() -> None:
    def using(text: str, *more: str) -> Pack:
        fields = form("kin", {"key": "name", "conditional": {"hide": text}}, {"key": "relation", "label": "关系"})
        step = user("check_kin", "kin", *more)
        return pack(
            {**IDENTITY, "forms/kin.form": fields, "register_death.bpmn": asking("=manner = 1", SET_MANNER, step)}
        )

    assert_clean(using('=relation = "配偶"'))
    assert_clean(using("=case.manner = null"))
    assert_clean(using("=manner = null", mapping(inputs=(("=manner", "manner"),))))
    problem = assert_only("names/unwritten", using("=manner = null"))
    assert (problem.file, problem.element) == ("forms/kin.form", "kin_0")
    assert_only("feel/syntax", using("=relation ="))


def test_a_template_in_a_form_is_parsed_too() -> None:
    def showing(text: str) -> Pack:
        field = {"key": "name", "label": text}
        return pack({"forms/kin.form": form("kin", field), "register_death.bpmn": run(user("check_kin", "kin"))})

    assert_clean(showing("{{name}} 的姓名"))
    assert_only("names/unwritten", showing("{{nobody}} 的姓名"))


def test_a_job_sees_only_what_is_mapped_in() -> None:
    good = job("send_notice", "notice.send", mapping(inputs=(("=manner", "text"),)))
    assert_clean(one(run(SET_MANNER, good)), NOTICE)
    bare = job("send_notice", "notice.send", mapping(inputs=(("=manner", "txt"),)))
    found = {(p.rule, p.severity) for p in findings(one(run(SET_MANNER, bare)), NOTICE)}
    assert found == {("names/job-input", "error"), ("names/unused-input", "warning")}


def test_an_input_that_a_worker_marks_may_be_left_out() -> None:
    worker = {"notice.send": Worker(inputs=("text?",))}
    assert_clean(one(run(user("check_identity", "identity"), job("send_notice", "notice.send"))), worker)


def test_what_a_job_returns_becomes_variables_where_no_output_is_mapped() -> None:
    given = mapping(inputs=(("通知", "text"),))
    assert_clean(
        one(asking("=receipt = null", user("check_identity", "identity"), job("s", "notice.send", given))), NOTICE
    )
    chosen = mapping(("=receipt", "slip"), inputs=(("通知", "text"),))
    wrong = asking("=receipt = slip", user("check_identity", "identity"), job("s", "notice.send", chosen))
    assert "'receipt'" in assert_only("names/unwritten", one(wrong), NOTICE).message


def test_what_an_unknown_job_returns_is_not_guessed_at() -> None:
    step = job("send_notice", "notice.sent", mapping(("=receipt", "slip")))
    assert_only(
        "reference/unknown-job-type", one(asking("=slip = 1", user("check_identity", "identity"), step)), NOTICE
    )


def test_a_message_brings_what_pack_yaml_says_and_only_through_output_mappings() -> None:
    def waiting(more: str) -> Pack:
        event = node("intermediateCatchEvent", "death_confirmed", message(), more)
        steps = chain(start(), user("check_identity", "identity"), event, end())
        declared = {"death_found": {"name": "发现", "description": "通报", "variables": {"place": "string"}}}
        data = diagram(steps, roots=MESSAGE)
        use = data.replace(b'candidateGroups="window"', b'assignee="=found_at" candidateGroups="window"')
        return pack({**IDENTITY, "register_death.bpmn": use}, messages=declared)

    assert_clean(waiting(mapping(("=place", "found_at"))))
    assert_only("names/unwritten", waiting(""))
    found = findings(waiting(mapping(("=plaice", "found_at"))))
    assert [(p.rule, p.element) for p in found] == [("names/unwritten", "death_confirmed")]


def test_a_correlation_key_is_read_where_the_message_is_awaited() -> None:
    roots = MESSAGE.replace(
        "/>",
        '><bpmn:extensionElements><zeebe:subscription correlationKey="=waybill"/></bpmn:extensionElements>'
        "</bpmn:message>",
    )
    declared = {"death_found": {"name": "发现", "description": "通报", "correlation": "运单号"}}
    event = node("intermediateCatchEvent", "death_confirmed", message())
    setting = user("check_identity", "identity", mapping(("=manner", "waybill")))
    good = {**IDENTITY, "register_death.bpmn": run(setting, event, roots=roots)}
    assert_clean(pack(good, messages=declared))
    bare = {**IDENTITY, "register_death.bpmn": run(user("check_identity", "identity"), event, roots=roots)}
    assert_only("names/unwritten", pack(bare, messages=declared))


def test_boundary_events_do_not_see_the_locals_of_their_activity() -> None:
    def guarded(name: str) -> Pack:
        host = user("check_identity", "identity", mapping(("=manner", "wait"), inputs=(("=case.manner", "kin"),)))
        event = boundary("day_passed", "check_identity", timer("timeDuration", f"={name}"))
        return one(diagram(chain(start(), host, end()), event, end("lapsed"), flow("day_passed", "lapsed")))

    assert_clean(guarded("wait"))
    found = {p.rule for p in findings(guarded("kin"))}
    assert found == {"names/unwritten", "names/unread"}


def test_what_an_error_brings_is_known_at_its_boundary_event() -> None:
    def caught(source: str) -> Pack:
        error = '<bpmn:error id="no_phone" name="没有电话" errorCode="no_phone"/>'
        definition = '<bpmn:errorEventDefinition errorRef="no_phone"/>'
        event = boundary("sending_failed", "send_notice", definition)
        held = f"<bpmn:extensionElements>{mapping((source, 'why'))}</bpmn:extensionElements>"
        event = event.replace(definition, held + definition)
        host = job("send_notice", "notice.send", mapping(inputs=(("通知", "text"),)))
        use = user("check_kin", "identity", mapping(inputs=(("=why", "manner"),)))
        steps = chain(start(), user("check_identity", "identity"), host, end())
        return one(diagram(steps, event, chain(use, end("done")), flow("sending_failed", "check_kin"), roots=error))

    assert_clean(caught("=errorMessage"), NOTICE)
    assert_only("names/unwritten", caught("=errorText"), NOTICE)


def test_each_instance_sees_its_entry_and_its_number_and_keeps_what_is_collected() -> None:
    more = mapping(("=manner", "answer"), inputs=(("=string(loopCounter) + heir", "manner"),))
    loop = 'inputCollection="=[1, 2]" inputElement="heir" outputCollection="answers" outputElement="=answer"'
    good = looped(user("check_identity", "identity", more), loop, "=answer = 1 or numberOfCompletedInstances = 2")
    assert_clean(one(asking("=count(answers) = 1", good)))
    leaking = asking("=count(answers) = 1 and answer = 1", good)
    assert "'answer'" in assert_only("names/unwritten", one(leaking)).message


def test_the_list_of_a_multi_instance_is_read_outside_of_it() -> None:
    loop = 'inputCollection="=[heir]" inputElement="heir" outputCollection="answers" outputElement="=heir"'
    wrong = asking("=count(answers) = 1", looped(user("check_identity", "identity"), loop))
    assert "'heir'" in assert_only("names/unwritten", one(wrong)).message


def test_variables_of_a_sub_process_are_local_when_it_maps_them_in() -> None:
    def inside(condition: str) -> Pack:
        inner = chain(
            start("round_begun"), user("check_kin", "identity", mapping(inputs=(("=round", "manner"),))), end("over")
        )
        sub = node("subProcess", "ask_again", inner, mapping(inputs=(("=1", "round"),)))
        return one(asking(condition, user("check_identity", "identity"), sub))

    assert_clean(inside("=case.manner = null"))
    assert "'round'" in assert_only("names/unwritten", inside("=round = 1")).message


def called(inner: bytes, more: str = "", then: str = "", **attributes: str) -> Pack:
    """The main process calls ``handle_item``; ``then`` is a condition after the call."""
    step = call("handle_item", more, **attributes)
    outer = asking(then, SET_MANNER, step) if then else run(SET_MANNER, step)
    return one(outer, handle_item=inner)


def handling(*parts: str) -> bytes:
    return run(*parts, name="handle_item")


READS_MANNER = handling(user("check_kin", "identity", mapping(inputs=(("=manner", "kin"),))))
WRITES_ROUTE = handling(user("check_kin", "identity", mapping(("=kin.name", "route"))))


def test_a_call_hands_over_by_name_what_the_called_process_reads() -> None:
    assert_clean(called(READS_MANNER, mapping(inputs=(("=manner", "manner"),)), **ISOLATED))
    found = findings(called(READS_MANNER, **ISOLATED))
    assert [(p.rule, p.element, p.severity) for p in found] == [
        ("names/unread", "check_identity", "warning"),
        ("names/not-handed-over", "handle_item", "error"),
    ]
    assert "handle_item.bpmn:" in found[1].message


def test_a_call_that_propagates_hands_over_everything() -> None:
    assert_clean(called(READS_MANNER, propagateAllParentVariables="true"))
    deep = handling(user("check_kin", "identity", mapping(inputs=(("=place", "kin"),))))
    found = findings(called(deep, propagateAllParentVariables="true"))
    assert ("names/unwritten", "register_death.bpmn", "handle_item") in {(p.rule, p.file, p.element) for p in found}
    assert any("which handle_item reads (handle_item.bpmn:" in p.message for p in found)


def test_what_a_called_process_sets_comes_back_by_output_mapping_or_by_propagation() -> None:
    assert_clean(called(WRITES_ROUTE, mapping(("=route", "way")), "=way = manner", **ISOLATED))
    assert_clean(called(WRITES_ROUTE, "", "=route = manner", propagateAllChildVariables="true", **ISOLATED))
    found = {p.rule for p in findings(called(WRITES_ROUTE, "", "=route = manner", **ISOLATED))}
    assert found == {"names/unwritten", "names/unread"}


def test_an_input_that_the_called_process_does_not_read_is_a_warning() -> None:
    extra = mapping(inputs=(("=manner", "manner"), ("=manner", "place")))
    problem = assert_only("names/unused-input", called(READS_MANNER, extra, **ISOLATED))
    assert "'place'" in problem.message


def test_variables_given_at_the_start_are_declared_in_pack_yaml() -> None:
    files = {**IDENTITY, "register_death.bpmn": asking("=rehearsal", user("check_identity", "identity"))}
    assert_only("names/unwritten", pack(files))
    assert_clean(pack(files, variables={"rehearsal": "boolean"}))


def test_a_filter_that_is_taken_for_an_index_is_a_warning() -> None:
    doubtful = asking('=count(manner[contains(item, "a")]) = 0', SET_MANNER)
    assert ("feel/doubtful", "warning") in {(p.rule, p.severity) for p in findings(one(doubtful))}
