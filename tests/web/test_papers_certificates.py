"""E-certificates: set, signed, kept, checked by anybody."""

from __future__ import annotations

import hashlib
import io
import re
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from engine import db
from engine.clock import FixedClock
from engine.config import Settings, read_settings
from engine.errors import ConfigError, NotFound, RuleViolation
from engine.keyring import draw_keys
from engine.runtime import Runtime
from tests.web import papers_case
from tests.web.conftest import Browser
from web.papers import fonts
from web.papers.certificates import Facts, certificate_paper, certificate_pdf
from web.papers.settings import open_press, press
from web.papers.signing import keep_own_signer, load_signer
from web.services import Services
from web.store.settings import file_store
from web.tables import papers


@pytest.fixture
def own(app: Flask) -> Services:
    found: Services = app.extensions["shenhou"]
    return found


@pytest.fixture
def case_id(runtime: Runtime) -> str:
    return papers_case.lay_case(runtime)


def facts(**changed: str) -> Facts:
    told = {
        "kind": "medical",
        "number": "430102202611230001",
        "case_code": papers_case.CODE,
        "platform": "某地联办平台",
    }
    told |= {
        "issuer": "长沙市中心医院",
        "issued_on": "2026年11月23日",
        "name": "谭㳘生",
        "sex": "男",
        "ethnicity": "汉族",
    }
    told |= {"id_kind": "居民身份证", "id_number": "4301****1313", "died_on": "2026年11月22日", "cremated_on": ""}
    return Facts(**(told | changed))


def check(pdf: bytes, settings: Settings) -> PdfSignatureStatus:
    reader = PdfFileReader(io.BytesIO(pdf))
    root = load_cert_from_pemder(str(settings.var_dir / "signing" / "certificate.pem"))  # type: ignore[no-untyped-call]
    [signature] = reader.embedded_signatures
    assert signature.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"
    return validate_pdf_signature(signature, ValidationContext(trust_roots=[root]))


def pages(pdf: bytes) -> int:
    return int(PdfFileReader(io.BytesIO(pdf)).root["/Pages"]["/Count"])


def test_the_signature_covers_the_whole_paper(own: Services, settings: Settings, case_id: str) -> None:
    status = check(certificate_paper(own, papers_case.add_certificate(own.runtime, case_id)), settings)
    assert (status.intact, status.valid, status.trusted, status.bottom_line) == (True, True, True, True)
    assert status.coverage is SignatureCoverageLevel.ENTIRE_FILE


def test_a_changed_byte_breaks_the_signature(own: Services, settings: Settings, case_id: str) -> None:
    pdf = bytearray(certificate_paper(own, papers_case.add_certificate(own.runtime, case_id)))
    at = pdf.index(b"/MediaBox") + len(b"/MediaBox [0 0 5")
    pdf[at] ^= 1
    assert not check(bytes(pdf), settings).bottom_line


@pytest.mark.both_databases
def test_a_paper_is_made_once_and_kept_sealed(own: Services, case_id: str) -> None:
    certificate_id = papers_case.add_certificate(own.runtime, case_id)
    pdf = certificate_paper(own, certificate_id)
    assert certificate_paper(own, certificate_id) == pdf
    with db.reading(own.database) as connection:
        [row] = connection.execute(papers.select()).all()
    assert row.sha256 == hashlib.sha256(pdf).hexdigest()
    assert list(file_store(own).names()) == [row.token]
    lying = [path.read_bytes() for path in (own.settings.var_dir / "files").rglob("*") if path.is_file()]
    assert all(b"%PDF" not in data for data in lying)


@pytest.mark.parametrize("kind", ["medical", "abnormal", "cremation"])
def test_every_kind_is_one_page(own: Services, settings: Settings, kind: str) -> None:
    long = "新疆维吾尔自治区伊犁哈萨克自治州察布查尔锡伯自治县人民医院住院部第二分院"
    name = "阿卜杜热西提·麦麦提吐尔逊·买买提明"
    pdf = certificate_pdf(facts(kind=kind, issuer=long, name=name, cremated_on="2026年11月25日"), "ab" * 16, press(own))
    assert pages(pdf) == 1


def test_nothing_is_read_as_typst(own: Services) -> None:
    hostile = '#panic("x") $x$ *b* _i_ `c` \\ ] [ <a> @ref "'
    assert pages(certificate_pdf(facts(name=hostile, issuer=hostile), "ab" * 16, press(own))) == 1


def test_a_character_that_no_font_has_is_marked_and_named() -> None:
    missing: dict[str, str] = {}
    found = fonts.find_fonts()
    assert found.set_all({"name": "谭䶮㳘", "rows": [["欧阳𰻝"]]}, missing) == {"name": "谭䶮㳘", "rows": [["欧阳〓"]]}
    assert missing == {"𰻝": "U+30EDD"}


def test_the_font_has_every_character_of_the_basic_block_and_extension_a() -> None:
    known = fonts.find_fonts().known
    assert {code for code in (*range(0x4E00, 0x9FF0), *range(0x3400, 0x4DB6)) if code not in known} == set()


def test_further_fonts_come_second(tmp_path: Path) -> None:
    shipped = next((Path(fonts.find_fonts().folders[1])).glob("*.ttf"))
    (tmp_path / "more.ttf").write_bytes(shipped.read_bytes())
    found = fonts.find_fonts(str(tmp_path))
    assert found.families[0] == fonts.FAMILY
    assert str(tmp_path) in found.folders
    with pytest.raises(ConfigError):
        fonts.find_fonts(str(tmp_path / "nowhere"))


