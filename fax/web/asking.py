"""What a list of faxes is asked for: the pages and the API take the same parameters."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from fax.model import Asked, Direction, Shown
from ledger.web.asking import LONGEST, Narrowed, begins, ends, narrowing_of, one_of
from ledger.web.visit import Visit, Who


@dataclass(frozen=True)
class Wanted(Narrowed):
    """A list as its address says it. `box` '' for all, `shown` '' for what is usual in that list.

    >>> Wanted(box="billing", before="a1").query(before="", shown="handled")
    '?box=billing&show=handled'
    """

    box: str = ""
    shown: str = ""

    @classmethod
    def of(cls, visit: Visit) -> Wanted:
        """Read the parameters; raises Refusal for what cannot be understood."""
        shown = one_of(visit, "show", Shown, Shown.ALL).value if visit.query("show") else ""
        return cls(box=(visit.query("box") or "")[:LONGEST], shown=shown, **narrowing_of(visit))

    def asked(self, direction: Direction | None, usual: Shown, who: Who, zone: ZoneInfo, limit: int) -> Asked:
        """Return it as the rules take it."""
        return Asked(
            direction=direction,
            boxes=frozenset({self.box}) if self.box else None,
            shown=Shown(self.shown) if self.shown else usual,
            words=self.words,
            unread=self.unread,
            assigned_to=who.reader if self.mine else None,
            since=begins(self.since, zone),
            until=ends(self.until, zone),
            before=self.before or None,
            limit=limit,
        )
