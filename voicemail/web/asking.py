"""What a list is asked for, between an address and values: the pages and the API take the same parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from voicemail.model import Asked, Shown
from voicemail.web.visit import Refusal, Visit, Who

#: The longest words to look for, letters.
LONGEST = 200
_YES = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


@dataclass(frozen=True)
class Wanted:
    """A list as its address says it. `mailbox` '' for all; `since` and `until` are days at the site, both included."""

    mailbox: str = ""
    shown: Shown = Shown.OPEN
    words: str = ""
    unread: bool = False
    mine: bool = False
    since: date | None = None
    until: date | None = None
    before: str = ""

    @classmethod
    def of(cls, visit: Visit) -> Wanted:
        """Read the parameters; raises Refusal for what cannot be understood."""
        return cls(
            mailbox=(visit.query("mailbox") or "")[:LONGEST],
            shown=_shown(visit.query("show")),
            words=(visit.query("words") or "").replace("\0", " ")[:LONGEST].strip(),
            unread=_yes(visit, "unread"),
            mine=_yes(visit, "mine"),
            since=_day(visit, "since"),
            until=_day(visit, "until"),
            before=visit.query("before") or "",
        )

    def asked(self, who: Who, zone: ZoneInfo, limit: int) -> Asked:
        """Return it as the rules take it."""
        return Asked(
            mailboxes=frozenset({self.mailbox}) if self.mailbox else None,
            shown=self.shown,
            words=self.words,
            unread=self.unread,
            assigned_to=who.reader if self.mine else None,
            since=_start(self.since, zone) if self.since else None,
            until=_start(self.until + timedelta(days=1), zone) if self.until else None,
            before=self.before or None,
            limit=limit,
        )

    @property
    def narrowed(self) -> bool:
        """Whether anything but mailbox and kind is asked for."""
        return bool(self.words or self.unread or self.mine or self.since or self.until)

    def query(self, **changes: object) -> str:
        """Return the address's parameters with these changes, the usual ones left out; '' for none.

        >>> Wanted(mailbox="billing", before="a1").query(before="", shown=Shown.HANDLED)
        '?mailbox=billing&show=handled'
        """
        changed = replace(self, **changes)  # type: ignore[arg-type]  # names of our own fields, by keyword
        usual = Wanted()
        said: Mapping[str, object] = {
            ("show" if name == "shown" else name): value
            for name in self.__dataclass_fields__
            if (value := getattr(changed, name)) != getattr(usual, name)
        }
        written = {name: "1" if value is True else str(value) for name, value in said.items()}
        return f"?{urlencode(written)}" if written else ""


def limit_of(visit: Visit, usual: int, most: int) -> int:
    """Return how many were asked for; raises Refusal."""
    text = visit.query("limit") or str(usual)
    if not (text.isascii() and text.isdigit() and len(text) < 5 and 1 <= int(text) <= most):
        raise Refusal(400, "`limit` is no number that can be served", f"write 1 to {most}")
    return int(text)


def _shown(text: str | None) -> Shown:
    try:
        return Shown(text or Shown.OPEN)
    except ValueError:
        raise Refusal(400, "`show` is none of the lists", f"write one of {', '.join(Shown)}") from None


def _yes(visit: Visit, name: str) -> bool:
    try:
        return _YES[visit.query(name) or "0"]
    except KeyError:
        raise Refusal(400, f"`{name}` is neither yes nor no", "write 1, or leave it out") from None


def _day(visit: Visit, name: str) -> date | None:
    if (text := visit.query(name)) is None:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Refusal(400, f"`{name}` is no day", "write it as 2026-11-20") from None
    if not 1970 <= day.year <= 9000:
        raise Refusal(400, f"there were no messages by then: `{name}`", "write it as 2026-11-20")
    return day


def _start(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)
