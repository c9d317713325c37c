"""Doors that somebody closed by hand: which are closed now, until when, and with what words.

Owns that state, which is derived from the journal, and its end by the clock. Who may close, where the sound of the
words comes from and what a caller lives before a closed door are not known here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from callrouter import events as ev
from callrouter.archive import events_of
from callrouter.chronicle import Chronicle
from callrouter.events import Event
from ledger.clock import Clock

if TYPE_CHECKING:  # it brings the database, which whoever only tries a site's calls does without
    from ledger.journal_reads import JournalReads

#: Nothing is closed by hand for longer; who means for ever changes the site.
LONGEST = timedelta(days=31)
#: The clock of the machine may be set meanwhile: the timer looks at least so often, seconds.
LOOK_AGAIN = 3600.0
#: With this begins the name of a message that somebody spoke by phone; no recording of a site is called so.
SPOKEN = "spoken:"


class Extent(StrEnum):
    """How much is closed."""

    LINE = "line"
    NUMBER = "number"
    DEPARTMENT = "department"


@dataclass(frozen=True)
class Scope:
    """What is closed: the whole line, or one number or department by its name."""

    extent: Extent
    name: str = ""

    def __str__(self) -> str:
        return f"{self.extent}:{self.name}" if self.name else str(self.extent)

    @classmethod
    def read(cls, written: str) -> Scope:
        """Read what `str` wrote. Raises ValueError."""
        extent, _, name = written.partition(":")
        found = cls(Extent(extent), name)
        if (found.extent is Extent.LINE) == bool(name):
            raise ValueError(f"{written!r} is no scope of a closure")
        return found


WHOLE_LINE = Scope(Extent.LINE)


@dataclass(frozen=True)
class Closure:
    """One closed door. `say` are (language, text) pairs; `play` names a recording that is played instead."""

    scope: Scope
    since: datetime
    until: datetime
    who: str
    say: tuple[tuple[str, str], ...] = ()
    play: str = ""


class Closures:
    """All doors closed by hand. Every question is quick; one that is late finds the door open by itself."""

    def __init__(self, chronicle: Chronicle, clock: Clock) -> None:
        self._chronicle = chronicle
        self._clock = clock
        self._closed: dict[Scope, Closure] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._watchers: list[Callable[[], None]] = []

    def restore(self, told: Iterable[Event]) -> None:
        """Take up what an earlier process of ours left closed; what ran out meanwhile is told to be open."""
        self._closed = fold(told)
        self._look()

    def watch(self, watcher: Callable[[], None]) -> None:
        """Have this called whenever a door was closed or opened. It must be quick and never raise."""
        self._watchers.append(watcher)

    def now(self) -> tuple[Closure, ...]:
        """Return what is closed at this moment, the widest first."""
        order = list(Extent)
        closed = [closure for closure in self._closed.values() if self._holds(closure)]
        return tuple(sorted(closed, key=lambda one: (order.index(one.scope.extent), one.scope.name)))

    def at_number(self, number: str) -> Closure | None:
        """Return what keeps callers of this number (in E.164) out, if anything does."""
        return self._first(Scope(Extent.NUMBER, number), WHOLE_LINE)

    def at_department(self, department: str, number: str) -> Closure | None:
        """Return what keeps callers of this number out of a department, if anything does."""
        return self._first(Scope(Extent.DEPARTMENT, department), Scope(Extent.NUMBER, number), WHOLE_LINE)

    async def close(self, closure: Closure) -> None:
        """Close a door for the next caller on, and wait until that is on disk. Closed again, the later one counts.

        Raises LedgerError when it is on no disk: the door is closed all the same, for as long as this process lives.
        """
        if not timedelta(0) < closure.until - self._clock.now() <= LONGEST:
            raise ValueError("a door is closed for 31 days at most, and not in the past")
        self._closed[closure.scope] = closure
        told = self._chronicle.tell(
            ev.LineClosed(
                at=self._clock.now(),
                department=closure.scope.name if closure.scope.extent is Extent.DEPARTMENT else "",
                scope=str(closure.scope),
                until=closure.until.isoformat(),
                who=closure.who,
                say=dict(closure.say),
                play=closure.play,
            )
        )
        self._changed()
        await told

    async def reopen(self, scope: Scope, who: str) -> bool:
        """Open a door again and wait until that is on disk; False where it was not closed."""
        closure = self._closed.get(scope)
        if closure is None or not self._holds(closure):
            return False
        told = self._open(scope, who)
        self._changed()
        await told
        return True

    def stop(self) -> None:
        """Stop the timer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _first(self, *scopes: Scope) -> Closure | None:
        found = (self._closed.get(scope) for scope in scopes)
        return next((closure for closure in found if closure is not None and self._holds(closure)), None)

    def _holds(self, closure: Closure) -> bool:
        return closure.until > self._clock.now()

    def _open(self, scope: Scope, who: str) -> Awaitable[object]:
        del self._closed[scope]
        department = scope.name if scope.extent is Extent.DEPARTMENT else ""
        event = ev.LineReopened(at=self._clock.now(), department=department, scope=str(scope), who=who)
        return self._chronicle.tell(event)

    def _look(self) -> None:
        """Tell what has come to its end, and look again when the next one does."""
        over = [scope for scope, closure in self._closed.items() if not self._holds(closure)]
        for scope in over:
            self._open(scope, "")
        self._time()
        if over:
            self._pass_on()

    def _changed(self) -> None:
        self._time()
        self._pass_on()

    def _pass_on(self) -> None:
        for watcher in self._watchers:
            watcher()

    def _time(self) -> None:
        self.stop()
        if self._closed:
            first = min(closure.until for closure in self._closed.values())
            pause = max(0.0, (first - self._clock.now()).total_seconds())
            self._timer = asyncio.get_running_loop().call_later(min(pause + 0.001, LOOK_AGAIN), self._look)


async def known(journal: JournalReads, now: datetime) -> list[Event]:
    """Read from the journal what was closed and opened within the time that a closure can last."""
    kinds = [ev.LineClosed.KIND, ev.LineReopened.KIND]
    since = now - LONGEST - timedelta(days=1)
    return events_of([entry async for entry in journal.between(since, now + timedelta(minutes=1), kinds)])


def fold(told: Iterable[Event]) -> dict[Scope, Closure]:
    """Return what these events, in their order, leave closed, whether or not its time has come.

    What another version wrote and this one cannot read keeps no door closed.
    """
    closed: dict[Scope, Closure] = {}
    for event in told:
        try:
            if isinstance(event, ev.LineClosed):
                scope, until = Scope.read(event.scope), datetime.fromisoformat(event.until)
                say = tuple((language, text) for language, text in event.say.items())
                closed[scope] = Closure(scope, event.at, until, event.who, say, event.play)
            elif isinstance(event, ev.LineReopened):
                closed.pop(Scope.read(event.scope), None)
        except (ValueError, TypeError):
            continue
    return closed
