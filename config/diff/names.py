"""What is the same on two sites under other names: menus, departments, and numbers that are spelled otherwise.

A new name must be told once, and not again at every key that leads there; nor is a call that comes there elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from config.diff.renamed_departments import renamed_departments, with_department_names
from config.diff.renames import renamed_menus, with_menu_names
from config.diff.rewriting import with_fields
from config.schema import Site
from config.values import e164


@dataclass(frozen=True, slots=True)
class Renamed:
    """Names of before and of now."""

    menus: Mapping[str, str]
    departments: Mapping[str, str]
    numbers: Mapping[str, str]

    @classmethod
    def between(cls, old: Site, new: Site) -> Renamed:
        """Find what has another name on the new site, and is the same in all else."""
        menus = renamed_menus(old, new)
        departments = renamed_departments(with_menu_names(old, menus), new)
        if departments and not menus:  # a menu that leads to such a department may have another name as well
            menus = renamed_menus(with_department_names(old, departments), new)
        return cls(menus, departments, _numbers(old, new))

    def as_called_now(self, old: Site) -> Site:
        """Return the old site with the names of the new one."""
        site = with_department_names(with_menu_names(old, self.menus), self.departments)
        if not self.numbers:
            return site
        return with_fields(site, {"numbers": {self.numbers.get(one, one): to for one, to in site.numbers.items()}})

    def place(self, place: str) -> str:
        """Return a place such as "department sales" as it is called now."""
        kind, _, name = place.partition(" ")
        if kind == "menu":
            name = self.menus.get(name, name)
        elif kind in ("department", "voicemail", "fax"):
            name = self.departments.get(name, name)
        return f"{kind} {name}" if name else kind


def _numbers(old: Site, new: Site) -> dict[str, str]:
    come = {e164(one, new.company.country) or one: one for one in new.numbers if one not in old.numbers}
    gone = [one for one in old.numbers if one not in new.numbers]
    return {one: come[same] for one in gone if (same := e164(one, old.company.country) or one) in come}
