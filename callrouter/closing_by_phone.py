"""Closing the line by phone: the PIN, what, until when, and what was done, read back.

Owns the dialogue with the person, over the Conversation port. How long "until closing time" is, and the closing itself,
are somebody else's; PIN and keys are written nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from callrouter.closures import WHOLE_LINE, Extent, Scope
from config.schema import Collect, Site, Wait
from config.values import Destination
from ivr import digits, phrases
from ivr.conversation import NOTHING, CallerGone, Conversation, Heard
from ivr.digits import Status
from ivr.pin import PinLocks, admitted
from ivr.speech.spoken import Spoken
from ledger.clock import Clock

#: What people dial to close something.
CODE = "*20"
#: How long to wait for a key after the choices were told, seconds; keys that mean nothing before we hang up; and deeds.
PATIENCE, MOST_NOTHING, MOST_DEEDS = 6.0, 3, 20
#: Departments that are read out; those with a higher number are chosen by who knows it.
READ_OUT = 20

_NUMBER = Collect(name="number", least=1, most=2, go=Destination(kind="hangup"))
_CLOCKS = Wait(first_key=8.0, between_keys=3.0, whole=20.0)


class Span(StrEnum):
    """For how long, as far as it can be said by one key."""

    HOUR = "hour"
    CLOSING_TIME = "closing time"
    NEXT_OPENING = "next opening"


#: By key: the span, and what is said once it is closed for that long.
_SPANS = {
    "1": (Span.HOUR, "closing_hour"),
    "2": (Span.CLOSING_TIME, "closing_until_end"),
    "3": (Span.NEXT_OPENING, "closing_until_next"),
}


class Doors(Protocol):
    """Who closes and opens."""

    def is_closed(self, scope: Scope) -> bool:
        """Tell whether exactly this is closed by hand now."""

    async def close_for(self, scope: Scope, span: Span, who: str) -> bool:
        """Close with the usual words; False where there is no such moment, as without opening hours."""

    async def reopen(self, scope: Scope, who: str) -> bool:
        """Open again; False where it was not closed."""


@dataclass
class Closing:
    """Serves people who dial in to close. One for the server: it remembers who guesses PINs."""

    doors: Doors
    clock: Clock
    _locks: PinLocks = field(init=False)

    def __post_init__(self) -> None:
        self._locks = PinLocks(self.clock, "closing the line")

    async def serve(self, conversation: Conversation, site: Site, person: str) -> None:
        """Let a person close and open, until they hang up or want no more."""
        language = (site.people[person].language if person in site.people else None) or site.company.language
        visit = _Visit(self.doors, conversation, site, person, language)
        right = site.by_phone.closing
        try:
            if right is None:
                await visit.say("not_possible")
            elif await admitted(conversation, self._locks, person, right.pin, visit.say):
                await visit.lead()
            await conversation.hangup()
        except CallerGone:
            return


@dataclass
class _Visit:
    """One call of one person, and what they speak of."""

    doors: Doors
    conversation: Conversation
    site: Site
    person: str
    language: str
    scope: Scope = WHOLE_LINE

    async def say(self, *names: str) -> Heard:
        return await self.play(*(phrases.phrase(self.site, name, self.language) for name in names))

    async def play(self, *spoken: Spoken) -> Heard:
        return await self.conversation.play(spoken, interruptible=True)

    async def lead(self) -> None:
        heard, nothing = await self._tell_state(), 0
        for _ in range(MOST_DEEDS):
            heard = heard or await self.say("closing_keys") or await self.conversation.listen(PATIENCE)
            match heard.text:
                case "1" | "2" | "3" as key:
                    heard = await self._close(*_SPANS[key])
                case "0":
                    await self._choose()
                    heard = await self._tell_state()
                case "9":
                    opened = await self.doors.reopen(self.scope, self.person)
                    heard = await self._read_back("closing_opened" if opened else "closing_is_open")
                case _:
                    nothing += 1
                    if nothing >= MOST_NOTHING:
                        return
                    heard = NOTHING

    async def _close(self, span: Span, said: str) -> Heard:
        closed = await self.doors.close_for(self.scope, span, self.person)
        return await self._read_back(said) if closed else await self.say("not_possible")

    async def _tell_state(self) -> Heard:
        return await self._read_back("closing_is_closed" if self.doors.is_closed(self.scope) else "closing_is_open")

    async def _read_back(self, name: str) -> Heard:
        """Say what is spoken of, and how it stands."""
        return await self.play(self._subject(), phrases.phrase(self.site, name, self.language))

    def _subject(self) -> Spoken:
        numbers = phrases.department_numbers(self.site)
        number = next((number for number, name in numbers.items() if name == self.scope.name), None)
        language = phrases.rendered_language(self.site, self.language)
        if number is None:
            return phrases.phrase(self.site, "closing_line", language)
        return phrases.numbered(self.site, number, self.scope.name, language)

    async def _choose(self) -> None:
        """Ask what to close; what is no choice leaves it at what it was."""
        numbers = phrases.department_numbers(self.site)
        language = phrases.rendered_language(self.site, self.language)
        named = [phrases.numbered(self.site, n, name, language) for n, name in numbers.items() if n <= READ_OUT]
        what = phrases.phrase(self.site, "closing_what", language)
        entry = await digits.collect_keys(self.conversation, await self.play(what, *named), _number(), _CLOCKS)
        if entry.status is not Status.MATCH:
            return
        chosen = int(entry.text)
        if chosen == 0:
            self.scope = WHOLE_LINE
        elif chosen in numbers:
            self.scope = Scope(Extent.DEPARTMENT, numbers[chosen])
        else:
            await self.say("not_possible")


def _number() -> digits.Judge:
    return digits.number(_NUMBER)
