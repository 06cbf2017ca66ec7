"""E-certificates (电子证照): a page set by Typst, signed, kept in the store, checked under its token.

They are the platform's own papers and say so: what they rest on is the certificate that a physician, police or a
funeral home has put in force. They show what the holder has to prove and no more: the number of the document of
identity by its ends, the day of death, and never its cause.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa
import typst

from engine import db
from engine.clock import from_text, local_date, to_text
from engine.errors import NotFound, RuleViolation, TamperedData
from tasks import tables as d
from tasks.command import text_of, values_at
from web.access.masking import mask
from web.papers.qr import qr_svg
from web.papers.reading import CaseReading, read_case
from web.papers.records import find_paper_of
from web.papers.settings import Press, press
from web.papers.words import ID_KINDS, SEXES, in_chinese
from web.services import Services
from web.store.settings import file_store
from web.tables import papers

TEMPLATE = Path(__file__).parent / "typst" / "certificate.typ"
TITLES = {"medical": "死亡证明", "abnormal": "非正常死亡证明", "cremation": "火化证明"}
"""The kinds that there is a paper of. A court's ruling is a paper of its own, and the court hands it out."""
SOURCES = {
    "medical": "《居民死亡医学证明（推断）书》",
    "abnormal": "公安机关出具的《非正常死亡证明》",
    "cremation": "殡仪馆登记的火化信息",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What an e-certificate shows. ``died_on`` and ``cremated_on`` are days; empty where they are not known."""

    kind: str
    number: str
    case_code: str
    platform: str
    issuer: str
    issued_on: str
    name: str
    sex: str
    ethnicity: str
    id_kind: str
    id_number: str
    died_on: str
    cremated_on: str


def certificate_paper(own: Services, certificate_id: str) -> bytes:
    """The signed PDF of a certificate in force, made on first asking and the same ever after.

    Raises ``NotFound``, and ``RuleViolation``: certificate_ended, certificate_has_no_paper.
    """
    with db.reading(own.database) as connection:
        row = connection.execute(sa.select(d.certificates).where(d.certificates.c.id == certificate_id)).first()
        if row is None:
            raise NotFound("certificate", certificate_id)
        _demand_paper(row)
        known = find_paper_of(connection, certificate_id)
        facts = read_certificate(read_case(own.runtime, connection, row.case_id), row)
    return _open(own, known) if known else _make(own, row, facts)


def read_certificate(case: CaseReading, row: Any) -> Facts:
    """What the certificate ``row`` of ``case`` says, as it is shown."""
    deceased = values_at(case, "deceased")
    cremated = sa.select(d.cremations.c.cremated_at).where(d.cremations.c.case_id == row.case_id)
    cremated_at = case.connection.execute(cremated).scalar() if row.kind == "cremation" else None
    return Facts(
        kind=row.kind,
        number=row.number,
        case_code=case.code,
        platform=f"{case.release.manifest.names.official}联办平台",
        issuer=row.issuer,
        issued_on=_day(row.issued_at),
        name=text_of(deceased, "name"),
        sex=SEXES.get(text_of(deceased, "sex"), text_of(deceased, "sex")),
        ethnicity=text_of(deceased, "ethnicity"),
        id_kind=ID_KINDS.get(text_of(deceased, "id_kind"), "证件"),
        id_number=mask(None, "id_number", text_of(deceased, "id_number")),
        died_on=in_chinese(text_of(deceased, "died_on")),
        cremated_on=_day(cremated_at) if cremated_at else "",
    )


def certificate_pdf(facts: Facts, token: str, at: Press) -> bytes:
    """The page of ``facts``, set and signed; ``token`` is what its verification page is found by."""
    address = f"{at.address}/verify/{token}"
    missing: dict[str, str] = {}
    shown = at.fonts.set_all(_page(facts, at), missing)
    if missing:
        shown["notes"] = [*shown["notes"], "本机字库没有的字以“〓”代替：" + "、".join(missing.values()) + "。"]
    shown |= {"fonts": list(at.fonts.families), "qr": qr_svg(address), "verify_at": address}
    pdf = typst.compile(
        str(TEMPLATE),
        root=str(TEMPLATE.parent),
        font_paths=list(at.fonts.folders),
        ignore_system_fonts=True,
        sys_inputs={"data": orjson.dumps(shown).decode()},
        pdf_standards="a-2b",
    )
    assert isinstance(pdf, bytes)
    return at.signer.sign(pdf, reason=f"{TITLES[facts.kind]}电子证照")


def _page(facts: Facts, at: Press) -> dict[str, Any]:
    rows = [
        [["姓名", facts.name]],
        [["性别", facts.sex or "—"], ["民族", facts.ethnicity or "—"]],
        [["证件类型", facts.id_kind], ["证件号码", facts.id_number or "—"]],
        [["死亡日期", facts.died_on or "—"]],
    ]
    if facts.kind == "cremation":
        rows[-1] += [["火化日期", facts.cremated_on or "—"]]
        rows.append([["火化单位", facts.issuer]])
    return {
        "platform": facts.platform,
        "title": TITLES[facts.kind],
        "number": facts.number,
        "case_code": facts.case_code,
        "rows": rows,
        "statement": _statement(facts),
        "issuer": facts.issuer,
        "issued_on": facts.issued_on,
        "notes": _notes(facts, at),
    }


def _statement(facts: Facts) -> str:
    if facts.kind == "cremation":
        return "上述逝者的遗体已由火化单位依法火化，特此证明。"
    return "上述人员已经死亡，死亡证明已由出具单位出具并生效，特此证明。"


def _notes(facts: Facts, at: Press) -> list[str]:
    source = f"{SOURCES[facts.kind]}（编号 {facts.number}）"
    notes = [
        f"一、本证照是{facts.platform}依据{source}生成的电子证照，供办理身后事项时出示、核验。",
        "二、本证照带有电子签名，内容一经改动，签名即失效；打印件以核验页面的结果为准。",
        "三、为保护个人信息，证件号码只显示首尾，死亡原因不予显示。",
    ]
    if not at.signer.vouched:
        notes.append("四、本证照由演示环境以自签名证书签署，不作凭证使用。")
    return notes


def _make(own: Services, row: Any, facts: Facts) -> bytes:
    token, store = secrets.token_hex(16), file_store(own)
    pdf = certificate_pdf(facts, token, press(own))
    store.put([pdf], name=token)
    values = {"token": token, "case_id": row.case_id, "certificate_id": row.id, "made_at": to_text(own.clock.now())}
    try:
        with own.database.begin() as connection:
            connection.execute(papers.insert().values(**values, sha256=hashlib.sha256(pdf).hexdigest()))
    except sa.exc.IntegrityError:  # somebody else asked at the same moment, and was first
        store.delete(token)
        with db.reading(own.database) as connection:
            return _open(own, find_paper_of(connection, row.id))
    except BaseException:
        store.delete(token)
        raise
    return pdf


def _open(own: Services, paper: Any) -> bytes:
    pdf = file_store(own).read(paper.token)
    if hashlib.sha256(pdf).hexdigest() != paper.sha256:
        raise TamperedData(f"paper {paper.token} is not the one that was made")
    return pdf


def _demand_paper(row: Any) -> None:
    if row.kind not in TITLES:
        message = "宣告死亡判决书由人民法院发给，没有电子证照；请使用判决书原件"
        raise RuleViolation("certificate_has_no_paper", message)
    if row.status != "valid":
        raise RuleViolation("certificate_ended", "该证明现在无效，不能下载；请联系出具单位")


def _day(moment: str) -> str:
    return in_chinese(local_date(from_text(moment)).isoformat())
