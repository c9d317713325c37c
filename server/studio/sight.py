"""What of the site a supervisor sees: what callers hear and how it came to that, and nothing of the admin's work.

Owns where that border runs. A supervisor asks why a call went as it did; who may be mailed, connected or let in by a
PIN, and what an admin is about to change, is none of the answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from config.diff.model import Change
from server.accounts import Role
from server.studio.overview.sites import DRAFT, PUBLISHED
from server.web.visit import Visit

#: The least role that may look at what callers hear.
LOOKS = Role.SUPERVISOR
#: Whose changes are told: what callers and agents notice. A section that is new one day is an admin's until it is here.
AREAS = frozenset(
    {
        "callers", "numbers", "hours", "menus", "recordings", "departments", "people", "mailboxes", "faxboxes",
        "phrases", "voices", "emergency", "company", "pause_reasons",
    }
)  # fmt: skip
#: Where a number is what callers dial; anywhere else a long one may be somebody's own.
_DIALLED = frozenset({"callers", "numbers"})
_ADDRESS = re.compile(r"[^\s“”‘’\"'<>,;:()]+@[^\s“”‘’\"'<>,;()]+")
_NUMBER = re.compile(r"\+?\d[\d ]{5,}\d")


@dataclass(frozen=True)
class Told:
    """The changes that a supervisor is told, and how many there are besides."""

    changes: tuple[Change, ...]
    hidden: int


def is_admin(visit: Visit) -> bool:
    """Say whether who looks may see the draft, and change it."""
    return visit.account is not None and visit.account.role.includes(Role.ADMIN)


def side_for(visit: Visit) -> str:
    """Return the side of the site that is asked for, as far as who looks may see it."""
    return PUBLISHED if visit.query("of") == PUBLISHED or not is_admin(visit) else DRAFT


def told_of(changes: Iterable[Change]) -> Told:
    """Return what a supervisor is told of changes: no settings, no addresses, nobody's own number."""
    found = list(changes)
    shown = [replace(one, text=_plain(one)) for one in found if one.area in AREAS]
    return Told(tuple(dict.fromkeys(shown)), len(found) - len(shown))


def _plain(change: Change) -> str:
    text = _ADDRESS.sub("(an address)", change.text)
    return text if change.area in _DIALLED else _NUMBER.sub("(a number)", text)
