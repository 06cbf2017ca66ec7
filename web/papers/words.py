"""Words and dates as papers write them."""

from __future__ import annotations

from datetime import date

SEXES = {"male": "男", "female": "女"}
ID_KINDS = {
    "resident_id": "居民身份证",
    "passport": "护照",
    "hk_macao": "港澳居民通行证或居住证",
    "taiwan": "台湾居民通行证或居住证",
    "none": "无证件",
}


def in_chinese(day: str) -> str:
    """``2026-11-23`` → ``2026年11月23日``; anything else as it is."""
    try:
        stated = date.fromisoformat(day)
    except ValueError:
        return day
    return f"{stated.year}年{stated.month}月{stated.day}日"
