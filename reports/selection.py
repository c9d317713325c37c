"""Which calls stand behind a figure: named in an address, and the same when they are counted and when they are listed.

Owns the allow-list of what may be asked. The SQL is in `counting`; nothing of a request gets there but values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any

from reports.period import YEARS

#: No name, number or word that is asked for is longer.
LONGEST = 200


class NoSelection(ValueError):
    """This names no selection of calls; the text says what is wrong."""


@dataclass(frozen=True)
class Selection:
    """The calls that came in from `start` up to `end` (UTC) and are counted as `count`, a name of `counting.COUNTS`.

    What is '' or None does not narrow. `hour` (0 to 23) and `weekday` (0 Monday) are of the site's own clock. `issued`
    is the report that a figure stands in, by whose definition it is counted; '' for how the site counts today.
    """

    count: str
    start: datetime
    end: datetime
    department: str = ""
    person: str = ""
    did: str = ""
    ani: str = ""
    menu: str = ""
    value: str = ""
    hour: int | None = None
    weekday: int | None = None
    issued: str = ""

    def query(self) -> dict[str, str]:
        """Return it as the parameters of an address, without those that say nothing."""
        found = {"count": self.count, "from": self.start.isoformat(), "to": self.end.isoformat()}
        for name in _NARROWING:
            value = getattr(self, name)
            if value not in ("", None):
                found[name] = str(value)
        return found

    def narrowed(self, **by: Any) -> Selection:
        """Return a part of it."""
        return replace(self, **by)


_NARROWING = tuple(field.name for field in fields(Selection) if field.name not in ("count", "start", "end"))
PARAMETERS = frozenset({"count", "from", "to", *_NARROWING})


def selection_of(asked: Mapping[str, str], known: frozenset[str] | set[str]) -> Selection:
    """Read a selection from parameters; `known` are the names of counts. Raises NoSelection."""
    if wrong := next((name for name in asked if name not in PARAMETERS), ""):
        raise NoSelection(f"there is no parameter {wrong[:40]!r}; there are {', '.join(sorted(PARAMETERS))}")
    if asked.get("count", "") not in known:
        raise NoSelection(f"nothing is counted as {asked.get('count', '')[:40]!r}")
    texts = {name: asked[name] for name in _NARROWING if name in asked and name not in ("hour", "weekday")}
    if long := next((name for name, text in texts.items() if len(text) > LONGEST or "\0" in text), ""):
        raise NoSelection(f"{long} is no name or number")
    start, end = _moment(asked, "from"), _moment(asked, "to")
    if end <= start:
        raise NoSelection("the time ends before it begins: write the earlier moment first")
    return Selection(
        asked["count"], start, end, **texts, hour=_small(asked, "hour", 24), weekday=_small(asked, "weekday", 7)
    )


def _moment(asked: Mapping[str, str], name: str) -> datetime:
    try:
        at = datetime.fromisoformat(asked.get(name, ""))
    except ValueError:
        raise NoSelection(f"{name} is no moment: write one such as 2026-11-24T00:00:00+02:00") from None
    if at.tzinfo is None:
        raise NoSelection(f"{name} has no offset: write one such as 2026-11-24T00:00:00+02:00")
    if at.year not in YEARS:
        raise NoSelection(f"{name} is no time that we have calls of")
    return at.astimezone(UTC)


def _small(asked: Mapping[str, str], name: str, below: int) -> int | None:
    if name not in asked:
        return None
    if not asked[name].isascii() or not asked[name].isdigit() or len(asked[name]) > 2 or int(asked[name]) >= below:
        raise NoSelection(f"{name} is a number from 0 to {below - 1}")
    return int(asked[name])
