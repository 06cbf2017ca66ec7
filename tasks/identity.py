"""Numbers of persons: what form each kind of document has, and what a resident's number says of its holder.

Rule: GB 11643-1999 《公民身份号码》: region, day of birth, serial (odd for men), check digit of ISO 7064 MOD 11-2. The
residence permits of residents of Hong Kong, Macao and Taiwan (regions 81, 82, 83; 国办发〔2018〕81号) follow it. The
travel permits of the same residents and passports have patterns only; these are assumed, no document states them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from engine.clock import local_date, parse_moment
from engine.sealing import Sealer
from forms import formats
from forms.formats import compact, is_document

RESIDENT, NONE = formats.RESIDENT, "none"
KINDS = {
    "resident_id": "居民身份证",
    "passport": "护照",
    "hk_macao": "港澳居民来往内地通行证或居住证",
    "taiwan": "台湾居民来往大陆通行证或居住证",
    "none": "无证件",
}
_MALE = {"male": True, "男": True, "female": False, "女": False}
OLDEST = 130  # years that nobody has lived


def find_faults(person: Mapping[str, Any], today: date) -> dict[str, str]:
    """What is wrong with a person's document and days, by field: ``id_kind``, ``id_number``, ``born_on`` and so on.

    Days and times are local ISO text. A field that is not there is no fault, except a number that its kind demands.
    """
    kind = str(person.get("id_kind") or RESIDENT)
    number = compact(str(person.get("id_number") or ""))
    if kind not in KINDS:
        return {"id_kind": "请选择证件类型"}
    faults = {"id_number": fault} if (fault := _number_fault(kind, number, today)) else {}
    if not faults and len(number) == 18 and kind != "passport":
        faults = _contradictions(number, person)
    return _day_faults(person, today) | faults


def check_identity(kind: str, number: str, today: date = date.max) -> str:
    """What is wrong with ``number`` as one of a document of this kind; empty when nothing is."""
    return _number_fault(kind, compact(number), today) if kind in KINDS else "请选择证件类型"


def digest(sealer: Sealer, kind: str, number: str) -> str | None:
    """The fingerprint of a person's number, for uniqueness; None for one without a document."""
    named = _named(kind, number)
    return sealer.fingerprint("identity", named) if named else None


def _named(kind: str, number: str) -> str:
    """Numbers of passports repeat between countries and kinds; a resident's, permits' included, is one of a kind."""
    stated = compact(number)
    if kind == NONE or not stated:
        return ""
    return stated if kind == RESIDENT or len(stated) == 18 else f"{kind} {stated}"


def _number_fault(kind: str, number: str, today: date) -> str:
    if kind == NONE:
        return "没有证件的，请不要填写证件号码" if number else ""
    if not number:
        return f"请填写{KINDS[kind]}号码；没有证件的，请选择“无证件”"
    return "" if is_document(kind, number, today) else f"{KINDS[kind]}号码有误，请对照证件逐位核对"


def _contradictions(number: str, person: Mapping[str, Any]) -> dict[str, str]:
    """Where the form says something else than the number does."""
    faults = {}
    born_on = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    stated = _day(person.get("born_on"))
    if stated is not None and stated != born_on:
        faults["born_on"] = f"出生日期与证件号码（{born_on.isoformat()}）不一致，请核对"
    is_male = _MALE.get(str(person.get("sex") or ""))
    if is_male is not None and is_male != (int(number[16]) % 2 == 1):
        faults["sex"] = "性别与证件号码不一致，请核对"
    died_on = _day(person.get("died_on"))
    if died_on is not None and died_on < born_on:
        faults["died_on"] = "死亡日期早于证件号码中的出生日期，请核对"
    return faults


def _day_faults(person: Mapping[str, Any], today: date) -> dict[str, str]:
    born_on, died_on = _day(person.get("born_on")), _day(person.get("died_on"))
    died_at = _day(person.get("died_at"))
    faults = {}
    if died_on is not None and died_at is not None and died_at != died_on:
        faults["died_at"] = "死亡时间与死亡日期不一致，请核对"
    if born_on is not None and born_on > today:
        faults["born_on"] = "出生日期在今天之后，请核对"
    if died_on is not None and died_on > today:
        faults["died_on"] = "死亡日期在今天之后，请核对"
    if born_on is not None and died_on is not None:
        if died_on < born_on:
            faults["died_on"] = "死亡日期早于出生日期，请核对"
        elif died_on.year - born_on.year > OLDEST:
            faults["born_on"] = f"出生日期距死亡日期超过 {OLDEST} 年，请核对"
    return faults


def _day(value: object) -> date | None:
    """The local day that a form wrote; None for anything else, which the form's own rules refuse."""
    try:
        return local_date(parse_moment(str(value))) if value else None
    except ValueError:
        return None
