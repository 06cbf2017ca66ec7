"""Four questions → which items suit this family, why, and what cannot be done here, with where it can.

The answers are laid out as a case's facts would be, and the release's own decisions and rules judge them: eligibility,
``items_offline``, the applicant's standing. Nothing of it is stored. No Flask here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any, Literal, cast

from flask_babel import lazy_gettext as _

from engine.feel import Feel
from engine.loaded import LoadedRelease
from engine.registry import CaseAccess
from tasks.guide_materials import Applicants
from tasks.referrals import window_of
from tasks.selection import standing_of

Verdict = Literal["suggested", "by_itself", "elsewhere", "not_needed"]


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its choices (value → words); ``several`` may be ticked together."""

    name: str
    title: Any
    hint: Any
    choices: Mapping[str, Any]
    several: bool = False


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What becomes of one item. ``where`` is the window that does what cannot be done here; what a department stops by
    itself is not ``is_offered``: nobody ticks it."""

    code: str
    plain: str
    official: str
    verdict: Verdict
    reason: Any
    where: str = ""
    is_offered: bool = True


@dataclass(frozen=True, slots=True)
class Advice:
    """All items, and whether the pack takes the application at all (``refusal`` says why not)."""

    items: tuple[Suggestion, ...]
    refusal: str = ""

    def of(self, verdict: Verdict) -> list[Suggestion]:
        return [item for item in self.items if item.verdict == verdict]

    @property
    def codes(self) -> list[str]:
        """What to tick in the application."""
        return [item.code for item in self.items if item.verdict in ("suggested", "by_itself") and item.is_offered]


@dataclass(frozen=True, slots=True)
class Answers:
    """One value a question; of the last any number."""

    where: str = ""
    how: str = ""
    who: str = ""
    insured: frozenset[str] = field(default_factory=frozenset)

    @property
    def are_complete(self) -> bool:
        return bool(self.where and self.how and self.who and self.insured)


def questions(release: LoadedRelease) -> tuple[Question, ...]:
    """The four questions of a pack. Who may apply is what its application form has to choose from; the last asks for
    nothing that none of its items hangs on."""
    here = {"place": release.manifest.names.short}
    asked = {choice for code in release.manifest.offered for choice in _CONCERNS.get(code, ())}
    needless = {choice for choices in _CONCERNS.values() for choice in choices} - asked
    first, second, third, fourth = _all_questions(here, Applicants(release).kinds)
    choices = {choice: words for choice, words in fourth.choices.items() if choice not in needless}
    return first, second, third, replace(fourth, choices=choices)


def _all_questions(here: Mapping[str, str], kinds: Mapping[str, str]) -> tuple[Question, Question, Question, Question]:
    return (
        Question(
            "where",
            _("在哪里去世，户口在哪里？"),
            _("决定能不能在这里一起办。"),
            {
                "both": _("在%(place)s去世，户口也在%(place)s", **here),
                "died": _("在%(place)s去世，户口在外地", **here),
                "registered": _("户口在%(place)s，在外地去世", **here),
                "neither": _("都不在%(place)s", **here),
            },
        ),
        Question(
            "how",
            _("是怎样去世的？"),
            _("决定由谁开具死亡证明。"),
            {
                "natural": _("因病、年老等正常去世"),
                "abnormal": _("意外、事故等非正常去世"),
                "unknown": _("还不清楚"),
            },
        ),
        Question(
            "who",
            _("您是逝者的什么人？"),
            _("有的事项只有部分家属可以办。"),
            kinds,
        ),
        Question(
            "insured",
            _("逝者生前有这些吗？"),
            _("可以选多项；不清楚的也请勾选“不清楚”，经办人会替您查。"),
            {
                "retired": _("退休，领企业职工养老金"),
                "employed": _("在企业上班，交职工养老保险"),
                "institution": _("机关事业单位养老保险"),
                "resident": _("城乡居民养老保险"),
                "injury": _("有工伤记录"),
                "medical_employee": _("职工医保"),
                "medical_resident": _("城乡居民医保"),
                "veteran": _("优抚对象待遇（退役军人等）"),
                "housing": _("住房公积金"),
                "deposit": _("银行存款"),
                "equity": _("公司股权"),
                "licence": _("本地的驾驶证"),
                "licence_elsewhere": _("外地的驾驶证"),
                "unsure": _("不清楚"),
            },
            several=True,
        ),
    )


_PENSIONS = ("retired", "employed", "institution", "resident")
_CONCERNS: Mapping[str, tuple[str, ...]] = {
    "pension_suspend": _PENSIONS,
    "survivor_benefit": _PENSIONS,
    "survivor_employed": ("employed",),
    "pension_account": _PENSIONS,
    "resident_pension": ("resident",),
    "veteran_claim": ("veteran",),
    "med_stop": ("medical_employee", "medical_resident"),
    "med_withdraw": ("medical_employee", "medical_resident"),
    "hpf_withdraw": ("housing",),
    "deposit_small": ("deposit",),
    "equity_query": ("equity",),
    "licence_cancel": ("licence", "licence_elsewhere"),
}
"""Items that make sense only with one of these; those that are not named concern everybody."""
_CERTIFICATES = {"cert_normal": ("natural", "unknown"), "cert_abnormal": ("abnormal", "unknown")}


def advise(release: LoadedRelease, feel: Feel, now: datetime, answers: Answers) -> Advice:
    """Judge every item of ``release`` by ``answers``."""
    scope = _scope(release, answers)
    refusal = _refusal(release, feel, now, scope)
    offline = _offline(release, feel, now, scope)
    judged = {code: _judge(release, code, answers, offline) for code in release.manifest.items}
    for code, one in list(judged.items()):  # what a suggested item stands on is done with it
        if one.verdict == "suggested":
            for required in release.manifest.items[code].requires:
                if required in judged and judged[required].verdict == "not_needed":
                    reason = _("办理“%(name)s”之前必须先办这一项", name=one.plain)
                    judged[required] = _make(release, required, "suggested", reason)
    return Advice(tuple(judged.values()), refusal)


def _judge(release: LoadedRelease, code: str, answers: Answers, offline: Mapping[str, str]) -> Suggestion:
    item = release.manifest.items[code]
    if item.automatic:
        return _make(release, code, "by_itself", _("不用申请：部门得知去世后自动办理"))
    if item.tracked:
        if answers.how not in _CERTIFICATES.get(code, (answers.how,)):
            return _make(release, code, "not_needed", _("按去世的情形，不由这个部门开具"))
        return _make(release, code, "by_itself", _("随出证或火化自动办好，不用您跑"))
    concerns = _CONCERNS.get(code, ())
    is_unsure = "unsure" in answers.insured
    if concerns and not answers.insured.intersection(concerns) and not is_unsure:
        return _make(release, code, "not_needed", _("您没有选相关的参保或财产"))
    if code in offline:
        return _make(release, code, "elsewhere", offline[code])
    standing, reason = standing_of(_as_case(release), answers.who, code)
    if standing == "not_entitled":
        return _make(release, code, "elsewhere", reason)
    if reason:
        return _make(release, code, "suggested", reason)
    if concerns and not answers.insured.intersection(concerns):
        return _make(release, code, "suggested", _("您不清楚有没有；勾选后由经办人核查，没有也不影响其他事项"))
    return _make(release, code, "suggested", item.note or _("符合您的情况，可以在这里一起办"))


def _make(release: LoadedRelease, code: str, verdict: Verdict, reason: Any) -> Suggestion:
    item = release.manifest.items[code]
    where = window_of(release.manifest, code) if verdict == "elsewhere" else ""
    return Suggestion(code, item.plain, item.name, verdict, reason, where, code in release.manifest.offered)


def _scope(release: LoadedRelease, answers: Answers) -> dict[str, Any]:
    told = answers.insured
    others = (name for name in ("institution", "resident") if name in told)
    scheme = "enterprise" if told & {"retired", "employed"} else next(others, "")
    state = "employed" if "employed" in told and "retired" not in told else "retired"
    medical = "employee" if "medical_employee" in told else "resident" if "medical_resident" in told else ""
    issued_here = True if "licence" in told else False if "licence_elsewhere" in told else None
    registers = {
        "population": {"found": False, "head_of_household": False},
        "pension": {"found": bool(scheme), "scheme": scheme, "state": state, "work_injury": "injury" in told},
        "medical": {"found": bool(medical), "scheme": medical},
        "housing": {"found": "housing" in told},
        "vehicles": {"found": issued_here is not None, "licence": issued_here is not None, "issued_here": issued_here},
    }
    locality = {
        "died_here": answers.where in ("both", "died"),
        "registered_here": answers.where in ("both", "registered"),
    }
    kinds = {"natural": "medical", "abnormal": "abnormal"}
    case = {"locality": locality, "registers": registers, "certificate": {"kind": kinds.get(answers.how, "")}}
    codes = list(release.manifest.items)
    return {"items": codes, "applicant_kind": answers.who, "case": case, "switches": release.switches}


def _refusal(release: LoadedRelease, feel: Feel, now: datetime, scope: Mapping[str, Any]) -> str:
    if "eligibility" not in release.decisions.ids:
        return ""
    answer = release.decisions.decide("eligibility", scope, feel, now)
    if not isinstance(answer, Mapping) or answer.get("eligible") is not False:
        return ""
    return str(answer.get("reason") or "")


def _offline(release: LoadedRelease, feel: Feel, now: datetime, scope: Mapping[str, Any]) -> dict[str, str]:
    if "items_offline" not in release.decisions.ids:
        return {}
    answer = release.decisions.decide("items_offline", scope, feel, now)
    rows = [row for row in answer if isinstance(row, Mapping)] if isinstance(answer, list) else []
    return {str(row["item"]): str(row.get("reason") or "") for row in rows if row.get("item")}


def _as_case(release: LoadedRelease) -> CaseAccess:
    """``standing_of`` looks at nothing of a case but its release."""
    return cast(CaseAccess, SimpleNamespace(release=release))
