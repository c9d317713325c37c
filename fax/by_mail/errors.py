"""Owns what can go wrong between a mailbox and a fax.

ByMailError
├── MailboxAway    the server is not reached, or the talk with it broke off; another try may do
├── MailboxWrong   server and settings do not fit; somebody has to mend them
├── MailStuck      one mail cannot be read or put away now; the others can
│   └── OpenerLost the process that opened it hung or died
├── Unwelcome      no fax is made of this mail, and nobody is answered
└── Unfit          no fax is made of this mail, and its sender is told why
"""


class ByMailError(Exception):
    """A mail does not become a fax."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


class MailboxAway(ByMailError):
    """The server is not reached, or the talk with it broke off; another try may do."""


class MailboxWrong(ByMailError):
    """Server and settings do not fit; somebody has to mend them."""


class MailStuck(ByMailError):
    """One mail cannot be read or put away now; the others can."""


class OpenerLost(MailStuck):
    """The process that opened the mail hung or died."""


class Unwelcome(ByMailError):
    """No fax is made of this mail, and nobody is answered: whoever it claims to be from may know nothing of it."""


class Unfit(ByMailError):
    """No fax is made of this mail; the text is for its sender."""
