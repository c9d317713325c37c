"""Speaking a recording by phone: the PIN, its number, the speaking, and what becomes of it.

Owns the dialogue with the person, over the Conversation port. How a take is read and kept is in `take_store` and
`draft_recordings`; PIN and keys are written nowhere.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from config.schema import Collect, Site, Wait
from config.values import Destination
from ivr import digits, phrases
from ivr.conversation import NOTHING, CallerGone, CannotRecord, Conversation, Heard, Taken, Taking, Utterance
from ivr.digits import Status
from ivr.pin import PinLocks, admitted
from ivr.speech.foreign_limits import MOST_SECONDS
from ivr.speech.takes import BadTake
from ledger.clock import Clock
from ledger.errors import LedgerError
from ledger.journal import Journal
from ledger.log import Log
from server.studio.audit import Acted, entry_of
from server.studio.prompts.draft_recordings import CannotKeep, DraftRecordings, KeptMeanwhile, Recording, recordings_of
from server.studio.prompts.take_store import Take, TakeStore, store_of
from server.studio.room import StudioRoom

#: What people dial to speak a recording.
CODE = "*77"
#: How long to wait for a key after the choices were told, seconds; tries at one thing; and recordings of one call.
PATIENCE, MOST_TRIES, MOST_RECORDINGS = 6.0, 3, 20

_NUMBER = Collect(name="number", least=1, most=3, go=Destination(kind="hangup"))
_CLOCKS = Wait(first_key=8.0, between_keys=3.0, whole=20.0)
_TAKING = Taking(longest=float(MOST_SECONDS), silence=5.0)
_log = Log(__name__)


@dataclass
class Speaking:
    """Serves people who dial in to speak. `draft` gives the site as the draft has it."""

    recordings: DraftRecordings
    store: TakeStore
    draft: Callable[[], Awaitable[Site]]
    clock: Clock
    #: Writes down who has put what into the draft.
    tell: Callable[[Acted], object]
    #: The room's, held by whoever writes into the draft.
    writing: asyncio.Lock
    _locks: PinLocks = field(init=False)

    def __post_init__(self) -> None:
        self._locks = PinLocks(self.clock, "the recordings")

    async def serve(self, conversation: Conversation, site: Site, person: str) -> None:
        """Let a person speak recordings, until they hang up or want no more."""
        language = (site.people[person].language if person in site.people else None) or site.company.language
        visit = _Visit(self, conversation, site, person, language)
        right = site.by_phone.recording
        try:
            if right is None:
                await visit.say("not_possible")
            elif await admitted(conversation, self._locks, person, right.pin, visit.say):
                await visit.lead()
            await conversation.hangup()
        except CallerGone:
            return


def speaking(room: StudioRoom, clock: Clock, journal: Journal) -> Speaking:
    """Return the dialogue of a server: it speaks into the draft, by the site as the draft has it where that can be."""

    async def draft() -> Site:
        return (await room.load_draft()).site or room.site()

    def tell(deed: Acted) -> object:
        return journal.append(entry_of(deed))

    return Speaking(recordings_of(room), store_of(room), draft, clock, tell, room.writing)


@dataclass
class _Visit:
    """One call of one person."""

    room: Speaking
    conversation: Conversation
    site: Site
    person: str
    language: str
    #: The digest of what lay in the draft when the person heard it last: only that is replaced.
    _seen: str = ""

    async def say(self, *names: str) -> Heard:
        return await self.play(*(phrases.phrase(self.site, name, self.language) for name in names))

    async def play(self, *utterances: Utterance) -> Heard:
        return await self.conversation.play(utterances, interruptible=True)

    async def lead(self) -> None:
        for _ in range(MOST_RECORDINGS):
            chosen = await self._choose()
            if chosen is None:
                return
            await self._hear_now(chosen)
            await self._speak(chosen)

    async def _choose(self) -> Recording | None:
        """Ask for a number until one is known; None when none is."""
        there = await asyncio.to_thread(self.room.recordings.list_all, await self.room.draft(), None)
        heard = NOTHING
        for _ in range(MOST_TRIES):
            heard = heard or await self.say("recording_which")
            entry = await digits.collect_keys(self.conversation, heard, digits.number(_NUMBER), _CLOCKS)
            if entry.status is Status.NO_INPUT:
                return None
            number = int(entry.text) if entry.status is Status.MATCH else 0
            found = next((one for one in there if number and one.number == number), None)
            if found is not None:
                return found
            heard = await self.say("recording_unknown")
        return None

    async def _hear_now(self, chosen: Recording) -> None:
        """Speak the number back and play what is there now, so that nobody replaces the wrong one."""
        recordings = self.room.recordings
        self._seen = await asyncio.to_thread(recordings.digest_of, chosen.language, chosen.name)
        path = await asyncio.to_thread(recordings.file_of, chosen.language, chosen.name)
        said = [phrases.phrase(self.site, f"digit_{digit}", self.language) for digit in str(chosen.number)]
        await self.play(*said, *([Taken(str(path), chosen.seconds or 0.0)] if path is not None else []))

    async def _speak(self, chosen: Recording) -> None:
        """Record until one is kept, or nobody wants to any more."""
        for _ in range(MOST_TRIES):
            take = await self._record(chosen)
            if take is None:
                await self.say("recording_bad")
                continue
            try:
                if not await self._decide(chosen, take):
                    return
            finally:
                await self.room.store.drop(take)

    async def _decide(self, chosen: Recording, take: Take) -> bool:
        """Do with a take what the person wants, and return whether they want to speak again."""
        for _ in range(MOST_TRIES):
            key = await self._judge(take)
            if key != "1":
                return key == "2"
            try:
                await self._keep(take)
            except KeptMeanwhile:
                await self.say("recording_meanwhile")
                await self._hear_now(chosen)
            else:
                return False
        return False

    async def _record(self, chosen: Recording) -> Take | None:
        """Return what was spoken; None where nothing is heard in it."""
        await self.say("recording_speak")
        path = self.conversation.recording_path()
        try:
            recording = await self.conversation.record(_TAKING, path)
            if recording.gone:
                raise CallerGone
            sent = await self.room.store.new_file()
            await asyncio.to_thread(_copy, Path(recording.path), sent)
            take = await self.room.store.add(sent, chosen.name, chosen.language)
        except (BadTake, CannotRecord, OSError) as error:
            _log.info("a recording by phone could not be used", person=self.person, kind=type(error).__name__)
            return None
        finally:
            with suppress(CallerGone):
                await self.conversation.discard(path)
        if take.measured.is_audible:
            return take
        await self.room.store.drop(take)
        return None

    async def _judge(self, take: Take) -> str:
        """Play the take and return the key that says what becomes of it; '' for none."""
        sound = Taken(str(take.path), take.measured.seconds)
        heard = await self.play(sound)
        for _ in range(MOST_TRIES):
            heard = heard or await self.say("recording_keys") or await self.conversation.listen(PATIENCE)
            if heard.text in ("1", "2"):
                return heard.text
            heard = await self.play(sound) if heard.text == "3" else NOTHING
        return ""

    async def _keep(self, take: Take) -> None:
        """Put the take into the draft, trimmed and as loud as the others: nobody on a phone can do that by hand.

        Raises KeptMeanwhile.
        """
        try:
            done = await self.room.store.finish(take, trim=True, level=True)
            site = await self.room.draft()
            async with self.room.writing:
                keep = self.room.recordings.keep
                await asyncio.to_thread(keep, done, take.language, take.name, site, self._seen)
        except KeptMeanwhile:
            raise
        except (BadTake, CannotKeep) as error:
            _log.warning("a recording by phone could not be kept", person=self.person, why=str(error))
            await self.say("recording_bad")
            return
        what, about = "spoke a recording into the draft", f"{take.language}/{take.name}"
        with suppress(LedgerError):  # it is in the draft all the same, and the page shows it there
            self.room.tell(Acted(self.room.clock.now(), self.person, what, about))
        await self.say("recording_kept")


def _copy(source: Path, target: Path) -> None:
    target.write_bytes(source.read_bytes())
