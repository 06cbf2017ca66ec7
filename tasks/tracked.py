"""Tracked items (出具死亡证明、火化): what another process of the case does, followed here.

Such an item is in the case only where an applicant chose it (H-1); it is dormant until the certificate or the
cremation is there (C-02). What exists already when it is chosen is settled there.
"""

from __future__ import annotations

from engine.registry import CaseAccess
from tasks.command import connection_of
from tasks.items import FINAL, end_item, find_item

CERTIFICATES = {"medical": "cert_normal", "abnormal": "cert_abnormal"}
ANY_CERTIFICATE = "cert_death"
"""One item for either certificate, where the document offers them as one (S-1)."""
CREMATION = "cremation"
_OTHERWISE = "死亡以另一种证明认定"


def settle_tracked(case: CaseAccess, case_id: str, code: str, status: str, reason: str | None = None) -> None:
    """End a tracked item; nothing happens where it was not chosen or has ended."""
    row = find_item(connection_of(case), case_id, code)
    if row is not None and row.tracked and row.status not in FINAL:
        end_item(case, case_id, code, status, reason)


def settle_certificates(case: CaseAccess, case_id: str, kind: str) -> None:
    """A certificate of ``kind`` is in force: its item is done, the other kind's does not apply."""
    if kind in CERTIFICATES:
        settle_tracked(case, case_id, ANY_CERTIFICATE, "done")
    else:
        settle_tracked(case, case_id, ANY_CERTIFICATE, "not_applicable", _OTHERWISE)
    for other, code in CERTIFICATES.items():
        if other == kind:
            settle_tracked(case, case_id, code, "done")
        else:
            settle_tracked(case, case_id, code, "not_applicable", _OTHERWISE)
