"""The two sides of a comparison: a folder, or a version that was published; loaded, and held against each other.

Owns how a side is named. What changed is said by `config.diff`; everything here blocks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from config.diff.changes import changes
from config.diff.model import Change, rank
from config.diff.recordings import recording_changes
from config.diff.texts import TextDiff, text_diff
from config.load import load_site
from config.schema import Site
from config.versions.store import NoSuchVersion, Publication, VersionError, VersionStore

#: A variable of the environment that is not set, and what stands for it: long enough for a secret, digits for a PIN.
_NOT_SET, _IN_PLACE = "E110", "00000000"
#: What the published version is called where a side is asked for.
PUBLISHED = "published"


class NoSuchSide(Exception):
    """A side that is not there, or cannot be used; the text says how to name one."""


class NeverPublished(NoSuchSide):
    """Nothing is kept under this name."""


@dataclass(frozen=True, slots=True)
class Side:
    """A site and where its files lie; `publication` is the one that it was published by, if it was."""

    title: str
    folder: Path
    site: Site
    publication: Publication | None = None

    @property
    def version(self) -> str:
        """What calls on it are marked with."""
        return self.publication.version if self.publication is not None else self.site.version


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed, in words and as text."""

    changes: tuple[Change, ...]
    text: TextDiff

    @property
    def areas(self) -> dict[str, list[Change]]:
        """The changes by area, each with its title, what callers notice first."""
        found: dict[str, list[Change]] = {}
        for change in self.changes:
            found.setdefault(change.title, []).append(change)
        return found


class _Filled(Mapping[str, str]):
    """An environment in which every variable is set."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self._known = known

    def __getitem__(self, name: str) -> str:
        return self._known.get(name, _IN_PLACE)

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


def folder_side(folder: Path, environment: Mapping[str, str], title: str = "") -> Side:
    """Return the site in a folder. Raises NoSuchSide.

    Variables that are set for the server only are no reason not to compare: both sides get the same in their place.
    """
    loaded = load_site(folder, environment)
    if loaded.site is None and any(finding.rule == _NOT_SET for finding in loaded.findings):
        filled = load_site(folder, _Filled(environment))
        loaded = filled if filled.site is not None else loaded
    if loaded.site is None:
        first = next((str(one) for one in loaded.findings if one.severity == "error"), "it is no site")
        raise NoSuchSide(f"{title or folder} cannot be used: {first}; `check` says all")
    return Side(title or str(folder), folder, loaded.site)


def version_side(store: VersionStore, wanted: str, environment: Mapping[str, str]) -> Side:
    """Return a version by the number of its publication, its id or the id's beginning; `published` is the one in force.

    Raises NoSuchSide.
    """
    try:
        publication = _published(store) if wanted == PUBLISHED else store.find(wanted)
        folder = store.folder_of(publication.version)
    except NoSuchVersion as error:
        raise NeverPublished(f"{error}; `versions` lists what was published") from error
    except VersionError as error:
        raise NoSuchSide(str(error)) from error
    side = folder_side(folder, environment, f"publication {publication.number} ({publication.version})")
    return Side(side.title, side.folder, side.site, publication)


def compare(old: Side, new: Side) -> Difference:
    """Return what changed from one side to the other. Raises NoSuchSide for files that cannot be read."""
    try:
        found = [*changes(old.site, new.site), *recording_changes(old.site, old.folder, new.site, new.folder)]
        text = text_diff(old.folder, new.folder)
    except (OSError, VersionError) as error:
        raise NoSuchSide(f"the files cannot be compared: {error}") from error
    return Difference(tuple(sorted(found, key=lambda change: rank(change.area))), text)


def _published(store: VersionStore) -> Publication:
    current = store.current()
    if current is None:
        raise NoSuchVersion("nothing was published yet")
    return current
