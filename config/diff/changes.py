"""What changes between two sites, in words: the whole list, what matters most to callers first. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from config.diff.differences import Difference, differences
from config.diff.effects import effects
from config.diff.hours import hours_changes
from config.diff.model import Change, rank
from config.diff.names import Renamed
from config.diff.values import listed
from config.diff.wording import Sides
from config.schema import Hours, Site


def changes(old: Site, new: Site) -> tuple[Change, ...]:
    """Return every change from one site to another; none if they say the same, however they are written."""
    renamed = Renamed.between(old, new)
    found = list(_called_otherwise(renamed))
    old = renamed.as_called_now(old)
    found += effects(old, new)
    found += _written(old, new)
    # Sorting keeps the order of the schema, and of the entries, within an area.
    return tuple(sorted(dict.fromkeys(found), key=lambda change: rank(change.area)))


def _called_otherwise(renamed: Renamed) -> Iterator[Change]:
    for was, now in renamed.menus.items():
        yield Change("menus", now, "changed", f"the menu {was} is now called {now}", ("menus", now))
    for was, now in renamed.departments.items():
        text = f"the department {was} is now called {now}; its messages and figures of before stay under {was}"
        yield Change("departments", now, "changed", text, ("departments", now))
    for was, now in renamed.numbers.items():
        text = f"the number {was} is written in another way, {now}; it is the same number"
        yield Change("numbers", now, "changed", text, ("numbers", now))


def _written(old: Site, new: Site) -> Iterator[Change]:
    sides = Sides(old, new)
    after = [name for name in new.people if name in old.people]
    if after != [name for name in old.people if name in new.people]:
        who = listed(new.people[name].name for name in after)
        yield Change("people", "people", "changed", f"the order in which people are rung is now {who}", ("people",))
    for one in differences(old, new):
        if one.path == ("version",):
            continue
        if _is_of_hours(one):
            yield from hours_changes(str(one.path[1]), one.old, one.new)
        else:
            yield from sides.tell(one)


def _is_of_hours(one: Difference) -> bool:
    return isinstance(one.old, Hours) and isinstance(one.new, Hours)
