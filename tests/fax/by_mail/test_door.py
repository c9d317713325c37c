"""Mails become faxes, against a real IMAP server: each once, none twice, and nobody is told who should not be."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from config.faxes import FaxByMail
from fax.by_mail.errors import MailboxWrong
from fax.by_mail.model import Limits
from fax.documents.model import Resolution
from tests.fax.by_mail.imap_house import ImapServer
from tests.fax.by_mail.post import NUMBER, PDF, House, mail

SENT, REFUSED = "Switchroom/Sent", "Switchroom/Refused"


async def test_a_mail_becomes_a_fax_and_is_put_away(house: House, server: ImapServer) -> None:
    server.post(mail(f"[superfine] {NUMBER}: Offer for Monday"))
    assert await house.door.look() == 1
    (order,) = house.room.orders.values()
    assert (order.box, order.number, order.subject) == ("office", NUMBER, "Offer for Monday")
    assert (order.sent_by, order.confirm) == ("alice@acme.example", ("alice@acme.example",))
    assert order.resolution is Resolution.SUPERFINE
    assert house.room.documents == [PDF]
    assert (server.subjects(), server.subjects(SENT)) == ([], [f"[superfine] {NUMBER}: Offer for Monday"])
    assert server.seen(SENT) == 1
    assert house.answers.told == []
    assert not list(house.folder.iterdir())
    assert house.door.state.faxes == 1
    assert house.door.state.looked_at == house.clock.now()


async def test_nothing_there_is_nothing_to_do(house: House) -> None:
    assert await house.door.look() == 0
    assert house.door.state.error == ""


async def test_two_mails_and_several_numbers(house: House, server: ImapServer) -> None:
    server.post(
        mail("+370 5 211 0000; +370 5 211 0001, +370 5 211 0000"),
        mail("+370 5 211 0002", message_id="<2@acme.example>", sender="bob@partner.example"),
    )
    assert await house.door.look() == 2
    assert house.room.numbers == ["+370 5 211 0000", "+370 5 211 0001", "+370 5 211 0002"]
    assert [order.box for order in house.room.orders.values()] == ["office", "office", "sales"]
    assert server.subjects() == []


async def test_dying_between_fax_and_putting_away_is_one_fax(house: House, server: ImapServer) -> None:
    server.post(mail())
    house.room.fails = RuntimeError("killed just after the commit")
    assert await house.door.look() == 0
    assert (len(house.room.orders), server.subjects()) == (1, [NUMBER])
    assert house.door.state.held == 1

    house.room.fails = None
    assert await house.door.look() == 0  # not at once again: it may be the mail
    house.clock.advance(61)
    assert await house.door.look() == 1
    assert (len(house.room.orders), house.room.asked) == (1, 2)
    assert (server.subjects(), server.subjects(SENT)) == ([], [NUMBER])
    assert house.door.state.held == 0


async def test_a_mail_that_fails_does_not_stand_before_the_others(house: House, server: ImapServer) -> None:
    server.post(mail("+370 5 211 0001"))
    house.room.fails = OSError("no space left")
    await house.door.look()
    house.room.fails = None
    server.post(mail("+370 5 211 0002", message_id="<2@acme.example>"))
    assert await house.door.look() == 1
    assert server.subjects() == ["+370 5 211 0001"]


async def test_a_mail_copied_back_into_the_folder_is_the_same_fax(house: House, server: ImapServer) -> None:
    server.post(mail())
    await house.door.look()
    server.post(mail())
    await house.door.look()
    assert len(house.room.orders) == 1
    assert server.subjects(SENT) == [NUMBER, NUMBER]


async def test_the_same_subject_with_another_document_is_another_fax(house: House, server: ImapServer) -> None:
    server.post(mail(), mail(attached=((PDF + b"%", "application/pdf", "offer.pdf"),)))
    await house.door.look()
    assert len(house.room.orders) == 2


async def test_a_stranger_gets_no_fax_and_no_answer(house: House, server: ImapServer) -> None:
    server.post(mail("nonsense", sender="mallory@evil.example"), mail(sender="eve@sub.acme.example"))
    assert await house.door.look() == 2
    assert (house.room.orders, house.answers.told) == ({}, [])
    assert server.subjects(REFUSED) == [NUMBER, "nonsense"]
    assert server.seen(REFUSED) == 0
    assert house.door.state.refused == 2
    assert house.door.state.unanswered == 0


async def test_a_forged_sender_is_not_answered(house: House, server: ImapServer) -> None:
    server.post(
        mail("nonsense", more={"Authentication-Results": "mx.acme.example; dmarc=fail header.from=acme.example"})
    )
    await house.door.look()
    assert (house.room.orders, house.answers.told, server.subjects(REFUSED)) == ({}, [], ["nonsense"])


REFUSALS = {
    "no number": (mail("Offer for Monday"), "does not begin with a fax number"),
    "no subject": (mail(None), "does not begin with a fax number"),
    "a digit too many": (mail("+370 5 211 0000 2 invoices"), "is no telephone number"),
    "no document": (mail(body=None, html="<p>Hello</p>", attached=()), "no document attached"),
    "two documents": (
        mail(attached=((PDF, "application/pdf", "a.pdf"), (PDF, "application/pdf", "b.pdf"))),
        "2 documents: a.pdf, b.pdf",
    ),
    "office": (mail(attached=((b"PK\x03\x04..", "application/zip", "a.docx"),)), "an office document or an archive"),
}


@pytest.mark.parametrize("case", REFUSALS)
async def test_an_allowed_sender_is_told_why_not(house: House, server: ImapServer, case: str) -> None:
    posted, why = REFUSALS[case]
    server.post(posted)
    assert await house.door.look() == 1
    ((to, subject, text, about),) = house.answers.told
    assert (to, about) == ("alice@acme.example", "<1@acme.example>")
    assert subject.startswith("Not faxed: ")
    assert why in text
    assert house.room.orders == {}
    assert (server.subjects(), len(server.subjects(REFUSED))) == ([], 1)


async def test_a_number_that_may_not_be_called_is_told(house: House, server: ImapServer) -> None:
    house.room.impossible = {NUMBER: "the number is not among those that may be called"}
    server.post(mail())
    await house.door.look()
    assert "+370 5 211 0000: the number is not among those that may be called" in house.answers.texts
    assert server.subjects(REFUSED) == [NUMBER]


async def test_of_several_numbers_each_is_told_about(house: House, server: ImapServer) -> None:
    house.room.impossible = {"+370 5 211 0001": "not there"}
    server.post(mail("+370 5 211 0000, +370 5 211 0001"))
    await house.door.look()
    assert "+370 5 211 0000: will be sent\n+370 5 211 0001: not there" in house.answers.texts
    assert len(server.subjects(SENT)) == 1


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"Auto-Submitted": "auto-generated"}, id="a program"),
        pytest.param({"List-Id": "<all.acme.example>"}, id="a list"),
        pytest.param({"Precedence": "bulk"}, id="bulk"),
        pytest.param({"Return-Path": "<>"}, id="no way back"),
        pytest.param({"X-Auto-Response-Suppress": "DR, All"}, id="asks for none"),
    ],
)
async def test_no_machine_is_answered_but_may_send(house: House, server: ImapServer, more: dict[str, str]) -> None:
    server.post(mail("nonsense", more=more), mail(more=more, message_id="<2@acme.example>"))
    await house.door.look()
    assert house.answers.told == []
    assert house.room.numbers == [NUMBER]
    assert house.door.state.unanswered == 1
    assert house.room.orders.popitem()[1].confirm == ()


async def test_a_reply_of_a_machine_is_no_fax(house: House, server: ImapServer) -> None:
    server.post(mail(more={"Auto-Submitted": "auto-replied"}))
    await house.door.look()
    assert (house.room.orders, house.answers.told) == ({}, [])


async def test_a_huge_mail_is_refused_before_it_is_fetched(
    settings: FaxByMail, server: ImapServer, tmp_path: Path
) -> None:
    house = House(settings, tmp_path / "drafts", Limits(mail_bytes=50_000))
    server.post(mail(attached=((PDF + bytes(60_000), "application/pdf", "a.pdf"),)))
    await house.door.look()
    assert "too long" in house.answers.texts
    assert not house.folder.exists()
    assert server.subjects(REFUSED) == [NUMBER]


async def test_a_header_without_end_is_refused(settings: FaxByMail, server: ImapServer, tmp_path: Path) -> None:
    house = House(settings, tmp_path / "drafts", Limits(header_bytes=2_000))
    server.post(mail(more={"X-Long": "x " * 1_500}))
    await house.door.look()
    assert (house.room.orders, house.answers.told, server.subjects(REFUSED)) == ({}, [], [NUMBER])


_ALLOWED = b"From: alice@acme.example\r\nSubject: +370 5 211 0000\r\n"
HARDLY_MAILS = {
    "nothing": b"From: alice@acme.example\r\n\r\n",
    "no header": b"\r\n\r\n",
    "no boundary": _ALLOWED + b"Content-Type: multipart/mixed\r\n\r\nx",
    "half a mail": (
        _ALLOWED + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: application/pdf\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n!!!"
    ),
    "no charset": (
        b"From: alice@acme.example\r\nSubject: =?x-none?b?////?=\r\n"
        b"Content-Type: text/plain; charset=none\r\n\r\n\xff\xfe\x00"
    ),
}


@pytest.mark.parametrize("posted", HARDLY_MAILS.values(), ids=HARDLY_MAILS)
async def test_what_is_hardly_a_mail_is_put_away_too(house: House, server: ImapServer, posted: bytes) -> None:
    server.post(posted)
    assert await house.door.look() == 1
    assert house.room.orders == {}
    assert (server.subjects(), len(server.subjects(REFUSED))) == ([], 1)


async def test_no_more_than_some_mails_a_round(settings: FaxByMail, server: ImapServer, tmp_path: Path) -> None:
    house = House(settings, tmp_path / "drafts", Limits(mails=2))
    server.post(*(mail(f"+370 5 211 000{count}", message_id=f"<{count}@acme.example>") for count in range(3)))
    assert [await house.door.look() for _ in range(3)] == [2, 1, 0]
    assert house.room.numbers == ["+370 5 211 0000", "+370 5 211 0001", "+370 5 211 0002"]


async def test_another_folder_than_the_inbox(house: House, server: ImapServer, settings: FaxByMail) -> None:
    house.settings = settings.model_copy(update={"folder": "Faksų aplankas"})
    with pytest.raises(MailboxWrong, match="cannot be opened"):
        await house.door.look()
    with server.as_owner() as owner:
        owner.create_folder("Faksų aplankas")
    server.post(mail(), folder="Faksų aplankas")
    assert await house.door.look() == 1


# ---- again and again


async def test_it_looks_again_when_woken_and_ends_when_cancelled(house: House, server: ImapServer) -> None:
    taken = asyncio.Event()
    submit = house.room.submit

    async def take(order: object, document: Path) -> object:
        fax = await submit(order, document)  # type: ignore[arg-type]  # handed on as it came
        taken.set()
        return fax

    house.room.submit = take  # type: ignore[method-assign, assignment]  # to be told of each fax
    house.__post_init__()
    left = house.folder / "left by one that died"
    left.mkdir(parents=True)
    running = asyncio.create_task(house.door.run())
    async with asyncio.timeout(20):
        for count in range(2):
            server.post(mail(message_id=f"<{count}@acme.example>"))
            house.door.wake()
            await taken.wait()
            taken.clear()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not left.exists()


async def test_cancelled_while_a_fax_is_handed_on(house: House, server: ImapServer) -> None:
    server.post(mail())
    house.room.blocks = asyncio.Event()
    running = asyncio.create_task(house.door.run())
    async with asyncio.timeout(20):
        await house.room.blocks.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert server.subjects() == [NUMBER]
    assert not list(house.folder.iterdir())


async def test_run_outlives_a_wrong_password_and_no_settings(
    house: House, settings: FaxByMail, server: ImapServer
) -> None:
    server.post(mail())
    house.settings = settings.model_copy(update={"password": "wrong"})
    running = asyncio.create_task(house.door.run())
    async with asyncio.timeout(20):
        await house.next_round()
        house.door.wake()
        await house.next_round()  # so the one before is over
        assert "does not let us in" in house.door.state.error
        house.settings = None
        house.door.wake()
        await house.next_round()
        house.door.wake()
        await house.next_round()
        assert house.door.state.error == ""
        house.settings = settings
        for _ in range(2):
            house.door.wake()
            await house.next_round()
    assert house.room.numbers == [NUMBER]
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_hanging_on_to_a_fax_has_an_end(settings: FaxByMail, server: ImapServer, tmp_path: Path) -> None:
    house = House(settings, tmp_path / "drafts", replace(Limits(), hand_on_seconds=0.1))
    house.room.blocks = asyncio.Event()
    server.post(mail())
    assert await house.door.look() == 0
    assert house.door.state.held == 1
    assert server.subjects() == [NUMBER]