def test_a_courts_ruling_has_no_paper_and_an_ended_certificate_none_either(own: Services, case_id: str) -> None:
    ruling = papers_case.add_certificate(own.runtime, case_id, "ruling")
    ended = papers_case.add_certificate(own.runtime, case_id, "medical", "revoked")
    for certificate_id, rule in ((ruling, "certificate_has_no_paper"), (ended, "certificate_ended")):
        with pytest.raises(RuleViolation) as raised:
            certificate_paper(own, certificate_id)
        assert raised.value.rule == rule
    with pytest.raises(NotFound):
        certificate_paper(own, "f" * 32)


# -- keys ------------------------------------------------------------------------------------------------------------


def production(tmp_path: Path) -> Settings:
    keys = {f"SHENHOU_{kind.upper()}_KEY": text for kind, text in draw_keys().items()}
    given = {"SHENHOU_MODE": "production", "SHENHOU_TRUSTED_HOSTS": "shenhou.example"}
    return read_settings(given | keys, home=tmp_path)


def test_production_wants_a_key_that_was_given(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        open_press(production(tmp_path), {})
    assert raised.value.name == "SHENHOU_SIGNING_KEY"


def test_a_given_key_signs_and_no_longer_says_demonstration(tmp_path: Path) -> None:
    keep_own_signer(tmp_path / "given")
    given = {"SHENHOU_SIGNING_KEY": str(tmp_path / "given" / "key.pem")}
    given |= {"SHENHOU_SIGNING_CERT": str(tmp_path / "given" / "certificate.pem")}
    opened = open_press(production(tmp_path), given)
    assert opened.signer.vouched
    assert opened.address == "https://shenhou.example"
    for half in given:
        with pytest.raises(ConfigError):
            open_press(production(tmp_path), {half: given[half]})


def test_a_key_and_a_strangers_certificate_are_refused(tmp_path: Path) -> None:
    for name in ("one", "two"):
        keep_own_signer(tmp_path / name)
    with pytest.raises(ConfigError) as raised:
        load_signer(tmp_path / "one" / "key.pem", tmp_path / "two" / "certificate.pem")
    assert raised.value.name == "SHENHOU_SIGNING_CERT"


def test_the_drawn_key_stays_and_is_for_its_owner_alone(tmp_path: Path) -> None:
    keep_own_signer(tmp_path / "signing")
    before = (tmp_path / "signing" / "key.pem").read_bytes()
    keep_own_signer(tmp_path / "signing")
    assert (tmp_path / "signing" / "key.pem").read_bytes() == before
    assert (tmp_path / "signing" / "key.pem").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("text", ["ftp://x", "https://", "https://a.example/?x=1", "http://a.example"])
def test_a_wrong_public_address_is_named(tmp_path: Path, text: str) -> None:
    keep_own_signer(tmp_path / "given")
    given = {"SHENHOU_SIGNING_KEY": str(tmp_path / "given" / "key.pem"), "SHENHOU_PUBLIC_URL": text}
    given |= {"SHENHOU_SIGNING_CERT": str(tmp_path / "given" / "certificate.pem")}
    with pytest.raises(ConfigError) as raised:
        open_press(production(tmp_path), given)
    assert raised.value.name == "SHENHOU_PUBLIC_URL"


# -- verification ----------------------------------------------------------------------------------------------------


def token_of(own: Services, certificate_id: str) -> str:
    certificate_paper(own, certificate_id)
    with db.reading(own.database) as connection:
        return str(connection.execute(papers.select().where(papers.c.certificate_id == certificate_id)).one().token)


def test_anybody_may_verify_and_learns_no_more_than_the_paper_says(
    own: Services, browser: Browser, case_id: str
) -> None:
    answer = browser.get(f"/verify/{token_of(own, papers_case.add_certificate(own.runtime, case_id))}")
    assert answer.status_code == 200
    assert "有效" in answer.text
    assert "谭㳘生" in answer.text
    assert "4301****1313" in answer.text
    for hidden in (papers_case.DECEASED_ID, papers_case.APPLICANT_ID, "谭䶮", "解放西路", "138", case_id):
        assert hidden not in answer.text


@pytest.mark.parametrize(("status", "words"), [("revoked", "已撤销"), ("superseded", "已被新的证明取代")])
def test_what_has_ended_verifies_as_ended(
    own: Services, browser: Browser, case_id: str, status: str, words: str
) -> None:
    certificate_id = papers_case.add_certificate(own.runtime, case_id)
    token = token_of(own, certificate_id)
    papers_case.end_certificate(own.runtime, certificate_id, status)
    answer = browser.get(f"/verify/{token}")
    assert words in answer.text
    assert "不能再作为凭证使用" in answer.text
    assert not re.search(r"verify-standing is-valid", answer.text)


@pytest.mark.parametrize("token", ["0" * 32, "abc", "%00", "A" * 32, "1' or '1'='1"])
def test_an_unknown_token_says_so(browser: Browser, token: str) -> None:
    answer = browser.get(f"/verify/{token}")
    assert answer.status_code == 404
    assert "没有找到这份证照" in answer.text


def test_guessing_is_stopped_and_forgotten_after_a_while(
    own: Services, browser: Browser, case_id: str, clock: FixedClock
) -> None:
    token = token_of(own, papers_case.add_certificate(own.runtime, case_id))
    answers = [browser.get(f"/verify/{number:032x}").status_code for number in range(25)]
    assert answers == [404] * 20 + [429] * 5
    assert browser.get(f"/verify/{token}").status_code == 429
    clock.advance(timedelta(minutes=11))
    assert browser.get(f"/verify/{token}").status_code == 200
