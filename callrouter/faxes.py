"""A fax that came in during a call, as the call router hands it on; who keeps it is a floor above."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol
from uuid import NAMESPACE_OID, uuid5

from callrouter.calls import Call
from ivr.conversation import FaxTaken


@dataclass(frozen=True)
class LeftFax:
    """A fax and all that was known when it came. Keeping the same `call` and file twice is keeping it once.

    `fax.path` is where it lies now. `seconds` is the time on the line, 0 where that is not known.
    """

    box: str
    fax: FaxTaken
    at: datetime
    call: str = ""
    did: str = ""
    ani: str = ""
    ani_name: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    menus: tuple[str, ...] = ()
    seconds: float = 0.0

    @classmethod
    def of(cls, call: Call, *, box: str, fax: FaxTaken, at: datetime, seconds: float = 0.0) -> LeftFax:
        """Make one of what is known of the call."""
        return cls(box, fax, at, call.id, call.did, call.ani, call.ani_name, dict(call.facts), call.path, seconds)

    @property
    def path(self) -> Path:
        return Path(self.fax.path)


class Faxes(Protocol):
    """Where faxes go once they were received."""

    def place(self) -> Path:
        """Name a new file for a fax, so that it can be written down before anything lies there."""

    def began(self, call: str, box: str, number: str, did: str, path: Path) -> None:
        """Be told that a fax begins to come in from a number to one of ours; returns at once."""

    def ended(self, call: str) -> None:
        """Be told that it does not come in any more."""

    async def keep(self, fax: LeftFax) -> str:
        """Make the fax safe and return its id; the file stays where it was. Raises what says that it is not safe."""

    async def done(self, fax: LeftFax) -> None:
        """Remove the file from where it was, when all of it was told. If we die before, it is found again."""


def told_once(id_: str) -> str:
    """Return the id of the event that tells of a fax: it may be told again after a crash."""
    return uuid5(NAMESPACE_OID, f"{id_} fax").hex
