"""What a report is asked with, between an address and values. Owns the parameters; an unknown one is refused."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from ledger.web.visit import Refusal, Visit
from reports.period import NoPeriod, Period, day_of, days_between
from reports.selection import LONGEST
from reports.web.periods import NAMED, USUAL, named

#: The parameters by which a time is chosen.
TIME = ("period", "from", "to")
#: The parameters that `Ask` has fields for; a report may take others by names of its own.
COMMON = ("department", "person", "minutes")
_DAYS = "write days such as 2026-11-24, the earlier one first"


@dataclass(frozen=True)
class Wanted:
    """A time and what narrows it, as an address says them. `period` is a name, or '' where days are given.

    >>> Wanted("last-week", narrowing={"department": "billing"}).query()
    '?period=last-week&department=billing'
    """

    period: str = ""
    start: str = ""
    end: str = ""
    narrowing: Mapping[str, str] = field(default_factory=dict)

    def query(self, **changes: str) -> str:
        """Return the address's parameters with these changes of what narrows; '' for the usual."""
        narrowing = {**self.narrowing, **changes}
        said = {"period": self.period if self.period != USUAL else "", "from": self.start, "to": self.end, **narrowing}
        written = {name: value for name, value in said.items() if value}
        return f"?{urlencode(written)}" if written else ""

    def at(self, period: str) -> Wanted:
        """Return the same for a time of this name."""
        return replace(self, period=period, start="", end="")

    def between(self, period: Period | None) -> Wanted | None:
        """Return the same for the days of this time; None for none."""
        if period is None:
            return None
        return replace(self, period="", start=period.first.isoformat(), end=period.last.isoformat())

    def keeping(self, takes: Collection[str]) -> Wanted:
        """Return the same for a report that knows these parameters only."""
        return replace(self, narrowing={name: value for name, value in self.narrowing.items() if name in takes})

    def time(self, today: date, zone: ZoneInfo) -> Period:
        """Return the time that is meant on this day. Raises Refusal."""
        try:
            if self.period:
                return named(self.period, today, zone)
            first = day_of(self.start)
            return days_between(first, day_of(self.end) if self.end else first, zone)
        except NoPeriod as error:
            raise Refusal(400, str(error), _DAYS) from None


def wanted_of(visit: Visit, takes: Iterable[str]) -> Wanted:
    """Read what an address asks for; `takes` are the parameters known besides the time. Raises Refusal."""
    return wanted_from(said_once(visit, (*TIME, *takes)))


def wanted_from(parameters: Mapping[str, str]) -> Wanted:
    """Return what these parameters, all of them known, ask for. Raises Refusal."""
    said = dict(parameters)
    period, start, end = (said.pop(name, "") for name in TIME)
    if period and (start or end):
        raise Refusal(400, "a time is given twice", "write `period`, or `from` and `to`")
    if period and period not in NAMED:
        raise Refusal(400, f"{period[:40]!r} is no time that we know", f"write one of {', '.join(NAMED)}")
    if end and not start:
        raise Refusal(400, "the time has an end and no beginning", "write `from` as well")
    return Wanted("" if start else period or USUAL, start, end, said)


def said_once(visit: Visit, known: Collection[str]) -> dict[str, str]:
    """Return the parameters that say something, each of which must be known and given once. Raises Refusal."""
    given = visit.request.query
    for name in given:
        if name not in known:
            raise Refusal(400, f"there is no parameter {name[:40]!r} here", f"there are {', '.join(known)}")
        if len(given.getall(name)) > 1:
            raise Refusal(400, f"the parameter {name!r} is given twice", "give it once")
        if len(given[name]) > LONGEST or "\0" in given[name]:
            raise Refusal(400, f"`{name}` is no name, number or day", "write it shorter")
    return {name: " ".join(value.split()) for name, value in given.items() if value.strip()}


def minutes_of(narrowing: Mapping[str, str], usual: int = 60) -> int:
    """Return how long an interval is to be; which lengths there are, the report knows. Raises Refusal."""
    text = narrowing.get("minutes", str(usual))
    if not (text.isascii() and text.isdigit() and len(text) <= 3):
        raise Refusal(400, "`minutes` is no number of minutes", "write 15, 30 or 60")
    return int(text)
