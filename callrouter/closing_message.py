"""Choosing by phone what callers of a closed door hear: the usual words, a recording, or a message spoken just now.

Owns that part of the dialogue. Where messages are kept, and what is closed with one, is not known here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from config.schema import Site
from ivr import phrases
from ivr.conversation import CallerGone, CannotRecord, Conversation, Heard, Taking, Utterance

#: Messages that are offered one after the other, keys that are taken, and how often one may speak in a call.
MOST_OFFERED, MOST_CHOICES, MOST_SPOKEN = 20, 40, 5
#: How long to wait for a key after the choices were told, seconds; and keys that mean nothing before it is left.
PATIENCE, MOST_NOTHING = 6.0, 3
#: The message of callers who hear no recording, but the usual words.
USUAL = ""

_TAKING = Taking(longest=60.0, silence=5.0)


class Messages(Protocol):
    """What callers of a closed door can hear instead of the usual words."""

    async def messages(self) -> list[str]:
        """List the recordings that are there in every language."""

    def recording(self, name: str, language: str) -> Utterance | None:
        """Return what is played for a message of this name; None if there is none any more."""

    async def keep_spoken(self, path: str) -> str | None:
        """Keep what was spoken, and return its name; None where nobody would hear anything in it."""

    async def drop_spoken(self, name: str) -> None:
        """Forget what was spoken, unless something is closed with it."""


@dataclass
class Choosing:
    """The messages of one call. `chosen` is a name; what is spoken and not used is to be dropped at its end."""

    there: Messages
    conversation: Conversation
    site: Site
    language: str
    say: Callable[[str], Awaitable[Heard]]
    chosen: str = USUAL
    spoken: list[str] = field(default_factory=list)

    async def choose(self) -> Heard:
        """Play one message after the other until one is taken; hung up or left, it stays as it was.

        Returns what was pressed already while the end of it was told.
        """
        offered = [USUAL, *(await self.there.messages())[:MOST_OFFERED], *self.spoken[-1:]]
        at = offered.index(self.chosen) if self.chosen in offered else 0
        heard, nothing = await self._play(offered[at]), 0
        for _ in range(MOST_CHOICES):
            heard = heard or await self.say("closing_message_keys") or await self.conversation.listen(PATIENCE)
            match heard.text:
                case "1":
                    self.chosen = offered[at]
                    return await self.say("closing_message_kept")
                case "2":
                    at = (at + 1) % len(offered)
                    heard = await self._play(offered[at])
                case "3" if len(self.spoken) < MOST_SPOKEN:
                    name = await self._speak()
                    if name is None:
                        heard = await self.say("recording_bad")
                        continue
                    offered, at = [*offered, name], len(offered)
                    heard = await self._play(name)
                case _:
                    nothing += 1
                    if nothing >= MOST_NOTHING:
                        break
                    heard = Heard()
        return await self.say("closing_not_done")

    async def forget(self) -> None:
        """Forget what was spoken and closes nothing."""
        for name in self.spoken:
            await self.there.drop_spoken(name)

    async def _play(self, name: str) -> Heard:
        sound = self.there.recording(name, self.language) if name != USUAL else None
        words = sound or phrases.phrase(self.site, "closed_emergency", self.language)
        return await self.conversation.play([words], interruptible=True)

    async def _speak(self) -> str | None:
        """Record a message and return its name; None where nothing is heard in it."""
        await self.say("recording_speak")
        path = self.conversation.recording_path()
        try:
            recording = await self.conversation.record(_TAKING, path)
            if recording.gone:
                raise CallerGone
            name = await self.there.keep_spoken(recording.path)
        except CannotRecord:
            return None
        finally:
            with suppress(CallerGone):
                await self.conversation.discard(path)
        if name is not None:
            self.spoken.append(name)
        return name
