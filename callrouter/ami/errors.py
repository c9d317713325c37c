"""Every error the AMI link can raise. Drawn as a tree; nothing here knows a socket.

AmiError
├── RefusedHere            our own mistake: nothing was sent
│   ├── UnsafeValue
│   └── UnknownList
├── NotSent                nothing was sent, asking again later is safe
│   ├── LinkDown
│   └── TooManyWaiting
├── Unanswered             it was sent, nobody knows whether it was done: never ask again blindly
│   ├── LinkLost
│   ├── ActionTimedOut
│   └── ListTooLong
├── ActionFailed           Asterisk said no
│   └── NoSuchChannel
└── CannotConnect          why a connection did not come about (stays inside the link)
    ├── NotAmi
    ├── MessageTooLarge
    └── LoginRefused
"""

from __future__ import annotations


class AmiError(Exception):
    """Something between us and Asterisk's manager interface went wrong."""


class RefusedHere(AmiError):
    """We refused to send this."""


class UnsafeValue(RefusedHere):
    """A header would have changed the meaning of the message."""


class UnknownList(RefusedHere):
    """This action is not in the table of actions that answer with a list."""


class NotSent(AmiError):
    """Nothing was sent."""


class LinkDown(NotSent):
    """There is no connection to Asterisk at the moment."""


class TooManyWaiting(NotSent):
    """Too many actions are waiting for their answers already."""


class Unanswered(AmiError):
    """The action was sent and may or may not have been done."""


class LinkLost(Unanswered):
    """The connection broke before the answer came."""


class ActionTimedOut(Unanswered):
    """No answer came within the deadline."""


class ListTooLong(Unanswered):
    """The list has more items than we are willing to hold."""


class ActionFailed(AmiError):
    """Asterisk refused or could not do it."""

    def __init__(self, action: str, message: str) -> None:
        super().__init__(f"{action}: {message}")
        self.action = action
        self.message = message


class NoSuchChannel(ActionFailed):
    """The channel is gone, or never was."""


class CannotConnect(AmiError):
    """No usable connection came about."""


class NotAmi(CannotConnect):
    """Whoever listens there does not greet like Asterisk's manager interface."""


class MessageTooLarge(CannotConnect):
    """A message grew past the limit without coming to an end."""


class LoginRefused(CannotConnect):
    """Asterisk does not accept this user, secret or address."""
