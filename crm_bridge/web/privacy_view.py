"""Exports, erasures and looks as pages show them: in words, in the site's own zone. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from crm_bridge.erasing_model import Erasure, Export
from crm_bridge.erasing_words import counted, staying
from ledger.web.times import age, exact

#: Steps in words, as they go on after that one is done.
_AFTER: Mapping[str, str] = {
    "": "waiting for its turn",
    "customer": "looking for calls in the journal",
    "calls": "removing voicemails",
    "voicemails": "removing faxes",
    "faxes": "looking through files that wait",
    "files that wait": "masking the journal",
    "journal": "making the records of calls anew",
    "figures": "forgetting copies on their way to others",
    "copies": "searching every file",
    "searched": "drawing the certificate",
}


@dataclass(frozen=True)
class Moment:
    """A time as a page writes it: in short, and so that nobody has to guess."""

    short: str
    exact: str


@dataclass(frozen=True)
class ExportRow:
    """An export in a list; `state` is one word, `tone` its colour, `name` whose it is where that is known."""

    id: str
    customer: str
    name: str
    by: str
    asked: Moment
    state: str
    tone: str
    said: str
    percent: int
    under_way: bool
    size: str
    there: bool


@dataclass(frozen=True)
class ErasureRow:
    """An erasure in a list."""

    id: str
    pseudonym: str
    by: str
    asked: Moment
    ended: Moment | None
    state: str
    tone: str
    said: str
    percent: int
    under_way: bool
    certificate: bool
    gone: tuple[tuple[str, int], ...]
    nameless: tuple[tuple[str, int], ...]
    others: tuple[tuple[str, int], ...]
    stays: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class View:
    """What turns values into words at one moment."""

    zone: ZoneInfo
    now: datetime

    def moment(self, at: datetime) -> Moment:
        """Write a time of the past."""
        short = age(at, self.now, self.zone)
        return Moment(f"{short} ago" if short.split()[-1] in ("min", "h", "d") else short, exact(at, self.zone))

    def hour(self, at: datetime) -> str:
        """Write an hour in which something was."""
        there = at.astimezone(self.zone)
        return f"{there:%a} {there.day} {there:%b %Y}, {there:%H}:00–{there:%H}:59"

    def export(self, export: Export, name: str = "") -> ExportRow:
        """Write an export."""
        there = bool(export.file) and export.until is not None and export.until > self.now
        said = ""
        if export.why:
            state, tone, said = "Not made", "bad", f"{export.why[:1].upper()}{export.why[1:]}"
        elif export.ended_at is None:
            state, tone = "Being made", "warn"
            said = f"{export.doing[:1].upper()}{export.doing[1:]}" if export.doing else "Waiting for its turn"
        elif there and export.until is not None:
            until = export.until.astimezone(self.zone)
            state, tone, said = "Ready", "good", f"kept until {until:%a} {until.day} {until:%b}, {until:%H:%M}"
        else:
            state, tone, said = "Over", "", "the file is gone"
        return ExportRow(
            id=export.id,
            customer=export.customer,
            name=name,
            by=export.by,
            asked=self.moment(export.asked_at),
            state=state,
            tone=tone,
            said=said,
            percent=round(100 * export.done / export.of) if export.of else 0,
            under_way=export.ended_at is None,
            size=size(export.size) if there else "",
            there=there,
        )

    def erasure(self, erasure: Erasure) -> ErasureRow:
        """Write an erasure."""
        steps = list(_AFTER)
        done = steps.index(erasure.step) if erasure.step in steps else 0
        if erasure.ended_at is None:
            state, tone = ("Waits", "warn") if erasure.waits else ("Under way", "warn")
            said = erasure.waits or _AFTER.get(erasure.step, erasure.step)
        elif not erasure.certificate:
            state, tone, said = "Nobody there", "", "there was no such customer any more"
        elif erasure.stays:
            state, tone, said = "Done, look", "warn", "words of theirs still stand elsewhere"
        else:
            state, tone, said = "Done", "good", ""
        return ErasureRow(
            id=erasure.id,
            pseudonym=erasure.pseudonym,
            by=erasure.by,
            asked=self.moment(erasure.asked_at),
            ended=self.moment(erasure.ended_at) if erasure.ended_at else None,
            state=state,
            tone=tone,
            said=f"{said[:1].upper()}{said[1:]}",
            percent=round(100 * done / len(steps)) if erasure.ended_at is None else 100,
            under_way=erasure.ended_at is None,
            certificate=bool(erasure.certificate),
            gone=counted(erasure.counts, nameless=False),
            nameless=counted(erasure.counts, nameless=True),
            others=staying(erasure.counts),
            stays=tuple(erasure.stays.items()),
        )


def size(count: int) -> str:
    """Write how large a file is.

    >>> size(512), size(2_500_000)
    ('1 kB', '2.5 MB')
    """
    return f"{count / 1e6:.1f} MB" if count >= 1_000_000 else f"{max(1, round(count / 1000))} kB"
