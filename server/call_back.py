"""Calling from a message, a fax or a customer's page: the own phone rings, then the other's; its end is noted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from callrouter.allowed import CannotCall
from callrouter.outbound import Outbound
from ivr.conversation import HandedOver, Reply
from ledger.items import NoSuchItem, NotPossible
from ledger.web.finding import Named


class Noting(Protocol):
    """Where it is written down who called back about what, and how that ended."""

    async def called_back(self, id_: str, by: str, how: str) -> object:
        """Write it down; raises NoSuchItem for what was forgotten in the meantime."""


@dataclass(frozen=True)
class CallBack:
    """Places the call. Without `noting` nothing is written down: a call becomes an interaction of a customer by itself.

    `refusal` is what the rules behind the page raise for what cannot be done.
    """

    outbound: Outbound
    noting: Noting | None = None
    refusal: type[Exception] = NotPossible

    async def call_back(self, person: str, number: str, about: Named) -> None:
        """Let the person's phone ring, then the number's. Raises the refusal with the reason."""
        await self.call(person, number, about.id)

    async def call(self, person: str, number: str, about: str) -> None:
        """Do the same for what is known by its id."""

        async def ended(handed: HandedOver | None) -> None:
            if self.noting is None:
                return
            try:
                await self.noting.called_back(about, person, _how(handed))
            except NoSuchItem:
                return  # it was forgotten in the meantime

        try:
            await self.outbound.call(person, number, about, ended)
        except CannotCall as refused:
            raise self.refusal(str(refused)) from refused


def _how(handed: HandedOver | None) -> str:
    if handed is None:
        return "the own phone was not answered"
    if handed.reply is Reply.ANSWERED:
        return f"talked for {handed.talked:.0f} s"
    return handed.reply.value
