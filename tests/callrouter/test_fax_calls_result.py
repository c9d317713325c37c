"""What a call with a fax came to: which sign of the line, and which word of the modem, means what."""

from __future__ import annotations

from dataclasses import replace

import pytest

from callrouter.fax_calls_result import FaxCallOver, FaxCallResult, after, unanswered
from fax.model import Result
from ivr.agi.fax import LINE_LOST, NO_MODEM, FaxSent
from tests.callrouter.fax_line import BROKEN, NOTHING, THREE


@pytest.mark.parametrize(
    ("cause", "rang", "result", "why"),
    [
        (17, True, "busy", "the line is busy"),
        (19, True, "no answer", "nobody answered"),
        (19, False, "no answer", "nobody answered"),
        (18, True, "no answer", "nobody answered"),
        (18, False, "unreachable", "the carrier did not answer"),
        (1, False, "unreachable", "there is no such number"),
        (21, True, "unreachable", "the call was refused"),
        (34, False, "unreachable", "all lines are busy"),
        (42, False, "unreachable", "all lines are busy"),
        (38, False, "unreachable", "the network is out of order"),
        (111, False, "unreachable", "it could not be reached (cause 111)"),
    ],
)
def test_what_a_cause_means(cause: int, rang: bool, result: str, why: str) -> None:
    assert unanswered(cause, rang=rang) == FaxCallOver(FaxCallResult(result), why=why)


@pytest.mark.parametrize(
    ("sent", "result"),
    [
        pytest.param(THREE, "sent", id="all of it"),
        pytest.param(BROKEN, "partial", id="a page"),
        pytest.param(replace(BROKEN, pages=0), "failed", id="a machine, and no page"),
        pytest.param(replace(NOTHING, why="Timed out waiting for initial communication"), "no fax machine", id="voice"),
        pytest.param(replace(NOTHING, why="The call dropped prematurely"), "no fax machine", id="a voice puts down"),
        pytest.param(replace(NOTHING, why="error negotiating T.38"), "no fax machine", id="a voice puts down at once"),
        pytest.param(
            replace(NOTHING, why="The call dropped prematurely", t38=True), "failed", id="data, so it was no voice"
        ),
        pytest.param(replace(NOTHING, why="Received a DCN while waiting for a DIS"), "failed", id="its goodbye"),
        pytest.param(replace(NOTHING, status="", why=LINE_LOST), "unknown", id="nobody to ask"),
        pytest.param(replace(NOTHING, status="", why=NO_MODEM), "not called", id="no modem"),
    ],
)
def test_what_a_fax_came_to(sent: FaxSent, result: str) -> None:
    over = after(sent)
    assert over.result == result
    assert (over.result is FaxCallResult.SENT) is not bool(over.why)


def test_the_words_are_those_of_the_fax_room() -> None:
    assert [result.value for result in FaxCallResult] == [result.value for result in Result]
