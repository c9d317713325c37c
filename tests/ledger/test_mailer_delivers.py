"""Handing mails to a real SMTP server: with and without TLS and login, large and many, on both event loops."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import uvloop

from ledger.mailer import Accepted, Later, MailServer, Security, TooLarge, hand_over
from tests.smtp_house import Certificate, MailCatcher, make_certificate

TO = "billing@acme.example"
LOGINS = {"pbx": "correct horse"}
SOUND = bytes(range(256)) * 4_000


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


def mail(subject: str = "Žinutė iš Jono", sound: bytes = SOUND) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Switchroom <pbx@acme.example>"
    message["To"] = TO
    message["Bcc"] = "hidden@acme.example"
    message["Subject"] = subject
    message["Message-ID"] = "<4711@acme.example>"
    message.set_content("Ačiū.\n.\n..\nFrom here on, a lone dot.\n", cte="8bit")
    message.add_alternative("<p>Ačiū.</p>\n", subtype="html")
    message.add_attachment(sound, "audio", "wav", filename="žinutė.wav")
    return message


def catcher_for(security: Security, certificate: Certificate, **settings: Any) -> MailCatcher:  # those of MailCatcher
    context = None if security == "none" else certificate.server_context()
    return MailCatcher(security=security, tls=context, **settings)


def towards(catcher: MailCatcher, security: Security, certificate: Certificate, **settings: Any) -> MailServer:
    trusted: dict[str, Any] = {"ca_file": certificate.file, "sender": "pbx@acme.example", "host": catcher.host}
    return MailServer(port=catcher.port, security=security, **(trusted | settings))  # the tests' own values


SECURITIES: list[Security] = ["none", "starttls", "tls"]


async def deliver(security: Security, certificate: Certificate) -> None:
    async with catcher_for(security, certificate, logins=LOGINS) as catcher:
        server = towards(catcher, security, certificate, user="pbx", password=LOGINS["pbx"])
        handed = await hand_over(server, mail(), TO)
        assert isinstance(handed, Accepted), handed
        assert handed.reply == "250 2.0.0 Kept as mail 1"
        (caught,) = await catcher.count(1, 5.0)
    assert (caught.sender, caught.recipients, caught.user) == ("pbx@acme.example", (TO,), "pbx")
    assert caught.greeted_as not in ("", "localhost", "unknown.invalid")
    assert caught.subject == "Žinutė iš Jono"
    assert caught.text == "Ačiū.\n.\n..\nFrom here on, a lone dot.\n"
    assert caught.html == "<p>Ačiū.</p>\n"
    (attached,) = caught.attachments
    assert (attached.name, attached.content_type, attached.content) == ("žinutė.wav", "audio/wav", SOUND)
    assert b"hidden@" not in caught.raw
    assert "BODY=8BITMIME" in caught.options
    assert f"SIZE={len(caught.raw)}" in caught.options


@pytest.mark.parametrize("security", SECURITIES)
@pytest.mark.parametrize(
    "new_loop", [pytest.param(asyncio.new_event_loop, id="asyncio"), pytest.param(uvloop.new_event_loop, id="uvloop")]
)
def test_a_mail_arrives_as_it_was_written(
    security: Security, new_loop: Callable[[], asyncio.AbstractEventLoop], certificate: Certificate
) -> None:
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(deliver(security, certificate))


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize(
    ("names", "trusted"),
    [
        pytest.param(["IP:127.0.0.1"], False, id="authority-unknown"),
        pytest.param(["DNS:other.example"], True, id="other-name"),
    ],
)
async def test_a_certificate_that_is_not_trusted_gets_neither_password_nor_mail(
    security: Security, names: list[str], trusted: bool, tmp_path: Path
) -> None:
    shown = await asyncio.to_thread(make_certificate, tmp_path, names)
    async with catcher_for(security, shown, logins=LOGINS) as catcher:
        settings: dict[str, Any] = {} if trusted else {"ca_file": None}  # fields of MailServer
        server = towards(catcher, security, shown, user="pbx", password=LOGINS["pbx"], **settings)
        handed = await hand_over(server, mail(), TO)
        assert isinstance(handed, Later), handed
        assert handed.admin
        assert "certificate is not trusted" in handed.why
        assert not catcher.mails


async def test_a_wrong_password_is_for_an_admin(certificate: Certificate) -> None:
    async with catcher_for("starttls", certificate, logins=LOGINS) as catcher:
        server = towards(catcher, "starttls", certificate, user="pbx", password="wrong horse")
        handed = await hand_over(server, mail(), TO)
        assert isinstance(handed, Later)
        assert (handed.code, handed.admin) == (535, True)
        assert not catcher.mails


async def test_no_user_where_one_is_wanted_is_for_an_admin(certificate: Certificate) -> None:
    async with catcher_for("none", certificate, logins=LOGINS) as catcher:
        handed = await hand_over(towards(catcher, "none", certificate), mail(), TO)
        assert isinstance(handed, Later)
        assert (handed.code, handed.admin) == (530, True)


async def test_a_mail_too_large_goes_without_its_sound(certificate: Certificate) -> None:
    async with catcher_for("none", certificate, size_limit=10_000) as catcher:
        server = towards(catcher, "none", certificate)
        handed = await hand_over(server, mail(), TO)
        assert isinstance(handed, TooLarge)
        assert handed.limit == 10_000
        assert isinstance(await hand_over(server, mail(sound=b""), TO), Accepted)
        assert [caught.attachments[0].content for caught in catcher.mails] == [b""]


async def test_one_message_goes_to_many_at_once_and_stays_as_it_was(certificate: Certificate) -> None:
    message = mail(sound=SOUND[:1_000])
    before = dict(message.items())
    people = [f"p{number}@acme.example" for number in range(20)]
    async with catcher_for("none", certificate) as catcher:
        server = towards(catcher, "none", certificate)
        handed = await asyncio.gather(*(hand_over(server, message, person) for person in people))
        assert all(isinstance(one, Accepted) for one in handed), handed
        caught = await catcher.count(20, 5.0)
    assert sorted(mail.recipients[0] for mail in caught) == sorted(people)
    assert {mail.attachments[0].content for mail in caught} == {SOUND[:1_000]}
    assert dict(message.items()) == before
    assert message.get_boundary() is None


async def test_an_address_that_is_not_ascii_arrives(certificate: Certificate) -> None:
    async with catcher_for("none", certificate) as catcher:
        handed = await hand_over(towards(catcher, "none", certificate), mail(), "žmogus@acme.example")
        assert isinstance(handed, Accepted), handed
        assert catcher.mails[0].recipients == ("žmogus@acme.example",)


async def test_a_message_that_holds_commands_stays_one_message(certificate: Certificate) -> None:
    message = mail(sound=b"")
    inner = "Hello\r\n.\r\nMAIL FROM:<evil@x.example>\n.\nRCPT TO:<a@x.example>\r.\rQUIT\n"
    message.get_body(("plain",)).set_payload(inner)  # type: ignore[union-attr] # mail() gives it one
    async with catcher_for("none", certificate) as catcher:
        assert isinstance(await hand_over(towards(catcher, "none", certificate), message, TO), Accepted)
        (caught,) = await catcher.count(1, 5.0)
    assert caught.sender == "pbx@acme.example"
    assert caught.text.split() == inner.split()


async def test_the_catcher_says_how_many_came_when_too_few_do() -> None:
    async with MailCatcher() as catcher:
        with pytest.raises(TimeoutError, match="0 of 1 mails"):
            await catcher.count(1, 0.05)
