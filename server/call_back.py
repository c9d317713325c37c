"""Calling back from a message: the operator's phone rings, then the caller's, and the message tells of it."""

from __future__ import annotations

from dataclasses import dataclass

from callrouter.allowed import CannotCall
from callrouter.outbound import Outbound
from ivr.conversation import HandedOver, Reply
from voicemail.model import Message, NoSuchMessage, NotPossible
from voicemail.service import Voicemail


@dataclass(frozen=True)
class CallBack:
    """Places the call; how it ended becomes a step of the message."""

    outbound: Outbound
    voicemail: Voicemail

    async def call_back(self, person: str, number: str, message: Message) -> None:
        """Let the person's phone ring, then the number's. Raises NotPossible with the reason."""

        async def ended(handed: HandedOver | None) -> None:
            try:
                await self.voicemail.called_back(message.id, person, _how(handed))
            except NoSuchMessage:
                return  # it was forgotten in the meantime

        try:
            await self.outbound.call(person, number, message.id, ended)
        except CannotCall as refused:
            raise NotPossible(str(refused)) from refused


def _how(handed: HandedOver | None) -> str:
    if handed is None:
        return "the own phone was not answered"
    if handed.reply is Reply.ANSWERED:
        return f"talked for {handed.talked:.0f} s"
    return handed.reply.value
