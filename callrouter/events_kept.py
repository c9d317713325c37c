"""What a caller can leave with us instead of talking: the kinds of events about messages and faxes that come in."""

from __future__ import annotations

from dataclasses import dataclass

from callrouter.event import Event


@dataclass(frozen=True, kw_only=True)
class MessageBegun(Event):
    """The tone is about to sound; `file` is the name of the recording in the drop folder."""

    KIND = "message_begun"
    mailbox: str
    file: str


@dataclass(frozen=True, kw_only=True)
class MessageTaken(Event):
    """A message is safe. `empty` says that nobody spoke, as far as that shows without listening."""

    KIND = "message_taken"
    mailbox: str
    file: str
    seconds: float
    empty: bool = False


@dataclass(frozen=True, kw_only=True)
class FaxBegun(Event):
    """A fax is about to come in; `file` is its name in the drop folder."""

    KIND = "fax_begun"
    box: str
    file: str


@dataclass(frozen=True, kw_only=True)
class FaxReceived(Event):
    """A fax is safe, or has failed before its first page; `fax` is its id. `ok` says that all of it came."""

    KIND = "fax_received"
    box: str
    fax: str
    pages: int
    ok: bool
    why: str = ""
