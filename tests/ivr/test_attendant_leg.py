"""What only the attendant's leg has to tell apart: a missing sound, and a caller who is gone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from asterisk.agi import AGIAppError

from ivr.attendant.leg import AttendantLeg
from ivr.conversation import CallerGone
from ivr.prompt_book import PromptBook, PromptMissing
from ivr.speech.spoken import Spoken

HELLO = Spoken("Hello.", "en")


class Agi:
    """pyst2's AGI, as far as a prompt needs it: every file fails, and the channel lives or not."""

    def __init__(self, *, alive: bool) -> None:
        self._alive = alive

    def stream_file(self, path: str, escape: str) -> Any:
        raise AGIAppError("Error executing application, or hangup")

    def channel_status(self) -> int:
        if not self._alive:
            raise AGIAppError("Error executing application, or hangup")
        return 6


@pytest.mark.parametrize(
    ("alive", "error"),
    [
        pytest.param(True, PromptMissing, id="the file is missing: the emergency phones must ring"),
        pytest.param(False, CallerGone, id="the caller is gone"),
    ],
)
async def test_a_prompt_that_cannot_be_played(alive: bool, error: type[Exception], tmp_path: Path) -> None:
    book = PromptBook({HELLO: tmp_path / "hello"}, {HELLO: 1.0}, tmp_path)
    leg = AttendantLeg(Agi(alive=alive), book, tmp_path / "message")
    with pytest.raises(error):
        await leg.play([HELLO])
