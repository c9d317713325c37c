"""A change of some days that is only looked at: how each of them is, and would be. Pure; writes nothing."""

from __future__ import annotations

from dataclasses import dataclass

from config.schema import Site
from server.studio.hours.change import Change, tried
from server.studio.hours.year import Day, days_of


@dataclass(frozen=True, slots=True)
class Trial:
    """A change that is only looked at: how each of its days was, and would be."""

    change: Change
    days: tuple[tuple[Day, Day], ...]

    @property
    def others(self) -> tuple[tuple[Day, Day], ...]:
        """The days that would be otherwise than they are."""
        return tuple((was, is_) for was, is_ in self.days if (was.kind, was.spans) != (is_.kind, is_.spans))


def trial_of(site: Site, change: Change) -> tuple[Trial, Site]:
    """Return a change looked at, and the site with it. Raises nothing: the hours are known."""
    hours, zone, country = site.hours[change.hours], site.company.timezone, site.company.country
    otherwise = tried(hours, change)
    was, is_ = (days_of(one, zone, change.days[0], change.days[-1], country=country) for one in (hours, otherwise))
    site = site.model_copy(update={"hours": site.hours | {change.hours: otherwise}})
    return Trial(change, tuple(zip(was, is_, strict=True))), site
