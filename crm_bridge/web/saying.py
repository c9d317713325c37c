"""What is said at the bottom of a page after something was done, and how it is taken back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ledger.web.visit import Visit

#: What was done, in words, and the deed that takes it back.
SAID: Mapping[str, tuple[str, str]] = {
    "added": ("Customer added", ""),
    "changed": ("Saved", ""),
    "note": ("Note written down", "note_removed"),
    "note_changed": ("Note changed", ""),
    "note_removed": ("Note removed", ""),
    "matter": ("Added", "matter_removed"),
    "matter_changed": ("Saved", ""),
    "matter_removed": ("Removed", ""),
    "moved": ("Moved", "moved"),
    "activity": ("Noted as to be done", "activity_removed"),
    "activity_changed": ("Saved", ""),
    "activity_removed": ("Removed", ""),
    "done": ("Done", "open_again"),
    "open_again": ("To be done again", "done"),
    "tagged": ("Tag added", "untagged"),
    "untagged": ("Tag removed", "tagged"),
    "attached": ("Number attached", ""),
    "assigned": ("It is this customer's now", "unassigned"),
    "unassigned": ("It is nobody's again", ""),
    "told_apart": ("They will not be suggested again", ""),
    "call": ("Your phone rings, then the customer's", ""),
    "merged": ("Merged. It can be undone for 14 days", "merge_undone"),
    "merge_undone": ("The merge was undone", ""),
}
_LONGEST = 400


@dataclass(frozen=True)
class Toast:
    """What to say. With `undo` there is a button that does that to `about`, at this customer."""

    text: str
    undo: str = ""
    customer: str = ""
    about: str = ""


def told(customer: str, about: str = "") -> str:
    """Return what an address says of what was done, beside the deed; nothing that no address holds can be undone."""
    return f"{customer}:{about if len(customer) + len(about) < _LONGEST else ''}"


def toast_of(visit: Visit) -> Toast | None:
    """Return what to say of the deed that led here, None for nothing."""
    deed, about = visit.query("did") or "", (visit.query("with") or "")[:_LONGEST]
    if deed not in SAID:
        return None
    text, undo = SAID[deed]
    customer, _, what = about.partition(":")
    return Toast(text, undo if customer and what else "", customer, what)
