"""What reports know of messages, voicemail and fax alike, and the port through which they read them.

Knows neither of the two features: whoever puts the house together says where their boxes are.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final, Protocol

from ledger.database import Database

#: Messages read at once: few enough that calls beside it get their turn within some milliseconds.
PAGE: Final = 500


class Kind(StrEnum):
    """What came."""

    VOICEMAIL = "voicemail"
    FAX = "fax"


class Fate(StrEnum):
    """What became of a message, as the list of its box has it; each is in one of them."""

    OPEN = "open"
    HANDLED = "handled"
    #: A message in which nobody spoke, a fax without a page, and nobody has handled it.
    EMPTY = "empty"
    #: Deleted, handled or not, and still to be brought back.
    DELETED = "deleted"


@dataclass(frozen=True)
class Message:
    """A voicemail or a fax that came in. `page` is a path of ours that shows it, `call` the call that brought it.

    `number` is '' where it was withheld; `handled_by` is an account or a mail address.
    """

    kind: Kind
    ident: str
    box: str
    came_at: datetime
    fate: Fate = Fate.OPEN
    handled_at: datetime | None = None
    handled_by: str = ""
    number: str = ""
    name: str = ""
    call: str = ""
    empty: bool = False
    page: str = ""

    @property
    def place(self) -> Place:
        return self.came_at, self.ident


#: Where a page of messages ended.
Place = tuple[datetime, str]


@dataclass(frozen=True)
class Wanted:
    """Messages of one kind that came in from `start` up to `end`, in boxes of these departments; None for every box."""

    kind: Kind
    start: datetime
    end: datetime
    departments: frozenset[str] | None = None
    only_open: bool = False


class Boxes(Protocol):
    """The boxes that messages lie in. A question carries it into other processes, so it can be pickled."""

    def title(self, kind: Kind, box: str) -> str:
        """Return what a box is called, '' where it has the name of a department or person."""

    def serves(self, kind: Kind, box: str, departments: Collection[str] | None) -> bool:
        """Tell whether one of these departments reads the box; None are all, and whoever reads it."""

    def address(self, kind: Kind, box: str, fate: Fate | None, first: date, last: date) -> str:
        """Return the path of the list of what came on these days: of one box or, with '', of all; of one fate or all.

        None as fate leaves out what is deleted.
        """

    async def page(self, db: Database, wanted: Wanted, after: Place | None, limit: int) -> list[Message]:
        """Return so many messages after a place, the oldest first. Raises DatabaseError."""

    async def there(self, db: Database, kind: Kind, idents: Collection[str]) -> frozenset[str]:
        """Return those of at most `PAGE` messages that are still there, deleted or not. Raises DatabaseError."""


async def each_message(boxes: Boxes, db: Database, wanted: Wanted) -> AsyncIterator[Message]:
    """Yield all that is wanted, the oldest first; a short session for each page. Raises DatabaseError."""
    after: Place | None = None
    while True:
        found = await boxes.page(db, wanted, after, PAGE)
        for message in found:
            yield message
        if len(found) < PAGE:
            return
        after = found[-1].place


@dataclass(frozen=True)
class HeldBoxes:
    """Boxes in memory: those of a server that takes no messages, and of tests."""

    messages: tuple[Message, ...] = ()
    #: The departments that read a box; one that is not here belongs to the department of its name.
    departments: Mapping[str, frozenset[str]] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)

    def title(self, kind: Kind, box: str) -> str:
        return self.titles.get(box, "")

    def serves(self, kind: Kind, box: str, departments: Collection[str] | None) -> bool:
        return departments is None or not self.departments.get(box, frozenset({box})).isdisjoint(departments)

    def address(self, kind: Kind, box: str, fate: Fate | None, first: date, last: date) -> str:
        return f"/{kind}/{box or 'all'}/{fate or 'kept'}/{first}/{last}"

    async def page(self, db: Database, wanted: Wanted, after: Place | None, limit: int) -> list[Message]:
        found = [
            one
            for one in sorted(self.messages, key=lambda one: one.place)
            if one.kind is wanted.kind
            and wanted.start <= one.came_at < wanted.end
            and (after is None or one.place > after)
            and (not wanted.only_open or one.fate is Fate.OPEN)
            and self.serves(one.kind, one.box, wanted.departments)
        ]
        return found[:limit]

    async def there(self, db: Database, kind: Kind, idents: Collection[str]) -> frozenset[str]:
        return frozenset(one.ident for one in self.messages if one.kind is kind and one.ident in idents)
