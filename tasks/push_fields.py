"""Which push goes to whom with which fields: data minimisation as a table.

A receiver gets what its duty needs and nothing else. The cause and the manner of death are for health and police alone;
an account goes to the department that pays to it; who reported or applied stays out where the matter is the deceased.
A field that stands here under no rule cannot leave the case, whoever asks for it. A pack may say anew what one of these
pushes tells (``pushes`` of its manifest), with fields that are known here.

Rule: P-11, INV-9, C-28; H-36 (hunan-2025, 二(四)5–6) lists the pushes, C-29 sends the deceased's data to the funeral
home on every branch. The choice of single fields is inferred from the duties in hunan-2025, 三; 待主管部门确认.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engine.pack_outputs import PushFields

_PERSON = ("case_code", "deceased.name", "deceased.id_kind", "deceased.id_number")
_DIED = (*_PERSON, "deceased.sex", "deceased.died_on")
_CERTIFICATE = ("certificate.kind", "certificate.number", "certificate.issuer", "certificate.issued_on")
_HOLD = ("hold.frozen", "hold.since", "hold.instruction")
_CAUSE = ("death.place", "death.manner", "death.cause_class")
_APPLICANT = ("applicant.name", "applicant.id_number", "applicant.phone", "applicant.relation", "applicant.kind")
_ITEM = ("item.code", "item.name", "item.department")
_RECALL = (*_PERSON, "recalled.id", "recalled.kind", "revocation.document", "revocation.revoked_on")
_PAYMENT_RECALL = ("case_code", "recalled.id", "recalled.kind", "revocation.document", "revocation.revoked_on")
_APPLICATION = (*_DIED, *_CERTIFICATE, *_ITEM, *_APPLICANT, "filing.channel", "filing.accepted_on", "materials")


def _all(group: str, *names: str) -> tuple[str, ...]:
    return tuple(f"{group}.{name}" for name in names)


_SOCIAL = _all("social", "payee", "name", "id_number", "card_number", "bank", "account_name")
_MEDICAL = _all("medical", "bank_class", "bank", "account", "account_name")
_HOUSING = _all("housing", "name", "id_number", "bank", "account", "account_name", "place", "unit_account")
_PAYOUT = _all("payout", "payee", "reason", "card", "bank", "bank_code", "account", "account_name")
"""One account for whatever is paid."""
_CARDS = (*_all("social_card", "bank", "bank_code", "account"), *_all("bank_card", "bank", "bank_code", "account"))
_UNIT = _all("unit", "bank", "bank_code", "account")  # the employer's, for who died in service (S 附件2)
_INSURED = _all("insured", "enterprise", "state", "work_injury", "pension", "scheme")
_DEPOSIT = _all("deposit", "bank", "account")
_HOUSEHOLD = _all("household", "kind", "city_office", "county_office", "station", "filed_on", "category", "new_head")


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of push to some receivers. ``dept.*`` means any department that has no rule of its own."""

    kind: str
    receivers: tuple[str, ...]
    fields: tuple[str, ...]
    source: str


