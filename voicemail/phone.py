"""Listening to messages by phone: the PIN, then one message after the other.

Owns the dialogue with the person, over the Conversation port. Whose phone it is was proved by the phone's own secret;
the PIN proves who holds it. Neither PIN nor keys are written anywhere.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from config.phrase_names import MOST_COUNTED
from config.schema import Site
from ivr import phrases
from ivr.conversation import NOTHING, CallerGone, Conversation, HandedOver, Heard, Reply, Taken, Utterance
from ivr.pin import PinLocks, ask_pin
from ledger.clock import Clock
from ledger.spool import Spool
from voicemail.model import Asked, Message, NoSuchMessage, NotPossible, Shown
from voicemail.service import Voicemail

#: Messages of one visit, and keys that mean nothing before we hang up.
MOST_MESSAGES, MOST_NOTHING = 100, 3
#: How long to wait for a key after the choices were told, seconds.
PATIENCE = 6.0

#: Calls a number for this person, from this conversation, and tells when that is over; None if it may not be called.
CallBack = Callable[[Conversation, str, str], Awaitable[HandedOver | None]]


@dataclass
class Listening:
    """Serves people who dial in for their messages. One for the server: it remembers who guesses PINs."""

    voicemail: Voicemail
    spool: Spool
    clock: Clock
    call_back: CallBack | None = None
    _locks: PinLocks = field(init=False)

    def __post_init__(self) -> None:
        self._locks = PinLocks(self.clock, "its mailboxes")

    async def serve(self, conversation: Conversation, site: Site, person: str) -> None:
        """Let a person listen, until they hang up or there is nothing more."""
        language = (site.people[person].language if person in site.people else None) or site.company.language
        visit = _Visit(self, conversation, site, person, language)
        try:
            mailboxes = await self._opened(visit)
            if mailboxes:
                await visit.listen(mailboxes)
            await conversation.hangup()
        except CallerGone:
            return

    async def _opened(self, visit: _Visit) -> frozenset[str]:
        """Ask for the PIN and return the mailboxes it opens; says itself why there are none.

        The PIN of a person's own mailbox opens every mailbox the person may read, that of another only that one.
        """
        site, person = visit.site, visit.person
        readable = self.voicemail.may_read(person)
        pins = {name: pin for name in readable if (pin := site.mailbox(name).pin) is not None}
        if not pins:
            await visit.say("inbox_closed")
            return frozenset()
        pressed = NOTHING
        while True:
            if self._locks.is_locked(person):
                await visit.say("inbox_locked")
                return frozenset()
            pin = await visit.ask_pin(pressed)
            if pin is None:
                return frozenset()
            opened = frozenset(name for name, right in pins.items() if hmac.compare_digest(right, pin))
            if opened:
                self._locks.right(person)
                return readable if person in opened else opened
            self._locks.wrong(person)
            pressed = await visit.say("inbox_pin_wrong")


@dataclass
class _Visit:
    """One call of one person."""

    room: Listening
    conversation: Conversation
    site: Site
    person: str
    language: str

    async def say(self, name: str) -> Heard:
        return await self._play(phrases.phrase(self.site, name, self.language))

    async def ask_pin(self, pressed: Heard) -> str | None:
        """Return what was entered, beginning with what is pressed already; None when nothing was, again and again."""
        return await ask_pin(self.conversation, pressed, lambda: self.say("inbox_pin"))

    async def listen(self, mailboxes: frozenset[str]) -> None:
        """Play the new messages, the oldest first; with none, those that wait to be handled."""
        service = self.room.voicemail
        asked = Asked(mailboxes, Shown.OPEN, limit=MOST_MESSAGES)
        waiting = (await service.search(asked)).messages
        new = [message for message in waiting if message.is_unread]
        heard = await self.say(_counted(len(new)) if new else "inbox_old" if waiting else "inbox_none")
        for message in reversed(new or waiting):
            try:
                heard = await self._one(message, heard)
            except (NoSuchMessage, NotPossible):  # somebody else has taken it away meanwhile
                heard = await self.say("inbox_deleted")
        if waiting:
            await self.say("inbox_end")

    async def _one(self, message: Message, pressed: Heard) -> Heard:
        """Play one message until the person goes on; return a key pressed ahead."""
        service = self.room.voicemail
        heard, nothing = pressed, 0
        if not heard:
            heard = await self._sound(message)
        while True:
            if not heard:
                heard = await self.say("inbox_keys") or await self.conversation.listen(PATIENCE)
            match heard.text:
                case "1":
                    heard = await self._sound(message)
                    continue
                case "2" | "#":
                    return NOTHING
                case "3":
                    await service.delete(message.id, self.person)
                    return await self.say("inbox_deleted")
                case "4":
                    await self._call_back(message)
                case "5":
                    await service.handle(message.id, self.person)
                    return await self.say("inbox_handled")
                case _:
                    nothing += 1
                    if nothing >= MOST_NOTHING:
                        return NOTHING
            heard = NOTHING

    async def _sound(self, message: Message) -> Heard:
        await self.room.voicemail.heard(message.id, self.person, "by phone")
        path = str(self.room.spool.path_of(message.file))
        return await self._play(phrases.phrase(self.site, "inbox_message", self.language), Taken(path, message.seconds))

    async def _call_back(self, message: Message) -> None:
        call = self.room.call_back
        handed = await call(self.conversation, self.person, message.ani) if call is not None and message.ani else None
        if handed is None:
            await self.say("inbox_no_call")
            return
        how = f"by phone: talked for {handed.talked:.0f} s" if handed.reply is Reply.ANSWERED else handed.reply.value
        await self.room.voicemail.called_back(message.id, self.person, how)
        if handed.caller_gone:
            raise CallerGone
        if handed.reply is not Reply.ANSWERED:
            await self.say("no_answer")

    async def _play(self, *utterances: Utterance) -> Heard:
        return await self.conversation.play(utterances, interruptible=True)


def _counted(number: int) -> str:
    return f"inbox_{number}" if number <= MOST_COUNTED else "inbox_many"
