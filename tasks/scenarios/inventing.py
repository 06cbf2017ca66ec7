"""Invented people and numbers that look like real ones and pass the checks: nobody has them.

Regions of identity numbers end in 99 and mobile numbers begin with 1990000, so that a look tells them apart.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from forms.formats import USCC_ALPHABET

SURNAMES = ("欧阳", "诸葛", "龙", "彭", "谭", "向", "邝", "㵐", "禤", "李", "王", "蒋")
GIVEN = ("建国", "桂英", "䶮", "思齐", "喆", "淼", "秀兰", "伯钧", "珺", "小满", "友谅", "𬭎")
PLACES = ("湘江路 18 号", "岳麓街道桃子湖社区 6 栋", "青山桥镇云盘村三组", "芙蓉中路二段 199 号")
WORDS = ("情况属实", "材料齐全", "按规定办理", "家属已确认", "经核对无误")


def invent_paper_number(chance: random.Random, kind: str, today: date) -> str:
    """A number of one of the papers that prove who somebody is, by its kind."""
    digits = f"{chance.randint(10_000_000, 99_999_999)}"
    known = {"passport": f"E{digits}", "hk_macao": f"H{digits}", "taiwan": digits}
    return known[kind] if kind in known else invent_id_number(chance, today)


def follow(values: Mapping[str, Any], name: str) -> object:
    """What a person's field must be, given the others beside it: their own value where nothing follows."""
    number, died_on = str(values.get("id_number") or ""), str(values.get("died_on") or "")
    is_resident = len(number) == 18 and number[:17].isdigit()
    if name == "born_on" and is_resident:
        return f"{number[6:10]}-{number[10:12]}-{number[12:14]}"
    if name == "sex" and is_resident:
        return "male" if int(number[16]) % 2 else "female"
    if name == "died_at" and died_on and not str(values["died_at"]).startswith(died_on):
        return f"{died_on}T00:30+08:00"
    if name == "account_name" and "card_number" in values and values.get("name"):
        return values["name"]
    return values[name]


def invent_name(chance: random.Random) -> str:
    return chance.choice(SURNAMES) + chance.choice(GIVEN)


def invent_id_number(chance: random.Random, today: date) -> str:
    """An identity number of an adult with a valid check digit (GB 11643)."""
    born_on = today - timedelta(days=chance.randint(20 * 365, 95 * 365))
    return id_number(f"43{chance.randint(1, 12):02}", born_on, chance.randint(1, 999))


def id_number(city: str, born_on: date, order: int) -> str:
    """The identity number of nobody: a district 99 of ``city`` (four digits), ``order`` odd for a man."""
    digits = f"{city}99{born_on:%Y%m%d}{order:03}"
    total = sum(int(digit) * 2 ** (17 - place) for place, digit in enumerate(digits))
    return digits + "10X98765432"[total % 11]


def invent_mobile(chance: random.Random) -> str:
    return f"1990000{chance.randint(0, 9999):04}"


def invent_card(chance: random.Random) -> str:
    """A bank card of 19 digits with a valid check digit (Luhn)."""
    digits = "62199900" + "".join(str(chance.randint(0, 9)) for _ in range(10))
    doubled = (int(digit) * (2 - place % 2) for place, digit in enumerate(reversed(digits)))
    return digits + str(-sum(value - 9 if value > 9 else value for value in doubled) % 10)


def invent_credit_code(chance: random.Random) -> str:
    """A unified social credit code with a valid check sign (GB 32100)."""
    body = "91" + f"4399{chance.randint(0, 99):02}" + "".join(chance.choice(USCC_ALPHABET) for _ in range(9))
    total = sum(USCC_ALPHABET.index(sign) * 3**place for place, sign in enumerate(body))
    return body + USCC_ALPHABET[-total % 31]


def invent_number(chance: random.Random) -> str:
    """The number of some document."""
    return f"湘试〔2026〕{chance.randint(1, 99_999_999):08}号"
