"""What we may ask Asterisk for, checked when it is written down. Values only; sends nothing.

An allow-list, because a manager's Originate is as strong as a shell: a place in our own dialplan, never an
application; one destination, never `&`; plain variables, never functions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from callrouter.ami.errors import UnsafeValue

_WORD = re.compile(r"[A-Za-z0-9_.-]{1,79}")
_EXTENSION = re.compile(r"[A-Za-z0-9_.+*#-]{1,79}")
_CHANNEL_ID = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_CHANNEL = re.compile(r"[A-Za-z][A-Za-z0-9]{0,31}/[A-Za-z0-9_.+@:;*#/-]{1,100}")
_DESTINATION = re.compile(r"PJSIP/[A-Za-z0-9_.+*#@-]{1,79}|Local/[A-Za-z0-9_.+*#-]{1,79}@[A-Za-z0-9_-]{1,79}(/n)?")
_PHONE = re.compile(r"[a-z0-9-]{1,32}")
_FAX_NAME = re.compile(r"[a-zA-Z0-9-]{1,80}")
_VARIABLE = re.compile(r"_{0,2}[A-Za-z][A-Za-z0-9_]{0,78}")


#: So many lamps fit into one request: Asterisk drops a header of more than 1,024 bytes.
MOST_LAMPS = 20


def check_channel(channel: str) -> str:
    """Return a channel's name or uniqueid; raises UnsafeValue for what is neither.

    Hangup takes a name that begins with a slash for a pattern and would end every call that fits.
    """
    if not (_CHANNEL.fullmatch(channel) or _CHANNEL_ID.fullmatch(channel)):
        raise UnsafeValue("not a channel's name or id")
    return channel


def check_fax_name(name: str) -> str:
    """Return a name under which the word of a fax is kept; raises UnsafeValue for what is none."""
    if not _FAX_NAME.fullmatch(name):
        raise UnsafeValue("not a fax's name")
    return name


@dataclass(frozen=True, slots=True)
class DialplanPlace:
    """Name a place in the dialplan."""

    context: str
    extension: str
    priority: int = 1

    def __post_init__(self) -> None:
        if not _WORD.fullmatch(self.context):
            raise UnsafeValue("not a context's name")
        if not _EXTENSION.fullmatch(self.extension):
            raise UnsafeValue("not an extension")
        if self.priority < 1:
            raise UnsafeValue("not a priority")


@dataclass(frozen=True, slots=True)
class OriginateRequest:
    """Describe a call we place: ids of our own, one destination, and the place that runs when it answers.

    A Local destination makes two channels, and the second needs `other_channel_id`.
    """

    channel_id: str
    destination: str
    place: DialplanPlace
    ring_seconds: float = 30.0
    caller_number: str = ""
    caller_name: str = ""
    variables: tuple[tuple[str, str], ...] = ()
    other_channel_id: str | None = None

    def __post_init__(self) -> None:
        for channel_id in (self.channel_id, self.other_channel_id):
            if channel_id is not None and not _CHANNEL_ID.fullmatch(channel_id):
                raise UnsafeValue("not a channel id")
        if not _DESTINATION.fullmatch(self.destination):
            raise UnsafeValue("not a destination we call")
        if self.destination.startswith("Local/") and self.other_channel_id is None:
            raise UnsafeValue("a Local destination needs an id for its second channel")
        if not 0 < self.ring_seconds <= 600:
            raise UnsafeValue("ring time out of range")
        if self.caller_number and not _EXTENSION.fullmatch(self.caller_number):
            raise UnsafeValue("not a caller number")
        for name, value in self.variables:
            # Asterisk splits the header at commas, quotes and all, so a comma would set a second variable.
            if not _VARIABLE.fullmatch(name) or any(character in value for character in ',"\\'):
                raise UnsafeValue("not a plain variable")

    @property
    def shown_caller(self) -> str:
        """Return the caller as Asterisk parses it; a name loses the characters that would end it."""
        name = "".join(c for c in self.caller_name if c.isprintable() and c not in '"<>\\')[:60]
        return f'"{name}" <{self.caller_number}>'


@dataclass(frozen=True, slots=True)
class Lamp:
    """Say what the message lamp of a phone shows: how many new messages wait there, and how many old ones."""

    phone: str
    new: int
    old: int

    def __post_init__(self) -> None:
        if not _PHONE.fullmatch(self.phone):
            raise UnsafeValue("not a phone's name")
        if not (0 <= self.new <= 9999 and 0 <= self.old <= 9999):
            raise UnsafeValue("not a number of messages")