RULES = (
    Rule("certificate", ("platform",), (*_DIED, *_CERTIFICATE), "H-36"),
    Rule("certificate", ("elicence",), (*_DIED, *_CERTIFICATE, "deceased.born_on", "deceased.died_at"), "H-36"),
    Rule("certificate", ("funeral",), (*_DIED, *_CERTIFICATE, *_HOLD), "H-19, C-29"),
    Rule("certificate", ("dept.health", "dept.police"), (*_DIED, *_CERTIFICATE, *_CAUSE), "H-36, C-28"),
    Rule("deceased", ("funeral",), (*_DIED, *_HOLD, "death.place"), "H-18, C-29"),
    Rule("hold", ("funeral",), (*_PERSON, *_HOLD), "H-17, P-4"),
    Rule("hold", ("dept.police",), (*_DIED, *_HOLD, *_CAUSE, "reporter.name", "reporter.phone"), "H-12, H-15"),
    Rule(
        "application",
        ("dept.hrss",),
        (*_APPLICATION, *_SOCIAL, *_PAYOUT, *_CARDS, *_UNIT, *_INSURED),
        "H-5, Y-15, S-16",
    ),
    Rule("application", ("dept.medical_insurance",), (*_APPLICATION, *_MEDICAL, *_PAYOUT, *_CARDS), "H-5, Y-15, S-16"),
    Rule("application", ("dept.housing_fund",), (*_APPLICATION, *_HOUSING, *_PAYOUT, *_CARDS), "H-5, Y-15, S-16"),
    Rule("application", ("dept.veterans",), (*_APPLICATION, *_PAYOUT), "Y-15"),
    Rule("application", ("dept.justice",), (*_APPLICATION, "notary.office"), "H-5, H-36"),
    Rule("application", ("dept.finance",), (*_APPLICATION, *_DEPOSIT), "H-5, H-36"),
    Rule(
        "application",
        ("dept.police",),
        (*_APPLICATION, *_HOUSEHOLD, "deceased.registered_region", "deceased.registered_address"),
        "H-5, H-36",
    ),
    Rule("application", ("dept.*",), _APPLICATION, "H-5, H-36"),
    Rule("cremation", ("platform", "elicence"), (*_PERSON, "cremation.number", "cremation.cremated_on"), "H-19, H-36"),
    Rule(
        "result",
        ("platform",),
        (*_PERSON, *_ITEM, "result.status", "result.ended_on", "result.reason"),
        "H-36, INV-7",
    ),
    Rule("terminate", ("dept.*",), (*_PERSON, *_ITEM, "deceased.died_on", *_CERTIFICATE), "P-7, INV-11"),
    Rule("restore", ("dept.*",), (*_PERSON, *_ITEM, "revocation.document", "revocation.revoked_on"), "INV-11, C-26"),
    Rule("recall", ("funeral",), (*_RECALL, *_HOLD), "C-26 (inferred); P-4: a recall never reads as a release"),
    Rule("recall", ("bank",), _PAYMENT_RECALL, "C-26, INV-5 (inferred): the order, and nobody's name"),
    Rule("recall", ("platform", "elicence", "dept.*"), _RECALL, "C-26 (inferred: no document covers it)"),
)

KINDS = frozenset(rule.kind for rule in RULES)
AFTER_REVOCATION = frozenset({"recall", "restore", "hold"})
"""What may still leave a case whose registration of death was revoked."""


FOR_PACKS_TO_TELL = frozenset(
    {"death.cause", "deceased.died_at", "cremation.cremated_at", "cremation.place", *_DIED, *_CERTIFICATE, *_CAUSE}
)
"""What a pack may add to a push beyond what it tells by itself."""


def find_rule(kind: str, receiver: str, own: Iterable[PushFields] = ()) -> Rule | None:
    """The rule for a kind and a receiver; one that names the receiver goes before one for every department.

    ``own`` are the pack's, which replace the fields of a push that there is and open none to anybody else. What is said
    of a death beyond its day (``death.``) is told to a new receiver only where a document states it (C-28).
    """
    rule = _find(kind, receiver)
    stated = next((one for one in own if (one.kind, one.receiver) == (kind, receiver)), None)
    if rule is None or stated is None:
        return rule
    known = {*rule.fields, *FOR_PACKS_TO_TELL}
    private = {field for field in stated.fields if field.startswith("death.") and field not in rule.fields}
    withheld = private if stated.status != "stated" else frozenset()
    fields = tuple(field for field in stated.fields if field in known and field not in withheld)
    return Rule(kind, (receiver,), fields, "; ".join(one.requirement or one.section for one in stated.basis))


def _find(kind: str, receiver: str) -> Rule | None:
    fitting = [rule for rule in RULES if rule.kind == kind]
    for name in (receiver, "dept.*" if receiver.startswith("dept.") else receiver):
        for rule in fitting:
            if name in rule.receivers:
                return rule
    return None
