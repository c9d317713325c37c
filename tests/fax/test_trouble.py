"""Trouble of our own - a full disk, processes that die, pages that take long to read - loses and holds up no fax."""

from __future__ import annotations

import asyncio
import errno
import os
from pathlib import Path

import pytest

from fax.documents import aside as documents
from fax.documents.convert import convert
from fax.documents.errors import REFUSALS, DocumentError, DocumentLost, NoRoom
from fax.documents.model import Limits, Resolution
from fax.model import State
from fax.paper import aside as papers
from fax.paper.errors import PaperError, PaperLost, PdfNotWritten
from ledger.database import Database
from ledger.errors import LedgerError, SpoolFull
from tests.fax.house import House, house

LOST, FULL = DocumentLost("it was killed"), NoRoom("no room")
Trouble = DocumentError | PaperError | LedgerError


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """One database will do: these tests are about processes and turns, and their SQL is tested elsewhere on both."""
    return str(tmp_path / "feature.db")


def troubled(monkeypatch: pytest.MonkeyPatch, where: object, name: str, troubles: list[Trouble]) -> None:
    """Let a function fail so, in this order; then it works."""
    works = getattr(where, name)

    async def fails(*args: object, **more: object) -> object:
        if troubles:
            raise troubles.pop(0)
        return await works(*args, **more)

    monkeypatch.setattr(where, name, fails)


async def ends(home: House, id_: str) -> State:
    """Let time pass until nobody works on a fax any more, and return how it ended."""
    async with asyncio.timeout(30):
        while (one := await home.service.get(id_)).ended_at is None:
            home.pass_time(seconds=31)
            await asyncio.sleep(0.02)
    return one.state


@pytest.mark.parametrize(
    ("troubles", "state"),
    [
        pytest.param([FULL] * 5, State.SENT, id="a disk that is full for long"),
        pytest.param([SpoolFull(), FULL, LOST, FULL, LOST], State.SENT, id="a full disk is no process that died"),
        pytest.param([LOST, LOST, LOST], State.FAILED, id="every process dies"),
    ],
)
async def test_a_full_disk_refuses_no_document(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, troubles: list[Trouble], state: State
) -> None:
    troubled(monkeypatch, documents, "prepare", list(troubles))
    async with house(db, tmp_path) as home:
        one = await home.order()
        assert await ends(home, one.id) is state


async def test_a_full_disk_keeps_a_fax_until_its_pdf_can_be_made(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    troubled(monkeypatch, papers, "make_pdf", [PdfNotWritten("no space left on device")] * 3)
    async with house(db, tmp_path) as home:
        one = await home.order()
        assert await ends(home, one.id) is State.SENT
        assert (await home.service.get(one.id)).pdf


@pytest.mark.parametrize(
    ("troubles", "shown"),
    [
        pytest.param([PdfNotWritten("full")] * 3 + [PaperLost("killed")] * 2, True, id="a full disk is no death"),
        pytest.param([PaperLost("killed")] * 3, False, id="every process dies"),
    ],
)
async def test_what_came_is_shown_in_spite_of_a_full_disk(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, troubles: list[Trouble], shown: bool
) -> None:
    troubled(monkeypatch, papers, "make_pdf", list(troubles))
    async with house(db, tmp_path) as home:
        id_ = await home.keep("support")
        async with asyncio.timeout(30):
            while not home.road.carried:
                home.pass_time(seconds=31)
                await asyncio.sleep(0.02)
        assert bool((await home.service.get(id_)).pdf) is shown


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT], ids=["full", "quota"])
def test_a_disk_that_takes_no_pages_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    document = tmp_path / "letter.txt"
    document.write_text("Dear Sir")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(NoRoom):
        convert(document, tmp_path / "pages.tif", Resolution.FINE, None, Limits())
    assert REFUSALS["NoRoom"] is NoRoom  # the other end of the pipe knows it


async def test_pages_that_take_long_to_read_hold_up_no_fax(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, at_once = asyncio.Semaphore(0), 0

    async def for_ever(*_: object, **__: object) -> None:
        nonlocal at_once
        at_once += 1
        reading.release()
        await asyncio.Event().wait()

    monkeypatch.setattr(papers, "text", for_ever)
    async with house(db, tmp_path) as home:
        kept = [await home.keep(name=f"f{number}") for number in range(10)]  # more than work at once
        for id_ in kept:
            await home.until(id_, lambda one: bool(one.pdf))
        async with asyncio.timeout(30):
            await reading.acquire()
        late = await home.keep(name="late")
        await home.steps(late, "delivered", 2)
    assert at_once == 1


async def test_a_large_fax_is_taken_in_and_delivered_as_it_came(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path) as home:
        left = home.left("support")
        os.truncate(left.path, 65 << 20)
        id_ = await home.service.keep(left)
        await home.steps(id_, "delivered")
        one = await home.service.get(id_)
    assert (one.state, one.pdf) == (State.RECEIVED, "")
    assert "are the most" in one.why
