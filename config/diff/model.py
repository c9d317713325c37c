"""What one change of a site is: where, of what, and the sentence an admin reads aloud. Knows not how it was found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from config.reading.tree import Step

Kind = Literal["added", "removed", "changed"]

#: What callers notice comes first, what only the machine notices last; a section that is not named here comes last.
AREAS: dict[str, str] = {
    "callers": "What callers will notice by the clock",
    "numbers": "Numbers",
    "hours": "Opening hours",
    "menus": "Menus",
    "recordings": "Recordings",
    "departments": "Departments",
    "people": "People",
    "mailboxes": "Mailboxes",
    "faxboxes": "Fax boxes",
    "phrases": "Phrases",
    "voices": "Voices",
    "emergency": "Emergency",
    "company": "Company",
    "outbound": "Calls that we place",
    "fax": "Sending faxes",
    "customers": "Customers",
    "connectors": "Connectors",
    "pause_reasons": "Reasons for a pause",
    "reports": "Reports",
    "mail": "Mail",
    "speech": "Speech recognition",
    "by_phone": "Deeds by phone",
    "tests": "Tests",
    "pbx": "Asterisk",
    "web": "Pages",
    "database": "Database",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is otherwise in the new site. `path` leads to it there, or in the old one if it was removed."""

    area: str
    subject: str
    kind: Kind
    text: str
    path: tuple[Step, ...] = ()

    @property
    def title(self) -> str:
        """What the area is called."""
        return AREAS.get(self.area, self.area.replace("_", " ").capitalize())


def apart(changes: Iterable[Change]) -> tuple[tuple[Change, ...], tuple[Change, ...]]:
    """Return what changes in what the site does, and apart from that what changes in its own tests: nobody hears it."""
    found = tuple(changes)
    return tuple(one for one in found if one.area != "tests"), tuple(one for one in found if one.area == "tests")


def rank(area: str) -> int:
    """Return where an area stands among the others."""
    return list(AREAS).index(area) if area in AREAS else len(AREAS)
