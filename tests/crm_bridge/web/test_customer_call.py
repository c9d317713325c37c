"""Calling a customer from the page: what is asked of the way out, and what is said when it refuses."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import cast

import pytest

from callrouter.allowed import CannotCall
from callrouter.outbound import Outbound
from crm_bridge.model import NotPossible
from ivr.conversation import HandedOver
from server.call_back import CallBack


@dataclass
class WayOut:
    """The side of Outbound that is used here."""

    placed: list[tuple[str, str, str]] = field(default_factory=list)
    refuses: str = ""

    async def call(
        self, person: str, number: str, about: str, ended: Callable[[HandedOver | None], Awaitable[None]]
    ) -> str:
        if self.refuses:
            raise CannotCall(self.refuses)
        self.placed.append((person, number, about))
        await ended(None)
        return "out-1"


async def test_the_own_phone_rings_then_the_customers() -> None:
    way = WayOut()
    await CallBack(cast(Outbound, way), refusal=NotPossible).call("alice", "+37060000001", "c-1")
    assert way.placed == [("alice", "+37060000001", "c-1")]


async def test_why_not_is_said_in_words() -> None:
    way = cast(Outbound, WayOut(refuses="the phone of alice rings already"))
    with pytest.raises(NotPossible, match="the phone of alice rings already"):
        await CallBack(way, refusal=NotPossible).call("alice", "+370", "c")
