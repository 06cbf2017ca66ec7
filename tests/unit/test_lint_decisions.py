"""The whole-pack check: decisions with the diagrams that call them."""

from __future__ import annotations

from engine.packs import Pack
from tests.unit.bpmn_drafts import chain, decide, end, flow, node, start
from tests.unit.lint_packs import assert_clean, assert_only, diagram, findings, form, mapping, pack, run, user

IDENTITY = {
    "forms/identity.form": form("identity", {"key": "manner"}, {"key": "secret", "properties": {"sensitive": "true"}})
}
SET_MANNER = user("check_identity", "identity", mapping(("=manner", "manner")))


def table(decision_id: str, look: str, *outputs: str, requires: str = "") -> str:
    """A decision that looks at ``look`` and gives every output the text “yes”."""
    needed = (
        f'<informationRequirement id="r_{decision_id}"><requiredDecision href="#{requires}"/></informationRequirement>'
    )
    columns = "".join(f'<output id="o_{decision_id}_{at}" name="{name}"/>' for at, name in enumerate(outputs))
    cells = "".join(
        f'<outputEntry id="c_{decision_id}_{at}"><text>"yes"</text></outputEntry>' for at, _ in enumerate(outputs)
    )
    return (
        f'<decision id="{decision_id}" name="{decision_id}">{needed if requires else ""}'
        f'<decisionTable id="t_{decision_id}" hitPolicy="FIRST"><input id="i_{decision_id}">'
        f'<inputExpression id="x_{decision_id}"><text>{look}</text></inputExpression></input>{columns}'
        f'<rule id="u_{decision_id}"><inputEntry id="e_{decision_id}"><text>-</text></inputEntry>{cells}</rule>'
        f"</decisionTable></decision>\n"
    )


def dmn(*decisions: str) -> bytes:
    model = "https://www.omg.org/spec/DMN/20191111/MODEL/"
    head = f'<definitions xmlns="{model}" id="rules" name="规则" namespace="urn:shenhou">'
    return f"{head}\n{''.join(decisions)}</definitions>\n".encode()


def routing(*decisions: str, condition: str = '=route = "yes"', before: str = SET_MANNER, more: str = "") -> Pack:
    """A pack that asks the decision ``route`` and branches on its result."""
    gateway = node("exclusiveGateway", "is_abnormal", default="is_abnormal_to_accepted")
    flows = flow("is_abnormal", "rejected", condition), flow("is_abnormal", "accepted")
    data = diagram(chain(start(), before, decide(more=more), gateway), end("accepted"), end("rejected"), *flows)
    return pack({**IDENTITY, "rules.dmn": dmn(*decisions), "register_death.bpmn": data})


def test_a_decision_reads_the_variables_of_the_process_that_calls_it() -> None:
    assert_clean(routing(table("route", "manner", "way")))
    found = findings(routing(table("route", "place", "way")))
    assert [(p.rule, p.file, p.element, p.severity) for p in found] == [
        ("names/unread", "register_death.bpmn", "check_identity", "warning"),
        ("names/unwritten", "register_death.bpmn", "choose_route", "error"),
    ]


def test_a_decision_may_be_given_its_variables_by_input_mapping() -> None:
    given = mapping(inputs=(("=manner", "place"),))
    assert_clean(routing(table("route", "place", "way"), more=given))
    found = findings(routing(table("route", "manner", "way"), more=given))
    assert [p.rule for p in found] == ["names/unused-input"]


def test_what_a_required_decision_reads_is_needed_too() -> None:
    asked = table("route", "grade", "way", requires="grade")
    assert_clean(routing(asked, table("grade", "manner", "level")))
    rules = {p.rule for p in findings(routing(asked, table("grade", "place", "level")))}
    assert rules == {"names/unwritten", "names/unread"}


def test_a_decision_reads_known_facts_and_no_sealed_ones() -> None:
    plain = user("check_identity", "identity")
    assert_clean(routing(table("route", "case.manner", "way"), before=plain))
    problem = assert_only("facts/unwritten", routing(table("route", "case.maner", "way"), before=plain))
    assert (problem.file, problem.line) == ("rules.dmn", 2)
    assert_only("facts/sealed", routing(table("route", "case.secret", "way"), before=plain))


def test_a_decision_that_nobody_calls_is_a_warning() -> None:
    problem = assert_only(
        "reference/unused-decision", routing(table("route", "manner", "way"), table("idle", "1", "way"))
    )
    assert (problem.severity, problem.element) == ("warning", "idle")


def test_an_unknown_decision_is_reported_with_the_nearest_name() -> None:
    found = findings(routing(table("routes", "manner", "way")))
    unknown = [p for p in found if p.rule == "reference/unknown-decision"]
    assert [p.remedy.startswith("did you mean 'routes'?") for p in unknown] == [True]


def test_faults_of_a_decision_are_listed_and_hide_no_other_file() -> None:
    broken = routing(table("route", "manner +", "way"))
    files = {name: data for name, data in broken.files.items() if name != "pack.yaml"}
    other = dmn(table("idle", "1", "way"))
    found = findings(pack({**files, "idle_rules.dmn": other}))
    rules = {(p.file, p.rule) for p in found}
    assert ("rules.dmn", "dmn/feel") in rules
    assert ("idle_rules.dmn", "reference/unused-decision") in rules
    assert not any(p.rule == "reference/unknown-decision" for p in found)


def test_a_result_is_asked_only_for_outputs_that_its_table_has() -> None:
    two = table("route", "manner", "way", "reason")
    assert_clean(routing(two, condition='=route.way = "yes"'))
    problem = assert_only("names/unknown-output", routing(two, condition='=route.wya = "yes"'))
    assert "only reason, way" in problem.message


def test_a_result_that_something_else_sets_as_well_is_not_judged() -> None:
    both = user("check_identity", "identity", mapping(("=manner", "manner"), ("=manner", "route")))
    two = table("route", "manner", "way", "reason")
    assert_clean(routing(two, condition='=route.wya = "yes"', before=both))


def test_a_result_that_nothing_reads_is_a_warning() -> None:
    data = run(SET_MANNER, decide())
    files = {**IDENTITY, "rules.dmn": dmn(table("route", "manner", "way")), "register_death.bpmn": data}
    assert assert_only("names/unread", pack(files)).element == "choose_route"
