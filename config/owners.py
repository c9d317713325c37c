"""Whose a mailbox or fax box is, and what it takes over from there where it says nothing itself.

Must not know where the boxes are written, nor who is led to them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from config.faxes import FaxBox, Receiver
from config.mailboxes import Mailbox


@dataclass(frozen=True, slots=True)
class Owner:
    """The department or person that has the name of a box; one that nobody has is called by it all the same."""

    name: str
    address: str | None = None
    departments: tuple[str, ...] = ()
    people: tuple[str, ...] = ()


def whole_mailbox(written: Mailbox, owner: Owner) -> Mailbox:
    """Return the mailbox with all that follows from whose it is."""
    changes = _common(written, owner)
    if not written.mail and owner.address is not None:
        changes["mail"] = (owner.address,)
    return written.model_copy(update=changes)


def whole_faxbox(written: FaxBox, owner: Owner, number: str | None) -> FaxBox:
    """Return the fax box with all that follows from whose it is; `number` is ours where it names none."""
    changes = _common(written, owner)
    if "deliver" not in written.model_fields_set and owner.address is not None:
        changes["deliver"] = (Receiver(mail=owner.address),)
    if written.number is None:
        changes["number"] = number
    return written.model_copy(update=changes)


def _common(written: Mailbox | FaxBox, owner: Owner) -> dict[str, Any]:  # Any: what `model_copy` takes
    changes: dict[str, Any] = {}
    if written.name is None:
        changes["name"] = owner.name
    if not written.departments and not written.people:
        changes |= {"departments": owner.departments, "people": owner.people}
    return changes
