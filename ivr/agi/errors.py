"""Everything that can go wrong between us and one channel of Asterisk.

The first line of a docstring is the message.

AgiError
├── ProtocolError
│   ├── LocalProtocolError     our fault
│   └── RemoteProtocolError    theirs
├── AgiTimeout
├── CommandRefused
├── MediaFailed
└── HungUp                     a normal end, not a fault
    └── LinkLost
"""

from __future__ import annotations


class AgiError(Exception):
    """Something went wrong on an AGI connection."""

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.detail = detail

    def __str__(self) -> str:
        message = (type(self).__doc__ or "").partition("\n")[0]
        return f"{message} ({self.detail})" if self.detail else message


class ProtocolError(AgiError):
    """The AGI conversation is out of order."""


class LocalProtocolError(ProtocolError):
    """We tried to say something that AGI does not allow."""


class RemoteProtocolError(ProtocolError):
    """The other side said something that is not AGI."""


class AgiTimeout(AgiError):
    """Asterisk did not answer a command in time, so the connection was closed.

    An answer that comes later would be taken for the answer of the next command.
    """


class CommandRefused(AgiError):
    """Asterisk refused a command of ours."""

    def __init__(self, code: int, detail: str = "") -> None:
        super().__init__(f"{code} {detail}".rstrip())
        self.code = code


class MediaFailed(AgiError):
    """The channel is alive, but the file could not be played or recorded."""


class HungUp(AgiError):
    """The channel is gone."""


class LinkLost(HungUp):
    """The connection to Asterisk is gone, and with it the channel."""
