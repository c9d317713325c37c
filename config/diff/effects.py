"""What a caller notices by the clock, though nothing was changed at the key that was pressed.

A key leads to a department; the department is closed on Sundays now: on Sundays the key leads elsewhere. Owns how
closed branches and hours are put together over an ordinary week; holidays are told with the hours themselves.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain

from config.diff.model import Change
from config.diff.values import listed, place
from config.diff.week import WEEK, Span, merged, open_spans, periods
from config.errors import HoursUnreadable
from config.schema import Site
from config.values import Destination
from config.ways import Stop, Way, Why, ways

AREA = "callers"
#: So many closed doors one behind the other are followed.
_MOST_DOORS = 20
#: Of many keys that lead elsewhere at the same times so many are named.
_MOST_NAMED = 6
#: What a caller does to be led on, and not what a department decides.
_CALLERS_WAYS: frozenset[Why] = frozenset({"entry", "key", "go", "collect"})

#: Hours, and where a place leads outside of them.
Door = tuple[str, Destination]
#: Where callers come then and now, in words, and during which of the moments: a bit for each.
Moved = dict[tuple[str, str], int]


class _Week:
    """A site in an ordinary week: what is open when, and where a caller really comes to then."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.spans = {name: open_spans(hours) for name, hours in site.hours.items()}

    def is_open(self, hours: str, second: int) -> bool:
        spans = self.spans.get(hours, ())
        index = bisect_right(spans, second, key=lambda span: span[0]) - 1
        return index >= 0 and second < spans[index][1]

    def open_at(self, hours: str, moments: Sequence[int]) -> int:
        """Return at which moments these hours are open."""
        return sum(self.is_open(hours, second) << n for n, second in enumerate(moments))

    def resolve(self, to: Destination) -> Destination:
        return self.site.resolve(to) if to.kind == "name" else to

    def door(self, to: Destination) -> Door | None:
        """Return the door of a place, if it has one."""
        if to.kind == "menu" and (menu := self.site.menus.get(to.name)) is not None and menu.closed is not None:
            return menu.closed.hours, menu.closed.go
        department = self.site.departments.get(to.name) if to.kind == "department" else None
        if department is not None and department.hours is not None and department.closed is not None:
            return department.hours, department.closed
        return None

    def doors(self, to: Destination) -> Iterator[tuple[Destination, Door | None]]:
        """Yield the places that a caller is led on through if all of them are closed, with their doors."""
        for _ in range(_MOST_DOORS):
            to = self.resolve(to)
            door = self.door(to)
            yield to, door
            if door is None:
                return
            to = door[1]


def effects(old: Site, new: Site) -> Iterator[Change]:
    """Yield what is otherwise at some times of the week where the key itself leads to the same place as before.

    Sites that were not checked, and so cannot be followed, have none.
    """
    try:
        found = _Comparison(_Week(old), _Week(new)).found()
    except (HoursUnreadable, KeyError):
        return
    for (spans, was, now), subjects in found.items():
        lead = "leads" if len(subjects) == 1 else "lead"
        named = subjects[:_MOST_NAMED]
        if len(subjects) > len(named):
            named = [*named, f"{len(subjects) - len(named)} more"]
        yield Change(
            AREA, subjects[0], "changed", f"{periods(spans)} {listed(named)} now {lead} to {now} instead of {was}"
        )


class _Comparison:
    """Two weeks held against each other at every moment at which anything opens or closes."""

    def __init__(self, before: _Week, after: _Week) -> None:
        self._before, self._after = before, after
        edges = chain.from_iterable(
            chain.from_iterable(spans) for week in (before, after) for spans in week.spans.values()
        )
        self._moments = sorted({0, *edges} - {WEEK})
        self._always = (1 << len(self._moments)) - 1
        #: At which moments each hours are open, then and now.
        self._open = [{name: week.open_at(name, self._moments) for name in week.spans} for week in (before, after)]
        self._moved: dict[str, Moved] = {}

    def found(self) -> dict[tuple[tuple[Span, ...], str, str], list[str]]:
        """Return at which times, from where and to where callers come elsewhere, and by which keys."""
        together: dict[tuple[tuple[Span, ...], str, str], list[str]] = defaultdict(list)
        olds = {_key(way): way for way in ways(self._before.site) if way.why in _CALLERS_WAYS}
        for way in ways(self._after.site):
            if way.why not in _CALLERS_WAYS or (was := olds.get(_key(way))) is None:
                continue
            there, before = self._after.resolve(way.destination), self._before.resolve(was.destination)
            if before != there:
                if was.destination == way.destination:  # one name, and what has it is another thing now
                    names = place(before, self._before.site), place(there, self._after.site)
                    together[self._spans(self._always), *names].append(_subject(way))
                continue  # else that is told where it is written
            for (old_place, new_place), at in self._of(there).items():
                if at := at & self._heard(way.start):
                    together[self._spans(at), old_place, new_place].append(_subject(way))
        return together

    def _of(self, there: Destination) -> Moved:
        """Return when those who are led there come elsewhere than before."""
        name = str(there)
        if name not in self._moved:
            self._moved[name] = self._compare(there)
        return self._moved[name]

    def _compare(self, there: Destination) -> Moved:
        olds, news = list(self._before.doors(there)), list(self._after.doors(there))
        if olds == news and all(door is None or self._is_as_before(door[0]) for _, door in olds):
            return {}
        moved: Moved = defaultdict(int)
        for n in range(len(self._moments)):
            old, new = self._walk(olds, 0, n), self._walk(news, 1, n)
            if _other_door(old, new):
                moved[place(old[-1][0], self._before.site), place(new[-1][0], self._after.site)] |= 1 << n
        return moved

    def _is_as_before(self, hours: str) -> bool:
        return self._open[0].get(hours) == self._open[1].get(hours)

    def _walk(self, doors: list[tuple[Destination, Door | None]], side: int, n: int) -> list[tuple[Destination, bool]]:
        """Return the places up to the first that is open at a moment, and whether each is."""
        walked = []
        for to, door in doors:
            is_open = door is None or bool(self._open[side].get(door[0], 0) >> n & 1)
            walked.append((to, is_open))
            if is_open:
                break
        return walked

    def _heard(self, start: Stop) -> int:
        """Return when a caller can be there, then and now."""
        heard = self._always
        if start.kind == "menu":
            for side, week in enumerate((self._before, self._after)):
                door = week.door(Destination(kind="menu", name=start.name))
                heard &= self._always if door is None else self._open[side].get(door[0], 0)
        return heard

    def _spans(self, at: int) -> tuple[Span, ...]:
        ends = [*self._moments[1:], WEEK]
        return tuple(merged((self._moments[n], ends[n]) for n in range(len(ends)) if at >> n & 1))


def _other_door(old: list[tuple[Destination, bool]], new: list[tuple[Destination, bool]]) -> bool:
    """Tell whether callers come elsewhere since a door is open or closed otherwise.

    That a closed door leads elsewhere is told where it is written, and not here.
    """
    for (was, was_open), (now, now_open) in zip(old, new, strict=False):
        if was != now:
            return False
        if was_open is not now_open:
            return old[-1][0] != new[-1][0]
    return False


def _key(way: Way) -> tuple[Stop, Why, str]:
    return way.start, way.why, str(way.path[-2])


def _subject(way: Way) -> str:
    where = f"the {way.start.kind} {way.start.name}"
    return f"key {way.path[-2]} of {where}" if way.why == "key" else where
