"""Calls with faxes whose end nobody of ours saw: waited for, and asked of Asterisk, which kept a word of each.

Owns the waiting and the asking. Must not know how such a call is placed.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from callrouter.ami.errors import AmiError
from callrouter.ami.events import ChannelHungUp
from callrouter.ami.port import Notice, Pbx, PbxFound
from callrouter.fax_calls_result import FaxCallOver, after, cancelled
from callrouter.fax_word import forget_word, left_word
from ivr.agi.fax import LONGEST

log = structlog.get_logger(__name__)

#: How long such a call is waited for, seconds: a fax has no more time, and before it the other side may ring.
GONE_WITHIN = LONGEST + 60.0


@dataclass
class _Left:
    """A call that is waited for."""

    gone: asyncio.Event = field(default_factory=asyncio.Event)
    cancelled: bool = False


class LeftFaxCalls:
    """Finds out what became of calls. Made before the PBX is heard."""

    def __init__(self, pbx: Pbx) -> None:
        self._pbx = pbx
        self._left: dict[str, _Left] = {}
        pbx.subscribe(self._hear)

    async def ask(self, call: str, of: int = 0) -> FaxCallOver | None:
        """Return what Asterisk kept of a call, once its channel is gone; None if it kept nothing. Raises AmiError.

        `of` is how many pages were to be sent, 0 where that is not known.
        """
        left = self._left.setdefault(call, _Left())  # before anybody is asked whether it is gone
        try:
            if call in (await self._pbx.state()).channels:
                with suppress(TimeoutError):
                    async with asyncio.timeout(GONE_WITHIN):
                        await left.gone.wait()
            word = await left_word(self._pbx, call)
        finally:
            self._left.pop(call, None)
        if word is None:
            return None
        over = after(word.sent(of=of), counted=of > 0)
        return cancelled(over) if left.cancelled else over

    def cancel(self, call: str) -> None:
        """Note that a person ended this call, if it is waited for."""
        if (left := self._left.get(call)) is not None:
            left.cancelled = True

    async def forget(self, call: str) -> None:
        """Have Asterisk forget what it kept; if it cannot now, that stays, which does no harm."""
        try:
            await forget_word(self._pbx, call)
        except AmiError as error:
            log.info("the word of a fax stays in Asterisk's database", call_id=call, error=type(error).__name__)

    def _hear(self, notice: Notice) -> None:
        match notice:
            case ChannelHungUp(channel=channel):
                if (left := self._left.get(channel.uniqueid)) is not None:
                    left.gone.set()
            case PbxFound(state=state):
                for call, left in self._left.items():
                    if call not in state.channels:
                        left.gone.set()
            case _:
                pass
