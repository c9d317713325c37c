"""The emergency attendant takes faxes, and leaves what came of them in its report."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from config.values import Prompt
from ivr import phrases
from ivr.attendant.__main__ import Attendant as Attending
from ivr.attendant.leg import AttendantLeg
from ivr.attendant.report import Report
from ivr.attendant.snapshot import Snapshot
from ivr.conversation import CallerGone, Conversation, FaxTaken
from ivr.prompt_book import PromptBook
from tests.contract.conversations import Attendant, Scene, seconds_of
from tests.ivr.ivr_sites import site

STRAIGHT, CHOOSE = "+37052000009", "+37052000000"
SITE = site(
    {"main": {"say": "Main.", "keys": {1: {"go": {"fax": "billing"}}}, "silence": {"tries": 1}}},
    numbers={STRAIGHT: {"go": {"fax": "billing"}}, CHOOSE: {"menu": "main"}},
    faxboxes={"billing": {"departments": ["sales"]}},
)
MAIN = phrases.spoken(SITE, Prompt(texts={"en": "Main."}), "en")
START, NO_MACHINE = (phrases.phrase(SITE, name, "en") for name in ("start_fax", "no_fax_machine"))
TWO = FaxTaken("", 2, ok=True, station="+370 5 233", rate=14_400, resolution=(204, 196), ecm=True)
M, S = seconds_of(MAIN), seconds_of(START)


@pytest.mark.parametrize(
    ("did", "scene", "outcome", "pages", "played"),
    [
        pytest.param(STRAIGHT, Scene(fax=TWO), "fax", 2, (), id="by number"),
        pytest.param(
            CHOOSE, Scene(((M + 1, "1"),), fax=TWO), "fax", 2, (MAIN, START), id="by key, and a person is told"
        ),
        pytest.param(STRAIGHT, Scene(fax=TWO, hangs_up_at=15.0), "fax", 1, (), id="broken off after a page"),
        pytest.param(
            STRAIGHT, Scene(fax=replace(TWO, pages=0, ok=False)), "abandoned", 0, (), id="a machine, and no page"
        ),
        pytest.param(STRAIGHT, Scene(), "abandoned", 0, (NO_MACHINE,), id="a voice"),
        pytest.param(
            CHOOSE,
            Scene(((M + 1, "1"),)),
            "closed",
            0,
            (MAIN, START, NO_MACHINE, MAIN),
            id="a voice comes back to the menu",
        ),
    ],
)
async def test_the_attendant_takes_a_fax(
    did: str,
    scene: Scene,
    outcome: str,
    pages: int,
    played: tuple[object, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    report = Report("1.1", did)

    async def work(caller: Conversation) -> list[str]:
        assert isinstance(caller, AttendantLeg)
        try:
            await Attending(Snapshot(SITE, PromptBook({}, {}, tmp_path), tmp_path), caller, report).serve(did)
        except CallerGone:
            report.caller_gone = True
        return await asyncio.to_thread(lambda: sorted(path.name for path in tmp_path.glob("*")))

    done = await Attendant(tmp_path, monkeypatch)(scene, work)
    assert (report.outcome, report.faxbox, report.fax["pages"]) == (outcome, "billing", pages)
    assert done.result == [".message.begun", *(["message.tif"] if pages else [])]
    assert done.played == played
