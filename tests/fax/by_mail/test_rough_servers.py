"""Servers that do not answer, never stop, cannot move, cannot mark, or speak something else."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from fax.by_mail.errors import MailboxAway, MailboxWrong
from fax.by_mail.mailbox import PIECE
from fax.by_mail.model import Limits
from tests.fax.by_mail.imap_house import HANGS, SELECTED, Manner, RoughImap, polite, says, serving, verbs
from tests.fax.by_mail.post import NUMBER, PDF, House, by_mail, mail

QUICK = Limits(open_seconds=0.5, step_seconds=0.5, fetch_seconds=0.5)


def house_at(rough: RoughImap, folder: Path, limits: Limits | None = None) -> House:
    return House(by_mail(rough.port), folder / "drafts", limits or Limits())


async def nobody_hangs(rough: RoughImap) -> None:
    """Wait until the server saw us leave, and no thread of ours is left."""
    async with asyncio.timeout(20):
        await rough.gone.wait()
        for thread in threading.enumerate():
            if thread.name.startswith("mailbox of faxes"):
                await asyncio.to_thread(thread.join, 5)
                assert not thread.is_alive()


HANGING: dict[str, dict[str, Manner]] = {
    "at the capabilities": {"CAPABILITY": HANGS},
    "at the login": {"LOGIN": HANGS},
    "at the folder": {"SELECT": HANGS},
    "at the search": {"SEARCH": HANGS},
    "at the fetch": {"FETCH": HANGS},
    "in a literal": {"FETCH": says(b"* 1 FETCH (UID 5 BODY[HEADER]<0> {5000}\r\nFrom: x", "")},
}


@pytest.mark.parametrize("manners", HANGING.values(), ids=HANGING)
async def test_every_step_has_an_end(tmp_path: Path, manners: dict[str, Manner]) -> None:
    async with RoughImap(polite(**manners)) as rough:
        house = house_at(rough, tmp_path, QUICK)
        with pytest.raises(MailboxAway, match="took longer than"):
            await house.door.look()
        await nobody_hangs(rough)


async def test_a_greeting_that_drips(tmp_path: Path) -> None:
    async with RoughImap(polite(), greeting=b"* OK ", drip=True) as rough:
        house = house_at(rough, tmp_path, QUICK)
        with pytest.raises(MailboxAway, match="took longer than"):
            await house.door.look()
        await nobody_hangs(rough)


async def test_cancelled_while_a_server_hangs(tmp_path: Path) -> None:
    async with RoughImap(polite(SEARCH=HANGS)) as rough:
        house = house_at(rough, tmp_path)
        looking = asyncio.create_task(house.door.look())
        async with asyncio.timeout(20):
            while not any("SEARCH" in one for one in rough.heard):  # noqa: ASYNC110 - a list has no event
                await asyncio.sleep(0.01)
        looking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await looking
        await nobody_hangs(rough)


STRANGE: dict[str, dict[str, Manner]] = {
    "more than it was asked for": {"SEARCH": says(b"* SEARCH 5\r\n" * 300_000)},
    "a line without end": {"SEARCH": says(b"x" * 3_000_000)},
    "a literal of a gigabyte": {"SEARCH": says("* SEARCH {1000000000}\r\n")},
    "numbers that are none": {"SEARCH": says("* SEARCH five\r\n")},
    "another protocol": {"SEARCH": says("220 ESMTP\r\n")},
    "no, with a reason": {"SEARCH": says(tagged="NO try later")},
    "good-bye": {"SEARCH": says("* BYE going down\r\n", "NO")},
    "no folder list": {"LIST": says("* LIST garbage\r\n")},
}


@pytest.mark.parametrize("manners", STRANGE.values(), ids=STRANGE)
async def test_what_a_server_should_not_say(tmp_path: Path, manners: dict[str, Manner]) -> None:
    async with RoughImap(polite(**manners)) as rough:
        house = house_at(rough, tmp_path, Limits(step_seconds=5))
        with pytest.raises(MailboxAway):
            await house.door.look()
        assert house.door.state.error
        await nobody_hangs(rough)


@pytest.mark.parametrize(
    ("said", "error"),
    [
        pytest.param("NO [AUTHENTICATIONFAILED] no", MailboxWrong, id="wrong"),
        pytest.param("NO [UNAVAILABLE] later", MailboxAway, id="the directory is away"),
        pytest.param("BAD what did you say: secret word", MailboxWrong, id="repeats the password"),
    ],
)
async def test_what_is_said_of_a_login(tmp_path: Path, said: str, error: type[Exception]) -> None:
    async with RoughImap(polite(LOGIN=says(tagged=said))) as rough:
        house = house_at(rough, tmp_path)
        with pytest.raises(error):
            await house.door.look()
        assert "secret word" not in house.door.state.error
    assert any(one.startswith('LOGIN "faxes"') for one in rough.heard)


async def test_without_starttls_no_password_is_said(tmp_path: Path) -> None:
    async with RoughImap(polite()) as rough:
        house = house_at(rough, tmp_path)
        house.settings = by_mail(rough.port, security="starttls")
        with pytest.raises(MailboxAway):
            await house.door.look()
    assert "LOGIN" not in verbs(rough.heard)


@pytest.mark.parametrize(
    "select",
    [
        pytest.param(says("* OK [PERMANENTFLAGS ()] none\r\n", "OK [READ-ONLY] selected"), id="read only"),
        pytest.param(says("* OK [PERMANENTFLAGS (\\Seen)] some\r\n", "OK [READ-WRITE] selected"), id="no marks"),
    ],
)
async def test_where_nothing_can_be_put_away_no_fax_is_sent(tmp_path: Path, select: Manner) -> None:
    manners = polite(SELECT=select, LIST=says(), CREATE=says(tagged="NO not yours"), FETCH=serving(mail()))
    async with RoughImap(manners) as rough:
        house = house_at(rough, tmp_path)
        with pytest.raises(MailboxWrong, match=r"can only be read|neither be moved nor marked"):
            await house.door.look()
        assert "FETCH" not in verbs(rough.heard)


async def test_where_no_folder_can_be_made_mails_are_marked(tmp_path: Path) -> None:
    manners = polite(LIST=says(), CREATE=says(tagged="NO not yours"), FETCH=serving(mail()))
    async with RoughImap(manners) as rough:
        house = house_at(rough, tmp_path)
        assert await house.door.look() == 1
        assert house.room.numbers == [NUMBER]
    assert "UID STORE 5 +FLAGS.SILENT ($SwitchroomDone)" in rough.heard
    assert any(one.startswith("UID SEARCH UNDELETED UNKEYWORD $SwitchroomDone") for one in rough.heard)


async def test_a_move_that_fails_is_a_mark(tmp_path: Path) -> None:
    async with RoughImap(polite(MOVE=says(tagged="NO [OVERQUOTA] full"), FETCH=serving(mail()))) as rough:
        house = house_at(rough, tmp_path)
        assert await house.door.look() == 1
    assert rough.heard[-2] == "UID STORE 5 +FLAGS.SILENT ($SwitchroomDone)"


@pytest.mark.parametrize(
    ("capabilities", "after_copy"),
    [
        pytest.param("UIDPLUS", ["STORE", "EXPUNGE", "LOGOUT"], id="expunges that one"),
        pytest.param("", ["STORE", "LOGOUT"], id="leaves it deleted"),
    ],
)
async def test_a_server_that_cannot_move_copies(tmp_path: Path, capabilities: str, after_copy: list[str]) -> None:
    told = says(f"* CAPABILITY IMAP4rev1 NAMESPACE {capabilities}\r\n")
    namespace = says('* NAMESPACE (("INBOX." ".")) NIL NIL\r\n')
    async with RoughImap(polite(CAPABILITY=told, NAMESPACE=namespace, FETCH=serving(mail()))) as rough:
        assert await house_at(rough, tmp_path).door.look() == 1
    copied = verbs(rough.heard).index("COPY")
    assert rough.heard[copied] == 'UID COPY 5 "INBOX.Switchroom.Sent"'
    assert verbs(rough.heard)[copied + 1 :] == after_copy


async def test_a_size_that_was_a_lie(tmp_path: Path) -> None:
    long = mail(attached=((PDF + bytes(3_000), "application/pdf", "a.pdf"),))
    serve = serving(long)

    def lie(rest: str) -> tuple[bytes, str]:
        told, tagged = serve(rest)
        return told.replace(b"RFC822.SIZE %d" % len(long), b"RFC822.SIZE 10"), tagged

    async with RoughImap(polite(FETCH=lie)) as rough:
        house = house_at(rough, tmp_path, Limits(mail_bytes=2_000))
        await house.door.look()
        assert "too long" in house.answers.texts
        assert house.room.orders == {}


async def test_one_mail_that_the_server_cannot_read(tmp_path: Path) -> None:
    async with RoughImap(polite(FETCH=says(tagged="NO [SERVERBUG] broken"))) as rough:
        house = house_at(rough, tmp_path)
        assert await house.door.look() == 0
        assert (house.door.state.error, house.door.state.held) == ("", 1)


async def test_another_uidvalidity_is_another_mail(tmp_path: Path) -> None:
    broken, well = says(tagged="NO [SERVERBUG] broken"), serving(mail())
    async with RoughImap(polite(FETCH=broken)) as rough:
        house = house_at(rough, tmp_path)
        assert await house.door.look() == 0
        rough.manners["FETCH"] = well
        assert await house.door.look() == 0  # it waits
        rough.manners["SELECT"] = says(SELECTED.replace("UIDVALIDITY 7", "UIDVALIDITY 8"), "OK [READ-WRITE]")
        assert await house.door.look() == 1


async def test_a_mail_taken_away_under_our_hands(tmp_path: Path) -> None:
    async with RoughImap(polite(FETCH=says())) as rough:
        house = house_at(rough, tmp_path)
        await house.door.look()
        assert (house.room.orders, house.answers.told, house.door.state.refused) == ({}, [], 0)
        assert "MOVE" not in verbs(rough.heard)


async def test_a_mail_at_which_the_server_breaks_off_does_not_stand_before_the_others(tmp_path: Path) -> None:
    serve = serving(mail())

    def fetch(rest: str) -> tuple[bytes, str]:
        return (b"* BYE crashed\r\n", "NO") if rest.startswith("UID FETCH 5 ") else serve(rest)

    async with RoughImap(polite(SEARCH=says("* SEARCH 5 6\r\n"), FETCH=fetch)) as rough:
        house = house_at(rough, tmp_path)
        with pytest.raises(MailboxAway):
            await house.door.look()
        assert await house.door.look() == 1
    assert house.room.numbers == [NUMBER]


@pytest.mark.parametrize("size", [PIECE - 1, PIECE, PIECE + 1, 2 * PIECE])
@pytest.mark.parametrize("nothing", [b"{0}\r\n", b'""', b"NIL"])
async def test_a_mail_of_several_pieces_is_whole(tmp_path: Path, size: int, nothing: bytes) -> None:
    head = b"From: alice@acme.example\r\nSubject: +370 5 211 0000\r\n\r\n"
    whole = head + b"y" * (size - len(head))
    serve = serving(whole)

    def fetch(rest: str) -> tuple[bytes, str]:
        told, tagged = serve(rest)
        return told.replace(b"{0}\r\n", nothing), tagged

    async with RoughImap(polite(FETCH=fetch)) as rough:
        house = house_at(rough, tmp_path)
        assert await house.door.look() == 1
    assert house.room.documents == [whole[len(head) :]]


async def test_a_mail_that_goes_while_it_is_fetched_is_no_fax(tmp_path: Path) -> None:
    serve = serving(mail(attached=((PDF + bytes(2 * PIECE), "application/pdf", "a.pdf"),)))

    def fetch(rest: str) -> tuple[bytes, str]:
        return (b"", "OK done") if f"<{PIECE}." in rest else serve(rest)

    async with RoughImap(polite(FETCH=fetch)) as rough:
        house = house_at(rough, tmp_path)
        assert await house.door.look() == 0
    assert (house.room.orders, house.answers.told) == ({}, [])
