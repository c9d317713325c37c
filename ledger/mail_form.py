"""Owns the form in which a mail, its addresses and our own name go over the wire. Pure; knows no server."""

import re
from dataclasses import dataclass
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import SMTP as AS_MAIL
from email.utils import parseaddr

from ledger.mail_errors import MailUnfit

#: RFC 5321 allows a path of 256 characters, brackets included.
LONGEST_ADDRESS = 254

_HOST_NAME = re.compile(r"(?!localhost)[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_ENDS_AN_ADDRESS = re.compile(r"[\s<>]")
_ANY_LINE_END = re.compile(rb"\r\n|\r|\n")
#: What would begin a new header, or end the headers, where only one header was meant.
_LEAVES_THE_HEADER = re.compile(rb"\r\n(?![ \t])|(?<!\r)\n|\r(?!\n)")


def fault_of_address(address: str) -> str | None:
    """Return what is wrong with it, None if nothing; the address itself is not in the text."""
    if not address or len(address) > LONGEST_ADDRESS:
        return "is empty or too long"
    if not address.isprintable():
        return "holds characters that cannot be printed"
    if _ENDS_AN_ADDRESS.search(address):
        return "holds a space or a bracket"
    if parseaddr(address)[1] != address:  # "a,b@c" would quietly go to a
        return "is not one bare address"
    return None


def own_name(host_name: str, address: str) -> str:
    """Return how we greet: by our full name if the machine has one, else by our address as RFC 5321 writes it."""
    if _HOST_NAME.fullmatch(host_name):
        return host_name
    bare = address.partition("%")[0]
    return f"[IPv6:{bare}]" if ":" in bare else f"[{bare}]"


@dataclass(frozen=True)
class Written:
    """A mail as it travels after DATA: lines end with CR LF, dots that begin one are doubled, a single one ends it.

    `size` is what SIZE means (RFC 1870): without those dots.
    """

    wire: bytes
    size: int
    ascii_only: bool


def written(message: EmailMessage, *, utf8: bool, eight_bit: bool) -> Written:
    """Return the message in network form, without Bcc; raises MailUnfit. Changes `message`: give it a copy."""
    policy = AS_MAIL.clone(utf8=utf8, cte_type="8bit" if eight_bit else "7bit")
    del message["Bcc"], message["Resent-Bcc"]
    try:
        for part in message.walk():
            for name, value in part.raw_items():
                # Older versions of the standard library write a header with a line break as two headers.
                if _LEAVES_THE_HEADER.search(policy.fold_binary(name, value).removesuffix(b"\r\n")):
                    raise MailUnfit("a header holds a line break")
        return _travelling(message.as_bytes(policy=policy))
    # The standard library says in many ways that it cannot write what it was given; none mends itself.
    except (MessageError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise MailUnfit(f"the message cannot be written: {type(error).__name__}") from error


def _travelling(text: bytes) -> Written:
    """Look before replacing: a regular expression over a whole mail keeps the interpreter from everything else."""
    ends = text.count(b"\r\n")
    if text.count(b"\r") != ends or text.count(b"\n") != ends:
        text = _ANY_LINE_END.sub(b"\r\n", text)
    if not text.endswith(b"\r\n"):
        text += b"\r\n"
    first_dot = b"." if text.startswith(b".") else b""
    wire = first_dot + text.replace(b"\r\n.", b"\r\n..") + b".\r\n"
    return Written(wire=wire, size=len(text), ascii_only=text.isascii())
