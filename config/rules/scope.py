"""What a rule gets to look at: the site, the tree with its places, and how much of it can be trusted.

Owns the ways in which a site can be known in part; knows no rule.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from collections.abc import Mapping as MappingType
from dataclasses import dataclass, field
from enum import Flag, auto
from functools import cached_property
from itertools import islice
from pathlib import Path

from config.findings import Finding, Position, nearest, quoted
from config.reading.tree import Mapping, Scalar, Step, locate
from config.recordings import Recordings
from config.rules.book import found
from config.rules.text_places import FileText
from config.schema import Site
from config.ways import Way, ways

#: So many unknown sections are taken for misspelt ones; it bounds the work that a hostile site can make.
_MOST_MISSPELT = 100


class Known(Flag):
    """What can be relied on while other mistakes stand; a rule that needs more keeps quiet until they are mended."""

    PARTS = 0
    #: The company is as the admin meant it: country, languages, time zone.
    COMPANY = auto()
    #: Every name is known, even where the entry itself has a mistake.
    NAMES = auto()
    #: Every entry is there.
    ENTRIES = auto()
    ALL = COMPANY | NAMES | ENTRIES


@dataclass(frozen=True)
class Scope:
    """A site to be checked."""

    site: Site
    root: Mapping
    #: Where the site lies; None where it is a single file, or a text, beside which nothing is looked for.
    folder: Path | None = None
    #: The files as they were read, for places within a long text.
    texts: MappingType[str, str] = field(default_factory=dict, repr=False)

    def names(self, section: str) -> Collection[str]:
        """Return the names meant to be in a section: of entries with mistakes too, and where its key is misspelt."""
        misspelt = self._misspelt.get(section)
        return {*self.written(section), *misspelt} if misspelt else self.written(section)

    def written(self, section: str) -> Collection[str]:
        """Return the names written in a section, those of entries with mistakes too."""
        node = self.root.child(section)
        return node.entries.keys() if isinstance(node, Mapping) else ()

    @cached_property
    def recordings(self) -> Recordings | None:
        """What lies among the site's recordings; None where nothing is looked for."""
        return Recordings(self.folder) if self.folder is not None else None

    @cached_property
    def ways(self) -> tuple[Way, ...]:
        """Every way of the site; many rules look at all of them."""
        return tuple(ways(self.site))

    @cached_property
    def _misspelt(self) -> dict[str, frozenset[str]]:
        """The names below keys that the schema does not know, by the section that was most likely meant."""
        names: dict[str, frozenset[str]] = {}
        unknown = (key for key in self.root.entries if key not in Site.model_fields)
        for key in islice(unknown, _MOST_MISSPELT):
            section = nearest(key, Site.model_fields)
            if section is not None:
                names[section] = names.get(section, frozenset()) | frozenset(self.written(key))
        return names

    def is_written(self, *path: Step) -> bool:
        """Tell whether the YAML has all of the path, and not a shorter form of it."""
        return locate(self.root, path).path == path

    def key(self, *path: Step) -> Position:
        return locate(self.root, path).key

    def is_from_outside(self, path: tuple[Step, ...]) -> bool:
        """Tell whether a value is taken from the environment: nothing of it may be shown."""
        node = locate(self.root, path).node
        return isinstance(node, Scalar) and node.reference is not None

    def within(self, path: tuple[Step, ...], index: int) -> Position:
        """Return the place of a sign within the text of a path; that of the text where it cannot be told."""
        place = locate(self.root, path)
        node, file = place.node, self._files.get(place.value.file)
        if file is None or not isinstance(node, Scalar) or node.broken or node.reference is not None:
            return place.value  # what is written there is not what is said
        return file.within(node.text, node.position, index)

    @cached_property
    def _files(self) -> dict[str, FileText]:
        return {name: FileText(text) for name, text in self.texts.items()}

    def finding(self, rule: str, path: tuple[Step, ...], message: str, mend: str = "") -> Iterator[Finding]:
        """Yield a finding at the value of a path, unless the value is known to be broken."""
        place = locate(self.root, path)
        if isinstance(place.node, Scalar):
            if place.node.broken:
                return
            if place.node.reference is not None:
                message, mend = reference_words(place.node.reference)
        yield found(rule, place.value, message, mend)

    def finding_at_key(self, rule: str, path: tuple[Step, ...], message: str, mend: str = "") -> Iterator[Finding]:
        """Yield a finding at the key that a path ends in."""
        yield found(rule, self.key(*path), message, mend)


def reference_words(reference: str) -> tuple[str, str]:
    """Return message and mend for a value from the environment: other words could give a secret away."""
    return f"the value of {quoted(reference)} cannot be used here", "look at the variable"


Check = Callable[[Scope], Iterator[Finding]]
