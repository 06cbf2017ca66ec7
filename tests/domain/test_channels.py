"""Channels against real sockets: what is sent, what counts as arrived, what is tried again."""

from __future__ import annotations

import email
import socket
from collections.abc import Iterator
from email.header import decode_header, make_header
from email.policy import default
from typing import Any

import pytest

from engine.clock import FixedClock
from engine.errors import ConfigError, Unavailable
from tasks.channels import Channels, HttpChannel, KeptHere, MailChannel
from tasks.exchange import MAX_ANSWER_BYTES, Exchange, signature
from tasks.outbox import Dispatch
from tasks.settings import OutsideSettings, pick_endpoint, read_outside
from tests.domain.stubs import Mailbox, Website, serve_http, serve_smtp

NOW = "2026-11-23T09:00:00+08:00"
SECRET = b"s" * 32
MAIL = "SHENHOU_ENDPOINTS"


def dispatch(kind: str = "push", receiver: str = "funeral", **payload: Any) -> Dispatch:
    subject = "deceased" if kind == "push" else "certificate_issued"
    return Dispatch("d1", "c1", "SH-1", kind, receiver, subject, None, None, payload)


def notice(receiver: str = "applicant", phone: str = "13800000001", **payload: Any) -> Dispatch:
    return dispatch("notice", receiver, phone=phone, text="㛃𬱖的家属：请节哀。", title="死亡证明已出具", **payload)


@pytest.fixture
def site() -> Iterator[Website]:
    with serve_http() as website:
        yield website


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with serve_smtp() as box:
        yield box


@pytest.fixture
def exchange() -> Iterator[Exchange]:
    made = Exchange(FixedClock(NOW), 8, SECRET)
    yield made
    made.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_push_is_posted_with_its_key_and_its_receipt_is_kept(site: Website, exchange: Exchange) -> None:
    site.say((201, {"receipt": "回执-7"}))
    sent = HttpChannel(exchange, f"{site.url}/funeral").send(dispatch(deceased={"name": "翀"}), "job-1")
    request = site.requests[0]
    assert (sent, request.path, request.headers["Idempotency-Key"]) == ("回执-7", "/funeral", "job-1")
    assert request.body["payload"] == {"deceased": {"name": "翀"}}
    assert request.body["case_code"] == "SH-1"


def test_a_receiver_that_gives_no_receipt_is_taken_at_its_word(site: Website, exchange: Exchange) -> None:
    site.say((204, b""))
    assert HttpChannel(exchange, site.url).send(dispatch(), "job-1") == "job-1"


def test_what_is_sent_is_signed_over_path_time_key_and_body(site: Website, exchange: Exchange) -> None:
    HttpChannel(exchange, f"{site.url}/in?system=1").send(dispatch(), "job-1")
    request = site.requests[0]
    signed = signature(SECRET, b"/in?system=1", request.headers["X-Shenhou-Time"], "job-1", request.data)
    assert request.headers["X-Shenhou-Signature"] == signed
    assert signed != signature(SECRET, b"/in?system=1", request.headers["X-Shenhou-Time"], "job-2", request.data)


def test_without_a_key_nothing_pretends_to_be_signed(site: Website) -> None:
    exchange = Exchange(FixedClock(NOW), 8)
    HttpChannel(exchange, site.url).send(dispatch(), "job-1")
    exchange.close()
    assert "X-Shenhou-Signature" not in site.requests[0].headers


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ((500, b"430102194803121313"), "127.0.0.1 应答 500"),
        ((302, b"{}"), "127.0.0.1 应答 302"),
        ((409, b"{}"), "127.0.0.1 应答 409"),
        ((200, b"<html>"), "不是 JSON 对象"),
        ((200, b"[]"), "不是 JSON 对象"),
        ((200, b'"' + b"a" * MAX_ANSWER_BYTES + b'"'), "应答过长"),
    ],
)
def test_whatever_is_no_acceptance_is_tried_again(
    site: Website, exchange: Exchange, answer: tuple[int, bytes], says: str
) -> None:
    site.say(answer)
    with pytest.raises(Unavailable, match=says) as outage:
        HttpChannel(exchange, site.url).send(dispatch(), "job-1")
    assert "430102" not in str(outage.value)
    assert len(site.requests) == 1  # no redirect is followed


