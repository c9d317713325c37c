"""The emergency attendant takes messages by the same dialogue, and leaves one file beside its report."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from ivr import phrases
from ivr.attendant.__main__ import Attendant as Attending
from ivr.attendant.leg import AttendantLeg
from ivr.attendant.report import Report
from ivr.attendant.snapshot import Snapshot
from ivr.conversation import CallerGone, Conversation
from ivr.prompt_book import PromptBook
from tests.contract.conversations import Attendant, Scene, seconds_of
from tests.ivr.ivr_sites import site

DID = "+37052000000"
SITE = site(
    {"main": {"say": "Main.", "keys": {1: "sales"}}},
    numbers={DID: {"go": {"voicemail": "sales"}}},
    mailboxes={"sales": {"greeting": {"say": "Sales speaks."}, "longest": 30, "silence": 3}},
)
GREETING, QUESTION, SHORT, THANKS, REFUSED = (
    phrases.spoken(SITE, phrases.Prompt(texts={"en": "Sales speaks."}), "en"),
    *(
        phrases.phrase(SITE, name, "en")
        for name in ("review_message", "message_too_short", "thank_you", "cannot_record")
    ),
)
H, Q, S = seconds_of(GREETING), seconds_of(QUESTION), seconds_of(SHORT)


@pytest.mark.parametrize(
    ("scene", "outcome", "seconds", "played"),
    [
        pytest.param(
            Scene(((H + 4, "#"), (H + 4 + Q, "1"))), "voicemail", 4.0, (GREETING, QUESTION, THANKS), id="kept"
        ),
        pytest.param(Scene(hangs_up_at=H + 4), "voicemail", 4.0, (GREETING,), id="hung up"),
        pytest.param(
            Scene(((H + 4, "#"), (H + 4 + Q, "3"), (H + 6 + Q, "#")), hangs_up_at=H + 7 + Q),
            "voicemail",
            2.0,
            (GREETING, QUESTION, QUESTION),
            id="recorded anew",
        ),
        pytest.param(
            Scene(((H + 4, "#"), (H + 4 + Q, "3")), hangs_up_at=H + 4.5 + Q),
            "voicemail",
            4.0,
            (GREETING, QUESTION),
            id="the first is kept",
        ),
        pytest.param(Scene(hangs_up_at=0.5), "unserved", 0.0, (GREETING,), id="gone before the tone"),
        pytest.param(Scene(room=-1.0), "unserved", 0.0, (GREETING, REFUSED), id="no room"),
    ],
)
async def test_the_attendant_takes_a_message(
    scene: Scene,
    outcome: str,
    seconds: float,
    played: tuple[object, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    report = Report("1.1")

    async def work(caller: Conversation) -> list[Path]:
        assert isinstance(caller, AttendantLeg)
        book = PromptBook({}, {}, tmp_path)
        try:
            await Attending(Snapshot(SITE, book, tmp_path), caller, report).serve(DID)
        except CallerGone:
            report.caller_gone = True
        # Without the hidden note of what was known when it began: the report, which is written last, replaces it.
        return await asyncio.to_thread(lambda: list(tmp_path.glob("[!.]*")))

    came = await Attendant(tmp_path, monkeypatch)(scene, work)
    assert (report.outcome, report.seconds) == (outcome, seconds)
    assert report.mailbox == ("sales" if came.elapsed >= H else "")
    assert report.caller_gone is (outcome == "unserved" and scene.hangs_up_at is not None)
    assert came.result == ([tmp_path / "message.wav"] if seconds else [])
    if seconds:
        assert (tmp_path / "message.wav").stat().st_size == 44 + seconds * 16_000
    assert came.played == played
