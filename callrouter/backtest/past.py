"""A call of the past as far as it can be lived again: what the caller did in which menu, and how each line was left.

Owns reading this from the journal's entries, one after another. What another site would make of it is not known here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from callrouter import events as ev
from callrouter.events import Outcome, Party
from callrouter.fax_tones import FAX_TONE

#: Nothing else of the journal is needed.
KINDS = tuple(
    kind.KIND for kind in (ev.CallOffered, ev.MenuEntered, ev.KeysPressed, ev.BranchTaken, ev.CallFailed, ev.CallEnded)
)
#: Of a call that goes in circles no more is taken down.
_MOST_VISITS = 200


class Answer(NamedTuple):
    """One entry of keys, '' for silence, and what it was to the menu of that day."""

    keys: str
    status: str


class Visited(NamedTuple):
    """A stay in a menu: every answer given there, and whether the caller hung up in it."""

    menu: str
    answers: tuple[Answer, ...] = ()
    hung_up: bool = False


class Left(NamedTuple):
    """A line or phone that the caller left without having been served, and why, as the journal has it."""

    place: str
    why: str


class Script(NamedTuple):
    """All that decides where a caller comes to, except for the time: calls of one script are lived again once."""

    did: str
    visits: tuple[Visited, ...] = ()
    left: tuple[Left, ...] = ()


@dataclass(frozen=True, slots=True)
class Past:
    """A call that came in and is over. `seconds` are when each menu was come to; `trouble` is why it tells nothing.

    `menus_at` is the time by which the menus took it, where that was another than its own.
    """

    call: str
    at: datetime
    ended: datetime
    ani: str
    script: Script
    seconds: tuple[float, ...] = ()
    trouble: str = ""
    menus_at: datetime | None = None
    #: The version of the site that it was on; '' where the journal does not tell.
    site: str = ""

    @property
    def begun(self) -> datetime:
        """When it was to the menus."""
        return self.menus_at or self.at

    @property
    def over(self) -> datetime:
        """When it was over, to the menus."""
        return self.begun + (self.ended - self.at)


@dataclass(slots=True)
class Telling:
    """A call that is being read."""

    call: str
    at: datetime
    did: str
    ani: str
    visits: list[tuple[str, list[Answer]]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    trouble: str = ""
    menus_at: datetime | None = None
    site: str = ""

    def take(self, kind: str, at: datetime, data: Mapping[str, Any]) -> Past | None:
        """Take one more entry; return the call once it is over."""
        if kind == ev.MenuEntered.KIND:
            if len(self.visits) == _MOST_VISITS:
                self.trouble = "it went round in circles"
            else:
                self.visits.append((str(data.get("menu", "")), []))
                self.seconds.append(max(0.0, (at - self.at).total_seconds()))
        elif kind == ev.KeysPressed.KIND:
            # Keys in a line, or at the end of a message, are no answer to a menu.
            if self.visits and self.visits[-1][0] == data.get("menu"):
                self.visits[-1][1].append(Answer(str(data.get("keys", "")), str(data.get("status", ""))))
        elif kind == ev.BranchTaken.KIND:
            self._branch(str(data.get("origin", "")), str(data.get("why", "")))
        elif kind == ev.CallFailed.KIND:
            self.trouble = "a fault of ours ended it"
        elif kind == ev.CallEnded.KIND:
            return self._over(at, data)
        return None

    def _branch(self, origin: str, why: str) -> None:
        if why == FAX_TONE:
            self.trouble = "a fax machine called"
        elif " " not in origin:  # a menu's name has none: what happens there follows from the keys
            return
        elif why.startswith("closed"):
            self.trouble = "something was closed by hand that day"
        elif len(self.left) < _MOST_VISITS:
            self.left.append(Left(origin, why))

    def _over(self, at: datetime, data: Mapping[str, Any]) -> Past:
        by_caller = data.get("hung_up_first") == Party.CALLER
        in_menu = data.get("abandoned_in") == "menu" or data.get("outcome") == Outcome.CLOSED
        last = len(self.visits) - 1 if by_caller and in_menu else -1
        visits = tuple(Visited(menu, tuple(answers), n == last) for n, (menu, answers) in enumerate(self.visits))
        script = Script(self.did, visits, tuple(self.left))
        return Past(
            self.call, self.at, at, self.ani, script, tuple(self.seconds), self.trouble, self.menus_at, self.site
        )


def _moment(text: str) -> datetime | None:
    """Return a time that the journal gives as text; None where there is none, or none that has a zone."""
    try:
        at = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return at if at is not None and at.tzinfo is not None else None


class Reading:
    """Puts entries of many calls together, as they come from the journal; holds what is not over yet."""

    #: A journal in which ends were lost does not fill the memory: the oldest call is given up.
    MOST = 20_000

    def __init__(self) -> None:
        self._open: dict[str, Telling] = {}
        #: Calls that began in the time, and whose end was never read.
        self.given_up = 0

    def take(self, call: str, kind: str, at: datetime, data: Mapping[str, Any]) -> Past | None:
        """Take an entry; return its call if this ended it. What belongs to no call that began here is passed over."""
        if kind == ev.CallOffered.KIND:
            if call in self._open:
                return None
            if len(self._open) == self.MOST:
                del self._open[next(iter(self._open))]
                self.given_up += 1
            self._open[call] = Telling(
                call, at, str(data.get("did", "")), str(data.get("ani", "")),
                menus_at=_moment(str(data.get("menus_at", ""))), site=str(data.get("site", "")),
            )  # fmt: skip
            return None
        telling = self._open.get(call)
        past = telling.take(kind, at, data) if telling is not None else None
        if past is not None:
            del self._open[call]
        return past

    @property
    def unfinished(self) -> int:
        """How many calls have begun and not ended."""
        return len(self._open) + self.given_up
