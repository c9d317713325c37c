"""What lies in a box until somebody sees to it, such as a message or a fax: the values that all of them share.

Knows no feature's words. The deeds are in `items_deeds`, what is owed in `items_owed`, SQL in `items_store`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

#: A deleted item can be brought back for so long.
UNDO = timedelta(days=14)
#: The longest note, letters.
NOTE_LENGTH = 2_000
#: The step of an item that was moved to another box.
FORWARDED = "forwarded"


class NoSuchItem(Exception):
    """There is none of this id, or not for whoever asks."""


class NotPossible(Exception):
    """This cannot be done with it as it is; the text says why."""


class Item(Protocol):
    """One thing in a box; `number` is the other side's, '' when withheld, and `did` the number of ours."""

    @property
    def id(self) -> str: ...
    @property
    def box(self) -> str: ...
    @property
    def number(self) -> str: ...
    @property
    def did(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def keep_until(self) -> datetime: ...
    @property
    def handled_at(self) -> datetime | None: ...
    @property
    def handled_by(self) -> str: ...
    @property
    def deleted_at(self) -> datetime | None: ...
    @property
    def deleted_by(self) -> str: ...


ItemT = TypeVar("ItemT", bound=Item)


@dataclass(frozen=True)
class Step:
    """One thing that happened to an item; `by` is an account or a mail address, or '' for ourselves."""

    at: datetime
    what: str
    by: str = ""
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class Narrowed:
    """What any list is asked for; a feature adds its own. `before` goes on after the page that ended there."""

    unread: bool = False
    assigned_to: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: str | None = None
    limit: int = 50
