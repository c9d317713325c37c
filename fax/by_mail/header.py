"""Owns reading the header of a mail: bytes in, a value out. Must not know who may send.

By hand, not by the email package: a header is any stranger's word, and only its simplest reading may open a door.
"""

from __future__ import annotations

import re
from binascii import Error as NotBase64
from contextlib import suppress
from email.errors import MessageError
from email.header import decode_header, make_header
from hashlib import sha256
from typing import Final

from config.mailboxes import is_address
from fax.by_mail.model import Head
from ledger.storable import storable_text

#: Decoding is quadratic in what is not properly encoded.
_MOST_WORDS: Final = 4_000
_NOT_READ: Final = "?"

_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
_COMMENT: Final = re.compile(r"\([^()]*\)")
_ADDRESS: Final = r"[^\s<>@,;:\"()\[\]]{1,64}@[^\s<>@,;:\"()\[\]]{1,253}"
_BARE: Final = re.compile(rf"\s*({_ADDRESS})\s*")
_NAMED: Final = re.compile(rf"[^<>@,;:]*<\s*({_ADDRESS})\s*>\s*")
_MESSAGE_ID: Final = re.compile(r"<[\x21-\x3b\x3d\x3f-\x7e]{1,900}>")
_CHECK: Final = re.compile(r"\s*(dmarc|spf)\s*(?:/\s*\d+\s*)?=\s*(\w+)", re.IGNORECASE)

#: RFC 2369 and 2919: whatever has one of these was written to many.
_OF_LISTS: Final = ("list-id", "list-post", "list-unsubscribe", "list-help")
_OF_ROBOTS: Final = ("x-autoreply", "x-autorespond", "x-loop", "x-failed-recipients")
_NOBODY: Final = ("mailer-daemon", "postmaster", "noreply", "no-reply", "donotreply", "do-not-reply")

Fields = dict[str, list[str]]


def read_head(header: bytes) -> Head:
    """Return what a header says; what it does not say, or not clearly, is empty."""
    fields = _fields(header)
    sender = _only_address(fields.get("from", []))
    on_behalf = _only_address(fields["sender"]) or _NOT_READ if "sender" in fields else ""
    automatic = _first(fields, "auto-submitted").split(";")[0].strip().lower()
    is_report = _first(fields, "content-type").lower().lstrip().startswith("multipart/report")
    by_robot = automatic not in ("", "no") or is_report or _is_of_robots(fields, sender)
    return Head(
        sender=sender,
        on_behalf="" if on_behalf == sender else on_behalf,
        subject=decoded(_first(fields, "subject")),
        message_id=_message_id(fields, header),
        fails=_failed_check(fields.get("authentication-results", [])),
        is_reply=automatic == "auto-replied" or is_report,
        may_answer=is_address(sender) and not by_robot,
    )


def decoded(text: str) -> str:
    """Return a text of a header with its encoded words (RFC 2047) read, as one line; wrong ones stay as they are.

    Letters that no database takes are replaced.
    """
    if len(text) <= _MOST_WORDS:
        with suppress(MessageError, NotBase64, LookupError, ValueError):  # then it is shown as it came
            text = str(make_header(decode_header(text)))
    return storable_text(" ".join(text.split()))


def _fields(header: bytes) -> Fields:
    fields: Fields = {}
    unfolded = re.sub(r"\r?\n(?=[ \t])", "", header.decode("utf-8", "replace"))
    for line in unfolded.split("\n"):
        name, colon, value = line.partition(":")
        if colon:
            fields.setdefault(name.strip().lower(), []).append(value.strip())
    return fields


def _first(fields: Fields, name: str) -> str:
    return fields.get(name, [""])[0]


def _only_address(values: list[str]) -> str:
    """Return the one address of a field that is there once; '' when it is not there, twice, or names several."""
    if len(values) != 1:
        return ""
    text = _COMMENT.sub("", _QUOTED.sub("", values[0]))
    read = _BARE.fullmatch(text) or _NAMED.fullmatch(text)
    return read[1].lower() if read else ""


def _message_id(fields: Fields, header: bytes) -> str:
    """Return what tells this mail from every other, also when it is read again: its id, or a digest of its header."""
    told = fields.get("message-id", [])
    if len(told) == 1 and _MESSAGE_ID.fullmatch(told[0]):
        return told[0]
    return f"header {sha256(header).hexdigest()}"


def _failed_check(values: list[str]) -> str:
    """Name the check that the receiving server says the mail failed.

    Servers write their results above what was there. Lower ones of another name were written before the mail came to
    us, by anybody. SPF fails with every mail that was passed on, so DMARC, where it passed, knows better (RFC 7489).
    """
    found: dict[str, str] = {}
    name = None
    for value in values:
        parts = _COMMENT.sub("", _COMMENT.sub("", value)).split(";")
        # Some of the largest providers leave their name out.
        whose = "" if "=" in parts[0] else " ".join(parts[0].split()[:1]).lower()
        name = whose if name is None else name
        if whose == name:
            for part in parts:
                if check := _CHECK.match(part):
                    found.setdefault(check[1].lower(), check[2].lower())
    if found.get("dmarc") == "fail":
        return "dmarc"
    return "spf" if found.get("spf") in ("fail", "hardfail") and found.get("dmarc") != "pass" else ""


def _is_of_robots(fields: Fields, sender: str) -> bool:
    """Say whether an answer would reach no person, or many (RFC 3834)."""
    suppressed = re.split(r"[\s,]+", _first(fields, "x-auto-response-suppress").lower())
    return (
        any(name in fields for name in (*_OF_LISTS, *_OF_ROBOTS))
        or "all" in suppressed
        or "autoreply" in suppressed
        or _first(fields, "precedence").lower() in ("bulk", "list", "junk")
        or _first(fields, "return-path").replace(" ", "") == "<>"
        or sender.split("@")[0] in _NOBODY
    )
