"""Every way on that the YAML offers a caller: from where, why, to where, and where it is written.

Owns the map of a site; judges nothing, and knows nothing of how a menu is spoken or a line is served.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from config.reading.tree import Step
from config.schema import Department, Menu, Site
from config.values import Destination

Why = Literal[
    "entry", "key", "go", "closed", "collect", "silence", "mistake",
    "overflow", "full", "nobody", "leave", "no_answer",
]  # fmt: skip

#: On these ways nobody listens and no phone rings: the caller is there at once.
AT_ONCE: frozenset[Why] = frozenset({"go", "closed", "full", "nobody"})
#: On these ways a caller was waiting for somebody who did not come.
UNANSWERED: frozenset[Why] = frozenset({"overflow", "no_answer"})


class Stop(NamedTuple):
    """Where a caller can be: a number, menu, department or person."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class Way:
    """One way on. `hours` are those outside of which it is taken, for a closed branch."""

    start: Stop
    why: Why
    path: tuple[Step, ...]
    destination: Destination
    hours: str | None = None

    @property
    def name_path(self) -> tuple[Step, ...]:
        """The path to the name itself, where the destination is written as ``{voicemail: billing}``."""
        return (*self.path, self.destination.kind)


def ways(site: Site) -> Iterator[Way]:
    """Yield every way of the site, in the order of its sections."""
    for number, entry in site.numbers.items():
        key = "menu" if entry.go is None else "go"
        yield Way(Stop("number", number), "entry", ("numbers", number, key), entry.entry)
    for name, menu in site.menus.items():
        yield from _of_menu(name, menu)
    for name, department in site.departments.items():
        yield from _of_department(name, department)
    for name, person in site.people.items():
        if person.no_answer is not None:
            path = ("people", name, "no_answer")
            yield Way(Stop("person", name), "no_answer", path, person.no_answer)


def _of_menu(name: str, menu: Menu) -> Iterator[Way]:
    stop, path = Stop("menu", name), ("menus", name)
    if menu.closed is not None:
        yield Way(stop, "closed", (*path, "closed", "go"), menu.closed.go, menu.closed.hours)
    for key, choice in menu.keys.items():
        if choice.go is not None:
            yield Way(stop, "key", (*path, "keys", key, "go"), choice.go)
    if menu.collect is not None:
        yield Way(stop, "collect", (*path, "collect", "go"), menu.collect.go)
    if menu.go is not None:
        yield Way(stop, "go", (*path, "go"), menu.go)
    else:
        yield Way(stop, "silence", (*path, "silence", "go"), menu.silence.go)
        yield Way(stop, "mistake", (*path, "mistake", "go"), menu.mistake.go)


def _of_department(name: str, department: Department) -> Iterator[Way]:
    stop, path = Stop("department", name), ("departments", name)
    if department.closed is not None:
        yield Way(stop, "closed", (*path, "closed"), department.closed, department.hours)
    if department.nobody is not None:
        yield Way(stop, "nobody", (*path, "nobody"), department.nobody)
    if department.full is not None:
        yield Way(stop, "full", (*path, "full", "go"), department.full.go)
    if department.overflow is not None:
        yield Way(stop, "overflow", (*path, "overflow", "go"), department.overflow.go)
    for key, destination in department.leave.items():
        yield Way(stop, "leave", (*path, "leave", key), destination)


def end(site: Site, way: Way) -> Stop | None:
    """Return where a way leads; None for a hang-up, a mailbox or fax box, `back`, and names that nothing has.

    Also None for `repeat` behind a menu: from a department or person it leads to the menu heard last, whichever.
    """
    destination = way.destination
    if destination.kind == "repeat":
        return way.start if way.start.kind == "menu" else None
    try:
        destination = site.resolve(destination)
    except KeyError:
        return None
    names: dict[str, Collection[str]] = {
        "menu": site.menus,
        "department": site.departments,
        "person": site.people,
    }
    there = names.get(destination.kind, ())
    return Stop(destination.kind, destination.name) if destination.name in there else None
