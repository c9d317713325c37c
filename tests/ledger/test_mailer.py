"""Handing a mail to servers that refuse, hang, lie, flood or close: what comes back is always a value, and in time."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from ledger.mailer import Accepted, Handed, Later, MailServer, Refused, TooLarge, hand_over
from tests.smtp_house import (
    EHLO,
    Certificate,
    Close,
    Deaf,
    Drip,
    Flood,
    Hang,
    Manner,
    Manners,
    RoughServer,
    free_port,
    make_certificate,
)

TO = "billing@acme.example"
PASSWORD = "correct horse"
#: Long enough for a busy machine where a reply is to come, short where none comes.
PATIENT = 10.0
SHORT = 0.3


@pytest.fixture
async def rough() -> AsyncIterator[RoughServer]:
    async with RoughServer() as server:
        yield server


def mail(body: str = "Please call back.\n") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "pbx@acme.example"
    message["To"] = TO
    message["Subject"] = "A message"
    message.set_content(body)
    return message


def towards(rough: RoughServer, **changes: Any) -> MailServer:  # fields of MailServer, checked when it is made
    server = MailServer(
        host=rough.host,
        port=rough.port,
        security="none",
        sender="pbx@acme.example",
        connect_seconds=PATIENT,
        reply_seconds=PATIENT,
        whole_seconds=PATIENT,
    )
    return replace(server, **changes)


@dataclass(frozen=True)
class Case:
    manners: dict[str, Manner]
    comes: Callable[[Handed], bool]
    words: str
    settings: tuple[tuple[str, Any], ...] = ()


def later(code: int | None = None, *, admin: bool = False, in_doubt: bool = False) -> Callable[[Handed], bool]:
    return lambda handed: handed == Later(getattr(handed, "why", ""), code, admin, in_doubt)


def refused(code: int) -> Callable[[Handed], bool]:
    return lambda handed: isinstance(handed, Refused) and handed.code == code


def too_large(limit: int | None) -> Callable[[Handed], bool]:
    return lambda handed: isinstance(handed, TooLarge) and handed.limit == limit


IMPATIENT = (("reply_seconds", SHORT), ("connect_seconds", SHORT))
BRIEF = (("whole_seconds", 1.0),)
LOGIN = (("user", "pbx"), ("password", PASSWORD))
STARTTLS = (("security", "starttls"),)
OFFERS_TLS = (*EHLO[:-1], "250 STARTTLS")
NO_SIZE = ("250-rough.invalid", "250 8BITMIME")

CASES = {
    "greeting-421": Case({"greeting": "421 4.3.2 busy"}, later(421), "while connecting the server said 421"),
    "greeting-554": Case({"greeting": "554 not you"}, later(554, admin=True), "not you"),
    "greeting-hangs": Case({"greeting": Hang()}, later(), "nothing came in time", IMPATIENT),
    "greeting-closes": Case({"greeting": Close()}, later(), "the connection was closed"),
    "greeting-drips": Case({"greeting": Drip()}, later(), "nothing came in time", IMPATIENT),
    "greeting-drips-for-the-whole-time": Case({"greeting": Drip()}, later(), "nothing came in time", BRIEF),
    "greeting-is-garbage": Case({"greeting": b"\x00\xff\xfe\x1b[31m\r\n"}, later(), "did not speak SMTP"),
    "greeting-is-a-web-server": Case({"greeting": "HTTP/1.1 400 Bad Request"}, later(), "did not speak SMTP"),
    "hello-refused": Case({"ehlo": "502 no"}, later(502, admin=True), "while greeting the server"),
    "hello-endless": Case({"ehlo": Flood()}, later(), "did not speak SMTP"),
    "hello-endless-line": Case({"ehlo": Flood(line=b"2" * 4_096)}, later(), "did not speak SMTP"),
    "hello-hangs": Case({"ehlo": Hang()}, later(), "while greeting the server", IMPATIENT),
    "no-starttls": Case({}, later(admin=True), "does not offer STARTTLS", STARTTLS),
    "starttls-refused": Case(
        {"ehlo": OFFERS_TLS, "starttls": "454 not now"}, later(454), "while starting TLS", STARTTLS
    ),
    "starttls-closes": Case(
        {"ehlo": OFFERS_TLS, "starttls": Close("220 go\r\n")}, later(), "while starting TLS", STARTTLS
    ),
    "starttls-hangs": Case(
        {"ehlo": OFFERS_TLS, "starttls": Hang("220 go\r\n")}, later(), "while starting TLS", (*STARTTLS, *IMPATIENT)
    ),
    "starttls-is-no-tls": Case(
        {"ehlo": OFFERS_TLS, "starttls": "220 go"}, later(admin=True), "while starting TLS", STARTTLS
    ),
    "tls-towards-a-plain-port": Case({}, later(admin=True), "TLS failed", (("security", "tls"),)),
    "login-535": Case({"auth": "535 5.7.8 wrong"}, later(535, admin=True), "while logging in", LOGIN),
    "login-454": Case({"auth": "454 4.7.0 not now"}, later(454), "while logging in", LOGIN),
    "login-421": Case({"auth": "421 4.7.0 too often"}, later(421), "while logging in", LOGIN),
    "login-hangs": Case({"auth": Hang()}, later(), "while logging in", (*LOGIN, *IMPATIENT)),
    "login-not-offered": Case({"ehlo": NO_SIZE}, later(admin=True), "no way of logging in", LOGIN),
    "login-unknown": Case(
        {"ehlo": ("250-x", "250 AUTH GSSAPI")}, later(admin=True), "no way of logging in", LOGIN
    ),
    "mail-451": Case({"mail": "451 4.3.0 trouble"}, later(451), "while naming the sender"),
    "mail-550": Case({"mail": "550 5.7.1 not from you"}, refused(550), "while naming the sender"),
    "mail-530": Case({"mail": "530 5.7.0 log in first"}, later(530, admin=True), "log in first"),
    "mail-552": Case({"mail": "552 too big"}, too_large(10_000_000), "too big"),
    "rcpt-421": Case({"rcpt": "421 4.4.2 closing"}, later(421), "while naming the recipient"),
    "rcpt-450": Case({"rcpt": "450 4.2.1 greylisted"}, later(450), "greylisted"),
    "rcpt-451": Case({"rcpt": "451 4.3.0 trouble"}, later(451), "trouble"),
    "rcpt-452": Case({"rcpt": "452 4.2.2 full"}, later(452), "full"),
    "rcpt-550": Case({"rcpt": "550 5.1.1 nobody here"}, refused(550), "nobody here"),
    "rcpt-closes": Case({"rcpt": Close()}, later(), "the connection was closed"),
    "rcpt-multi-line": Case({"rcpt": ("550-5.1.1 nobody", "550 of this name")}, refused(550), "nobody of this name"),
    "data-451": Case({"data": "451 4.3.0 trouble"}, later(451), "while announcing the message"),
    "data-554": Case({"data": "554 5.5.1 no valid recipients"}, refused(554), "no valid recipients"),
    "data-hangs": Case({"data": Hang()}, later(), "nothing came in time", BRIEF),
    "data-closes": Case({"data": Close()}, later(), "the connection was closed"),
    "body-hangs": Case({"body": Hang()}, later(in_doubt=True), "nothing came in time", BRIEF),
    "body-drips": Case({"body": Drip()}, later(in_doubt=True), "nothing came in time", BRIEF),
    "body-closes": Case({"body": Close()}, later(in_doubt=True), "the connection was closed"),
    "body-closes-in-a-word": Case({"body": Close("25")}, later(in_doubt=True), "the connection was closed"),
    "body-421": Case({"body": "421 4.3.2 going down"}, later(421), "going down"),
    "body-451": Case({"body": "451 4.7.1 try again"}, later(451), "try again"),
    "body-552": Case({"body": "552 5.3.4 too big"}, too_large(10_000_000), "too big"),
    "body-552-no-limit-told": Case({"body": "552 too big", "ehlo": NO_SIZE}, too_large(None), "too big"),
    "body-554": Case({"body": "554 5.7.1 spam"}, refused(554), "spam"),
    "body-is-garbage": Case({"body": b"\xff\xfe\r\n"}, later(in_doubt=True), "did not speak SMTP"),
    "body-endless": Case({"body": Flood()}, later(in_doubt=True), "did not speak SMTP"),
    "size-told-before": Case({"ehlo": ("250-x", "250 SIZE 100")}, too_large(100), "the server takes 100"),
}  # fmt: skip


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in CASES.items()])
async def test_a_rough_server_gives_a_value_and_keeps_no_connection(rough: RoughServer, case: Case) -> None:
    rough.behave(**case.manners)
    async with asyncio.timeout(PATIENT):
        handed = await hand_over(towards(rough, **dict(case.settings)), mail(), TO)
    assert case.comes(handed), handed
    assert not isinstance(handed, Accepted)
    assert case.words in handed.why
    assert handed.why.isprintable()
    assert len(handed.why) <= 300
    await rough.gone(PATIENT)
    assert len(rough.heard) == 1


@pytest.mark.parametrize(
    "manners",
    [
        pytest.param({}, id="polite"),
        pytest.param({"body": ("250-2.0.0 Taken", "250 as 4711")}, id="two-lines"),
        pytest.param({"rcpt": "251 2.1.5 will forward"}, id="forwards"),
        pytest.param({"quit": Hang()}, id="hangs-at-goodbye"),
        pytest.param({"quit": "500 no"}, id="refuses-to-part"),
        pytest.param({"body": b"250 2.0.0 Taken\r\n421 and now away\r\n"}, id="speaks-unasked"),
        pytest.param({"body": Close("250 2.0.0 Taken\r\n")}, id="closes-after-its-word"),
        pytest.param({"ehlo": "250 rough.invalid"}, id="offers-nothing"),
        pytest.param({"ehlo": ("250-x", "250 SIZE 0")}, id="no-fixed-limit"),
        pytest.param({"ehlo": ("250-x", "250 SIZE plenty")}, id="limit-is-no-number"),
    ],
)
async def test_accepted_is_the_250_to_the_whole_message_and_nothing_after_it(
    rough: RoughServer, manners: dict[str, Manner]
) -> None:
    rough.behave(**manners)
    handed = await hand_over(towards(rough), mail(), TO)
    assert isinstance(handed, Accepted), handed
    assert handed.reply.startswith("250 2.0.0 Taken")
    await rough.gone(PATIENT)
    (heard,) = rough.heard
    assert len(heard.bodies) == 1
    assert heard.verbs[:4] == ["EHLO", "MAIL", "RCPT", "DATA"]


async def test_nobody_listens() -> None:
    server = MailServer(host="127.0.0.1", port=await free_port(), security="none", sender="pbx@acme.example")
    handed = await hand_over(server, mail(), TO)
    assert isinstance(handed, Later)
    assert handed.why.startswith("while connecting: ")
    assert (handed.code, handed.admin, handed.in_doubt) == (None, False, False)


async def test_a_cancellation_passes_and_leaves_no_connection(rough: RoughServer) -> None:
    rough.behave(body=Hang())
    handing = asyncio.create_task(hand_over(towards(rough), mail(), TO))
    async with asyncio.timeout(PATIENT):
        await rough.hung.wait()
        handing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await handing
    await rough.gone(PATIENT)


async def test_what_a_deaf_server_has_not_read_is_not_sent_later(rough: RoughServer) -> None:
    rough.behave(data=Deaf("354 go ahead"), ehlo=NO_SIZE)
    body = ("x" * 70 + "\n") * 170_000
    handed = await hand_over(towards(rough, whole_seconds=1.5), mail(body), TO)
    assert isinstance(handed, Later)
    assert handed.in_doubt
    rough.listens.set()
    await rough.gone(PATIENT)
    assert rough.read_late < len(body)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"security": "startls"}, id="security"),
        pytest.param({"host": ""}, id="no-host"),
        pytest.param({"host": "a\r\nb"}, id="host-with-line-break"),
        pytest.param({"host": "a" * 70 + ".example"}, id="host-too-long"),
        pytest.param({"port": 70_000}, id="port"),
        pytest.param({"sender": "pbx@acme.example>\r\nDATA"}, id="sender"),
        pytest.param({"user": "pbx"}, id="no-password"),
        pytest.param({"security": "tls", "ca_file": Path("/nowhere/ca.pem")}, id="no-ca-file"),
        pytest.param({"security": "tls", "ca_file": Path(__file__)}, id="ca-file-without-certificate"),
    ],
)
async def test_mistaken_settings_are_shown_to_an_admin_and_reach_no_server(
    rough: RoughServer, changes: dict[str, Any]
) -> None:
    handed = await hand_over(towards(rough, **changes), mail(), TO)
    assert isinstance(handed, Later), handed
    assert handed.admin
    assert not rough.heard


@pytest.mark.parametrize("recipient", ["", "a@b.example\r\nDATA", "a, b@c.example", "A <a@b.example>"])
async def test_a_recipient_that_is_no_address_is_refused_without_asking(rough: RoughServer, recipient: str) -> None:
    handed = await hand_over(towards(rough), mail(), recipient)
    assert isinstance(handed, Refused)
    assert handed.code is None
    assert not rough.heard


async def test_an_address_that_is_not_ascii_needs_a_server_that_says_so(rough: RoughServer) -> None:
    handed = await hand_over(towards(rough), mail(), "žmogus@acme.example")
    assert isinstance(handed, Accepted)
    assert rough.heard[0].commands[2] == "RCPT TO:<žmogus@acme.example>"
    assert rough.heard[0].commands[1].endswith("BODY=8BITMIME SMTPUTF8")
    rough.behave(ehlo=NO_SIZE)
    handed = await hand_over(towards(rough), mail(), "žmogus@acme.example")
    assert isinstance(handed, Refused)
    assert "SMTPUTF8" in handed.why
    await rough.gone(PATIENT)
    assert rough.heard[1].verbs == ["EHLO", "QUIT"]


async def test_a_wrong_password_is_tried_once_a_visit_and_never_shown(rough: RoughServer) -> None:
    told = base64.b64encode(f"\0pbx\0{PASSWORD}".encode()).decode()
    rough.behave(auth=f"535 5.7.8 you said {PASSWORD} and {told}")
    server = towards(rough, user="pbx", password=PASSWORD)
    handed = await hand_over(server, mail(), TO)
    assert isinstance(handed, Later)
    assert handed.why.endswith("you said *** and ***")
    await rough.gone(PATIENT)
    assert rough.heard[0].verbs.count("AUTH") == 1
    assert PASSWORD not in repr(server)


async def test_a_method_the_server_does_not_know_after_all_is_not_the_last(rough: RoughServer) -> None:
    rough.behave(auth="504 5.5.4 not that one")
    handed = await hand_over(towards(rough, user="pbx", password=PASSWORD), mail(), TO)
    assert isinstance(handed, Later)
    assert (handed.code, handed.admin) == (504, True)
    await rough.gone(PATIENT)
    assert [command.split(" ")[:2] for command in rough.heard[0].commands[1:3]] == [
        ["AUTH", "PLAIN"],
        ["AUTH", "LOGIN"],
    ]


async def test_what_a_stranger_says_before_tls_counts_no_more(tmp_path: Path) -> None:
    certificate: Certificate = await asyncio.to_thread(make_certificate, tmp_path)
    manners = Manners(
        ehlo=("250-rough.invalid", "250-SIZE 10", "250 STARTTLS"),
        starttls=b"220 go\r\n250-evil.invalid\r\n250 AUTH PLAIN\r\n",
        ehlo_under_tls=("250-rough.invalid", "250 8BITMIME"),
    )
    async with RoughServer(manners, tls=certificate.server_context()) as rough:
        server = towards(rough, security="starttls", ca_file=certificate.file)
        handed = await hand_over(server, mail(), TO)
        assert isinstance(handed, Accepted), handed
        await rough.gone(PATIENT)
        assert rough.heard[0].verbs == ["EHLO", "STARTTLS", "EHLO", "MAIL", "RCPT", "DATA", "QUIT"]
