"""The sound over HTTP: whole and in parts, with the right headers, and when it counts as heard."""

from __future__ import annotations

import aiohttp
import pytest

from tests.server.web.conftest import Browser
from tests.voicemail.web.inbox_house import InboxHouse

#: Six seconds of 16 bits at 8 kHz, and the header.
SIZE = 96_044


@pytest.fixture
async def alice(browser: Browser) -> aiohttp.ClientSession:
    return await browser("alice")


async def heard(inbox: InboxHouse, id_: str) -> list[str]:
    return [step.by for step in await inbox.home.voicemail.ledger(id_) if step.what == "heard"]


async def test_it_is_sent_as_it_was_taken(alice: aiohttp.ClientSession, inbox: InboxHouse) -> None:
    id_ = await inbox.leave()
    async with alice.get(f"/voicemail/{id_}/sound") as answer:
        content = await answer.read()
    file = (await inbox.home.voicemail.get(id_)).file
    assert content == await inbox.home.spool.read(file) and len(content) == SIZE
    assert answer.headers["Content-Type"] == "audio/wav"
    assert answer.headers["Content-Disposition"] == f'inline; filename="voicemail-{id_[:12]}.wav"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize(
    ("asked", "status", "said", "length"),
    [
        ("bytes=0-", 206, f"bytes 0-{SIZE - 1}/{SIZE}", SIZE),
        ("bytes=44-143", 206, f"bytes 44-143/{SIZE}", 100),
        ("bytes=-10", 206, f"bytes {SIZE - 10}-{SIZE - 1}/{SIZE}", 10),
        (f"bytes={SIZE}-", 416, f"bytes */{SIZE}", None),
        ("seconds=1-", 416, f"bytes */{SIZE}", None),
    ],
)
async def test_a_part_of_it(
    alice: aiohttp.ClientSession, inbox: InboxHouse, asked: str, status: int, said: str, length: int | None
) -> None:
    id_ = await inbox.leave()
    async with alice.get(f"/voicemail/{id_}/sound", headers={"Range": asked}) as answer:
        content = await answer.read()
    assert (answer.status, answer.headers["Content-Range"]) == (status, said)
    assert length is None or len(content) == length


async def test_who_has_it_is_told_that_nothing_changed(alice: aiohttp.ClientSession, inbox: InboxHouse) -> None:
    id_ = await inbox.leave()
    async with alice.get(f"/voicemail/{id_}/sound") as answer:
        tag = answer.headers["ETag"]
    async with alice.get(f"/voicemail/{id_}/sound", headers={"If-None-Match": tag}) as answer:
        assert answer.status == 304


async def test_the_first_time_of_each_person_is_noted(browser: Browser, inbox: InboxHouse) -> None:
    id_ = await inbox.leave()
    alice, sue = await browser("alice"), await browser("sue")
    path = f"/voicemail/{id_}/sound"
    async with alice.head(path) as answer:
        assert answer.headers["Content-Length"] == str(SIZE)
    assert await heard(inbox, id_) == []
    for asker in (alice, alice, sue, alice):
        await (await asker.get(path, headers={"Range": "bytes=0-"})).read()
    assert await heard(inbox, id_) == ["alice", "sue"]
    assert (await inbox.home.voicemail.get(id_)).heard_by == "alice"


async def test_in_another_mailbox_it_is_new_again(browser: Browser, inbox: InboxHouse) -> None:
    id_ = await inbox.leave()
    sue = await browser("sue")
    await (await sue.get(f"/voicemail/{id_}/sound")).read()
    await inbox.home.voicemail.forward(id_, "support", "sue")
    assert (await inbox.home.voicemail.get(id_)).is_unread
    await (await sue.get(f"/voicemail/{id_}/sound")).read()
    assert await heard(inbox, id_) == ["sue", "sue"]


async def test_a_program_that_fetches_it_has_not_listened(api: aiohttp.ClientSession, inbox: InboxHouse) -> None:
    id_ = await inbox.leave()
    async with api.get(f"/api/v1/voicemail/{id_}/sound") as answer:
        assert len(await answer.read()) == SIZE
    assert await heard(inbox, id_) == []


async def test_a_file_that_is_gone_is_said(alice: aiohttp.ClientSession, inbox: InboxHouse) -> None:
    id_ = await inbox.leave()
    await inbox.home.spool.remove((await inbox.home.voicemail.get(id_)).file)
    async with alice.get(f"/voicemail/{id_}/sound") as answer:
        assert answer.status == 404 and "The sound is not there any more" in await answer.text()
    assert await heard(inbox, id_) == []
