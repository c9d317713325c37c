"""Taking a message: greeting, tone, recording, and what the caller may still do with it.

Owns the order of these and which recording is kept. Mailboxes, spool and mail are unknown here, and so is the
thanks: that is spoken when the message is safe.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from config.schema import Site, Wait
from ivr import digits, phrases
from ivr.conversation import (
    NOTHING,
    CallerGone,
    CannotRecord,
    Conversation,
    EndedBy,
    Heard,
    LineLost,
    Recorded,
    Recording,
    Taken,
    Taking,
    Utterance,
)
from ivr.digits import Status
from ivr.steps import KeysPressed, Note, PromptPlayed, ignore

#: What the steps of this dialogue call the menu.
MENU = "voicemail"
#: Who is asked so often what to do with his message keeps it.
MOST_TURNS = 10
#: How often a caller who pressed `#` too early may speak again, the first time included.
MOST_TRIES = 3
#: Less than this before the silence that ended a recording is a click, not a word; seconds.
CLICK = 0.5

KEEP, LISTEN, AGAIN = "1", "2", "3"

#: Is told where the next recording will lie, before the tone.
Began = Callable[[str], Awaitable[object]]


@dataclass(frozen=True)
class Message:
    """What came of it.

    `recording` is the one to keep; there is none if nothing at all was recorded. `empty` says that nobody spoke
    into it, as far as that shows without listening. `gone` is a caller who hung up, `lost` one whose line broke:
    then Asterisk may still write to the path told last. `refused` says that the disk took no message, or no more
    of it; the caller has been told.
    """

    recording: Recording | None
    empty: bool = False
    gone: bool = False
    lost: bool = False
    refused: bool = False


async def take_message(
    conversation: Conversation,
    site: Site,
    language: str,
    *,
    greeting: Sequence[Utterance],
    taking: Taking,
    least: float,
    review: bool = True,
    began: Began,
    note: Note = ignore,
) -> Message:
    """Take one message and return what came of it, also of a caller who hung up on the way.

    Recordings that the caller replaced are removed; the one returned belongs to whoever asked for it.
    """
    taker = _Taker(conversation, site, language, taking, least, began, note)
    refused = gone = lost = False
    try:
        try:
            await taker.take(greeting, review=review)
        except CannotRecord:
            refused = True
            await taker.say("cannot_record", "cannot record", interruptible=False)
    except CallerGone as error:
        gone, lost = True, isinstance(error, LineLost)
    kept = taker.kept
    return Message(kept, kept is None or taker.is_empty(kept), gone, lost, refused)


class _Taker:
    """One caller before one mailbox, and the best recording there is of him so far."""

    def __init__(
        self,
        conversation: Conversation,
        site: Site,
        language: str,
        taking: Taking,
        least: float,
        began: Began,
        note: Note,
    ) -> None:
        self.kept: Recording | None = None
        self._conversation = conversation
        self._site = site
        self._language = language
        self._taking = taking
        self._least = least
        self._began = began
        self._note = note

    def is_empty(self, recording: Recording) -> bool:
        """Tell whether nothing was said: silence from the beginning, or `#` before the least length."""
        return _is_silent(recording) or self._is_too_short(recording)

    async def take(self, greeting: Sequence[Utterance], *, review: bool) -> None:
        """Greet, record and review. Raises `CallerGone` and `CannotRecord`; `kept` then still holds."""
        for utterance in greeting:
            if await self._play(utterance, "greeting"):
                break
        newest = await self._record()
        if review and not self.is_empty(newest):
            await self._review()

    async def _review(self) -> None:
        """Let the caller listen and record anew until he keeps it: by key, silence, hanging up, or our patience."""
        heard = NOTHING
        for _ in range(MOST_TURNS):
            heard = heard or await self.say("review_message", "review", interruptible=True)
            entry = await digits.collect_keys(self._conversation, heard, _CHOICES, _WAIT)
            self._note(KeysPressed(entry.text, MENU, entry.status))
            heard = NOTHING
            if entry.status is Status.NO_INPUT or entry.text == KEEP:
                return
            if entry.text == LISTEN and self.kept is not None:
                # A key that stops it is the answer to the question that follows.
                heard = await self._play(Taken(self.kept.path, self.kept.seconds), "own message")
            elif entry.text == AGAIN and _is_silent(await self._record()):
                return

    async def _record(self) -> Recording:
        """Record until there is something of the least length, or the tries are used up; return the newest."""
        tries = 1
        newest = await self._record_once()
        while self._is_too_short(newest) and tries < MOST_TRIES:
            await self.say("message_too_short", "too short", interruptible=True)
            newest = await self._record_once()
            tries += 1
        return newest

    async def _record_once(self) -> Recording:
        path = self._conversation.recording_path()
        await self._began(path)
        try:
            newest = await self._conversation.record(self._taking, path)
        except CannotRecord as error:
            # What is cut short replaces nothing that is whole.
            if self.kept is None and error.saved is not None:
                self.kept = error.saved
            else:
                await self._conversation.discard(path)
            raise
        await self._choose(newest)
        if newest.gone:
            raise CallerGone
        return newest

    async def _choose(self, newest: Recording) -> None:
        """Keep the newest, unless the one before is long enough and it is not; remove the other."""
        before = self.kept
        if newest.seconds and (before is None or newest.said >= self._least or before.said < self._least):
            self.kept, other = newest, before
        else:
            other = newest
        if other is not None:
            await self._conversation.discard(other.path)

    def _is_too_short(self, recording: Recording) -> bool:
        return recording.ended_by is EndedBy.KEY and recording.seconds < self._least

    async def say(self, phrase: str, purpose: str, *, interruptible: bool) -> Heard:
        """Say one of our phrases. Raises `CallerGone`."""
        utterance = phrases.phrase(self._site, phrase, self._language)
        return await self._play(utterance, purpose, interruptible=interruptible)

    async def _play(self, utterance: Utterance, purpose: str, *, interruptible: bool = True) -> Heard:
        """Play and tell of it; what is meant for a waiting line that the caller has just left cuts nothing."""
        try:
            heard = await self._conversation.play([utterance], interruptible=interruptible)
            if heard.woken:
                heard = await self._conversation.play([utterance], interruptible=interruptible)
        except CallerGone:
            self._tell(utterance, purpose, whole=False)
            raise
        self._tell(utterance, purpose, whole=not heard)
        return heard

    def _tell(self, utterance: Utterance, purpose: str, *, whole: bool) -> None:
        match utterance:
            case Taken():
                return  # what he said himself is not for the story; that he listened shows by his key
            case Recorded(name, language):
                self._note(PromptPlayed(name, language, MENU, purpose, whole))
            case _:
                self._note(PromptPlayed(utterance.text, utterance.language, MENU, purpose, whole))


def _is_silent(recording: Recording) -> bool:
    return recording.ended_by is EndedBy.SILENCE and recording.said <= CLICK


_CHOICES = digits.among([KEEP, LISTEN, AGAIN])
_WAIT = Wait()
