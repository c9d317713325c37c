"""Faxes that a dead process, a full ledger or the emergency attendant left: each is kept once, with all its pages."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from callrouter import archive, left_behind, recovery
from callrouter import events as ev
from callrouter.ami.errors import LinkDown
from callrouter.chronicle import Chronicle
from callrouter.faxes import LeftFax
from callrouter.left_faxes import PAGE_TAKES
from ivr.agi.fake_fax import tiff
from ivr.agi.fax import LINE_LOST, LONGEST, NO_ROOM
from ivr.attendant import report as reports
from ivr.attendant.report import Report
from ivr.conversation import FaxTaken
from ledger.clock import ManualClock
from ledger.drop_folder import pick_up
from ledger.errors import DatabaseUnavailable
from tests.callrouter.recovery_house import AT, CALL, UNIQUEID, Died, House, open_house

ANI, DID, BOX = "+37060000001", "+37052000009", "billing"
WORD = FaxTaken("", 3, ok=True, station="+370 5 233", rate=14_400, resolution=(204, 98), ecm=True, gone=True)
FAILED = replace(WORD, pages=0, ok=False, why="The call dropped prematurely")
SERVED = Report(UNIQUEID, DID, ANI, began=AT, ended=AT, outcome="fax", faxbox=BOX)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as home:
        home.drop.mkdir()
        yield home


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery, "REPORT_GRACE", 0.0)


def receive(house: House, name: str, pages: int, *, quiet_for: float = 5.0) -> Path:
    """Leave a file as Asterisk does."""
    path = house.drop / f"{name}.tif"
    path.write_bytes(tiff(pages) if pages else b"II*\0")
    at = time.time() - quiet_for
    os.utime(path, (at, at))
    return path


async def begun(house: House, file: str, *, ended: bool = False) -> Chronicle:
    """A process of ours has begun to take a fax."""
    at = ManualClock().now()
    chronicle = Chronicle(house.journal)
    chronicle.tell(ev.CallOffered(at=at, call=CALL, did=DID, ani=ANI, uniqueid=UNIQUEID))
    told = chronicle.tell(ev.FaxBegun(at=at, call=CALL, box=BOX, file=file))
    if ended:
        told = chronicle.tell(ev.CallEnded(at=at, call=CALL, outcome="failed"))
    await told
    return chronicle


def word(fax: FaxTaken | None, asked: list[str] | None = None) -> Any:
    async def tell(name: str) -> FaxTaken | None:
        if asked is not None:
            asked.append(name)
        return fax

    return tell


# ---- the process died


async def test_what_asterisk_received_without_us_is_whole(house: House) -> None:
    path, asked = receive(house, "taking-other-1", 3, quiet_for=0.0), list[str]()
    await begun(house, path.name)
    assert await (await house.process(word=word(WORD, asked))).take_reports() == 1
    assert asked == ["taking-other-1"]
    [(id_, left)] = house.faxes.kept.items()
    assert left.fax == replace(WORD, path=str(path))
    assert (left.box, left.call, left.did, left.ani) == (BOX, CALL, DID, ANI)
    assert house.faxes.bytes_of[id_] == tiff(3)
    assert not path.exists()
    assert await house.journaled() == ["call_offered", "fax_begun", "fax_received"]


@pytest.mark.parametrize("entries", range(2))
async def test_it_is_told_once_wherever_we_die(house: House, entries: int) -> None:
    path = receive(house, "taking-other-1", 3)
    await begun(house, path.name)
    try:
        await (await house.process(dies_after=entries, word=word(WORD))).take_reports()
    except Died:
        await house.journal.drain(5.0)
    receive(house, "taking-other-1", 3)  # we died before it was removed
    assert await (await house.process(word=word(WORD))).take_reports() == 1
    assert await house.journaled() == ["call_offered", "fax_begun", "fax_received"]
    assert len(house.faxes.kept) == 1


@pytest.mark.parametrize(
    ("said", "pages", "expected"),
    [
        pytest.param(None, 2, (2, False, LINE_LOST), id="nobody knows: a part of it"),
        pytest.param(WORD, 2, (2, False, ""), id="said to be more than there is"),
        pytest.param(replace(WORD, pages=1, ok=False, why="Oh"), 1, (1, False, "Oh"), id="said to be a part"),
        pytest.param(FAILED, 0, (0, False, FAILED.why), id="a machine, and no page"),
        pytest.param(None, 0, None, id="nothing, and nobody knows"),
        pytest.param(FaxTaken("", rate=14_400, why="No machine"), 0, None, id="a voice"),
    ],
)
async def test_what_is_kept(
    house: House, said: FaxTaken | None, pages: int, expected: tuple[int, bool, str] | None
) -> None:
    path = receive(house, "taking-other-1", pages)
    await begun(house, path.name)
    await (await house.process(word=word(said))).take_reports()
    assert [(left.fax.pages, left.fax.ok, left.fax.why) for left in house.faxes.kept.values()] == (
        [expected] if expected else []
    )
    assert not path.exists()


@pytest.mark.parametrize(
    ("name", "quiet_for", "goes_on", "known", "taken"),
    [
        pytest.param("taking-other-1", 60.0, True, True, False, id="its channel lives: a page takes its time"),
        pytest.param("taking-other-1", LONGEST + 1, True, True, True, id="no fax is as long as that"),
        pytest.param("taking-other-1", 1.0, False, True, False, id="its channel has just gone"),
        pytest.param("taking-other-1", 60.0, True, False, False, id="of no known call, but somebody is on the line"),
        pytest.param("taking-other-1", 60.0, False, False, True, id="of no known call, and nobody is on the line"),
        pytest.param("taking-us-1", PAGE_TAKES - 1, False, True, False, id="ours, and a page may be on its way"),
        pytest.param("taking-us-1", PAGE_TAKES + 1, False, True, True, id="ours, and nothing came for minutes"),
    ],
)
async def test_nobody_takes_what_is_still_written(
    house: House, name: str, quiet_for: float, goes_on: bool, known: bool, taken: bool
) -> None:
    path = receive(house, name, 1, quiet_for=quiet_for)
    if known:
        await begun(house, path.name, ended=name.startswith("taking-us"))
    process = await house.process()
    process._switchboard.channels = frozenset({UNIQUEID} if goes_on else set())
    assert await process.take_reports() == taken
    assert path.exists() is not taken


async def test_a_fax_of_ours_waits_for_its_call(house: House) -> None:
    path = receive(house, "taking-us-1", 1, quiet_for=PAGE_TAKES + 1)
    await begun(house, path.name)
    process = await house.process(word=word(WORD))
    assert await process.take_reports() == 0
    assert path.exists()


async def test_while_asterisk_cannot_be_asked_it_stays(house: House) -> None:
    async def tell(_: str) -> FaxTaken | None:
        raise LinkDown

    path = receive(house, "taking-other-1", 3)
    await begun(house, path.name)
    assert await (await house.process(word=tell)).take_reports() == 0
    assert path.exists()


@pytest.mark.parametrize(
    ("said", "pages", "outcome", "kept"),
    [
        pytest.param(WORD, 3, "fax", 1, id="whole"),
        pytest.param(None, 1, "fax", 1, id="a part"),
        pytest.param(FAILED, None, "failed", 1, id="a machine, and not even a file"),
        pytest.param(None, None, "failed", 0, id="nothing"),
    ],
)
async def test_how_the_call_ended(
    house: House, said: FaxTaken | None, pages: int | None, outcome: str, kept: int
) -> None:
    if pages is not None:
        receive(house, "taking-other-1", pages)
    await begun(house, "taking-other-1.tif")
    process = await house.process(word=word(said))
    process.take_up(list(process._chronicle.calls.values()))
    for task in list(process._tasks):
        await task
    ended = (await archive.call_story(house.journal, CALL))[-1]
    assert isinstance(ended, ev.CallEnded)
    assert (ended.outcome, ended.estimated) == (outcome, True)
    assert len(house.faxes.kept) == kept


# ---- the ledger was away


@pytest.mark.parametrize("pages", [2, 0], ids=["pages", "none: the note is all there is"])
async def test_what_the_ledger_could_not_take_comes_in_later(house: House, pages: int) -> None:
    path = house.drop / "taking-us-1.tif"
    if pages:
        receive(house, "taking-us-1", pages)
    fax = replace(WORD, path=str(path), pages=pages, ok=bool(pages))
    left = LeftFax(BOX, fax, ManualClock().now(), CALL, DID, ANI, "Jonas", {"intent": "pay"}, ("main",), 21.5)
    left_behind.write_fax_note(left)
    assert await (await house.process()).take_reports() == 1
    assert list(house.faxes.kept.values()) == [left]
    assert list(house.drop.iterdir()) == []


async def test_while_the_ledger_is_away_all_of_it_stays(house: House) -> None:
    broken, noted = receive(house, "taking-other-1", 3), receive(house, "taking-us-1", 2)
    await begun(house, broken.name)
    left_behind.write_fax_note(LeftFax(BOX, replace(WORD, path=str(noted), pages=2), ManualClock().now(), CALL))
    house.faxes.fails = DatabaseUnavailable()
    assert await (await house.process(word=word(WORD))).take_reports() == 0
    assert sorted(path.name for path in house.drop.iterdir()) == [
        "taking-other-1.tif",
        "taking-us-1.json",
        "taking-us-1.tif",
    ]
    house.faxes.fails = None
    assert await (await house.process(word=word(WORD))).take_reports() == 2
    assert list(house.drop.iterdir()) == []


@pytest.mark.parametrize(
    "change",
    [{"at": "soon"}, {"at": "2026-11-24T10:00:00"}, {"fax": {"path": "x.wav"}}, {"fax": {}}, {"facts": []}],
    ids=["no time", "no zone", "no fax", "nothing", "no facts"],
)
def test_a_note_that_is_none_is_refused(change: dict[str, Any], tmp_path: Path) -> None:
    note = {"form": "fax", "box": BOX, "at": AT, "fax": {"path": "taking-us-1.tif"}}
    assert left_behind.read_fax_note(note, tmp_path) is not None
    with pytest.raises((ValueError, KeyError, TypeError)):
        left_behind.read_fax_note({**note, **change}, tmp_path)


def test_a_note_leads_to_no_other_folder(tmp_path: Path) -> None:
    note = {"form": "fax", "box": BOX, "at": AT, "fax": {"path": "/etc/../etc/x.tif"}}
    left = left_behind.read_fax_note(note, tmp_path)
    assert left is not None
    assert left.path == tmp_path / "x.tif"


# ---- the emergency attendant


def attended(house: House, pages: int, fax: FaxTaken | None, **more: Any) -> Report:
    """Let the attendant leave a report, and a fax beside it."""
    stem = reports.stem(UNIQUEID)
    if pages:
        receive(house, stem, pages)
    about = {} if fax is None else asdict(replace(fax, path=str(house.drop / f"{stem}.tif")))
    report = replace(SERVED, fax=about, **more)
    reports.write(house.drop, report)
    return report


async def test_what_the_attendant_took_is_kept(house: House) -> None:
    attended(house, 3, WORD)
    assert await (await house.process()).take_reports() == 1
    [left] = house.faxes.kept.values()
    assert (left.box, left.call, left.did, left.ani, left.fax.pages, left.fax.ok) == (BOX, CALL, DID, ANI, 3, True)
    assert left.fax.station == WORD.station
    assert await house.journaled() == ["call_offered", "attendant_served", "fax_received", "call_ended"]
    ended = (await archive.call_story(house.journal, CALL))[-1]
    assert isinstance(ended, ev.CallEnded) and ended.outcome == "fax"
    assert list(house.drop.iterdir()) == []


@pytest.mark.parametrize(
    ("fax", "outcome", "kept", "in_"),
    [
        pytest.param(FAILED, "abandoned", 1, "fax", id="a machine, and no page"),
        pytest.param(FaxTaken("", why=NO_ROOM), "failed", 1, "", id="a full disk"),
        pytest.param(FaxTaken("", why="No machine"), "abandoned", 0, "fax", id="a voice"),
    ],
)
async def test_what_failed_at_the_attendants(house: House, fax: FaxTaken, outcome: str, kept: int, in_: str) -> None:
    attended(house, 0, fax, outcome=outcome, caller_gone=True)
    assert await (await house.process()).take_reports() == 1
    assert len(house.faxes.kept) == kept
    ended = (await archive.call_story(house.journal, CALL))[-1]
    assert isinstance(ended, ev.CallEnded)
    assert (ended.outcome, ended.abandoned_in) == (outcome, in_)


async def test_what_an_attendant_took_who_died_goes_to_the_box(house: House) -> None:
    path = receive(house, reports.stem(UNIQUEID), 2, quiet_for=7_200.0)
    reports.begin(path, replace(SERVED, outcome="unserved"), "failed")
    assert await (await house.process()).take_reports() == 1
    [left] = house.faxes.kept.values()
    assert (left.box, left.call, left.ani, left.fax.pages, left.fax.ok) == (BOX, CALL, ANI, 2, False)
    ended = (await archive.call_story(house.journal, CALL))[-1]
    assert isinstance(ended, ev.CallEnded) and ended.outcome == "fax"
    assert list(house.drop.iterdir()) == []


async def test_pages_without_a_story_are_somebodys_fax(house: House) -> None:
    receive(house, "stray", 2, quiet_for=timedelta(days=1).total_seconds())
    assert await (await house.process()).take_reports() == 1
    [left] = house.faxes.kept.values()
    assert (left.box, left.call, left.fax.pages, left.fax.ok) == ("", "", 2, False)
    assert [drop async for drop in pick_up(house.drop)] == []
