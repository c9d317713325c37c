"""Owns what can come of handing over one mail, and how a server's words or a broken connection are read as that.

Pure: knows no socket, and nothing of what the mail is about. The two errors are the mailer's own and never leave it.
"""

import re
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from aiosmtplib import SMTPServerDisconnected

from ledger.errors import LedgerError

LONGEST_TEXT = 300


@dataclass(frozen=True)
class Accepted:
    """The server said 250 to the whole message: from here on it is theirs."""

    reply: str


@dataclass(frozen=True)
class Later:
    """Not this time; the same message may be accepted another time.

    `admin`: waiting alone will not help, somebody has to mend the settings or the server. `in_doubt`: the connection
    broke when the server may already have had the whole message; what is sent again may then arrive twice.
    """

    why: str
    code: int | None = None
    admin: bool = False
    in_doubt: bool = False


@dataclass(frozen=True)
class Refused:
    """Never, this message to this recipient. `code` is None when we knew it before asking the server."""

    why: str
    code: int | None


@dataclass(frozen=True)
class TooLarge:
    """The message is larger than the server takes; `limit` in bytes where the server told it."""

    limit: int | None
    why: str


Handed: TypeAlias = Accepted | Later | Refused | TooLarge


class MailSettingsWrong(LedgerError):
    """The mail server and its settings do not fit."""


class MailUnfit(LedgerError):
    """This mail can never be handed over."""


class Step(StrEnum):
    """How far the hand-over had come, in words that follow "while"."""

    TRUST = "reading the certificates to trust"
    CONNECT = "connecting"
    HELLO = "greeting the server"
    TLS = "starting TLS"
    LOGIN = "logging in"
    SENDER = "naming the sender"
    RECIPIENT = "naming the recipient"
    DATA = "announcing the message"
    MESSAGE = "sending the message"


#: Only at these steps is a 5xx about the mail; before, it is about us, and the mail itself was never looked at.
_ABOUT_THE_MAIL = {Step.SENDER, Step.RECIPIENT, Step.DATA, Step.MESSAGE}
#: "Log in first", "too weak", "wrong password", "encrypt first": about us, wherever it is said.
_ABOUT_OUR_LOGIN = {530, 534, 535, 538}
#: RFC 3463: longer than this recipient, or this whole system, takes. Said with 552, but with 550 and 554 as well.
_TOO_LONG = re.compile(r"\b5\.(?:2\.3|3\.4)\b")
#: 552 is also said of a mailbox that is full, which no smaller message mends.
_MAILBOX_FULL = re.compile(r"\b5\.2\.2\b")


def read_reply(step: Step, code: int, said: str, limit: int | None) -> Handed:
    """Return what a reply means that is not the one hoped for; `said` is tidy, `limit` is what SIZE told."""
    if code < 100 or code > 599:
        return Later(tidy(f"while {step} the server did not speak SMTP: {said}"), in_doubt=step is Step.MESSAGE)
    why = tidy(f"while {step} the server said {code} {said}")
    if code < 500:
        return Later(why, code)
    if step not in _ABOUT_THE_MAIL or code in _ABOUT_OUR_LOGIN:
        return Later(why, code, admin=True)
    if _TOO_LONG.search(said) or (code == 552 and step is not Step.RECIPIENT and not _MAILBOX_FULL.search(said)):
        return TooLarge(limit, why)
    return Refused(why, code)


def read_failure(step: Step, error: Exception, hide: Iterable[str] = ()) -> Later:
    """Return what a connection means that failed without a reply."""
    cause = _root(error)
    if isinstance(cause, ssl.SSLCertVerificationError):
        what, admin = f"its certificate is not trusted: {cause}", True
    elif isinstance(cause, ssl.SSLError):
        what, admin = f"TLS failed: {cause}", not isinstance(cause, ssl.SSLEOFError)
    elif isinstance(cause, TimeoutError):
        what, admin = "nothing came in time", False
    elif isinstance(cause, SMTPServerDisconnected):
        what, admin = "the connection was closed", False
    elif isinstance(cause, OSError):
        what, admin = cause.strerror or str(cause), step is Step.TRUST
    else:
        what, admin = str(cause), True
    return Later(tidy(f"while {step}: {what}", hide), admin=admin, in_doubt=step is Step.MESSAGE)


def tidy(text: str, hide: Iterable[str] = ()) -> str:
    """Return a stranger's text as one printable line of at most 300 characters, without what is to be hidden."""
    for secret in hide:
        if secret:
            text = text.replace(secret, "***")
    line = " ".join(text.split())
    line = "".join(char if char.isprintable() else "?" for char in line)
    return line if len(line) <= LONGEST_TEXT else line[: LONGEST_TEXT - 1] + "…"


def _root(error: BaseException) -> BaseException:
    """The library wraps what the system said, sometimes twice; the innermost says most."""
    while isinstance(error.__cause__, Exception):  # behind a deadline there is a cancellation, which says nothing
        error = error.__cause__
    return error
