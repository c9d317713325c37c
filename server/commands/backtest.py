"""`backtest`: where the calls of the last days would have ended, had a draft been in force."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from callrouter.backtest.report import Report
from callrouter.backtest.run import Wish, backtest
from reports.text import table
from server.commands.diff import side
from server.data_folder import SiteNote, database_of, read_note
from server.site_sides import PUBLISHED, NoSuchSide, folder_side
from server.terminal import Foreseen, environment, foreseen, progress, put, put_json

MOST_DAYS = 3_660


def run(draft: Path, data: Path, days: int, against: str, *, listed: bool, json: bool) -> int:
    """Print how many calls would have ended elsewhere; return 0. Raises `Foreseen`."""
    if not 1 <= days <= MOST_DAYS:
        raise Foreseen(f"--days is 1 to {MOST_DAYS}")
    note = read_note(data)
    until = datetime.now(UTC)
    with foreseen():
        try:
            old, new = side(against or PUBLISHED, data), folder_side(draft, environment())
        except NoSuchSide as error:
            raise Foreseen(str(error)) from None
        wish = Wish(old.site, new.site, until - timedelta(days=days), until, old.version)
        report = asyncio.run(_measured(data, note, wish))
    if json:
        put_json(as_json(report, listed=listed))
    else:
        _tell(report, old.title, days)
        if listed:
            _list(report, note, f"By {old.title}" if against else "As published")
    return 0


async def _measured(data: Path, note: SiteNote, wish: Wish) -> Report:
    with progress() as show:

        def told(share: float, calls: int) -> None:
            show(f"leading calls through both ({calls:,})", share)

        async with database_of(data, note) as database:
            return await backtest(database, wish, told)


def as_json(report: Report, *, listed: bool) -> dict[str, Any]:
    """Return a back-test as JSON has it; the calls only where they are wanted."""
    told: dict[str, Any] = {
        "since": report.since.isoformat(),
        "until": report.until.isoformat(),
        "calls": report.total,
        "replayed": report.replayed,
        "same": report.same,
        "hung_up_as_before": report.hung_up,
        "elsewhere": report.elsewhere,
        "not_known": report.not_known,
        "not_over": report.unfinished,
        "of_other_versions": report.of_other_versions,
        "branches": [branch._asdict() for branch in report.branches],
        "not_known_for": dict(report.reasons),
    }
    if listed:
        told["listed"] = [one._asdict() | {"at": one.at.isoformat()} for one in report.listed]
    return told


def _tell(report: Report, against: str, days: int) -> None:
    if report.unfinished:
        put(f"not counted, since the journal does not tell of their end: {report.unfinished:,}")
    if not report.total:
        put("no calls in the last day" if days == 1 else f"no calls in the last {days:,} days")
        return
    put(f"{report.elsewhere:,} of {report.replayed:,} calls would have ended elsewhere than by {against}")
    for branch in report.branches:
        put(f"  {branch.calls:>7,}  {branch.origin}, {branch.by}: {branch.now} instead of {branch.was}")
    put(f"{report.same:,} would have ended where they did, and {report.hung_up:,} hung up in a menu as before")
    if report.of_other_versions:
        put(
            f"calls of the {report.total:,} that were made on other versions: {report.of_other_versions:,}; "
            f"they too were led through {against} and through the draft, wherever they really ended"
        )
    if report.not_known:
        put(f"{report.replayed:,} of {report.total:,} calls could be led to their end; {report.not_known:,} not, for:")
        for reason, calls in report.reasons:
            put(f"  {calls:>7,}  {reason_in_words(reason)}")


def reason_in_words(reason: str) -> str:
    """Say why a call could not be led to its end."""
    if reason.startswith("menu "):
        return f"the {reason} asks what they were never asked"
    return reason


def _list(report: Report, note: SiteNote, was: str) -> None:
    heads = ("Time", "From", "To", was, "By the draft", "By", "Call")
    rows = [
        (
            f"{one.at.astimezone(note.zone):%Y-%m-%d %H:%M:%S}", one.ani or "withheld", one.did,
            one.was, one.now, f"{one.origin}, {one.by}", one.call,
        )
        for one in report.listed
    ]  # fmt: skip
    for line in table(heads, rows):
        put(line)
    if len(report.listed) < report.elsewhere:
        put(f"… and {report.elsewhere - len(report.listed):,} more")
