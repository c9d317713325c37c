"""What a publication is, how it is written, and what can be wrong with versions; reads and writes no file.

VersionError
├── PublishedMeanwhile   somebody else published since; carries that publication
├── NoSuchVersion        nothing of that name is kept
├── VersionDamaged       files of a kept version are gone or changed
├── VersionUnusable      a kept version is whole, and cannot be used here and now
├── DraftChanged         the draft was changed while it was being kept
└── StoreBusy            another process is writing there
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime

from config.errors import ConfigError

FORM = 1
#: Who published, and why: no honest one is longer.
LONGEST_WHO, LONGEST_WHY = 80, 500
_VERSION = re.compile(r"[0-9a-f]{12}")


class VersionError(ConfigError):
    """Something about versions of the site is not as it should be."""


class NoSuchVersion(VersionError):
    """Nothing of that name is kept."""


class VersionDamaged(VersionError):
    """Files of a kept version are gone or changed."""


class VersionUnusable(VersionError):
    """A kept version is whole, and cannot be used: Switchroom is another one now, or a variable is not set."""


class DraftChanged(VersionError):
    """The draft was changed while it was being kept."""


class StoreBusy(VersionError):
    """Another process is writing there."""


@dataclass(frozen=True, slots=True)
class Publication:
    """One act of publishing; `number` counts from 1. The same version may be published again."""

    number: int
    version: str
    at: datetime
    who: str
    why: str = ""
    #: The number of the publication that this one went back to; None where a draft was published.
    back_to: int | None = None


class PublishedMeanwhile(VersionError):
    """Somebody else published since."""

    def __init__(self, publication: Publication) -> None:
        self.publication = publication
        at = f"{publication.at:%Y-%m-%d %H:%M} UTC"
        super().__init__(f"{publication.who} published version {publication.version} meanwhile, at {at}")


def is_version(text: str) -> bool:
    """Tell whether this can be a version's id; nothing else ever becomes part of a path."""
    return _VERSION.fullmatch(text) is not None


def written(publication: Publication) -> str:
    """Return the publication as its file has it."""
    fields = {
        "form": FORM,
        "number": publication.number,
        "version": publication.version,
        "at": publication.at.isoformat(),
        "who": publication.who,
        "why": publication.why,
        "back_to": publication.back_to,
    }
    return json.dumps(fields, ensure_ascii=False, indent=1) + "\n"


def publication_in(text: str) -> Publication:
    """Read a publication back. Raises ValueError for what we did not write."""
    found = json.loads(text)
    try:
        number, version, back_to = found["number"], found["version"], found["back_to"]
        at, who, why = datetime.fromisoformat(found["at"]), found["who"], found["why"]
        form = found["form"]
    except (KeyError, TypeError) as error:
        raise ValueError(f"no publication: {error}") from error
    sound = (
        form == FORM and isinstance(number, int) and isinstance(version, str) and is_version(version)
        and at.tzinfo is not None and isinstance(who, str) and isinstance(why, str)
        and (back_to is None or isinstance(back_to, int))
    )  # fmt: skip
    if not sound:
        raise ValueError("no publication of ours")
    return Publication(number, version, at, who, why, back_to)
