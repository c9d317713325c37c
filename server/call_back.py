"""Calling back from a message or a fax: the own phone rings, then the other's, and how that ended is written there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from callrouter.allowed import CannotCall
from callrouter.outbound import Outbound
from fax.model import Fax, NoSuchFax
from fax.model import NotPossible as FaxNotPossible
from fax.service import FaxService
from ivr.conversation import HandedOver, Reply
from voicemail.model import Message, NoSuchMessage, NotPossible
from voicemail.service import Voicemail

#: Notes who called back about what, and how that ended.
_Note = Callable[[str, str, str], Awaitable[object]]


@dataclass(frozen=True)
class CallBack:
    """Places the call; how it ended becomes a step of the message."""

    outbound: Outbound
    voicemail: Voicemail

    async def call_back(self, person: str, number: str, message: Message) -> None:
        """Let the person's phone ring, then the number's. Raises NotPossible with the reason."""
        try:
            await _call(self.outbound, self.voicemail.called_back, person, number, message.id)
        except CannotCall as refused:
            raise NotPossible(str(refused)) from refused


@dataclass(frozen=True)
class FaxCallBack:
    """Places the call; how it ended becomes a step of the fax."""

    outbound: Outbound
    faxes: FaxService

    async def call_back(self, person: str, number: str, fax: Fax) -> None:
        """Let the person's phone ring, then the number's. Raises fax.model.NotPossible with the reason."""
        try:
            await _call(self.outbound, self.faxes.called_back, person, number, fax.id)
        except CannotCall as refused:
            raise FaxNotPossible(str(refused)) from refused


async def _call(outbound: Outbound, note: _Note, person: str, number: str, about: str) -> None:
    async def ended(handed: HandedOver | None) -> None:
        try:
            await note(about, person, _how(handed))
        except (NoSuchMessage, NoSuchFax):
            return  # it was forgotten in the meantime

    await outbound.call(person, number, about, ended)


def _how(handed: HandedOver | None) -> str:
    if handed is None:
        return "the own phone was not answered"
    if handed.reply is Reply.ANSWERED:
        return f"talked for {handed.talked:.0f} s"
    return handed.reply.value
