"""How a real IMAP server is reached: TLS and whom it trusts, passwords, and a server that goes and comes back."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.faxes import FaxByMail
from config.schema import Site
from fax.by_mail.errors import MailboxAway, MailboxWrong
from server.commands import doctor_fax_mail
from tests.fax.by_mail.imap_house import Front, ImapServer
from tests.fax.by_mail.post import NUMBER, PDF, House, mail
from tests.fax.house import SITE
from tests.smtp_house import Certificate, free_port, make_certificate


async def test_tls_from_the_first_byte(
    house: House, server: ImapServer, settings: FaxByMail, certificate: Certificate
) -> None:
    server.post(mail())
    async with Front(server, certificate.server_context()) as front:
        house.settings = settings.model_copy(update={"security": "tls", "port": front.port})
        assert await house.door.look() == 1


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_a_certificate_that_nobody_vouches_for(
    house: House, server: ImapServer, settings: FaxByMail, certificate: Certificate, security: str
) -> None:
    async with Front(server, certificate.server_context() if security == "tls" else None) as front:
        house.settings = settings.model_copy(update={"security": security, "ca_file": None, "port": front.port})
        with pytest.raises(MailboxWrong, match="certificate of the server is not trusted"):
            await house.door.look()


async def test_a_certificate_of_another_name(
    house: House, server: ImapServer, settings: FaxByMail, tmp_path: Path
) -> None:
    other = make_certificate(tmp_path, ["DNS:elsewhere.example"])
    async with Front(server, other.server_context()) as front:
        changes = {"security": "tls", "ca_file": str(other.file), "port": front.port}
        house.settings = settings.model_copy(update=changes)
        with pytest.raises(MailboxWrong, match="certificate of the server is not trusted"):
            await house.door.look()


async def test_a_file_of_certificates_that_is_not_there(house: House, settings: FaxByMail, tmp_path: Path) -> None:
    house.settings = settings.model_copy(update={"ca_file": str(tmp_path / "none.pem")})
    with pytest.raises(MailboxWrong, match="certificates to trust is not there"):
        await house.door.look()


async def test_a_wrong_password_is_said_once_and_never_shown(
    house: House, settings: FaxByMail, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    house.settings = settings.model_copy(update={"password": "tell-nobody"})
    for _ in range(3):
        with pytest.raises(MailboxWrong, match="does not let us in"):
            await house.door.look()
        house.clock.advance(30)
    assert "does not let us in" in house.door.state.error
    assert house.door.state.failing_since is not None
    said = capsys.readouterr().out + caplog.text
    assert said.count("faxes by mail do not come in") == 1
    assert "tell-nobody" not in said + house.door.state.error

    house.settings = settings
    await house.door.look()
    mended = house.door.state
    assert (mended.error, mended.failing_since) == ("", None)


async def test_a_server_that_is_away_and_comes_back(house: House, server: ImapServer, settings: FaxByMail) -> None:
    server.post(mail())
    house.settings = settings.model_copy(update={"port": await free_port()})
    with pytest.raises(MailboxAway, match="while connecting"):
        await house.door.look()
    house.settings = settings
    assert await house.door.look() == 1
    assert house.door.state.error == ""


async def test_a_connection_cut_in_the_middle_of_a_mail(
    house: House, server: ImapServer, settings: FaxByMail, certificate: Certificate
) -> None:
    server.post(mail(attached=((PDF + bytes(200_000), "application/pdf", "a.pdf"),)))
    async with Front(server, certificate.server_context()) as front:
        house.settings = settings.model_copy(update={"security": "tls", "port": front.port})
        front.cut_after = 50_000
        with pytest.raises(MailboxAway):
            await house.door.look()
        assert (house.room.orders, server.subjects()) == ({}, [NUMBER])
        assert not list(house.folder.iterdir())
        front.cut_after = None
        house.clock.advance(61)
        assert await house.door.look() == 1
    assert len(house.room.orders) == 1


async def test_the_doctor_looks_into_the_mailbox(server: ImapServer, settings: FaxByMail) -> None:
    server.post(mail())
    [check] = await doctor_fax_mail.examine(site_with(settings))
    assert (check.ok, check.found) == (True, "the mailbox answers, 1 to do")
    assert server.subjects() == [NUMBER]


@pytest.mark.parametrize("wrong", ["password", "port"])
async def test_the_doctor_says_what_is_wrong_with_it(settings: FaxByMail, wrong: str) -> None:
    changes = {"password": "tell-nobody", "port": await free_port()}
    [check] = await doctor_fax_mail.examine(site_with(settings.model_copy(update={wrong: changes[wrong]})))
    assert (check.ok, bool(check.mend)) == (False, True)
    assert "tell-nobody" not in check.found


async def test_the_doctor_says_nothing_where_no_mailbox_is_named() -> None:
    assert await doctor_fax_mail.examine(site_with(None)) == []


def site_with(settings: FaxByMail | None) -> Site:
    return SITE.model_copy(update={"fax": SITE.fax.model_copy(update={"by_mail": settings})})
