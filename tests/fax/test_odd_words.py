"""Letters that no database takes, times without a zone, addresses that are none: taken as they can be, or refused."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from config.faxes import FaxByMail
from fax.by_mail.clerk import Clerk
from fax.by_mail.errors import MailStuck
from fax.by_mail.model import Drawer, Found, Limits
from fax.mail import compose_sent
from fax.model import Asked, CoverNote, NotPossible, Order, State
from ledger.database import Database
from ledger.items import NOTE_LENGTH
from server.faxroom import Faxroom, answering, dialled
from tests.fax.by_mail.post import mail
from tests.fax.house import SITE, House, house
from tests.fax.test_mail import SENT
from tests.fax.test_mail import SITE as WITH_MAIL

ODD = ["a\0b", "a\ud800b"]


@pytest.mark.parametrize("odd", ODD, ids=["NUL", "half a letter"])
async def test_odd_letters_of_an_order_are_replaced(db: Database, tmp_path: Path, odd: str) -> None:
    async with house(db, tmp_path) as home:
        one = await home.order(subject=odd, name=odd, sent_by=odd, cover=CoverNote(odd, odd, odd), key=odd)
        assert (one.subject, one.sent_by) == ("a\ufffdb", "a\ufffdb")
        await home.becomes(one.id, State.SENT)


@pytest.mark.parametrize("odd", ODD, ids=["NUL", "half a letter"])
async def test_odd_letters_of_a_refused_order_are_replaced(db: Database, tmp_path: Path, odd: str) -> None:
    async with house(db, tmp_path) as home:
        order = Order("billing", odd, odd, subject=odd, confirm=(odd, "ona@acme.example"), key=odd)
        one = await home.service.refuse(order, odd)
        await home.steps(one.id, "delivered", 2)
    assert sorted(home.road.receivers) == ["office@acme.example", "ona@acme.example"]


@pytest.mark.parametrize("odd", ODD, ids=["NUL", "half a letter"])
async def test_odd_letters_of_a_fax_that_came_are_replaced(db: Database, tmp_path: Path, odd: str) -> None:
    async with house(db, tmp_path) as home:
        left = home.left("support", station=odd, why=odd, ok=False)
        left = replace(left, call=odd, ani=odd, ani_name=odd, did=odd, facts={odd: odd}, menus=(odd,))
        id_ = await home.service.keep(left)
        assert id_ == await home.service.keep(left)
        await home.steps(id_, "delivered")
        await home.service.note(id_, odd * (NOTE_LENGTH // 3), "bob")
        assert (await home.service.get(id_)).station == "a\ufffdb"


@pytest.mark.parametrize("past", [True, False])
async def test_a_time_without_a_zone_is_refused(db: Database, tmp_path: Path, past: bool) -> None:
    async with house(db, tmp_path, works=False) as home:
        with pytest.raises(NotPossible, match="time zone"):
            await home.order(send_at=datetime(2001 if past else 2030, 1, 1))  # noqa: DTZ001 - that is what is tried


@pytest.mark.parametrize(
    "address",
    [
        "@", "a@", "a@b, c@d.example", "a@b>", "<a@b", "a@b (", "a@\u200eb", '"@', "a b@c", "a@[", "a@\ud800.example",
        "a\r\nBcc: b@c.example", f"a@{'b' * 260}",
    ],
)  # fmt: skip
async def test_who_is_told_is_a_mail_address(db: Database, tmp_path: Path, address: str) -> None:
    async with house(db, tmp_path, works=False) as home:
        with pytest.raises(NotPossible, match="no mail address"):
            await home.order(confirm=(address,))


@pytest.mark.parametrize("address", ["a@b.example", "o'brien+fax@b.example", "=?utf-8?q?a?=@b.example", "ä@b.example"])
async def test_a_mail_can_be_written_to_every_address_that_is_taken(db: Database, tmp_path: Path, address: str) -> None:
    async with house(db, tmp_path, works=False) as home:
        one = await home.order(confirm=(address,))
    assert one.confirm == (address,)
    assert WITH_MAIL.mail is not None
    assert compose_sent(SENT, [], WITH_MAIL, WITH_MAIL.mail, receiver=address, id_="d" * 32).as_bytes()


# ------------------------------------------------------------------------------------------------ by mail


class Mails:
    """A mailbox with one mail; it lets go of it, or not."""

    def __init__(self, mail: bytes, *, stuck: bool = False) -> None:
        self.mail = mail
        self.stuck = stuck
        self.away: list[Drawer] = []

    async def find(self, _uid: int) -> Found:
        return Found(len(self.mail), self.mail.split(b"\r\n\r\n")[0] + b"\r\n\r\n")

    async def fetch(self, _uid: int, into: Path) -> int:
        return await asyncio.to_thread(into.write_bytes, self.mail)

    async def put_away(self, _uid: int, drawer: Drawer) -> None:
        if self.stuck:
            raise MailStuck("NO [OVERQUOTA]")
        self.away.append(drawer)


BY_MAIL = FaxByMail.model_validate(
    {"server": "127.0.0.1", "user": "u", "password": "p", "senders": {"ona@acme.example": "billing"}}
)


def clerk_of(home: House) -> Clerk:
    """Return a clerk who answers as the server does."""
    site = SITE.model_copy(update={"fax": SITE.fax.model_copy(update={"by_mail": BY_MAIL})})
    answer = answering(Faxroom(home.service, None, home.jobs), lambda: site)  # type: ignore[arg-type]  # not needed
    return Clerk(home.service.submit, answer, home.folder / "drafts", Limits(), dialled(lambda: site))


@pytest.mark.parametrize(
    "subject",
    [
        pytest.param("=?utf-7?q?+2AA-?= hello", id="half a letter, no number"),
        pytest.param("=?utf-8?q?=2B370_5_211_0000=3A_a=00b?=", id="NUL behind a number"),
        pytest.param("=?utf-7?b?KzM3MCA1IDIxMSAwMDAwOiArMkFBLQ==?=", id="all of it"),
    ],
)
async def test_a_mail_with_an_odd_subject_is_put_away(db: Database, tmp_path: Path, subject: str) -> None:
    head = f"From: ona@acme.example\r\nMessage-ID: <7@x>\r\nSubject: {subject}\r\nContent-Type: text/plain\r\n\r\n"
    mails = Mails(head.encode() + b"hello fax\r\n")
    async with house(db, tmp_path) as home:
        await clerk_of(home).attend(mails, 1, BY_MAIL)
    assert len(mails.away) == 1


async def test_a_mail_without_an_id_is_answered_once(db: Database, tmp_path: Path) -> None:
    mails = Mails(mail("Hello", message_id=None, sender="Ona <ona@acme.example>"), stuck=True)
    async with house(db, tmp_path) as home:
        clerk = clerk_of(home)
        for _ in range(3):
            with pytest.raises(MailStuck):
                await clerk.attend(mails, 1, BY_MAIL)
        (answer,) = (await home.service.search(Asked())).faxes
        await home.steps(answer.id, "delivered", 2)
    assert home.road.receivers.count("ona@acme.example") == 1


async def test_one_number_written_in_two_ways_is_one_fax(db: Database, tmp_path: Path) -> None:
    subject = "0 5 211 0000, +370 5 211 0000: Offer"
    mails = Mails(mail(subject, sender="Ona <ona@acme.example>", attached=(), body="Hello"))
    async with house(db, tmp_path, works=False) as home:
        done = await clerk_of(home).attend(mails, 1, BY_MAIL)
        (one,) = (await home.service.search(Asked())).faxes
    assert (done.faxes, one.number) == (1, "+37052110000")
