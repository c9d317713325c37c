"""Drafts missing tests: walks the menus by rehearsed calls until every spot is gone through, shortest calls first.

Owns the search. A draft expects what comes of the call now; whether that is meant only an admin knows.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice

from callrouter import events as ev
from callrouter.branches import Branch
from callrouter.menu_tests.edges import HoursEdges
from callrouter.menu_tests.moments import closing_moments, contexts, edge_moments
from callrouter.menu_tests.options import entries
from callrouter.menu_tests.run import Coverage, since
from callrouter.menu_tests.spots import Ledger, Spot
from callrouter.rehearsal.call import Rehearsal, rehearse
from callrouter.rehearsal.finish import finish
from callrouter.rehearsal.situation import Situation, Stage
from config.schema import Site
from ivr.simulator import KEY_GAP, MOST_KEYS, script

#: So many calls are tried; a site of 500 menus needs some thousands.
MOST_CALLS = 30_000
#: A caller at a menu waits so long before a key, seconds; and so long in a line before he leaves it.
_BRISK, _IN_LINE = 1.0, 8.0
#: A script has no longer wait, seconds.
LONGEST_WAIT = 9_999
#: Moments tried for one edge of the hours: at all of a working week something else may be open.
_MOST_MOMENTS = 10


@dataclass(frozen=True)
class Draft:
    """A test that is missing: the call, what it goes through that no test did before, and what came of it."""

    press: str
    situation: Situation
    covers: tuple[Spot, ...]
    came: Rehearsal


@dataclass(frozen=True)
class Drafts:
    """All drafts, and what no call that was tried went through."""

    drafts: tuple[Draft, ...]
    unreached: tuple[Spot, ...]
    calls: int


@dataclass(frozen=True)
class _Try:
    """A call to be tried: keys and waits, and the rest of the situation."""

    press: str
    situation: Situation
    #: The keys meant for a menu last, and how to press them there where they were too early.
    meant: tuple[str, str, str] = ("", "", "")

    def pressing(self, more: str) -> _Try:
        press = f"{self.press} {more}".strip()
        return _Try(press, replace(self.situation, presses=script(press)))

    def where(self, *, busy: frozenset[str] | None = None, **changes: object) -> _Try:
        changed = dict(changes) if busy is None else {**changes, "busy": frozenset(self.situation.busy) | busy}
        return _Try(self.press, replace(self.situation, **changed))  # type: ignore[arg-type]  # names checked by tests

    @property
    def pressed_last(self) -> float:
        presses = self.situation.presses
        return presses[-1].at if presses else 0.0


def draft_tests(site: Site, coverage: Coverage, since: datetime) -> Drafts:
    """Return drafts for what is not covered; their calls are made after `since`. Blocks, like `run_tests`."""
    return finish(_Search(site, coverage, since).run())


class _Search:
    def __init__(self, site: Site, coverage: Coverage, since: datetime) -> None:
        self._site = site
        self._since = since
        self._stage = Stage(site)
        self._ledger = Ledger(site)
        self._hours = HoursEdges(site)
        self._missing: dict[Branch, Spot] = {spot.branch: spot for spot in coverage.uncovered}
        self._drafts: list[Draft] = []
        self._calls = 0
        #: The first call that asked whether these hours are open.
        self._askers: dict[str, _Try] = {}
        #: The first call that came into the line of a department, and when.
        self._liners: dict[str, tuple[_Try, float]] = {}
        self._waiting: deque[_Try] = deque()
        #: Menus that were come to by silence only: asked when no key leads there.
        self._later: deque[tuple[_Try, str, float]] = deque()
        self._seen: set[tuple[str, ...]] = set()

    async def run(self) -> Drafts:
        for at in contexts(self._site, self._since):
            if not self._missing:
                break
            self._seen.clear()
            self._waiting.extend(self._beginnings(at))
            self._later.clear()
            while self._missing and self._calls < MOST_CALLS and self._has_more():
                await self._follow(self._waiting.popleft())
            self._waiting.clear()
        await self._edges()
        await self._doors_that_close_meanwhile()
        return Drafts(tuple(self._drafts), tuple(self._missing.values()), self._calls)

    def _has_more(self) -> bool:
        while not self._waiting and self._later:
            one, menu, second = self._later.popleft()
            if self._is_new("menu", menu):
                self._waiting.extend(self._at_menu(one, menu, second, brisk=False))
        return bool(self._waiting)

    def _beginnings(self, at: datetime) -> Iterator[_Try]:
        for written, number in self._site.numbers.items():
            is_fax = number.entry.kind == "fax"
            yield _Try("", Situation(written, at, is_fax=is_fax))
            if number.fax is not None and not is_fax:
                yield _Try("", Situation(written, at, is_fax=True))

    async def _edges(self) -> None:
        """Cover each edge of hours by the first call that asked for these hours, made at another time."""
        for spot in [spot for spot in self._missing.values() if spot.branch[0] == "hours"]:
            asker = self._askers.get(str(spot.branch[1]))
            if asker is None:
                continue
            for at in self._moments(spot):
                if spot.branch not in self._missing:
                    break
                await self._try(asker.where(at=at))

    def _moments(self, spot: Spot) -> Iterator[datetime]:
        """Yield moments on an edge, those to come first; a day that is over for good is tried when it was."""
        zone = self._site.company.zone
        for begin in (self._since, since(self._site)):
            yield from (at.astimezone(zone) for at in islice(edge_moments(self._hours, spot, begin), _MOST_MOMENTS))

    async def _doors_that_close_meanwhile(self) -> None:
        """Cover closed departments whose menus are closed by then, too: the hour strikes while the caller chooses."""
        for spot in [spot for spot in self._missing.values() if spot.branch[0] == "departments"]:
            name = str(spot.branch[1])
            hours = self._site.departments[name].hours
            if spot.branch[-1] != "closed" or hours is None or name not in self._liners:
                continue
            one, second = self._liners[name]
            for tried, at in enumerate(closing_moments(self._hours, hours, self._since)):
                if spot.branch not in self._missing or tried == _MOST_MOMENTS:
                    break
                await self._try(one.where(at=at.astimezone(self._site.company.zone) - timedelta(seconds=int(second))))

    async def _try(self, one: _Try) -> Rehearsal:
        """Make the call, and keep it as a draft if it goes through something new."""
        self._calls += 1
        came = await rehearse(self._stage, one.situation)
        new = [branch for branch in dict.fromkeys(self._ledger.of(came)) if branch in self._missing]
        if new:
            covers = tuple(self._missing.pop(branch) for branch in new)
            self._drafts.append(Draft(one.press, one.situation, covers, came))
        for name in _asked(self._site, came):
            self._askers.setdefault(name, one)
        return came

    async def _follow(self, one: _Try) -> None:
        """Make a call, and think of every other that goes on from where it came to."""
        came = await self._try(one)
        if one.situation.is_fax:
            return
        menu, keys, slowly = one.meant
        pressed = [event for event in came.events if isinstance(event, ev.KeysPressed)]
        if slowly and not any(event.menu == menu and event.keys == keys for event in pressed):
            self._waiting.appendleft(_Try(slowly, replace(one.situation, presses=script(slowly))))
            return
        stands = True
        for step in came.steps:
            event = step.event
            match event:
                case ev.KeysPressed(status="no_input") if event.menu in self._site.menus:
                    if not stands:
                        self._later.append((one, event.menu, step.second))
                    elif self._is_new("menu", event.menu):
                        self._waiting.extend(self._at_menu(one, event.menu, step.second, brisk=True))
                    stands = False
                case ev.CallQueued():
                    self._liners.setdefault(event.department, (one, step.second))
                    if self._is_new("line", event.department):
                        self._waiting.extend(self._in_line(one, event.department, step.second))
                case ev.AgentsOffered(why="dialled directly"):
                    if self._is_new("person", event.agents[0]):
                        self._waiting.append(one.where(away=frozenset(event.agents)))

    def _is_new(self, *what: str) -> bool:
        if what in self._seen:
            return False
        self._seen.add(what)
        return True

    def _at_menu(self, one: _Try, name: str, silent_at: float, *, brisk: bool) -> Iterator[_Try]:
        """Yield a call for everything that can be done at a menu at which the first try was silent till then."""
        menu = self._site.menus[name]
        # Before that second he can answer: all that cannot be interrupted is said by then.
        listening = silent_at - min(menu.wait.first_key, menu.wait.whole) / 2
        latest = round(max(_BRISK, listening - one.pressed_last - KEY_GAP), 1)
        again = _BRISK if menu.barge_in else latest
        for keys in entries(self._site, menu):
            if len(one.situation.presses) + sum(map(len, keys)) > MOST_KEYS or latest >= LONGEST_WAIT:
                continue
            more = [f"w{again:g} {key}" for key in keys[1:]]
            slowly = one.pressing(" ".join([f"w{latest:g} {keys[0]}", *more]))
            if brisk and menu.barge_in:
                quickly = one.pressing(" ".join([f"w{_BRISK:g} {keys[0]}", *more]))
                yield replace(quickly, meant=(name, keys[0], slowly.press))
            else:
                yield slowly

    def _in_line(self, one: _Try, name: str, joined: float) -> Iterator[_Try]:
        """Yield a call for everything that can become of a caller in a line, which is joined at that second."""
        department, members = self._site.departments[name], frozenset(self._stage.members[name])
        if department.nobody is not None:
            yield one.where(logged_in=frozenset(self._site.people) - members)
        if department.full is not None:
            yield one.where(busy=members, waiting=department.full.size)
        waiting = one.where(busy=members)
        for key in department.leave:
            # Who came there by silence pressed nothing for long, and would press in a menu before.
            wait = round(joined - one.pressed_last) + _IN_LINE
            if wait <= LONGEST_WAIT:
                yield waiting.pressing(f"w{wait:g} {key}")
        if department.overflow is not None:
            yield waiting


def _asked(site: Site, came: Rehearsal) -> Iterator[str]:
    """Yield the hours that decided something of this call."""
    for event in came.events:
        match event:
            case ev.MenuEntered() if (closed := site.menus[event.menu].closed) is not None:
                yield closed.hours
            case ev.CallQueued():
                department = site.departments[event.department]
                if department.closed is not None and department.hours is not None:
                    yield department.hours
            case ev.MessageBegun() if event.mailbox in site.mailboxes:
                if (greeting := site.mailboxes[event.mailbox].closed) is not None:
                    yield greeting.hours
