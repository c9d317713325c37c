"""A message that a caller left, as the call router hands it on; who keeps it is a floor above."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol
from uuid import NAMESPACE_OID, uuid5

from callrouter.calls import Call


@dataclass(frozen=True)
class LeftMessage:
    """A recording and all that was known when it was made.

    `path` is where it lies now, complete; `seconds` its length. `partial` says that we, not the caller, ended it.
    Keeping the same `call` and `path` twice is keeping it once.
    """

    mailbox: str
    path: Path
    at: datetime
    seconds: float
    call: str = ""
    did: str = ""
    ani: str = ""
    ani_name: str = ""
    language: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    menus: tuple[str, ...] = ()
    partial: bool = False

    @classmethod
    def of(
        cls, call: Call, *, mailbox: str, path: Path, at: datetime, seconds: float, language: str = "",
        partial: bool = False,
    ) -> LeftMessage:  # fmt: skip
        """Make one of what is known of the call."""
        return cls(
            mailbox, path, at, seconds, call.id, call.did, call.ani, call.ani_name, language or call.language,
            dict(call.facts), call.path, partial,
        )  # fmt: skip


class Messages(Protocol):
    """Where messages go once they were recorded."""

    async def keep(self, message: LeftMessage) -> str:
        """Make the message safe and return the name of its file in the spool; the recording stays where it was.

        Raises what says that it is not safe.
        """

    async def done(self, message: LeftMessage) -> None:
        """Remove the recording from where it was, when all of it was told. If we die before, it is found again."""


def told_once(file: str) -> str:
    """Return the id of the event that tells of a message: it may be told again after a crash."""
    return uuid5(NAMESPACE_OID, f"{file} message").hex
