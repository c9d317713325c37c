"""The story: what people read of an event."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from callrouter import events as ev
from callrouter import story
from callrouter.events import Event

AT = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
CALL = "c1"


@pytest.mark.parametrize(
    ("event", "said"),
    [
        pytest.param(
            ev.CallTransferred(at=AT, call=CALL, agent="ann", to="ben", how="early"),
            "ann passed the caller on to ben, whose phone still rang.",
            id="early",
        ),
        pytest.param(
            ev.CallTransferred(at=AT, call=CALL, agent="ann", to="", how="early"),
            "ann passed the caller on to somebody whom we could not make out.",
            id="early, to nobody knows whom",
        ),
        pytest.param(
            ev.CallTransferred(at=AT, call=CALL, agent="ann", to="202", how="blind"),
            "ann transferred the caller to 202 (blind).",
            id="blind",
        ),
        pytest.param(
            ev.BranchTaken(at=AT, call=CALL, origin="person ben", to="person ann", why="on another call"),
            "Went from person ben to person ann: on another call.",
            id="led back",
        ),
        pytest.param(
            ev.AgentChanged(at=AT, call=CALL, agent="ann", state="talking", then="pause", then_reason="lunch"),
            "ann is talking; to follow when the call is over: pause (lunch).",
            id="asked for during a call",
        ),
        pytest.param(
            ev.AgentChanged(at=AT, call=CALL, agent="ann", state="talking", then="log out"),
            "ann is talking; to follow when the call is over: log out.",
            id="asked for without a reason",
        ),
        pytest.param(ev.AgentChanged(at=AT, agent="ann", state="ready"), "ann is ready.", id="nothing to follow"),
    ],
)
def test_the_story_says_it_plainly(event: Event, said: str) -> None:
    assert story.sentence(event) == said
