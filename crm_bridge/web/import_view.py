"""How an import is shown: its state in words, its counts, how long it goes on. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from crm_bridge.importing_model import CAN_BE_UNDONE, UNDER_WAY, Fate, Fated, Import, State
from ledger.web import times

STATES = {
    State.DRAFT: "Not begun",
    State.WAITING: "Waiting",
    State.RUNNING: "Running",
    State.DONE: "Done",
    State.CANCELLED: "Cancelled",
    State.FAILED: "Failed",
    State.UNDOING: "Being undone",
    State.UNDONE: "Undone",
}
TONES = {State.DONE: "good", State.FAILED: "bad", State.CANCELLED: "warn", State.RUNNING: "warn", State.UNDOING: "warn"}
FATES = {
    Fated.NEW: ("New", "good"),
    Fated.JOIN: ("Joined", ""),
    Fated.SKIP: ("Left out", ""),
    Fated.REFUSE: ("Refused", "bad"),
}


@dataclass(frozen=True)
class ImportView:
    """One import as its page and the list show it."""

    one: Import
    left: str
    waits_for: str = ""

    @property
    def state(self) -> str:
        return STATES[self.one.state]

    @property
    def tone(self) -> str:
        return TONES.get(self.one.state, "")

    @property
    def under_way(self) -> bool:
        return self.one.state in UNDER_WAY

    @property
    def can_cancel(self) -> bool:
        return self.one.state in (State.WAITING, State.RUNNING)

    @property
    def can_undo(self) -> bool:
        counts = self.one.counts
        return self.one.state in CAN_BE_UNDONE and bool(counts.added or counts.joined or counts.companies)

    @property
    def percent(self) -> int:
        return int(self.one.share * 100)

    @property
    def figures(self) -> list[tuple[str, int, str]]:
        """What became of the rows: words, number, tone."""
        counts = self.one.counts
        return [
            ("Added", counts.added, ""),
            ("Joined", counts.joined, ""),
            ("Left out", counts.known, ""),
            ("Refused", counts.refused, "warn" if counts.refused else ""),
        ]


@dataclass(frozen=True)
class Times:
    """Writes moments as people at the site read them."""

    now: datetime
    zone: ZoneInfo

    def age(self, at: datetime) -> str:
        return times.age(at, self.now, self.zone)

    def exact(self, at: datetime) -> str:
        return times.exact(at, self.zone)


def view_of(one: Import, now: datetime, waits_for: str = "") -> ImportView:
    """Return an import as it is shown."""
    left = one.left(now)
    return ImportView(one, "" if left is None else span(left), waits_for)


def span(seconds: float) -> str:
    """Say roughly how long something goes on.

    >>> [span(s) for s in (3, 50, 100, 4000)]
    ['a few seconds', '50 seconds', '2 minutes', '1 h 7 min']
    """
    if seconds < 5:
        return "a few seconds"
    if seconds < 90:
        return f"{round(seconds / 5) * 5} seconds"
    minutes = round(seconds / 60)
    return f"{minutes} minutes" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def size_of(size: int) -> str:
    """Write a file's size.

    >>> size_of(900), size_of(2_500_000)
    ('1 kB', '2.5 MB')
    """
    return f"{max(1, round(size / 1_000))} kB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB"


def fates_counted(fates: tuple[Fate, ...]) -> Mapping[str, int]:
    """Count what the rows of the preview would become."""
    return {FATES[kind][0].lower(): sum(one.fated is kind for one in fates) for kind in Fated}
