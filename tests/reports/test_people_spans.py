"""What a person did: spans as what stands of their moments tells, and cut where the server was not there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callrouter import events as ev
from callrouter.events import Event
from reports.spans import Doing, Moment, Outage, Span, What, micros, moment_at, moment_of
from reports.spans_imported import imported_moment, imported_spans
from reports.spans_weave import STARTING, deaths, outages, spans_of, standing

START = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
SECOND = 1_000_000


def at(seconds: float) -> int:
    return micros(START) + round(seconds * SECOND)


def told(*words: str) -> list[Moment]:
    """Read "10 ready", "20 paused lunch", "30 phone unavailable", "40 server started": seconds from the start."""
    found = []
    for word in words:
        seconds, state, *more = word.split(" ", 2)
        rest = more[0] if more else ""
        match state:
            case "phone":
                found.append(Moment(at(float(seconds)), What.PHONE, "alice", rest))
            case "server":
                found.append(Moment(at(float(seconds)), What.SERVER, "", rest))
            case _:
                words_of = state.replace("_", " ")
                found.append(Moment(at(float(seconds)), What.PERSON, "alice", words_of, rest, "billing"))
    return found


def spans(*words: str) -> list[str]:
    """Return the spans as words, such as "10-20 ready", of what is told in this order."""
    return woven_words(standing(told(*words)))


def woven_words(every: Sequence[Moment]) -> list[str]:
    own = [moment for moment in every if moment.what is not What.SERVER]
    marks = [moment for moment in every if moment.what is What.SERVER]
    return [said(span) for span in spans_of(own, outages(marks, sorted(moment.at for moment in own)))]


def said(span: Span) -> str:
    until = "" if span.until is None else f"{(span.until - at(0)) / SECOND:g}"
    away = "" if span.reachable else " unreachable"
    return f"{(span.since - at(0)) / SECOND:g}-{until} {span.doing}{f' {span.reason}' if span.reason else ''}{away}"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param([], [], id="nothing told"),
        pytest.param(["5 logged_out"], [], id="logged out all day"),
        pytest.param(
            ["0 ready", "10 ringing", "14 talking", "74 wrap-up", "94 ready", "100 logged_out"],
            ["0-10 ready", "10-14 ringing", "14-74 talking", "74-94 wrap-up", "94-100 ready"],
            id="one call",
        ),
        pytest.param(
            ["0 ready", "9 paused lunch", "20 paused coffee", "30 ready"],
            ["0-9 ready", "9-20 paused lunch", "20-30 paused coffee", "30- ready"],
            id="two pauses, and it goes on",
        ),
        pytest.param(["0 ready x", "5 ready y", "9 logged_out"], ["0-9 ready"], id="reasons are of pauses only"),
        pytest.param(["0 ready", "3 ready", "3 ready", "9 logged_out"], ["0-9 ready"], id="told twice"),
        pytest.param(["0 meditating", "5 ready"], ["0-5 not known", "5- ready"], id="a state of another version"),
        pytest.param(
            ["0 phone unavailable", "5 ready", "9 phone idle", "12 phone in_use", "20 logged_out"],
            ["5-9 ready unreachable", "9-20 ready"],
            id="the phone was away",
        ),
        pytest.param(
            ["0 ready", "10 talking", "10 ringing", "10 wrap-up", "12 ready"],
            ["0-10 ready", "10-12 wrap-up", "12- ready"],
            id="a clock that stands still",
        ),
        pytest.param(
            ["0 server started", "5 ready", "10 server stopped", "20 server started", "30 logged_out"],
            ["5-10 ready", "10-20 not known", "20-30 ready"],
            id="the server was stopped",
        ),
        pytest.param(
            ["0 server started", "5 ready", "10 server stopped"],
            ["5-10 ready", "10- not known"],
            id="it is still stopped",
        ),
        pytest.param(
            ["0 server started", "5 ready", "50 talking", "1000 ready", "1003 server started", "1010 logged_out"],
            ["5-50 ready", "50-1003 not known", "1003-1010 ready"],
            id="killed in a conversation, which is no work after its last sign",
        ),
        pytest.param(
            ["0 server started", "5 talking", "1003 server started"],
            ["5-1003 not known"],
            id="killed, and the site knows nobody of that name any more",
        ),
        pytest.param(
            ["0 server started", "5 paused lunch", "500 server started"],
            ["5-500 not known", "500- paused lunch"],
            id="killed, and who was paused still is",
        ),
        pytest.param(
            ["0 server started", "5 ready", "8 server started"],
            ["5-8 not known", "8- ready"],
            id="killed right after it had started",
        ),
        pytest.param(
            ["0 server started", "5 logged_out", "10 server stopped", "20 server started"], [], id="away, and nobody in"
        ),
        pytest.param(
            ["3 ready", "5 server started", "9 logged_out"], ["3-9 ready"], id="told before the start is said"
        ),
        pytest.param(
            ["0 ready", "10 talking", "4 wrap-up", "6 ready"],
            ["0-4 ready", "4-6 wrap-up", "6- ready"],
            id="the clock was put back",
        ),
        pytest.param(
            ["0 ready", "10 talking", "9 wrap-up", "9.5 logged_out"],
            ["0-9 ready", "9-9.5 wrap-up"],
            id="the clock was put back in a talk, and nobody talks for ever",
        ),
        pytest.param(
            ["0 ready", "10 talking", "4 phone unavailable", "12 ready"],
            ["0-4 ready", "4-10 ready unreachable", "10-12 talking unreachable", "12- ready unreachable"],
            id="the phone was told of after the clock was put back: the talk stands",
        ),
        pytest.param(
            ["0 server started", "1 ready", "20 server stopped", "15 server started", "30 server started"],
            ["1-30 not known", "30- ready"],
            id="the clock was put back while the server was stopped",
        ),
    ],
)
def test_spans(words: list[str], expected: list[str]) -> None:
    assert spans(*words) == expected
    assert spans(*words, *words) == expected
    assert woven_words(standing(told(*words))[::-1]) == expected


def test_a_span_tells_whose_call_it_is_about() -> None:
    assert [span.department for span in spans_of(told("0 ready", "1 ringing", "2 talking", "3 paused"), ())] == [
        "", "billing", "billing", "",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        pytest.param(
            ev.AgentChanged(at=START, agent="alice", state="paused", reason="lunch"),
            Moment(at(0), What.PERSON, "alice", "paused", "lunch"),
            id="person",
        ),
        pytest.param(
            ev.PhoneChanged(at=START, agent="alice", state="idle"),
            Moment(at(0), What.PHONE, "alice", "idle"),
            id="phone",
        ),
        pytest.param(ev.ServerStarted(at=START, site="v1"), Moment(at(0), What.SERVER, "", "started"), id="start"),
        pytest.param(ev.ServerStopped(at=START), Moment(at(0), What.SERVER, "", "stopped"), id="stop"),
        pytest.param(ev.AgentChanged(at=START, state="ready"), None, id="of nobody"),
        pytest.param(ev.CallHeld(at=START, call="c1", agent="alice"), None, id="of a call"),
    ],
)
def test_what_an_event_tells(event: Event, expected: Moment | None) -> None:
    assert moment_of(event) == expected


def test_moments_are_exact_to_the_microsecond() -> None:
    odd = START + timedelta(microseconds=123_457)
    assert moment_at(micros(odd)) == odd


STATES = ["logged out", "ready", "ringing", "talking", "wrap-up", "paused"]
#: Seconds in which things happen; some are less than a start apart, some more.
SECONDS = st.integers(0, 200)
ANY_MOMENT = st.one_of(
    st.builds(lambda s, state: Moment(at(s), What.PERSON, "alice", state, "", ""), SECONDS, st.sampled_from(STATES)),
    st.builds(
        lambda s, state: Moment(at(s), What.PHONE, "alice", state), SECONDS, st.sampled_from(["idle", "unavailable"])
    ),
    st.builds(lambda s, state: Moment(at(s), What.SERVER, "", state), SECONDS, st.sampled_from(["started", "stopped"])),
)


@given(st.lists(ANY_MOMENT, max_size=25), st.randoms())
def test_read_in_any_order_it_is_the_same_and_spans_never_overlap(every: list[Moment], chance: object) -> None:
    every = standing(every)
    found = woven(every)
    shuffled = [*every, *every[::3]]
    chance.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    assert woven(shuffled) == found
    assert all(span.until is None or span.since < span.until for span in found)
    for before, after in pairwise(found):
        assert before.until is not None and before.until <= after.since


@given(st.lists(ANY_MOMENT, max_size=25))
def test_second_by_second_it_is_what_was_told_last(every: list[Moment]) -> None:
    found = woven(standing(every))
    every = [moment for n, moment in enumerate(every) if not any(put_back(moment, later) for later in every[n + 1 :])]
    for second in range(205):
        assert doing_at(found, at(second)) == by_hand(every, at(second)), f"second {second}"


def put_back(moment: Moment, later: Moment) -> bool:
    return (later.what, later.agent) == (moment.what, moment.agent) and later.at <= moment.at


def woven(every: Sequence[Moment]) -> list[Span]:
    own, away = divided(every)
    return spans_of(own, away)


def divided(every: Sequence[Moment]) -> tuple[list[Moment], tuple[Outage, ...]]:
    own = [moment for moment in every if moment.what is not What.SERVER]
    marks = [moment for moment in every if moment.what is What.SERVER]
    return own, outages(marks, sorted(moment.at for moment in own))


def doing_at(found: Sequence[Span], now: int) -> str:
    return next((s.doing for s in found if s.since <= now and (s.until is None or now < s.until)), "logged out")


def by_hand(every: Sequence[Moment], now: int) -> str:
    """Say what somebody did in the second that begins now, from all that was told, without any state kept."""
    own, away = divided(every)
    persons = [moment for moment in own if moment.what is What.PERSON and moment.at <= now]
    if not persons:
        return "logged out"
    told_last = max(persons, key=lambda moment: moment.at)
    latest = told_last.at
    if told_last.state == "logged out":
        return "logged out"
    # Who was in a call when the server went, and is not told of again by its next start, is gone.
    for outage in away:
        gone = latest <= outage.since and outage.until is not None and outage.until <= now
        if gone and told_last.state in ("ringing", "talking"):
            return "logged out"
    if any(outage.since <= now and (outage.until is None or now < outage.until) for outage in away):
        return Doing.NOT_KNOWN
    return told_last.state


def test_signs_right_before_a_start_are_not_trusted() -> None:
    marks = told("0 server started", "500 server started")
    signs = [at(100), at(499)]
    assert list(deaths(marks)) == [(at(0), at(500) - STARTING)]
    assert outages(marks, signs) == (Outage(at(100), at(500)),)


def told_in_file(*words: str) -> list[Moment]:
    """Read "10 logged_in", "20 paused lunch", "20 paused - billing": the last word is the one line it is about."""
    found = []
    for word in words:
        seconds, state, reason, line = [*word.split(" "), "", ""][:4]
        reason = "" if reason == "-" else reason
        found.append(
            imported_moment(
                START + timedelta(seconds=int(seconds)), "alice", state.replace("_", " "), reason, line, "queue_log"
            )
        )
    return found


@pytest.mark.parametrize(
    ("words", "own", "expected"),
    [
        pytest.param([], None, [], id="nothing"),
        pytest.param(
            ["0 logged_in", "10 paused lunch", "20 ready", "30 logged_out"],
            None,
            ["0-10 logged in", "10-20 paused lunch", "20-30 logged in"],
            id="one line, all of them",
        ),
        pytest.param(["0 logged_in"], None, ["0-100 logged in"], id="goes on, up to the end of the file"),
        pytest.param(["0 logged_in"], 40, ["0-40 logged in"], id="goes on, up to our own journal"),
        pytest.param(["50 logged_in"], 40, [], id="our own journal alone counts"),
        pytest.param(
            ["0 logged_in - a", "5 logged_in - b", "9 logged_out - a", "20 logged_out - b"],
            None,
            ["0-20 logged in"],
            id="two lines are one day",
        ),
        pytest.param(
            ["0 logged_in - a", "0 logged_in - b", "5 paused x a", "8 paused y b", "9 ready - a", "20 logged_out"],
            None,
            ["0-8 logged in", "8-9 paused y", "9-20 logged in"],
            id="paused in one of two lines is not paused",
        ),
        pytest.param(["5 paused lunch", "9 ready", "12 logged_out"], None, ["5-9 paused lunch", "9-12 logged in"],
                     id="a member that never logged in"),
        pytest.param(["5 paused lunch", "7 ready - a", "9 logged_out - a"], None, ["5-7 paused lunch", "7-9 logged in"],
                     id="the line is named only later"),
    ],
)  # fmt: skip
def test_imported_spans(words: list[str], own: int | None, expected: list[str]) -> None:
    every = told_in_file(*words)
    limit = None if own is None else at(own)
    assert [said(span) for span in imported_spans(every, at(100), limit)] == expected
    assert [said(span) for span in imported_spans([*every[::-1], *every], at(100), limit)] == expected
