"""A widowed child-in-law who supported the deceased: an heir of the first order, once the window has confirmed it."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from engine.errors import RuleViolation
from tasks import in_laws, materials
from tasks import tables as d
from tasks.payees import read_payee
from tests.domain.applying import prepare, refused, select, sign
from tests.domain.conftest import Case

CLAIM = {"kind": "first_order", "relation": "child_in_law"}
OWN_WORDS = {"code": "M90", "name": "赡养情况公证书", "item": "will_check", "source": "applicant", "medium": "original"}


@pytest.fixture
def claimed(case: Case) -> Case:
    """Such an application, its items on the case."""
    prepare(case)
    select(case, "will_check", "cremation", applicant=CLAIM)
    return case


def test_the_clerks_read_that_the_standing_is_to_be_proven(claimed: Case) -> None:
    rows = claimed.connection.execute(d.standings.select()).all()
    told = ("needs_proof", in_laws.REASON)
    assert {row.code: (row.standing, row.reason) for row in rows} == {"will_check": told, "cremation": told}


def test_the_papers_are_asked_for_once_for_all_items_that_are_handled(claimed: Case) -> None:
    claimed.run("materials.arrange", filing="f1", rows=[])
    proof = claimed.row(d.materials)
    assert (proof.code, proof.status, proof.source, orjson.loads(proof.items)) == (
        "M90", "needed", "applicant", ["will_check"],
    )  # fmt: skip


def test_a_packs_own_line_is_not_doubled(claimed: Case) -> None:
    claimed.run("materials.arrange", filing="f1", rows=[{**OWN_WORDS, "original": True, "note": ""}])
    assert claimed.row(d.materials).name == "赡养情况公证书"


def test_nobody_is_accepted_before_the_window_has_confirmed_the_support(claimed: Case) -> None:
    claimed.run("materials.arrange", filing="f1", rows=[])
    materials.change_material(claimed.connection, claimed.row(d.materials).id, status="provided")
    sign(claimed)
    claimed.submit({"decision": "accept", "support_confirmed": False}, "filings.f1.acceptance")
    refusal = refused(claimed, "application.accept", filing="f1", items=["will_check"])
    assert (refusal.rule, refusal.source) == ("support_unconfirmed", "民法典1129")
    claimed.submit({"support_confirmed": True}, "filings.f1.acceptance")
    claimed.run("application.accept", filing="f1", items=["will_check"])
    assert claimed.row(d.filings).status == "accepted"


def test_nothing_is_paid_to_the_family_without_the_confirmation(claimed: Case) -> None:
    with pytest.raises(RuleViolation) as raised:
        read_payee(claimed, "f1", "deposit_small", "heir", "deposit")
    assert raised.value.rule == "support_unconfirmed"


@pytest.mark.parametrize("claim", [{"kind": "first_order", "relation": "child"}, {**CLAIM, "kind": "testamentary"}])
def test_who_inherits_otherwise_is_asked_for_no_such_papers(case: Case, claim: dict[str, Any]) -> None:
    prepare(case)
    select(case, "med_stop", applicant=claim)
    case.run("materials.arrange", filing="f1", rows=[])
    assert not case.rows(d.materials)
    in_laws.demand_confirmation(case, "f1")
