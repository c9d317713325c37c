"""The demo is the promise of the README: a command that ends with 0 only if the phones confirm the journal.

And only if every dot of its faxes arrived, which are compared here once more, by other means than the demo's own. In
front of both operators are real browsers, whose desks name the customer before the phone is answered.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import numpy as np
import pypdfium2  # type: ignore[import-untyped]  # publishes no types
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageSequence

from callrouter.archive import call_story
from callrouter.events import CallAnswered, Event
from ledger.database import Database
from ledger.journal_reads import JournalReads
from server.demo.scenes import ALL
from tests.asterisk.demo_desks import hire, sitting_at_desks
from tests.asterisk.house import ROOT

PAULA, MAX = "+37060000015", "+37060000012"
OPERATOR_NAMES = {"alice": "Alice Doe", "bob": "Bob Roe"}

pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(400)]


async def test_the_demo_ends_with_every_call_and_fax_where_it_should_be(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    await hire(tmp_path / "data")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "server", "demo", "--once", "--json", "--data", str(tmp_path / "data"),
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(380), sitting_at_desks(tmp_path / "data", tmp_path) as desks:
        out, err = await process.communicate()
    result = json.loads(out.decode().splitlines()[-1])
    assert result["faults"] == {}
    assert (process.returncode, result["ok"]) == (0, True), err.decode()[-2000:]
    assert result["asterisk"].startswith("22.")
    assert len(result["calls"]) == len(ALL) == 15
    fields = {"id", "from", "to", "keys", "path", "facts", "destination", "answered_by", "outcome", "abandoned_in"}
    assert all(fields | {"wait_s", "talk_s"} == set(call) for call in result["calls"])
    outcomes = {call["outcome"] for call in result["calls"]}
    assert outcomes == {"answered", "abandoned", "closed", "unknown_number", "voicemail"}
    assert {call["abandoned_in"] for call in result["calls"]} == {None, "menu", "queue", "voicemail"}
    (mail,) = result["mails"]
    assert set(mail) == {"to", "subject", "transcript", "attachments"}
    assert mail["to"] == "billing@acme.example"
    assert "Message Mia" in mail["subject"]
    assert "invoice" in mail["transcript"].lower()
    assert [Path(name).suffix for name in mail["attachments"]] in ([".wav"], [".mp3"])
    report = result["report"]  # of its own day, as a PDF
    assert report["figures"]["offered"] >= len(result["calls"])
    assert (tmp_path / "data" / "faxes" / "day.pdf").read_bytes().startswith(b"%PDF-")
    hook = result["web_hook"]  # which was down until the last call was over
    assert hook["received"] == hook["events"] > 50
    came, went = result["faxes"]
    assert (came["direction"], came["status"], came["mailed_to"]) == ("in", "received", "billing@acme.example")
    assert (went["direction"], went["status"], went["mailed_to"]) == ("out", "sent", "alice@acme.example")
    for fax in (came, went):
        assert (fax["pages"], fax["identical"], fax["resolution"]) == (3, True, "fine")
        assert fax["bits_per_second"] > 0
    assert {came["t38"], went["t38"]} == {True, False}
    await asyncio.to_thread(compare, tmp_path / "data" / "faxes", came, went)
    paula, max_ = (next(c["id"] for c in result["calls"] if c["from"] == number) for number in (PAULA, MAX))
    story = await stories(tmp_path / "data", paula, max_)
    (first, second), (answered,) = ([e for e in story[call] if isinstance(e, CallAnswered)] for call in (paula, max_))
    for answer in (first, second):
        pop = desks.first(answer.agent, "Paula Jankauskienė", "Ryto rasa", "Ringing")
        assert pop is not None and pop.at < answer.at, desks.pops[answer.agent]
    assert desks.first(second.agent, "Paula", f"Sent by {OPERATOR_NAMES[first.agent]}") is not None
    pop = desks.first(answered.agent, "one of 2", "Mantas Kazlauskas", "Milda Kazlauskienė", "Ringing")
    assert pop is not None and pop.at < answered.at, desks.pops[answered.agent]


async def stories(data: Path, *calls: str) -> dict[str, list[Event]]:
    """Return what the journal says of these calls."""
    async with await Database.open(data / "switchroom.db") as database:
        return {call: await call_story(JournalReads(database), call) for call in calls}


def compare(folder: Path, came: dict[str, str], went: dict[str, str]) -> None:
    """See that both PDFs and the TIFF that arrived have the dots of what was sent."""
    sent = tiff(folder / "document.tif")
    assert [page.shape for page in sent] == [(2292, 1728)] * 3
    assert all(page.any() and not page.all() for page in sent)
    for pages in (pdf(came["pdf"]), pdf(went["pdf"]), [page[-2292:] for page in tiff(folder / "arrived.tif")]):
        assert [np.array_equal(page, original) for page, original in zip(pages, sent, strict=True)] == [True] * 3
    with pypdfium2.PdfDocument(went["report"]) as report:
        said = report[0].get_textpage().get_text_range()
    assert "+37060000101" in said


def tiff(file: Path) -> list[NDArray[np.bool_]]:
    """Return the pages of a TIFF, white dots being true."""
    with Image.open(file) as pages:
        return [np.asarray(page.convert("1")) for page in ImageSequence.Iterator(pages)]


def pdf(file: str) -> list[NDArray[np.bool_]]:
    """Return the images of a PDF, white dots being true."""
    with pypdfium2.PdfDocument(file) as pages:
        bitmaps = [next(iter(page.get_objects())).get_bitmap() for page in pages]
        return [bitmap.to_numpy() > 0 for bitmap in bitmaps]
