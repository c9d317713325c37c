"""Everything of a site that a test can go through: every key, silence, mistake, closed branch, edge of the hours, …

Owns what there is to be covered and which of it a call went through. Pure, and rehearses nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from callrouter import events as ev
from callrouter.branches import Branch, branch_of
from callrouter.menu_tests.edges import HoursEdges, kind_of
from callrouter.rehearsal.call import Rehearsal
from config.calendar import open_state
from config.schema import Department, Menu, Site

_EVERY_KEY = frozenset("0123456789*#")


@dataclass(frozen=True)
class Spot:
    """One thing to be covered: whose it is, what it is in words, and where in the YAML."""

    branch: Branch
    owner: str
    words: str

    @property
    def place(self) -> Branch:
        """The path in the YAML; edges of hours stand where the hours are written."""
        if self.branch[0] != "hours":
            return self.branch
        return (*self.branch[:2], kind_of(str(self.branch[3])))

    def __str__(self) -> str:
        return f"{self.owner}: {self.words}"


def spots(site: Site, since: datetime) -> tuple[Spot, ...]:
    """Return everything that tests of this site can go through; hours are looked at in the year after `since`."""
    return tuple(_spots(site, since))


def _spots(site: Site, since: datetime) -> Iterator[Spot]:
    for written, number in site.numbers.items():
        owner = f"number {written}"
        yield Spot(
            ("numbers", written, "menu" if number.go is None else "go"), owner, f"called, {site.resolve(number.entry)}"
        )
        if number.fax is not None:
            yield Spot(("numbers", written, "fax"), owner, f"a fax machine calls, to fax {number.fax}")
    for name, menu in site.menus.items():
        yield from _of_menu(site, name, menu)
    for name, department in site.departments.items():
        yield from _of_department(site, name, department)
    for name, person in site.people.items():
        if person.no_answer is not None:
            yield Spot(
                ("people", name, "no_answer"), f"person {name}", f"no answer, to {site.resolve(person.no_answer)}"
            )
    for name, mailbox in site.mailboxes.items():
        if mailbox.closed is not None:
            yield Spot(("mailboxes", name, "closed"), f"mailbox {name}", "the greeting when closed")
    edges = HoursEdges(site)
    for name in asked_hours(site):
        for branch, words in edges.which(name, since).items():
            yield Spot(branch, f"hours {name}", f"a call {words}")


def _of_menu(site: Site, name: str, menu: Menu) -> Iterator[Spot]:
    path, owner = ("menus", name), f"menu {name}"
    if menu.closed is not None:
        yield Spot((*path, "closed"), owner, f"closed, to {site.resolve(menu.closed.go)}")
    for key, choice in menu.keys.items():
        what = f"to {site.resolve(choice.go)}" if choice.go is not None else f"language {choice.language}"
        yield Spot((*path, "keys", key), owner, f"key {key}, {what}")
    if menu.direct_dial and site.people:
        yield Spot((*path, "direct_dial"), owner, "an extension is dialled")
    if menu.collect is not None:
        yield Spot((*path, "collect"), owner, f"{menu.collect.name} entered, to {site.resolve(menu.collect.go)}")
    if menu.go is not None:
        yield Spot((*path, "go"), owner, f"nothing to choose, to {site.resolve(menu.go)}")
    else:
        yield Spot((*path, "silence"), owner, f"silence to the end, to {site.resolve(menu.silence.go)}")
        if menu.direct_dial or set(menu.keys) != _EVERY_KEY:  # "press any key": there is nothing to mistake
            yield Spot((*path, "mistake"), owner, f"mistakes to the end, to {site.resolve(menu.mistake.go)}")


def _of_department(site: Site, name: str, department: Department) -> Iterator[Spot]:
    path, owner = ("departments", name), f"department {name}"
    yield Spot(path, owner, "somebody answers")
    if department.closed is not None and department.hours is not None:
        yield Spot((*path, "closed"), owner, f"closed, to {site.resolve(department.closed)}")
    if department.nobody is not None:
        yield Spot((*path, "nobody"), owner, f"nobody is logged in, to {site.resolve(department.nobody)}")
    if department.full is not None:
        yield Spot((*path, "full"), owner, f"too many wait, to {site.resolve(department.full.go)}")
    if department.overflow is not None:
        yield Spot((*path, "overflow"), owner, f"waited too long, to {site.resolve(department.overflow.go)}")
    for key, to in department.leave.items():
        yield Spot((*path, "leave", key), owner, f"key {key} while waiting, to {site.resolve(to)}")


def asked_hours(site: Site) -> tuple[str, ...]:
    """Return the hours that decide something of a call."""
    asked = [menu.closed.hours for menu in site.menus.values() if menu.closed is not None]
    asked += [d.hours for d in site.departments.values() if d.closed is not None and d.hours is not None]
    asked += [mailbox.closed.hours for mailbox in site.mailboxes.values() if mailbox.closed is not None]
    return tuple(dict.fromkeys(asked))


class Ledger:
    """Remembers what was gone through."""

    def __init__(self, site: Site) -> None:
        self.covered: set[Branch] = set()
        self._site = site
        self._edges = HoursEdges(site)
        self._numbers = {id(number): (written, number) for written, number in site.numbers.items()}

    def add(self, rehearsed: Rehearsal) -> None:
        """Take in one call."""
        self.covered.update(self.of(rehearsed))

    def of(self, rehearsed: Rehearsal) -> Iterator[Branch]:
        """Yield what one call went through, some of it perhaps twice."""
        site = self._site
        number = site.find_number(rehearsed.situation.to)
        if number is not None:
            written, _ = self._numbers[id(number)]
            if number.fax is not None and rehearsed.situation.is_fax:
                yield ("numbers", written, "fax")
            else:
                yield ("numbers", written, "menu" if number.go is None else "go")
        for event in rehearsed.events:
            match event:
                case ev.BranchTaken():
                    if (branch := branch_of(site, event)) is not None:
                        yield branch
                        if branch[0] == "departments" and branch[2] == "closed":
                            yield from self._at(site.departments[event.origin].hours, event.at)
                case ev.MenuEntered():
                    if (closed := site.menus[event.menu].closed) is not None:
                        yield from self._at(closed.hours, event.at)
                case ev.CallQueued():
                    if site.departments[event.department].closed is not None:
                        yield from self._at(site.departments[event.department].hours, event.at)
                case ev.CallAnswered() if event.department:
                    yield ("departments", event.department)
                case ev.MessageBegun() if event.mailbox in site.mailboxes:
                    if (greeting := site.mailboxes[event.mailbox].closed) is not None:
                        hours = site.hours[greeting.hours]
                        if not open_state(hours, site.company.timezone, event.at).open:
                            yield ("mailboxes", event.mailbox, "closed")
                        yield from self._at(greeting.hours, event.at)

    def _at(self, hours: str | None, at: datetime) -> tuple[Branch, ...]:
        return self._edges.at(hours, at) if hours is not None else ()
