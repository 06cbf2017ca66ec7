"""What a funeral home's clerk fills in, and the worker that takes it."""

from __future__ import annotations

from typing import Any

from tests.domain.stand_in import Case

NUMBER = "4301022026000123"


def take_over(case: Case, **changes: Any) -> None:
    values = {"taken_over_at": "2026-11-23T08:30", "voucher": "paper", "voucher_number": NUMBER}
    case.submit(values | {"storage_place": "2 号冷柜", "disposition": "cremation"} | changes, "custody")
    case.run("remains.take_over")


def cremate(case: Case, **changes: Any) -> None:
    values = {"furnace": "3 号炉", "cremated_at": "2026-11-23T09:00", "certificate_number": "湘火〔2026〕88"}
    case.submit(values | changes, "cremation")
    case.run("cremation.record")


def bury(case: Case, reason: str = "burial", **changes: Any) -> None:
    case.submit({"evidence": "葬于回民公墓", "disposed_at": "2026-11-23T09:00"} | changes, "disposal")
    case.run("remains.exempt", reason=reason)
