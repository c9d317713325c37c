"""Judges past calls on two sites, each distinct script once: most callers press what others have pressed.

Owns what makes two calls one script: the number, the answers, and which hours are open while the call lasts.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from callrouter.backtest.invented import MASK
from callrouter.backtest.past import Answer, Past, Script, Visited
from callrouter.backtest.replay import replay
from callrouter.backtest.verdict import Judgement, judge
from config.calendar import open_state
from config.diff.names import Renamed
from config.schema import Hours, Site
from ivr.digits import Status

#: So many scripts are remembered.
_MOST = 50_000
_NEVER = datetime(1, 1, 1, tzinfo=UTC)
#: Hours that do not change within a year are not asked again for so long.
_A_WHILE = timedelta(days=30)


class Judging:
    """Holds the sites that calls are judged on."""

    def __init__(self, old: Site, new: Site) -> None:
        self._renamed = Renamed.between(old, new)
        self._old, self._new = self._renamed.as_called_now(old), new
        #: In these menus any digits that were taken come to the same on both sites.
        self._alike = {
            name for name, menu in self._old.menus.items()
            if menu.collect is not None and name in new.menus and new.menus[name].collect == menu.collect
        }  # fmt: skip
        self._hours = [_Door(hours, site.company.timezone) for site in (old, new) for hours in site.hours.values()]
        self._known: OrderedDict[tuple[Script, int], Judgement] = OrderedDict()
        #: How many were really led through both sites.
        self.walked = 0

    def judge(self, past: Past) -> Judgement:
        """Return what the new site would have made of the call."""
        past = self._as_here(past)
        doors = self._doors(past.begun)
        if past.trouble or doors != self._doors(past.over):
            return self._judge(past)  # a door closed while the call lasted: each call of its own
        key = (past.script, doors)
        found = self._known.get(key)
        if found is None:
            if len(self._known) == _MOST:
                self._known.popitem(last=False)
            found = self._known[key] = self._judge(past)
        return found

    def _judge(self, past: Past) -> Judgement:
        self.walked += 1
        return judge(replay(self._old, past), replay(self._new, past))

    def _as_here(self, past: Past) -> Past:
        """Return the call with the names of the new site, and without digits that make no difference."""
        script = past.script
        names = {visit.menu for visit in script.visits}
        if not self._renamed.departments and not names & (self._alike | self._renamed.menus.keys()):
            return past
        visits = tuple(self._visit(visit) for visit in script.visits)
        left = tuple(one._replace(place=self._renamed.place(one.place)) for one in script.left)
        return replace(past, script=script._replace(visits=visits, left=left))

    def _visit(self, visit: Visited) -> Visited:
        menu = self._renamed.menus.get(visit.menu, visit.menu)
        if menu not in self._alike:
            return visit._replace(menu=menu)
        answers = tuple(
            Answer(MASK * len(one.keys), one.status) if one.status == Status.MATCH else one for one in visit.answers
        )
        return Visited(menu, answers, visit.hung_up)

    def _doors(self, at: datetime) -> int:
        """Return which hours are open at a moment, a bit for each."""
        return sum(door.is_open(at) << n for n, door in enumerate(self._hours))


class _Door:
    """Opening hours that are asked about one moment after the other: computed anew only when they may have changed."""

    def __init__(self, hours: Hours, zone: str) -> None:
        self._hours, self._zone = hours, zone
        self._since = self._until = _NEVER
        self._open = False

    def is_open(self, at: datetime) -> bool:
        if not self._since <= at < self._until:
            state = open_state(self._hours, self._zone, at)
            self._since, self._until, self._open = at, state.until or at + _A_WHILE, state.open
        return self._open
