"""Leaving a message: the call's part of it, from the mailbox's greeting to the thanks.

Owns what is told of it and when it is safe: before the tone it is known where the recording will lie, and "thank you"
is said only when the message is kept.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import structlog

from callrouter import events as ev
from callrouter.fax_tones import IsMachine, nobody_listens
from callrouter.messages import LeftMessage, Messages, told_once
from callrouter.patience import on_disk
from callrouter.ports import Story
from ivr import phrases
from ivr.conversation import CallerGone, Conversation, LineLost, Taking
from ivr.fax_came import is_only_tone
from ivr.greeting import greeting
from ivr.interpreter import Dialogue
from ivr.message import take_message
from ivr.steps import Note
from ledger.clock import Clock
from ledger.errors import LedgerError

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Left:
    """What came of it: a message was kept, one in which nobody spoke, or none. `refused` is a disk that takes none."""

    kept: bool = False
    empty: bool = True
    gone: bool = False
    refused: bool = False


@dataclass(frozen=True)
class Leaving:
    """Takes messages of callers into mailboxes."""

    chronicle: Story
    messages: Messages
    clock: Clock

    async def leave(
        self, conversation: Conversation, dialogue: Dialogue, *, call: str, mailbox: str, note: Note,
        is_machine: IsMachine = nobody_listens,
    ) -> Left:  # fmt: skip
        """Let the caller leave a message. Raises LineLost for a line that broke; a hang-up is told by `gone`.

        A fax machine that took the caller away before anything was said leaves no message.
        """
        site, language = dialogue.site, dialogue.language
        box = site.mailbox(mailbox)

        async def began(path: str) -> None:
            about = ev.MessageBegun(at=self.clock.now(), call=call, mailbox=mailbox, file=Path(path).name)
            await on_disk(self.chronicle.tell(about), call)

        message = await take_message(
            conversation,
            site,
            language,
            greeting=[greeting(site, box, language, dialogue.now)],
            taking=Taking(box.longest, box.silence),
            least=box.least,
            review=box.review,
            began=began,
            note=note,
        )
        if message.gone and is_only_tone(message.recording) and await is_machine():
            if message.recording is not None:
                await conversation.discard(message.recording.path)
            return Left(gone=True)
        if message.recording is not None:
            path, seconds, now = Path(message.recording.path), message.recording.seconds, self.clock.now()
            left = LeftMessage.of(
                self.chronicle.calls[call], mailbox=mailbox, path=path, at=now, seconds=seconds, language=language,
                partial=message.refused,
            )  # fmt: skip
            try:
                file = await self.messages.keep(left)
            except (LedgerError, OSError) as error:
                # It stays where it was recorded, and is taken in when that can be done.
                log.error("a message could not be kept for now", call_id=call, error=str(error))
                await self._say_cannot(conversation, dialogue)
                return Left(gone=message.gone, refused=True)
            taken = ev.MessageTaken(at=now, call=call, mailbox=mailbox, file=file, seconds=seconds, empty=message.empty)
            await on_disk(self.chronicle.tell(taken, id=told_once(file)), call)
            await self.messages.done(left)
        if message.lost:
            raise LineLost
        if not (message.gone or message.refused):
            try:
                said = "nobody_spoke" if message.empty else "thank_you"
                await conversation.play([phrases.phrase(site, said, language)], interruptible=False)
            except CallerGone:
                return Left(message.recording is not None, message.empty, gone=True)
        return Left(message.recording is not None, message.empty, message.gone, message.refused)

    async def _say_cannot(self, conversation: Conversation, dialogue: Dialogue) -> None:
        with suppress(CallerGone):
            said = phrases.phrase(dialogue.site, "cannot_record", dialogue.language)
            await conversation.play([said], interruptible=False)
