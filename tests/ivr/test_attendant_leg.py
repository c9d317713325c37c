"""What only the attendant's leg has to tell apart: a missing sound, a caller who is gone, and who it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from asterisk.agi import AGIAppError

from ivr.attendant.leg import AttendantLeg, caller
from ivr.conversation import CallerGone
from ivr.prompt_book import PromptBook, PromptMissing
from ivr.speech.spoken import Spoken

HELLO = Spoken("Hello.", "en")


class Agi:
    """pyst2's AGI, as far as a prompt needs it: every file fails, and the channel lives or not."""

    def __init__(self, *, alive: bool = True, env: dict[str, str] | None = None) -> None:
        self._alive = alive
        self.env = env or {}

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


@pytest.mark.parametrize(
    ("env", "number"),
    [
        pytest.param({"agi_callerid": "8 600 00001", "agi_callingpres": "0"}, "+37060000001", id="a number"),
        pytest.param({"agi_callerid": "+37060000001", "agi_callingpres": "35"}, "", id="not to be seen"),
        pytest.param({"agi_callerid": "+37060000001"}, "+37060000001", id="nothing said of it"),
        pytest.param({"agi_callerid": "101", "agi_callingpres": "0"}, "101", id="an extension"),
        pytest.param({"agi_callerid": "unknown"}, "", id="none"),
    ],
)
def test_the_callers_number(env: dict[str, str], number: str) -> None:
    assert caller(Agi(env=env), "LT") == number
