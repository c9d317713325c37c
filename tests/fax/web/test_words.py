"""How a fax stands, in words: every state of both ways, and what to do when something went wrong."""

from __future__ import annotations

import doctest
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import ModuleType
from zoneinfo import ZoneInfo

import pytest

from fax.by_mail.model import DoorState
from fax.model import Attempt, Direction, Fax, Result, State
from fax.web import asking, view, words

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Vilnius")
IN = Fax("a1", Direction.IN, "billing", State.RECEIVED, NOW, NOW, pages=2, of=2, file="x.tif", pdf="x.pdf")
OUT = Fax("b1", Direction.OUT, "billing", State.WAITING, NOW, NOW, of=5, file="y.tif", pdf="y.pdf", seen_at=NOW)


@pytest.mark.parametrize("module", [asking, view, words], ids=lambda module: module.__name__)
def test_the_examples_are_true(module: ModuleType) -> None:
    found = doctest.testmod(module)
    assert found.attempted and not found.failed


@pytest.mark.parametrize(
    ("fax", "word", "tone"),
    [
        (IN, "New", "warn"),
        (replace(IN, seen_at=NOW, seen_by="alice"), "Seen", "calm"),
        (replace(IN, handled_at=NOW, handled_by="alice"), "Handled", "good"),
        (replace(IN, deleted_at=NOW, deleted_by="alice"), "Deleted", "bad"),
        (replace(IN, state=State.FAILED, pages=0), "Nothing came", "bad"),
        (replace(OUT, state=State.PREPARING), "Being prepared", "calm"),
        (OUT, "Waits for a line", "calm"),
        (replace(OUT, tries=1), "Waits for another try", "warn"),
        (replace(OUT, state=State.SENDING), "On the line", "calm"),
        (replace(OUT, state=State.SENT, ended_at=NOW), "Sent", "good"),
        (replace(OUT, state=State.UNKNOWN, ended_at=NOW), "Nobody knows", "warn"),
        (replace(OUT, state=State.CANCELLED, ended_at=NOW), "Cancelled", "calm"),
        (replace(OUT, state=State.FAILED, ended_at=NOW), "Not sent", "bad"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_where_it_stands(fax: Fax, word: str, tone: str) -> None:
    mark = words.state_of(fax, None, ZONE)
    assert (mark.word, mark.tone) == (word, tone)


@pytest.mark.parametrize(
    ("fax", "said"),
    [
        (IN, ""),
        (replace(IN, state=State.PARTIAL, pages=1, why="the line was lost"), "The line broke off: the line was lost."),
        (replace(IN, state=State.FAILED, why="no common speed"), "No page came through: no common speed."),
        (replace(IN, pdf="", why="its pages cannot be shown: rubbish"), "Its pages cannot be shown: rubbish. The orig"),
        (replace(OUT, state=State.FAILED, why="busy", pages=2), "It was not sent: busy. 2 of 5 pages had gone out. No"),
        (replace(OUT, state=State.UNKNOWN), "Nobody knows whether it arrived. It is not sent again by itself"),
        (replace(OUT, state=State.CANCELLED, why="cancelled by alice"), "It was cancelled: cancelled by alice."),
        (replace(OUT, state=State.SENT), ""),
    ],
    ids=["whole", "partial", "failed", "not shown", "not sent", "unknown", "cancelled", "sent"],
)
def test_what_went_wrong_and_what_to_do(fax: Fax, said: str) -> None:
    told = words.explained(fax)
    assert told.startswith(said) and bool(told) == bool(said)


def test_of_several_calls_the_best_counts() -> None:
    failed = replace(OUT, state=State.FAILED, why="busy")
    calls = [
        Attempt("b1", 1, "c1", NOW, result=Result.PARTIAL, pages=3),
        Attempt("b1", 2, "c2", NOW, result=Result.BUSY),
    ]
    assert "3 of 5 pages had gone out" in words.explained(failed, calls)


@pytest.mark.parametrize(
    ("state", "tone", "said"),
    [
        (DoorState(), "calm", "The mailbox has not been looked into yet."),
        (DoorState(NOW, faxes=3), "calm", "11:00:00 (Europe/Vilnius). Since the start 3 taken."),
        (DoorState(NOW, faxes=3, refused=1), "calm", "3 taken, 1 refused."),
        (DoorState(NOW, held=2), "warn", "0 taken. 2 wait for another try."),
        (DoorState(error="away", failing_since=NOW), "bad", "Away. Mails wait in the mailbox, none is lost."),
    ],
    ids=["not yet", "well", "refused", "held", "away"],
)
def test_how_orders_by_mail_fare(state: DoorState, tone: str, said: str) -> None:
    mark = words.by_mail(state, ZONE)
    assert (mark.tone, mark.why[-len(said) :]) == (tone, said)


@pytest.mark.parametrize(
    ("fax", "last", "after", "said"),
    [
        (OUT, None, None, "It goes out as soon as a line is free."),
        (OUT, None, 60, "It goes out at Monday 5 January 2026, 11:01:00 (Europe/Vilnius)."),
        (
            replace(OUT, tries=1), Attempt("b1", 1, "c", NOW, result=Result.BUSY, said="the number is busy"), 60,
            "Attempt 1: busy (the number is busy). The next try is at Monday 5 January 2026, 11:01:00 "
            "(Europe/Vilnius).",
        ),
        (
            replace(OUT, tries=2), Attempt("b1", 2, "c", NOW, result=Result.NO_ANSWER), None,
            "Attempt 2: no answer. The next try begins at once.",
        ),
        (replace(OUT, state=State.SENDING), None, None, ""),
    ],
    ids=["at once", "at its time", "busy", "no answer", "on the line"],
)  # fmt: skip
def test_why_it_waits(fax: Fax, last: Attempt | None, after: int | None, said: str) -> None:
    next_try = NOW + timedelta(seconds=after) if after else None
    assert words.waits(fax, last, next_try, ZONE) == said


@pytest.mark.parametrize(
    ("fax", "said"),
    [
        (IN, "2 pages"),
        (OUT, "5 pages"),
        (replace(OUT, pages=2), "2 of 5 pages sent"),
        (replace(OUT, state=State.SENT, pages=5), "5 pages"),
        (replace(OUT, of=0), ""),
    ],
)
def test_how_many_pages(fax: Fax, said: str) -> None:
    assert words.pages_of(fax) == said
