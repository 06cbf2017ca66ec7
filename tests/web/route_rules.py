"""What each route is for, and for whom: written down a second time, in the words of the product, to hold the code to.

Nothing here asks ``web.access``: who sees a case is worked out from the rows, in Python (``route_world``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.web.route_world import Persona, Place

Rule = Callable[[Persona, Place], bool]


@dataclass(frozen=True, slots=True)
class Route:
    """Who may use it, what an admitted request is answered with, and the arguments it is tried with.

    An argument in braces is one of the place's (``{case_id}``), so such a route is tried at every place; the release
    alone is the same everywhere.
    """

    rule: Rule
    answer: int = 200
    arguments: Mapping[str, str] = field(default_factory=dict)
    family_page: bool = False

    @property
    def is_placed(self) -> bool:
        return any(value.startswith("{") and value != "{release}" for value in self.arguments.values())


def anybody(_who: Persona, _where: Place) -> bool:
    return True


def staff(who: Persona, _where: Place) -> bool:
    return who.kind == "staff"


def family(who: Persona, _where: Place) -> bool:
    return who.kind == "family"


def operator(who: Persona, _where: Place) -> bool:
    return who.kind == "staff" and not who.groups


def of(*departments: str) -> Rule:
    """Staff of one of these departments."""
    return lambda who, _where: who.kind == "staff" and bool(who.departments & set(departments))


def role(*groups: str) -> Rule:
    return lambda who, _where: who.kind == "staff" and bool(who.groups & set(groups))


def in_region(who: Persona, where: Place) -> bool:
    """The case lies in what the person answers for."""
    return who.kind == "staff" and where.region.startswith(who.region.rstrip("0"))


def sees(who: Persona, where: Place) -> bool:
    """Staff of the region whose department has or had something to do there, and those who see all of it."""
    involved = where.departments | {"window", "supervisor", "hotline"}
    return in_region(who, where) and bool(who.departments & involved)


def may_do(who: Persona, where: Place) -> bool:
    """Staff of the region and the group to which the open step belongs."""
    return in_region(who, where) and bool(who.groups & where.step_groups)


def party(who: Persona, where: Place) -> bool:
    """A family that has a part in the case."""
    return who.kind == "family" and who.name in where.parties


def both(*rules: Rule) -> Rule:
    return lambda who, where: all(rule(who, where) for rule in rules)


def either(*rules: Rule) -> Rule:
    return lambda who, where: any(rule(who, where) for rule in rules)


KEY = "0" * 32
PACK, CASE, CODE = {"pack": "hunan"}, {"case_id": "{case_id}"}, {"code": "{code}"}
STEP = {"user_task_id": "{step}"}
APPLYING, HANDING, SIGNING = ({"user_task_id": f"{{{name}}}"} for name in ("applying", "handing", "signing"))
ITEM, FILING, FILE = {"item": "survivor_benefit"}, {"filing": "f1"}, {"file_id": "{file_id}"}
PAPER = {**CASE, "certificate_id": "{certificate_id}"}
PROCESS = {"process_id": "after_death"}
ACT = {**CASE, "name": "police_referred"}
senders = role("hospital.physician", "clinic.head", "clinic.doctor", "funeral.clerk", "police.officer")
reporters = role(
    *("window.clerk", "hospital.physician", "clinic.head", "clinic.doctor", "police.officer", "funeral.clerk"),
    *("civil_affairs.clerk", "court.clerk"),
)
window, police, funeral, hotline, supervisor, lead = (
    of(name) for name in ("window", "police", "funeral", "hotline", "supervisor", "lead")
)

comparing = either(operator, of("supervisor", "analyst"))


def mine(rule: Rule = party, answer: int = 200, **arguments: str) -> Route:
    """A page of the families' side: who is signed out goes to the families' sign-in."""
    return Route(rule, answer, arguments, family_page=True)


PAGES: Mapping[str, Route] = {
    "access.account": Route(staff),
    "access.code_form": Route(anybody, 303),
    "access.enrol": Route(staff),
    "access.family_account": mine(family),
    "access.oidc_back": Route(anybody, 303, {"whose": "staff"}),
    "access.oidc_begin": Route(anybody, 404, {"whose": "staff"}),
    "access.second_factor": Route(staff, 303),
    "access.sign_in": Route(anybody),
    "access.staff_sign_in": Route(anybody),
    "access.start": Route(staff, 303),
    "compare.home": Route(comparing),
    "compare.source": Route(comparing, 200, {"release": "{release}", "process": "after_death"}),
    "desk.case": Route(sees, 200, CODE),
    "desk.cases": Route(staff),
    "desk.clock": Route(sees, 200, {**CODE, **ITEM}),
    "desk.diagram_marks": Route(sees, 200, {**CODE, **PROCESS}),
    "desk.diagram_source": Route(sees, 200, {**CODE, **PROCESS}),
    "desk.file": Route(sees, 200, {**CODE, **FILE}),
    "desk.home": Route(staff),
    "desk.user_task": Route(may_do, 200, STEP),
    "funeral.case": Route(both(funeral, sees), 200, CASE),
    "funeral.certificate": Route(both(funeral, sees), 200, {"certificate_id": "{certificate_id}"}),
    "funeral.verify": Route(funeral),
    "hotline.case": Route(both(hotline, sees), 200, CASE),
    "hotline.home": Route(hotline),
    "hotline.knowledge": Route(hotline),
    "hotline.new_ticket": Route(hotline),
    "hotline.ticket": Route(both(in_region, of("hotline", "supervisor", "hrss")), 200, {"ticket_id": "{ticket_id}"}),
    "hotline.tickets": Route(staff),
    "ops.accounts": Route(operator),
    "ops.audit": Route(operator),
    "ops.health": Route(anybody, 503),  # the scenes leave timers undone
    "ops.incidents": Route(operator),
    "ops.jobs": Route(operator),
    "ops.outbox": Route(operator),
    "ops.overview": Route(operator),
    "ops.timers": Route(operator),
    "papers.download_form": mine(**PAPER),
    "papers.verify": Route(anybody, 404, {"token": KEY}),
    "police.freeze": Route(both(police, in_region), 200, CASE),
    "police.freeze_form": Route(both(role("police.officer"), in_region), 200, CASE),
    "police.holds": Route(police),
    "portal.application": mine(**APPLYING),
    "portal.case": mine(**CASE),
    "portal.cases": mine(family),
    "portal.check": mine(party, 303, **APPLYING),
    "portal.clock": mine(**CASE, **ITEM),
    "portal.confirmation": mine(**CASE, **FILING),
    "portal.delivery": mine(**CASE, **FILING),
    "portal.file": mine(party, 404, **CASE, **FILE),  # the department's file, not the family's own
    "portal.guide": Route(anybody, 303),
    "portal.guide_of": Route(anybody, 200, PACK),
    "portal.home": Route(anybody),
    "portal.join": mine(family),
    "portal.lookup": Route(anybody),
    "portal.lookup_result": Route(anybody, 303),
    "portal.material": mine(**HANDING, code="M02"),
    "portal.materials": mine(**HANDING),
    "portal.objection": mine(**CASE),
    "portal.report": mine(family, 200, **PACK),
    "portal.report_again": mine(family, 303, **PACK, once=KEY),
    "portal.report_anywhere": mine(family, 303),
    "portal.reported_page": mine(**CASE),
    "portal.suggest": Route(anybody, 200, PACK),
    "portal.task": mine(**SIGNING),
    "portal.topic": mine(**APPLYING, place="1"),
    "portal.visit": mine(party, 404, **CASE),  # the pack of these cases offers none
    "portal.withdraw": mine(**CASE, **FILING),
    "localities.edit": Route(lead, 404, {"pack": "hunan", "region": "430102"}),  # nobody has said anything of it
    "localities.home": Route(lead),
    "localities.new": Route(lead, 200, {"pack": "hunan"}),
    "supervise.board": Route(supervisor),
    "supervise.export": Route(supervisor, 200, {"name": "overdue"}),
    "supervise.listing": Route(supervisor, 200, {"name": "overdue"}),
    "window.act": Route(both(senders, sees), 200, ACT),
    "window.acts": Route(sees, 200, CASE),
    "window.case": Route(both(window, sees), 200, CASE),
    "window.checklist": Route(window),
    "window.home": Route(window),
    "window.print_checklist": Route(window, 200, PACK),
    "window.receipt": Route(sees, 200, CASE),
    "window.report": Route(reporters, 303),
    "window.report_form": Route(reporters, 200, PACK),
    "window.sheet": Route(both(window, sees), 200, {**CASE, "kind": "application"}),
}
"""Everything that is looked at."""

FORMS: Mapping[str, Route] = {
    "access.code_asked_for": Route(anybody, 422),
    "access.code_given": Route(anybody, 303),
    "access.enrolled": Route(staff, 422),
    "access.family_renamed": mine(family, 303),
    "access.family_signed_out_everywhere": mine(family, 303),
    "access.language_chosen": Route(anybody, 400),
    "access.password_changed": Route(staff, 422),
    "access.second_factor_dropped": Route(staff, 422),
    "access.second_factor_given": Route(staff, 404),
    "access.session_ended": Route(staff, 303, {"session_id": KEY}),
    "access.sign_out": Route(anybody, 303),
    "access.signed_out_everywhere": Route(staff, 303),
    "access.staff_signed_in": Route(anybody, 422),
    "access.unmasked": Route(sees, 404, CASE),  # there is no field without a name
    "desk.add_comment": Route(sees, 303, CODE),
    "desk.claim": Route(may_do, 303, STEP),
    "desk.claim_several": Route(staff, 303),
    "desk.drop_filter": Route(staff, 303, {"filter_id": KEY}),
    "desk.reassign": Route(may_do, 303, STEP),
    "desk.refresh_user_task": Route(may_do, 200, STEP),
    "desk.release": Route(may_do, 303, STEP),
    "desk.remind_several": Route(staff, 303),
    "desk.save_filter": Route(staff, 303),
    "desk.submit_user_task": Route(may_do, 422, STEP),
    "desk.unmask": Route(sees, 303, CODE),
    "funeral.find": Route(funeral),
    "funeral.verified": Route(funeral, 404),
    "hotline.answered": Route(both(in_region, of("hrss")), 422, {"ticket_id": "{ticket_id}"}),
    "hotline.find": Route(hotline),
    "hotline.opened": Route(hotline, 422),
    "localities.cleared": Route(lead, 404, {"pack": "hunan", "region": "430102"}),
    "localities.saved": Route(lead, 422, {"pack": "hunan"}),
    "ops.retry_incident": Route(operator, 404, {"incident_id": KEY}),
    "ops.verify_audit": Route(operator),
    "papers.download": mine(party, 422, **PAPER),
    "papers.send_code": mine(party, 303, **PAPER),
    "police.find": Route(police),
    "police.frozen": Route(both(role("police.officer"), in_region), 422, {**CASE, "key": KEY}),
    "portal.apply": mine(party, 303, **CASE),
    "portal.check_refreshed": mine(**APPLYING),
    "portal.delivery_chosen": mine(party, 422, **CASE, **FILING),
    "portal.delivery_refreshed": mine(**CASE, **FILING),
    "portal.handed_in": mine(party, 422, **APPLYING),
    "portal.joined": mine(family, 422),
    "portal.looked_up": Route(anybody, 422),
    "portal.material_saved": mine(party, 422, **HANDING, code="M02"),
    "portal.materials_submitted": mine(party, 303, **HANDING),
    "portal.objected": mine(party, 422, **CASE),
    "portal.objection_refreshed": mine(**CASE),
    "portal.report_refreshed": mine(family, 200, **PACK, once=KEY),
    "portal.reported": mine(family, 422, **PACK, once=KEY),
    "portal.suggested": mine(party, 303, **APPLYING),
    "portal.task_refreshed": mine(**SIGNING),
    "portal.task_submitted": mine(party, 422, **SIGNING),
    "portal.topic_refreshed": mine(**APPLYING, place="1"),
    "portal.topic_saved": mine(party, 422, **APPLYING, place="1"),
    "portal.visit_asked": mine(party, 404, **CASE),
    "portal.visit_refreshed": mine(party, 404, **CASE),
    "portal.withdrawn": mine(party, 422, **CASE, **FILING),
    "window.find": Route(window),
    "window.refresh_act": Route(both(senders, sees), 404, {**ACT, "key": KEY}),  # it has no form
    "window.refresh_report": Route(reporters, 200, {**PACK, "key": KEY}),
    "window.reported": Route(reporters, 422, {**PACK, "key": KEY}),
    "window.send_act": Route(both(senders, sees), 422, {**ACT, "key": KEY}),
    "window.verify_originals": Route(both(window, sees), 303, CASE),
}
"""Everything that is sent, with what an empty form is answered with."""
