"""Fax machines that call a number for people: what the call router needs of whoever listens for their tone.

Owns the port and the one who hears nothing. How the listening is done is a matter of the medium.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

#: Why a call went on to a fax, or a caller left a line, as the journal tells it.
FAX_TONE = "fax tone"
#: Tells whether a caller who is gone was a machine that will be here again, as a fax.
IsMachine = Callable[[], Awaitable[bool]]


class FaxTone(Protocol):
    """Listens for a fax machine on one caller's line."""

    async def stop(self) -> None:
        """Listen no more: the fax is about to be taken."""

    async def heard(self) -> bool:
        """Tell, once the caller is gone from a conversation, whether it was a machine that was taken out of it.

        Then the same call goes on in another conversation, that of the fax.
        """


class HearsNothing:
    """Nobody listens: on media without sound, and once a fax was taken."""

    async def stop(self) -> None:
        return

    async def heard(self) -> bool:
        return False


async def nobody_listens() -> bool:
    """Say that a caller who is gone was no machine."""
    return False
