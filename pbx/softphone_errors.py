"""What can go wrong with a softphone; the class docstring is the message, as in pbx.errors.

SoftphoneError
├── WorkerGone
├── CommandRefused
├── RegistrationRefused
├── CallEnded
├── PhoneGone
└── TooLate (also a TimeoutError)
"""

from __future__ import annotations

from typing import Final

from pbx.errors import PbxError

DEADLINE: Final = 20.0
"""How long is waited for what the other side or a worker must do, unless told otherwise: only who waits in vain needs
it all, and a machine that is busy with other things needs more of it than one would think."""


class SoftphoneError(PbxError):
    """A softphone could not do its part."""


class WorkerGone(SoftphoneError):
    """The process that holds the softphones ended; its last words follow."""


class CommandRefused(SoftphoneError):
    """The softphone cannot do that now."""


class RegistrationRefused(SoftphoneError):
    """The registrar did not accept the phone; see its name, its secret and whether Asterisk runs."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{code} {reason}")
        self.code = code
        self.reason = reason


class CallEnded(SoftphoneError):
    """The call ended before what was waited for happened."""

    def __init__(self, code: int, reason: str, by: str) -> None:
        super().__init__(f"{code} {reason}, by {by}")
        self.code = code
        self.reason = reason
        self.by = by


class PhoneGone(SoftphoneError):
    """The phone was closed or made to vanish before."""


class TooLate(SoftphoneError, TimeoutError):
    """What was waited for did not happen in time."""

    def __init__(self, what: str, seconds: float) -> None:
        super().__init__(f"{what}, {seconds:g} s")
        self.what = what
        self.seconds = seconds
