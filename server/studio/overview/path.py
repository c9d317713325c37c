"""The path of one call over the map of a site: which places it came to, and by which branches.

Owns how the events of a call are found again on the map; a call of the journal, a test and one that was only tried
tell the same ones. What the map does not have any more is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from callrouter import events as ev
from callrouter.branches import branch_of
from callrouter.fax_tones import FAX_TONE as HEARD_A_MACHINE
from config.graph import DIRECT_DIAL, EXTENSIONS, FAX_TONE, Branch, Graph
from config.schema import Site
from config.values import e164
from config.ways import Stop


@dataclass(frozen=True)
class Trodden:
    """What is lit up: places in the order in which the call first came there, and the branches it took."""

    stops: tuple[Stop, ...] = ()
    branches: frozenset[Branch] = frozenset()

    def step(self, stop: Stop) -> int:
        """Return the how manieth of the path this place is, counted from 1; 0 if it is not on it."""
        return self.stops.index(stop) + 1 if stop in self.stops else 0


NO_PATH = Trodden()


def path_of(graph: Graph, site: Site, events: Iterable[ev.Event]) -> Trodden:
    """Find the path of a call on the map."""
    found = list(_steps(graph, site, events))
    stops = [step for step in found if isinstance(step, Stop) and step in graph.junctions]
    branches = [step for step in found if isinstance(step, Branch)]
    return Trodden(tuple(dict.fromkeys(stops)), frozenset(branches))


def number_stop(site: Site, dialled: str) -> Stop | None:
    """Return the number that was dialled, as the site writes it."""
    country = site.company.country
    wanted = e164(dialled, country) or dialled
    return next((Stop("number", name) for name in site.numbers if (e164(name, country) or name) == wanted), None)


def _steps(graph: Graph, site: Site, events: Iterable[ev.Event]) -> Iterator[Stop | Branch]:
    number: Stop | None = None
    for event in events:
        match event:
            case ev.CallOffered():
                number = number_stop(site, event.did)
                if number is not None and number in graph.junctions:
                    yield number
                    yield from _taken([way for way in graph.junctions[number].branches if way.why == "entry"])
            case ev.MenuEntered():
                yield Stop("menu", event.menu)
            case ev.CallQueued():
                yield Stop("department", event.department)
            case ev.AgentsOffered(why="dialled directly"):
                yield Stop("person", event.agents[0])
            case ev.MessageBegun():
                yield Stop("voicemail", event.mailbox)
            case ev.FaxBegun():
                yield Stop("fax", event.box)
            case ev.BranchTaken(why=why) if why == HEARD_A_MACHINE:
                if number is not None and number in graph.junctions:
                    yield from _taken([way for way in graph.junctions[number].branches if way.why == FAX_TONE])
            case ev.BranchTaken():
                yield from _taken(_branches(graph, site, event))
            case _:
                pass


def _taken(branches: Iterable[Branch]) -> Iterator[Stop | Branch]:
    for branch in branches:
        yield branch.start
        yield branch
        if branch.end is not None:
            yield branch.end


def _branches(graph: Graph, site: Site, event: ev.BranchTaken) -> list[Branch]:
    """Return the branch that was taken; of an extension dialled, also the row of who has it."""
    written = branch_of(site, event)
    if written is None:
        return []
    kinds = {"menus": "menu", "departments": "department", "people": "person"}
    junction = graph.junctions.get(Stop(kinds.get(str(written[0]), ""), str(written[1])))
    if junction is None:
        return []
    found = [branch for branch in junction.branches if branch.path[: len(written)] == written][:1]
    if found and found[0].why == DIRECT_DIAL and EXTENSIONS in graph.junctions:
        name = event.to.partition(" ")[2]
        rows = graph.junctions[EXTENSIONS].branches
        found += [row for row in rows if row.path[:2] == ("people", name)][:1]
    return found
