"""Whom the journeys are about, and what is said of them. Everybody is invented."""

from __future__ import annotations

from typing import Any

DECEASED = "谭㛃"
NUMBER = "430199194803121312"
PHONE = "19900000103"
RETIRED: dict[str, Any] = {
    "id_number": NUMBER,
    "population": {"head_of_household": False},
    "pension": {"scheme": "enterprise", "state": "retired", "work_injury": False},
    "medical": {"scheme": "employee"},
    "housing": {},
}
REPORT: dict[str, Any] = {
    "place": "institution",
    "institution_name": "长沙市第三人民医院",
    "reported_manner": "natural",
    "deceased": {
        "name": DECEASED,
        "sex": "male",
        "id_kind": "resident_id",
        "id_number": NUMBER,
        "ethnicity": "汉族",
        "died_on": "2026-11-22",
        "died_province": "430000",
        "died_region": "430102",
        "registered_province": "430000",
        "registered_region": "430102",
        "registered_address": "长沙市芙蓉区东屯渡街道望龙社区",
    },
    "reporter": {
        "kind": "institution",
        "organisation": "长沙市第三人民医院",
        "name": "李秀兰",
        "phone": "19900000201",
    },
}
APPLICATION: dict[str, Any] = {
    "applicant": {
        "name": "谭思齐",
        "phone": PHONE,
        "id_kind": "resident_id",
        "id_number": "430199199001011237",
        "relation": "child",
        "kind": "first_order",
        "address": "长沙市芙蓉区东屯渡街道 9 栋 302 室",
    },
    "notary": {"office": "长沙市长沙公证处"},
    "social": {"payee": "deceased"},
    "medical": {
        "bank_class": "工商银行",
        "bank": "工商银行长沙芙蓉支行",
        "account": "6219990000000000028",
        "account_name": DECEASED,
    },
    "household": {
        "kind": "member",
        "city_office": "长沙市公安局",
        "county_office": "芙蓉分局",
        "station": "东屯渡派出所",
        "category": "natural",
    },
    "delivery": {"mode": "online"},
}
