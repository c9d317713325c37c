"""Owns who may send faxes by mail, and from which box. Pure; must not know how a mail is fetched.

What it goes by is the From of the header, which anybody can write: it is as good as the checks of the mail server that
took the mail. Where that server writes down what it found (Authentication-Results), a failed check is believed; that
there is none is not taken for one. A Return-Path of another name proves nothing either way: services that send on
behalf of others have theirs, and SPF is the check of it.
"""

from __future__ import annotations

from collections.abc import Mapping

from fax.by_mail.errors import Unwelcome
from fax.by_mail.model import Head


def box_for(head: Head, senders: Mapping[str, str]) -> str:
    """Return the box that a mail's sender may send from. Raises Unwelcome."""
    if not head.sender:
        raise Unwelcome("it is not from one address that can be read")
    box = box_of(head.sender, senders)
    if box is None:
        raise Unwelcome("its sender is not among those who may send")
    if head.on_behalf and box_of(head.on_behalf, senders) is None:
        raise Unwelcome("somebody who may not send wrote it on behalf of one who may")
    if head.fails:
        raise Unwelcome(f"the mail server says that it failed its check ({head.fails}): the sender may be forged")
    if head.is_reply:
        raise Unwelcome("it is the reply of a machine")
    return box


def box_of(address: str, senders: Mapping[str, str]) -> str | None:
    """Return the box of an address, or else of its domain; a domain does not speak for those below it."""
    allowed = {who.lower(): box for who, box in senders.items()}
    return allowed.get(address) or allowed.get("@" + address.rpartition("@")[2])
