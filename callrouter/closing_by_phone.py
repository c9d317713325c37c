"""Closing the line by phone: the PIN, what, until when, with which message, and what was done, read back.

Owns the dialogue with the person, over the Conversation port. How long "until closing time" is, and the closing itself,
are somebody else's; what a keyed time means is in `closing_times`. PIN and keys are written nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Protocol

from callrouter.closing_message import MOST_NOTHING, PATIENCE, Choosing, Messages
from callrouter.closing_times import FEWEST_KEYS, MOST_KEYS, keyed_moment
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
#: What one call may do.
MOST_DEEDS = 20
#: Departments that are read out; those with a higher number are chosen by who knows it.
READ_OUT = 20

_NUMBER = Collect(name="number", least=1, most=2, go=Destination(kind="hangup"))
_TIME = Collect(name="time", least=FEWEST_KEYS, most=MOST_KEYS, go=Destination(kind="hangup"))
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


class Doors(Messages, Protocol):
    """Who closes and opens."""

    def closed_until(self, scope: Scope) -> datetime | None:
        """Return until when exactly this is closed by hand; None where it is not."""

    def until(self, scope: Scope, span: Span) -> datetime | None:
        """Return when a closure of that length ends; None where there is no such moment, as without opening hours."""

    async def close_for(self, scope: Scope, until: datetime, play: str, who: str) -> bool:
        """Close with a message, or the usual words; False where that cannot be done."""

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
        language = phrases.rendered_language(site, language)
        visit = _Visit(self.doors, self.clock, conversation, site, person, language)
        right = site.by_phone.closing
        try:
            if right is None:
                await visit.say("not_possible")
            elif await admitted(conversation, self._locks, person, right.pin, visit.say):
                await visit.lead()
            await conversation.hangup()
        except CallerGone:
            return
        finally:
            await visit.message.forget()


@dataclass
class _Visit:
    """One call of one person, and what they speak of."""

    doors: Doors
    clock: Clock
    conversation: Conversation
    site: Site
    person: str
    language: str
    scope: Scope = WHOLE_LINE
    message: Choosing = field(init=False)

    def __post_init__(self) -> None:
        self.message = Choosing(self.doors, self.conversation, self.site, self.language, self.say)

    async def say(self, *names: str) -> Heard:
        return await self.play(*self._phrases(*names))

    async def play(self, *spoken: Spoken) -> Heard:
        return await self.conversation.play(spoken, interruptible=True)

    async def lead(self) -> None:
        heard, nothing = await self._tell_state(), 0
        for _ in range(MOST_DEEDS):
            heard = heard or await self.say("closing_keys") or await self.conversation.listen(PATIENCE)
            match heard.text:
                case "1" | "2" | "3" as key:
                    heard = await self._close_for(*_SPANS[key])
                case "4":
                    heard = await self._close_until()
                case "5":
                    heard = await self.message.choose()
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

    async def _close_for(self, span: Span, said: str) -> Heard:
        until = self.doors.until(self.scope, span)
        return await self._close(until, said) if until is not None else await self.say("not_possible")

    async def _close_until(self) -> Heard:
        """Ask for a time, read it back, and close once that was confirmed."""
        heard = NOTHING
        for _ in range(MOST_NOTHING):
            heard = heard or await self.say("closing_when")
            entry = await digits.collect_keys(self.conversation, heard, digits.number(_TIME), _CLOCKS)
            if entry.status is Status.NO_INPUT:
                break
            until = keyed_moment(entry.text, self.site.company.zone, self.clock.now())
            if until is None:
                heard = await self.say("closing_bad_time")
                continue
            match await self._confirmed(until):
                case "1":
                    return await self._close(until, "closing_done")
                case "2":
                    heard = NOTHING
                case _:
                    break
        return await self.say("closing_not_done")

    async def _confirmed(self, until: datetime) -> str:
        """Read a time back and return the key that says what becomes of it; '' for none."""
        for _ in range(MOST_NOTHING):
            heard = await self.play(self._subject(), *self._told(until), *self._phrases("closing_confirm"))
            heard = heard or await self.conversation.listen(PATIENCE)
            if heard.text in ("1", "2"):
                return heard.text
        return ""

    async def _close(self, until: datetime, said: str) -> Heard:
        closed = await self.doors.close_for(self.scope, until, self.message.chosen, self.person)
        return await self._read_back(said) if closed else await self.say("not_possible")

    async def _tell_state(self) -> Heard:
        until = self.doors.closed_until(self.scope)
        if until is None:
            return await self._read_back("closing_is_open")
        return await self.play(self._subject(), *self._phrases("closing_is_closed"), *self._told(until))

    async def _read_back(self, name: str) -> Heard:
        """Say what is spoken of, and how it stands."""
        return await self.play(self._subject(), *self._phrases(name))

    def _told(self, until: datetime) -> list[Spoken]:
        """Say a moment as people key it in: its day, then hours and minutes, digit by digit."""
        zone = self.site.company.zone
        there, today = until.astimezone(UTC).astimezone(zone), self.clock.now().astimezone(zone).date()
        match (there.date() - today).days:
            case 0:
                day = self._phrases("closing_today")
            case 1:
                day = self._phrases("closing_tomorrow")
            case _:
                day = [
                    *self._phrases("closing_day"), *self._digits(f"{there:%d}"),
                    *self._phrases("closing_month"), *self._digits(f"{there:%m}"),
                ]  # fmt: skip
        return [*day, *self._phrases("closing_at"), *self._digits(f"{there:%H%M}")]

    def _phrases(self, *names: str) -> list[Spoken]:
        return [phrases.phrase(self.site, name, self.language) for name in names]

    def _digits(self, number: str) -> list[Spoken]:
        return phrases.digits(self.site, number, self.language)

    def _subject(self) -> Spoken:
        numbers = phrases.department_numbers(self.site)
        number = next((number for number, name in numbers.items() if name == self.scope.name), None)
        if number is None:
            return phrases.phrase(self.site, "closing_line", self.language)
        return phrases.numbered(self.site, number, self.scope.name, self.language)

    async def _choose(self) -> None:
        """Ask what to close; what is no choice leaves it at what it was."""
        numbers = phrases.department_numbers(self.site)
        named = [phrases.numbered(self.site, n, name, self.language) for n, name in numbers.items() if n <= READ_OUT]
        heard = await self.play(*self._phrases("closing_what"), *named)
        entry = await digits.collect_keys(self.conversation, heard, digits.number(_NUMBER), _CLOCKS)
        if entry.status is not Status.MATCH:
            return
        chosen = int(entry.text)
        if chosen == 0:
            self.scope = WHOLE_LINE
        elif chosen in numbers:
            self.scope = Scope(Extent.DEPARTMENT, numbers[chosen])
        else:
            await self.say("not_possible")
