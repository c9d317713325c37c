"""How gaps are said to people: one line each, and many of one kind close together as one. Pure; knows no report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, tzinfo

from reports.gaps import EVER, Gap, Why, bounds_of, times_of
from reports.text import seconds

#: Lines that are said of gaps; more would be read by nobody.
MOST_LINES = 20
#: More gaps than this, of one kind and each at most so far behind the one before, are said as one.
MOST_APART = 3
NEAR = timedelta(hours=6)
_NOT_SURE = "figures of that time are not sure"


def gap_lines(found: Sequence[Gap], zone: tzinfo) -> Iterator[str]:
    """Yield what is said of gaps, by the clock of the zone."""
    runs = _runs(found)
    for run in runs[:MOST_LINES]:
        yield sentence(run[0], zone) if len(run) == 1 else together(run, zone)
    if rest := [gap for run in runs[MOST_LINES:] for gap in run]:
        number = "1 more such time" if len(rest) == 1 else f"{len(rest)} more such times"
        yield f"and {number}, {_length(rest)}: figures of those times are not sure"


def sentence(gap: Gap, zone: tzinfo) -> str:
    """Say one gap.

    >>> from zoneinfo import ZoneInfo
    >>> at = datetime.fromisoformat("2026-11-24T08:00:00Z")
    >>> sentence(Gap(Why.LINK_LOST, at, at + timedelta(minutes=5)), ZoneInfo("Europe/Vilnius"))
    'the link to Asterisk was lost from 2026-11-24 10:00:00 until 10:05:00: figures of that time are not sure'
    """
    since = "" if gap.since is None else _clock(gap.since, zone)
    until = "" if gap.until is None else _clock(gap.until, zone, gap.since)
    if gap.why is Why.DIED:
        after = f", at {since} or later" if since else ""
        back = f"; it started again at {until}" if until else ""
        return f"{gap.why}{after}{back}: {_NOT_SURE}"
    return f"{gap.why}{f' from {since}' if since else ''}{f' until {until}' if until else ''}: {_NOT_SURE}"


def together(run: Sequence[Gap], zone: tzinfo) -> str:
    """Say several gaps of one kind as one line: how many, between when and when, and how long they are together."""
    since, until = bounds_of(run[0])[0], max(bounds_of(gap)[1] for gap in run)
    end = f"and {_clock(until, zone, since)}" if until < EVER else "and now"
    times = f"{run[0].why} {len(run)} times between {_clock(since, zone)} {end}"
    return f"{times}, {_length(run)}: figures of those times are not sure"


def _runs(found: Sequence[Gap]) -> list[list[Gap]]:
    """Cut gaps, by their beginning, into those that are said in one line each."""
    near: list[list[Gap]] = []
    for gap in found:
        last = near[-1] if near else []
        if last and gap.why is last[-1].why and bounds_of(gap)[0] - bounds_of(last[-1])[1] <= NEAR:
            last.append(gap)
        else:
            near.append([gap])
    return [run for some in near for run in ([some] if len(some) > MOST_APART else [[gap] for gap in some])]


def _length(found: Sequence[Gap]) -> str:
    """Say how long gaps are together, as far as that is known."""
    spans = times_of(gap for gap in found if gap.until is not None).spans
    total = sum((until - since for since, until in spans), timedelta()).total_seconds()
    most = "at most " if any(gap.why is Why.DIED for gap in found) else ""
    return f"{most}{seconds(total)} together" if total >= 1 else "less than a second together"


def _clock(at: datetime, zone: tzinfo, besides: datetime | None = None) -> str:
    """Say a moment; beside another of the same day, without the day."""
    there = at.astimezone(zone)
    same = besides is not None and besides.astimezone(zone).date() == there.date()
    return f"{there:%H:%M:%S}" if same else f"{there:%Y-%m-%d %H:%M:%S}"