def test_a_system_that_is_down_is_unavailable(exchange: Exchange) -> None:
    with pytest.raises(Unavailable, match="没有应答：ConnectError"):
        HttpChannel(exchange, f"http://127.0.0.1:{free_port()}/in").send(dispatch(), "job-1")


def test_a_system_that_takes_the_call_and_says_nothing_is_unavailable() -> None:
    exchange = Exchange(FixedClock(NOW), 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(Unavailable, match="ReadTimeout"):
        HttpChannel(exchange, f"http://127.0.0.1:{silent.getsockname()[1]}/in").send(dispatch(), "job-1")
    exchange.close()


def test_a_notice_is_mailed_through_a_gateway_by_telephone_number(mailbox: Mailbox) -> None:
    url = f"smtp://ops@127.0.0.1:{mailbox.port}/?from=shenhou@yunze.example&to={{phone}}@sms.example"
    receipt = MailChannel(url, 8, "geheim").send(notice(), "job-1")
    mail = email.message_from_string(mailbox.mails[0], policy=default)
    assert (mail["To"], mail["From"]) == ("13800000001@sms.example", "shenhou@yunze.example")
    assert str(make_header(decode_header(mail["Subject"]))) == "SH-1 死亡证明已出具"
    assert mail.get_content().strip() == "㛃𬱖的家属：请节哀。"
    assert receipt == mail["Message-ID"]
    assert any(command.startswith("AUTH PLAIN") for command in mailbox.commands)


def test_the_same_key_gives_the_same_message_id(mailbox: Mailbox) -> None:
    channel = MailChannel(f"smtp://127.0.0.1:{mailbox.port}/?from=a@b.example&to=c@d.example", 8)
    first, again, other = (channel.send(notice(), key) for key in ("job-1", "job-1", "job-2"))
    assert first == again != other


def test_a_mail_server_that_refuses_or_is_down_is_unavailable(mailbox: Mailbox) -> None:
    mailbox.refuses = "550 nobody here"
    query = "?from=a@b.example&to=c@d.example"
    with pytest.raises(Unavailable, match="没有收下邮件：SMTPRecipientsRefused"):
        MailChannel(f"smtp://127.0.0.1:{mailbox.port}/{query}", 8).send(notice(), "job-1")
    with pytest.raises(Unavailable, match="没有收下邮件：ConnectionRefusedError"):
        MailChannel(f"smtp://127.0.0.1:{free_port()}/{query}", 8).send(notice(), "job-1")


def test_a_mail_server_elsewhere_must_offer_tls_before_it_sees_a_password(
    mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks.channels._LOOPBACK", ())
    url = f"smtp://ops@127.0.0.1:{mailbox.port}/?from=a@b.example&to=c@d.example"
    with pytest.raises(Unavailable, match="SMTPNotSupportedError"):
        MailChannel(url, 8, "geheim").send(notice(), "job-1")
    assert not mailbox.mails
    assert not any(command.startswith("AUTH") for command in mailbox.commands)


def test_a_telephone_number_cannot_smuggle_another_recipient(mailbox: Mailbox) -> None:
    url = f"smtp://127.0.0.1:{mailbox.port}/?from=a@b.example&to={{phone}}@sms.example"
    with pytest.raises(Unavailable, match="电话号码"):
        MailChannel(url, 8).send(notice(phone="1@evil.example,138"), "job-1")
    assert not mailbox.mails


class Named:
    def __init__(self, name: str) -> None:
        self.name = name

    def send(self, dispatch: Dispatch, key: str) -> str:
        return f"{self.name}:{key}"


def test_the_nearest_route_carries() -> None:
    routes = {name: Named(name) for name in ("dept.hrss", "dept.*", "*", "notice.*")}
    channels = Channels(routes)
    carried = {
        who: channels.carry(dispatch(receiver=who), "k").channel for who in ("dept.hrss", "dept.finance", "platform")
    }
    assert carried == {"dept.hrss": "dept.hrss", "dept.finance": "dept.*", "platform": "*"}
    assert channels.carry(notice(), "k").channel == "notice.*"


def test_an_endpoint_that_nothing_is_mapped_to_is_an_outage_and_never_silence() -> None:
    with pytest.raises(Unavailable, match="elicence 没有配置通道"):
        Channels({"platform": KeptHere()}).carry(dispatch(receiver="elicence"), "k")


def test_a_notice_without_a_telephone_stays_here_for_the_window() -> None:
    channels = Channels({"*": Named("gateway")})
    assert channels.carry(notice(phone=""), "k").channel == "outbox"
    assert channels.carry(notice("supervisor", phone=""), "k").channel == "gateway"


def test_by_default_everything_stays_here() -> None:
    settings = read_outside({})
    assert settings == OutsideSettings({"*": "outbox"}, "embedded", 20.0)
    assert pick_endpoint(settings.endpoints, "dept.hrss") == "*"


@pytest.mark.parametrize(
    ("given", "name", "says"),
    [
        ({"ENDPOINTS": "platform"}, "ENDPOINTS", "takes <endpoint>=<outbox or URL>"),
        ({"ENDPOINTS": "Dept=outbox"}, "ENDPOINTS", "not 'Dept'"),
        ({"ENDPOINTS": "*=outbox,*=outbox"}, "ENDPOINTS", "twice"),
        ({"ENDPOINTS": "*=ftp://a.example"}, "ENDPOINTS", "takes a URL with http, https, smtp, smtps"),
        ({"ENDPOINTS": "*=https://a.example:99999"}, "ENDPOINTS", "cannot be read"),
        ({"ENDPOINTS": "*=https://u:geheim@a.example"}, "ENDPOINTS", "SHENHOU_SMTP_PASSWORD"),
        ({"ENDPOINTS": "platform=smtp://a.example/?from=a@b&to=c@d"}, "ENDPOINTS", "only notice"),
        ({"ENDPOINTS": "notice.*=smtp://a.example"}, "ENDPOINTS", "&to=<address"),
        ({"REGISTERS": "yes"}, "REGISTERS", "takes a URL with http, https"),
        ({"OUTSIDE_SECONDS": "0"}, "OUTSIDE_SECONDS", "from 1 to 30"),
        ({"OUTSIDE_SECONDS": "nan"}, "OUTSIDE_SECONDS", "from 1 to 30"),
        ({"EXCHANGE_KEY": "c2hvcnQ="}, "EXCHANGE_KEY", "32 random bytes"),
    ],
)
def test_wrong_settings_are_refused_by_name_and_never_repeated(given: dict[str, str], name: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says.replace("&", ".")) as refused:
        read_outside({f"SHENHOU_{key}": value for key, value in given.items()})
    assert refused.value.name == f"SHENHOU_{name}"
    assert "geheim" not in str(refused.value)


def test_production_demands_that_every_endpoint_is_mapped() -> None:
    with pytest.raises(ConfigError, match="maps nothing to platform, elicence"):
        read_outside({}, production=True)
    with pytest.raises(ConfigError, match=r"maps nothing to funeral, bank, dept\.\*, notice\.\*"):
        read_outside({MAIL: "platform=outbox,elicence=https://e.example"}, production=True)
    assert read_outside({MAIL: "*=outbox"}, production=True).endpoints == {"*": "outbox"}


def test_production_sends_personal_data_over_tls_only() -> None:
    with pytest.raises(ConfigError, match="without TLS"):
        read_outside({MAIL: "*=http://exchange.example/in"}, production=True)
    assert read_outside({MAIL: "*=http://127.0.0.1:9000/in"}, production=True).endpoints["*"].startswith("http:")
