"""The office that closes doors by hand: whoever may, from the pages or by phone, comes here.

Owns what a closure needs besides the moment: its words made into sound before it begins, and what "until closing time"
means on this site. Which doors are closed, and what callers live there, is in `callrouter`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from callrouter import closures as closing
from callrouter.chronicle import Chronicle
from callrouter.closing_by_phone import Span
from callrouter.closures import LONGEST, SPOKEN, Closure, Closures, Extent, Scope
from config.calendar import open_state
from config.recordings import FOLDER, SUFFIXES, Recordings
from config.schema import Hours, Site
from config.values import e164
from ivr import phrases
from ivr.attendant import closed as attending
from ivr.conversation import Taken, Utterance
from ivr.speech.spoken import Spoken, wording
from ledger.clock import Clock
from ledger.errors import LedgerError
from ledger.journal import Journal
from server.closure_messages import SpokenMessages
from server.progress import Show, silent
from server.spoken_sounds import NoSound, SpokenSounds, Store

log = structlog.get_logger(__name__)

#: A publication waits so long for the words of all closures, seconds: it may be what mends the voice.
FOLLOWING = 45.0
#: How long a recording lasts is measured by nobody, and read by nobody who plays it; seconds.
_SOME_SECONDS = 3.0


class CannotClose(Exception):
    """This is not closed; the text says why, for whoever wanted it."""


@dataclass(frozen=True)
class Words:
    """What callers of a closed door hear: texts by language, or the recording or spoken message of this name."""

    say: Mapping[str, str]
    play: str = ""


@dataclass(frozen=True)
class ClosureOffice:
    """Closes and opens. `recordings` tells what lies beside the version that is served."""

    site: Callable[[], Site]
    closures: Closures
    sounds: SpokenSounds
    clock: Clock
    recordings: Callable[[], Recordings]
    #: Where the emergency attendant finds what is closed, beside its snapshot.
    attendant: Path
    #: What supervisors spoke by phone.
    spoken: SpokenMessages
    _telling: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)

    def scopes(self) -> dict[str, str]:
        """Return what can be closed, each by what `Scope.read` reads, with its title; the whole line first."""
        site = self.site()
        found = {str(closing.WHOLE_LINE): "The whole line"}
        for name, department in site.departments.items():
            found[str(Scope(Extent.DEPARTMENT, name))] = department.name or name
        for written in site.numbers:
            found[str(Scope(Extent.NUMBER, e164(written, site.company.country) or written))] = written
        return found

    def usual_words(self) -> Words:
        """Return what is said where nobody chose other words."""
        site = self.site()
        return Words({language: _usual(site, language).text for language in site.company.languages})

    def recorded(self) -> list[str]:
        """Return the recordings that can be played: those that are there in every language. Blocks."""
        recordings, languages = self.recordings(), self.site().company.languages
        names = {Path(file).stem for language, file in recordings.files() if language == languages[0]}
        return sorted(n for n in names if all(recordings.heard(language, n).fault is None for language in languages))

    def offered(self) -> list[str]:
        """Return what can be played: the recordings, and what was spoken for a door that is closed now. Blocks."""
        return [*self.recorded(), *sorted(self._spoken_in_use())]

    def found(self, scope: Scope) -> Closure | None:
        """Return how exactly this is closed by hand now; None where it is not."""
        return next((closure for closure in self.closures.now() if closure.scope == scope), None)

    def closed_until(self, scope: Scope) -> datetime | None:
        """Return until when exactly this is closed by hand; None where it is not."""
        closure = self.found(scope)
        return closure.until if closure is not None else None

    def until(self, scope: Scope, span: Span) -> datetime | None:
        """Return when a closure of that length ends; None where no hours tell, or they tell of another month."""
        now = self.clock.now()
        if span is Span.HOUR:
            return now + timedelta(hours=1)
        site = self.site()
        moments = (_moment(hours, site.company.timezone, now, span) for hours in _hours_of(site, scope))
        found = [moment for moment in moments if moment is not None and now < moment <= now + LONGEST]
        if not found:
            return None
        # Of several the line is closed until the last one ends its day, or the first one begins its next.
        return max(found) if span is Span.CLOSING_TIME else min(found)

    def find(self, spoken: Spoken) -> Utterance | None:
        """Return what is played for the words of a closure; None if they have no sound."""
        return self.sounds.find(spoken)

    def recording(self, name: str, language: str) -> Taken | None:
        """Return the recording of this name in the version that is served; None where a later one has it no more.

        A caller may be on an older version: the file is named wholly. Looks at a few names of files. A message
        that was spoken by phone is the same in every language.
        """
        if name.startswith(SPOKEN):
            return self.spoken.find(name)
        file = self.recordings().site / FOLDER / language / name
        there = any(file.with_name(f"{name}{suffix}").is_file() for suffix in SUFFIXES)
        return Taken(f"{file}.wav", _SOME_SECONDS) if there else None

    async def follow(self, site: Site) -> None:
        """Have the words of what is closed spoken as a version of the site says; what cannot be is logged.

        Callers hear the usual words of a closed line in its place.
        """
        try:
            async with asyncio.timeout(FOLLOWING):
                for closure in self.closures.now():
                    if not closure.play:
                        await self._speak(site, closure)
        except TimeoutError:
            log.warning("the words of closures take too long to speak; the version does not wait for them")

    def _playable(self, name: str) -> list[str]:
        """Return what can be played, as far as it matters for this name. Blocks."""
        if name.startswith(SPOKEN):
            return [name] if self.spoken.find(name) is not None else []
        return self.recorded()

    def _spoken_in_use(self) -> set[str]:
        return {closure.play for closure in self.closures.now() if closure.play.startswith(SPOKEN)}

    async def _speak(self, site: Site, closure: Closure) -> None:
        try:
            await self.sounds.make(_spoken(site, Words(dict(closure.say))))
        except (NoSound, CannotClose) as error:
            log.warning("the words of a closure have no sound", scope=str(closure.scope), why=str(error))

    async def close(self, scope: Scope, until: datetime, words: Words, who: str, show: Show = silent) -> Closure:
        """Close a door once the words have their sound. Raises CannotClose, saying what to do about it."""
        site, now = self.site(), self.clock.now()
        if str(scope) not in self.scopes():
            raise CannotClose("there is no such number or department any more: choose again")
        if not now < until <= now + LONGEST:
            raise CannotClose("choose a time to come, at most 31 days from now")
        say: tuple[tuple[str, str], ...] = ()
        if words.play:
            if words.play not in await asyncio.to_thread(self._playable, words.play):
                raise CannotClose("there is no such recording in every language: choose another, or write the words")
        else:
            spoken = _spoken(site, words)
            try:
                await self.sounds.make(spoken, show)
            except NoSound as error:
                raise CannotClose(f"the words have no sound: {error}") from error
            say = tuple((one.language, one.text) for one in spoken)
        # In UTC: a time that clocks skip or show twice is one moment, now and after a restart.
        until = until.astimezone(UTC)
        closure = Closure(scope, now, until, who, say, words.play)
        try:
            await self.closures.close(closure)
        except LedgerError as error:
            raise CannotClose(
                f"it is closed, but that could not be written down ({error}): a restart forgets it"
            ) from error
        finally:
            await self.tell_attendant()
        return closure

    async def close_for(self, scope: Scope, until: datetime, play: str, who: str) -> bool:
        """Close with a message, or with the usual words for ''; False where that cannot be done."""
        words = Words({}, play) if play else self.usual_words()
        try:
            await self.close(scope, until, words, who)
        except CannotClose as error:
            log.info("a door could not be closed by phone", scope=str(scope), who=who, why=str(error))
            return False
        return True

    async def messages(self) -> list[str]:
        """List what somebody on a phone may choose from."""
        return await asyncio.to_thread(self.offered)

    async def keep_spoken(self, path: str) -> str | None:
        """Keep what somebody spoke by phone, and return its name; None where nobody would hear anything in it."""
        try:
            return await asyncio.to_thread(self.spoken.keep, Path(path), self._spoken_in_use())
        except OSError as error:
            log.error("a message spoken by phone could not be kept", error=str(error))
            return None

    async def drop_spoken(self, name: str) -> None:
        """Forget what somebody spoke, unless a door is closed with it."""
        if name not in self._spoken_in_use():
            await asyncio.to_thread(self.spoken.drop, name)

    async def forget_spoken(self) -> None:
        """Forget what was spoken by phone and no door is closed with, as after a start."""
        await asyncio.to_thread(self.spoken.drop_all_but, self._spoken_in_use())

    async def reopen(self, scope: Scope, who: str) -> bool:
        """Open again; False where it was not closed."""
        opened = await self.closures.reopen(scope, who)
        await self.tell_attendant()
        return opened

    async def tell_attendant(self) -> None:
        """Write down for the emergency attendant what is closed; it sees itself when that is over."""
        async with self._telling:  # of two at once the later one has seen both
            doors = [self._door(closure) for closure in self.closures.now()]
            try:
                await asyncio.to_thread(attending.write, self.attendant, doors)
            except OSError as error:
                log.error("the emergency attendant does not learn what is closed", error=str(error))

    def _door(self, closure: Closure) -> attending.Closed:
        """Return a closure with the files of its sound."""
        site = self.site()
        found: list[tuple[str, Taken | None]] = []
        if closure.play:
            found = [(language, self.recording(closure.play, language)) for language in site.company.languages]
        else:
            with suppress(CannotClose):  # words in languages that the site has no more
                found = [(one.language, self.sounds.find(one)) for one in _spoken(site, Words(dict(closure.say)))]
        said = tuple(attending.Words(language, sound.path, sound.seconds) for language, sound in found if sound)
        return attending.Closed(str(closure.scope), closure.until.isoformat(), said)


@asynccontextmanager
async def keeping_doors(
    site: Callable[[], Site],
    chronicle: Chronicle,
    journal: Journal,
    clock: Clock,
    store: Store,
    recordings: Callable[[], Recordings],
    attendant: Path,
) -> AsyncIterator[ClosureOffice]:
    """Keep the doors closed that an earlier process of ours closed, and those that will be."""
    closures = Closures(chronicle, clock)
    closures.restore(await closing.known(journal, clock.now()))
    spoken = SpokenMessages(attendant / "closures")
    office = ClosureOffice(site, closures, SpokenSounds(store), clock, recordings, attendant, spoken)
    try:
        await office.forget_spoken()
        await office.follow(site())  # the folder of sounds may be a new one
        await office.tell_attendant()
        yield office
    finally:
        closures.stop()


def _spoken(site: Site, words: Words) -> list[Spoken]:
    """Return the words in every language of the company; one left empty is said in the first that is written."""
    written = {language: wording(text) for language, text in words.say.items() if wording(text)}
    if not written:
        raise CannotClose("write what callers are to hear")
    found = []
    for language in site.company.languages:
        if language in written:
            voices = site.voices.get(language)
            found.append(Spoken(written[language], language, voices.voice if voices else None))
    if not found:
        raise CannotClose("write what callers are to hear in a language of the company")
    return found


def _usual(site: Site, language: str) -> Spoken:
    return phrases.phrase(site, "closed_emergency", language)


def _hours_of(site: Site, scope: Scope) -> Iterable[Hours]:
    """Return the hours that a scope has: a department its own, all else those of all departments and menus."""
    if scope.extent is Extent.DEPARTMENT:
        department = site.departments.get(scope.name)  # a publication may have taken it away meanwhile
        names = {department.hours if department is not None else None}
    else:
        names = {department.hours for department in site.departments.values()}
        names |= {menu.closed.hours for menu in site.menus.values() if menu.closed is not None}
    return [site.hours[name] for name in names if name is not None]


def _moment(hours: Hours, zone: str, now: datetime, span: Span) -> datetime | None:
    """Return when these hours end, if they are open; or when they begin the next time."""
    state = open_state(hours, zone, now)
    if span is Span.CLOSING_TIME:
        return state.until if state.open else None
    if state.open and state.until is not None:
        state = open_state(hours, zone, state.until)
    return state.until if not state.open else None
