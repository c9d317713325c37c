"""Sending by the form: a document comes onto the disk while it is uploaded; what is wrong stands beside its field."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import aiohttp
import pytest

from fax.documents.model import Resolution
from fax.model import Asked, CoverNote, Direction, State
from fax.orders import LARGEST
from tests.fax.web.fax_house import FaxHouse
from tests.server.web.conftest import Browser

LETTER = "Gerbiamieji,\nprašome sumokėti.\n".encode()
FORM = {"box": "billing", "number": "+370 600 00007", "when": "now", "key": "k1", "resolution": "fine"}


def form(document: bytes | None = LETTER, file_name: str = "letter.txt", **fields: str) -> aiohttp.FormData:
    data = aiohttp.FormData()
    for field, value in {**FORM, **fields}.items():
        data.add_field(field, value)
    data.add_field("document", document or b"", filename=file_name if document is not None else "")
    return data


async def post(
    session: aiohttp.ClientSession, status: int = 303, document: bytes | None = LETTER, **fields: str
) -> str:
    """Send the form and return where it leads, or the page."""
    async with session.post("/fax/new", data=form(document, **fields), allow_redirects=False) as answer:
        assert answer.status == status, await answer.text()
        return answer.headers["Location"] if status == 303 else await answer.text()


def wrong(page: str) -> dict[str, str]:
    found = re.findall(r'data-wrong="(\w+)"(?: role="alert")?>([^<]*)<', page)
    return {name: said for name, said in found if name != "form"}


@pytest.fixture
async def alice(browser: Browser) -> aiohttp.ClientSession:
    return await browser("alice")


def left(faxes: FaxHouse) -> list[Path]:
    return list((faxes.office.parts.data / "uploads").glob("*"))


async def until_left(faxes: FaxHouse, count: int) -> None:
    """Wait until so many documents are coming in."""
    while True:
        if len(left(faxes)) == count:
            return
        await asyncio.sleep(0.01)


async def sent(faxes: FaxHouse) -> int:
    return len((await faxes.home.service.search(Asked(direction=Direction.OUT))).faxes)


async def test_a_document_becomes_a_fax(alice: aiohttp.ClientSession, faxes: FaxHouse) -> None:
    about = {"name": "Ona", "subject": "Skola", "resolution": "superfine", "confirm": "alice@acme.example"}
    goal = await post(alice, **about, cover="1", cover_to="Ona", cover_note="Kaip tarėmės.")
    matched = re.fullmatch(r"/fax/([0-9a-f-]+)\?did=queued", goal)
    assert matched is not None
    fax = await faxes.home.becomes(matched[1], State.SENT)
    assert (fax.number, fax.name, fax.subject, fax.sent_by) == ("+37060000007", "Ona", "Skola", "alice")
    assert (fax.resolution, fax.confirm) == (Resolution.SUPERFINE, ("alice@acme.example",))
    assert fax.cover == CoverNote("Ona", "", "Kaip tarėmės.") and fax.of == 2  # the cover's page among them
    assert await faxes.home.spool.read(fax.original) == LETTER
    async with alice.get(goal) as answer:
        page = await answer.text()
        assert "Queued: it goes out as soon as a line is free" in page
    assert left(faxes) == []


@pytest.mark.parametrize(
    ("document", "fields", "field", "said"),
    [
        (None, {}, "document", "Choose the document to send."),
        (b"", {}, "document", "This file is empty."),
        (b"PK\x03\x04 word", {}, "document", "This is an office document or an archive"),
        (LETTER, {"number": "12"}, "number", "is no number"),
        (LETTER, {"box": "support"}, "box", "You do not send from this box."),
        (LETTER, {"when": "later", "send_at": "2020-01-01T10:00"}, "send_at", "This time has gone by."),
        (LETTER, {"confirm": "nobody"}, "confirm", "nobody is no mail address"),
    ],
    ids=["no document", "empty", "office", "number", "box", "time", "address"],
)
async def test_what_is_wrong_is_said_and_nothing_is_lost(
    alice: aiohttp.ClientSession, faxes: FaxHouse, document: bytes | None, fields: dict[str, str], field: str, said: str
) -> None:
    page = await post(alice, 422, document, subject="Skola ąčę", **fields)
    found = wrong(page)
    assert list(found) == [field] and said in found[field]
    assert 'value="Skola ąčę"' in page and "Nothing was sent yet" in page
    assert await sent(faxes) == 0 and left(faxes) == []


async def test_the_same_form_twice_is_one_fax_and_a_changed_one_another(
    alice: aiohttp.ClientSession, faxes: FaxHouse
) -> None:
    goals = await asyncio.gather(post(alice), post(alice))
    assert goals[0] == goals[1] == await post(alice)
    others = {await post(alice, number="+370 600 00008"), await post(alice, document=b"Another.\n")}
    assert len({goals[0], *others}) == 3 and await sent(faxes) == 3


async def test_supervisors_send_from_any_box_and_others_from_none(browser: Browser, faxes: FaxHouse) -> None:
    await post(await browser("sue"), box="support")
    assert await sent(faxes) == 1
    await post(await browser("nemo"), 403)
    assert await sent(faxes) == 1


async def test_an_answer_knows_whom_it_answers(alice: aiohttp.ClientSession, faxes: FaxHouse) -> None:
    id_ = await faxes.receive(name="Ona", wait=False)
    other = await faxes.receive("support", name="Jonas", number="+37060000099", wait=False)
    async with alice.get(f"/fax/new?answer={id_}") as answer:
        page = await answer.text()
    assert 'value="+37060000001"' in page and 'value="Ona"' in page
    async with alice.get(f"/fax/new?answer={other}") as answer:
        assert "Jonas" not in await answer.text()


async def test_what_is_too_large_is_refused_before_it_has_come(
    alice: aiohttp.ClientSession, faxes: FaxHouse, url: str
) -> None:
    cookie = "; ".join(f"{c.key}={c.value}" for c in alice.cookie_jar)
    host = url.removeprefix("http://")
    reader, writer = await asyncio.open_connection(*host.split(":"))
    writer.write(
        f"POST /fax/new HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\nSec-Fetch-Site: same-origin\r\n"
        "Accept: text/html\r\nContent-Type: multipart/form-data; boundary=x\r\n"
        f"Content-Length: {LARGEST * 2}\r\n\r\n".encode()
    )
    async with asyncio.timeout(20):
        head = await reader.readuntil(b"\r\n\r\n")
        body = await reader.read(4000)
    assert head.startswith(b"HTTP/1.1 413 ") and b"larger than 50 MB" in body
    writer.close()
    await writer.wait_closed()


async def test_what_grows_too_large_is_cut_off_and_leaves_nothing(
    alice: aiohttp.ClientSession, faxes: FaxHouse
) -> None:
    async def endless() -> object:
        yield b"--x\r\nContent-Disposition: form-data; name=document; filename=a\r\n\r\n"
        for _ in range(LARGEST // 1_000_000 + 2):
            yield b"x" * 1_000_000

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    async with alice.post("/fax/new", data=endless(), headers=headers, allow_redirects=False) as answer:
        assert answer.status == 413, await answer.text()
        assert "The document is larger than 50 MB" in await answer.text()
    assert left(faxes) == [] and await sent(faxes) == 0


async def test_many_uploads_at_once_are_told_to_come_again(
    browser: Browser, alice: aiohttp.ClientSession, faxes: FaxHouse
) -> None:
    go_on, begun = asyncio.Event(), asyncio.Semaphore(0)

    async def slow() -> object:
        yield b"--x\r\nContent-Disposition: form-data; name=document; filename=a\r\n\r\nDear"
        begun.release()
        await go_on.wait()
        yield b" Sir\r\n--x--\r\n"

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    slow_ones = [asyncio.create_task(_status(alice, slow(), headers)) for _ in range(4)]
    async with asyncio.timeout(20):
        for _ in slow_ones:
            await begun.acquire()
        await until_left(faxes, 4)
    assert "Too many documents are coming in" in await post(alice, 503)
    go_on.set()
    assert await asyncio.gather(*slow_ones) == [422] * 4  # no box and no number, but they were heard
    assert left(faxes) == []


async def _status(session: aiohttp.ClientSession, data: object, headers: dict[str, str]) -> int:
    async with session.post("/fax/new", data=data, headers=headers, allow_redirects=False) as answer:
        return answer.status


async def test_who_goes_away_leaves_nothing(alice: aiohttp.ClientSession, faxes: FaxHouse) -> None:
    begun = asyncio.Event()

    async def broken() -> object:
        yield b"--x\r\nContent-Disposition: form-data; name=document; filename=a\r\n\r\nDear"
        begun.set()
        await asyncio.Event().wait()

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    task = asyncio.create_task(_status(alice, broken(), headers))
    async with asyncio.timeout(20):
        await begun.wait()
        await until_left(faxes, 1)
        task.cancel()
        await until_left(faxes, 0)
    assert await sent(faxes) == 0
