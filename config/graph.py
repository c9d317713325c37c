"""The map of a site as it is drawn: every place that a caller can come to, and every branch that leads on from it.

Owns what is on the map, in whose words, and where each is written. Knows nothing of lines, boxes or pages.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from config.findings import Position
from config.graph_words import TITLES, meaning, way_words
from config.reading.tree import Mapping as YamlMapping
from config.reading.tree import Step, locate
from config.schema import Site
from config.values import Destination
from config.ways import Stop, Way, ways

#: What a branch comes to that leads to no other place.
HANGS_UP, TURNS_BACK, PLAYS_AGAIN, NOWHERE, RINGS = "hangs up", "goes back", "plays again", "leads nowhere", "rings"
#: Everybody who can be dialled from a menu, drawn once.
EXTENSIONS = Stop("extensions", "")
#: Ways that the YAML offers beside those of `config.ways`.
DIRECT_DIAL, FAX_TONE, EXTENSION = "direct_dial", "fax_tone", "extension"


@dataclass(frozen=True, slots=True)
class Branch:
    """One way out of a place. `end` is None where the call ends there, or turns back: `comes_to` says which.

    `label` is what takes it (a key, silence, …), `note` what that means; both are for people.
    """

    start: Stop
    why: str
    label: str
    note: str
    end: Stop | None
    comes_to: str
    path: tuple[Step, ...]
    position: Position | None = None

    @property
    def key(self) -> str:
        """The key that takes it; '' where none does."""
        return self.label if self.why in ("key", "leave", EXTENSION) else ""


@dataclass(frozen=True, slots=True)
class Junction:
    """A place on the map, and every branch that leads on from it in the order of the YAML."""

    stop: Stop
    title: str
    note: str
    branches: tuple[Branch, ...]
    position: Position | None = None


@dataclass(frozen=True)
class Graph:
    """The whole map, numbers first."""

    junctions: Mapping[Stop, Junction]

    @property
    def branches(self) -> Iterator[Branch]:
        """Yield every branch."""
        return (branch for junction in self.junctions.values() for branch in junction.branches)

    @property
    def numbers(self) -> tuple[Stop, ...]:
        """The places where calls begin."""
        return tuple(stop for stop in self.junctions if stop.kind == "number")

    @cached_property
    def reached(self) -> frozenset[Stop]:
        """The places that a call can come to."""
        return self.within(self.numbers)

    def within(self, starts: Iterable[Stop], depth: int | None = None) -> frozenset[Stop]:
        """Return what can be reached from these places by so many branches; by any number where None."""
        found = {stop: 0 for stop in starts if stop in self.junctions}
        waiting = deque(found)
        while waiting:
            stop = waiting.popleft()
            if depth is not None and found[stop] >= depth:
                continue
            for branch in self.junctions[stop].branches:
                if branch.end is not None and branch.end not in found:
                    found[branch.end] = found[stop] + 1
                    waiting.append(branch.end)
        return frozenset(found)

    def into(self, stop: Stop) -> tuple[Branch, ...]:
        """Return the branches that lead to a place."""
        return self._into.get(stop, ())

    @cached_property
    def _into(self) -> dict[Stop, tuple[Branch, ...]]:
        found: dict[Stop, list[Branch]] = {}
        for branch in self.branches:
            if branch.end is not None:
                found.setdefault(branch.end, []).append(branch)
        return {stop: tuple(branches) for stop, branches in found.items()}


def graph_of(site: Site, root: YamlMapping | None = None) -> Graph:
    """Return the map of a site; with its YAML, every place and branch knows where it is written."""
    drawn = _Drawing(site, root)
    by_start: dict[Stop, list[Branch]] = {}
    for way in ways(site):
        by_start.setdefault(way.start, []).append(drawn.branch(way))
    junctions: dict[Stop, Junction] = {}
    for stop in _written_stops(site):
        branches = [*by_start.get(stop, ()), *drawn.beside(stop)]
        junctions[stop] = drawn.junction(stop, drawn.in_order(stop, branches))
    if any(menu.direct_dial for menu in site.menus.values()):
        junctions[EXTENSIONS] = drawn.junction(EXTENSIONS, drawn.extensions())
    for branch in [branch for junction in junctions.values() for branch in junction.branches]:
        if branch.end is not None and branch.end not in junctions:
            junctions[branch.end] = drawn.junction(branch.end, ())
    ends = {branch.end for junction in junctions.values() for branch in junction.branches}
    # Who answers no call by his own name, and leads nobody on, is on the map with his departments.
    kept = {
        stop: junction
        for stop, junction in junctions.items()
        if stop.kind != "person" or stop in ends or junction.branches
    }
    return Graph(kept)


#: The order in which branches of a place are read.
_ORDER = ("entry", FAX_TONE, "closed", "key", DIRECT_DIAL, "collect", "go", "silence", "mistake",
          "nobody", "full", "overflow", "leave", "no_answer", EXTENSION)  # fmt: skip


def _written_stops(site: Site) -> Iterator[Stop]:
    for kind, names in (
        ("number", site.numbers),
        ("menu", site.menus),
        ("department", site.departments),
        ("person", site.people),
    ):
        yield from (Stop(kind, name) for name in names)


@dataclass(frozen=True)
class _Drawing:
    site: Site
    root: YamlMapping | None

    def in_order(self, stop: Stop, branches: Iterable[Branch]) -> tuple[Branch, ...]:
        """Sort the branches of a place as they are read; keys stay as they were written."""
        keys = list(self.site.menus[stop.name].keys) if stop.kind == "menu" else []

        def place(branch: Branch) -> tuple[int, int]:
            return _ORDER.index(branch.why), keys.index(branch.key) if branch.key in keys else 0

        return tuple(sorted(branches, key=place))

    def branch(self, way: Way) -> Branch:
        """Return a way of the YAML as a branch."""
        label, note = way_words(self.site, way)
        end, comes_to = self._end(way)
        return Branch(way.start, way.why, label, note, end, comes_to, way.path, self._at(way.path, value=True))

    def beside(self, stop: Stop) -> Iterator[Branch]:
        """Yield the branches that lead nowhere by themselves, or that no key alone takes."""
        if stop.kind == "number" and (box := self.site.numbers[stop.name].fax) is not None:
            path: tuple[Step, ...] = ("numbers", stop.name, "fax")
            yield self._made(stop, FAX_TONE, "fax machine", "by its tone", Stop("fax", box), path)
        if stop.kind != "menu":
            return
        menu = self.site.menus[stop.name]
        for key, choice in menu.keys.items():
            if choice.go is None:
                path = ("menus", stop.name, "keys", key)
                yield self._made(stop, "key", key, meaning(choice), None, path, PLAYS_AGAIN)
        if menu.direct_dial:
            path = ("menus", stop.name, "direct_dial")
            yield self._made(stop, DIRECT_DIAL, "extension", "dialled directly", EXTENSIONS, path)

    def extensions(self) -> tuple[Branch, ...]:
        """Return a branch for everybody whose extension can be dialled."""
        named = {way.destination.name for way in ways(self.site)}
        found = []
        for name, person in self.site.people.items():
            # Only who can lead a caller on, or is met elsewhere too, needs a place of his own.
            own = person.no_answer is not None or name in named
            end, path = (Stop("person", name) if own else None), ("people", name, "phone")
            found.append(self._made(EXTENSIONS, EXTENSION, person.phone, person.name, end, path, RINGS))
        return tuple(found)

    def junction(self, stop: Stop, branches: tuple[Branch, ...]) -> Junction:
        """Return a place with its branches."""
        title, note = TITLES[stop.kind](self.site, stop.name)
        return Junction(stop, title, note, branches, self._at(_section(self.site, stop), value=False))

    def _made(
        self,
        start: Stop,
        why: str,
        label: str,
        note: str,
        end: Stop | None,
        path: tuple[Step, ...],
        comes_to: str = "",
    ) -> Branch:
        comes_to = comes_to if end is None else TITLES[end.kind](self.site, end.name)[0]
        return Branch(start, why, label, note, end, comes_to, path, self._at(path, value=True))

    def _end(self, way: Way) -> tuple[Stop | None, str]:
        """Return where a way leads, and its words."""
        destination = way.destination
        if destination.kind in ("repeat", "back", "hangup"):
            return None, {"repeat": PLAYS_AGAIN, "back": TURNS_BACK, "hangup": HANGS_UP}[destination.kind]
        try:
            destination = self.site.resolve(destination)
        except KeyError:
            return None, NOWHERE
        if not self._is_there(destination):
            return None, NOWHERE
        end = Stop(destination.kind, destination.name)
        return (None, PLAYS_AGAIN) if end == way.start else (end, TITLES[end.kind](self.site, end.name)[0])

    def _is_there(self, destination: Destination) -> bool:
        """Tell whether anything has this name: who draws a site with mistakes needs to know."""
        names: dict[str, Iterable[str]] = {
            "menu": self.site.menus,
            "department": self.site.departments,
            "person": self.site.people,
        }
        return destination.kind not in names or destination.name in names[destination.kind]

    def _at(self, path: tuple[Step, ...], *, value: bool) -> Position | None:
        if self.root is None:
            return None
        place = locate(self.root, path)
        return place.value if value and place.path == path else place.key


def _section(site: Site, stop: Stop) -> tuple[Step, ...]:
    """Return the path to where a place is written; that of its owner, for what nobody wrote down."""
    if stop.kind == "voicemail" and stop.name not in site.mailboxes:
        return ("departments" if stop.name in site.departments else "people", stop.name)
    sections = {
        "number": "numbers",
        "menu": "menus",
        "department": "departments",
        "person": "people",
        "voicemail": "mailboxes",
        "fax": "faxboxes",
    }
    return (sections[stop.kind], stop.name) if stop.kind in sections else ("people",)
