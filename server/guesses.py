"""Owns how often a password or a token may be guessed at: by one peer, at one name, and by everybody together.

Knows no account. What refuses belongs to a peer, so that a stranger who guesses shuts only themselves out; what
belongs to a name alone slows its owner too, and never refuses.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable

from ledger.clock import Clock
from server.attempts import Allowance, Brake

#: So many tries may be held up at once.
MOST_HELD_UP = 100


class Guesses:
    """Lets tries through; a few typing mistakes are free."""

    def __init__(self, clock: Clock, pause: Callable[[float], Awaitable[object]] = asyncio.sleep) -> None:
        self._clock = clock
        self._pause = pause
        self._by_peer = Allowance(tries=40, refill=5.0)
        self._by_peer_and_name = Allowance(tries=10, refill=20.0)
        self._by_name = Brake(tries=20, refill=30.0, step=0.5, longest=5.0)
        self._held_up = 0

    async def take(self, name: str, peer: str) -> float:
        """Use a try and return 0, perhaps after a wait of some seconds; or return the seconds until there is one."""
        now = self._clock.monotonic()
        if wait := self._by_peer.take(peer, now) or self._by_peer_and_name.take(f"{peer} {name}", now):
            return wait
        delay = self._by_name.take(name, now)
        if delay == 0:
            return 0.0
        if self._held_up >= MOST_HELD_UP:
            return delay
        self._held_up += 1
        try:
            await self._pause(delay)
        finally:
            self._held_up -= 1
        return 0.0

    def give_back(self, name: str, peer: str) -> None:
        """Return a try: it was a good one."""
        now = self._clock.monotonic()
        self._by_peer.give_back(peer, now)
        self._by_peer_and_name.give_back(f"{peer} {name}", now)
        self._by_name.give_back(name, now)


def network_of(peer: str) -> str:
    """Return the address, or for IPv6 its /64: one home has 2^64 of those."""
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return "unknown"
    return str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else str(address)
