"""What a list of messages is asked for: the pages and the API take the same parameters."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from ledger.web.asking import LONGEST, Narrowed, begins, ends, narrowing_of, one_of
from ledger.web.visit import Visit, Who
from voicemail.model import Asked, Shown


@dataclass(frozen=True)
class Wanted(Narrowed):
    """A list as its address says it. `mailbox` '' for all.

    >>> Wanted(mailbox="billing", before="a1").query(before="", shown=Shown.HANDLED)
    '?mailbox=billing&show=handled'
    """

    mailbox: str = ""
    shown: Shown = Shown.OPEN

    @classmethod
    def of(cls, visit: Visit) -> Wanted:
        """Read the parameters; raises Refusal for what cannot be understood."""
        mailbox = (visit.query("mailbox") or "")[:LONGEST]
        return cls(mailbox=mailbox, shown=one_of(visit, "show", Shown, Shown.OPEN), **narrowing_of(visit))

    def asked(self, who: Who, zone: ZoneInfo, limit: int) -> Asked:
        """Return it as the rules take it."""
        return Asked(
            mailboxes=frozenset({self.mailbox}) if self.mailbox else None,
            shown=self.shown,
            words=self.words,
            unread=self.unread,
            assigned_to=who.reader if self.mine else None,
            since=begins(self.since, zone),
            until=ends(self.until, zone),
            before=self.before or None,
            limit=limit,
        )
