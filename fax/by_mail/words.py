"""Owns what senders are told about a mail that was not sent as a fax. Pure; must not know how it reaches them."""

from __future__ import annotations

from collections.abc import Sequence

from fax.by_mail.model import Result

_MOST_SUBJECT = 150
_HOW = """\
How to send a fax by mail: write the number at the beginning of the subject, with its country code, then a colon and
what the fax is about, and attach one document (PDF, TIFF, PNG, JPEG or plain text):

    +370 5 211 0000: Offer for Monday

Several numbers are set apart by commas. "[standard]", "[fine]" or "[superfine]" before the number says how fine."""


def subject_of(subject: str) -> str:
    """Return the subject of the answer to a mail of this subject."""
    return f"Not faxed: {subject[:_MOST_SUBJECT] or '(no subject)'}"


def nothing_sent(why: str) -> str:
    """Say that no fax was made of a mail, and why."""
    return f"No fax was made of your mail.\n\n{why}\n\n{_HOW}\n"


def some_not_sent(results: Sequence[Result]) -> str:
    """Say number by number what became of a mail of which not every one is a fax."""
    lines = "\n".join(f"{one.number}: {one.why or 'will be sent'}" for one in results)
    if all(one.why for one in results):
        return nothing_sent(lines)
    return f"Your mail is not sent to every number that you wrote.\n\n{lines}\n\n{_HOW}\n"
