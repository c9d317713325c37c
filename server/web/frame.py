"""The page frame: templates, their filters, and what every page shows around its own content.

Owns rendering. Everything is escaped; a template that names what it was not given fails.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import jinja2

from config.schema import Site
from ledger.errors import LedgerError
from server.accounts import Account
from server.web.static_files import StaticFiles

if TYPE_CHECKING:
    from server.web.route import Feature, NavItem

TEMPLATES = Path(__file__).parent / "templates"


class Frame:
    """Renders pages of the shell and of the features."""

    def __init__(self, site: Callable[[], Site], static: StaticFiles, features: Sequence[Feature]) -> None:
        self._site = site
        self._notices = [feature.notices for feature in features if feature.notices is not None]
        nav = [item for feature in features for item in feature.nav]
        self._nav: tuple[NavItem, ...] = tuple(sorted(nav, key=lambda item: not item.own))
        prefixes = {f.name: jinja2.FileSystemLoader(f.templates) for f in features if f.templates is not None}
        self._environment = jinja2.Environment(
            loader=jinja2.ChoiceLoader([jinja2.FileSystemLoader(TEMPLATES), jinja2.PrefixLoader(prefixes)]),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.globals["static"] = static.address
        self._environment.filters.update(clock=clock, local_time=self._local_time, day_name=day_name)
        self._known: Mapping[str, object] = MappingProxyType({})

    def knowing(self, **known: object) -> Frame:
        """Return the same frame, with something more that its templates may ask for."""
        more = copy(self)
        more._known = {**self._known, **known}
        return more

    async def counts(self, account: Account) -> dict[str, int]:
        """Count what waits behind the doors of the navigation, by their paths; a page does without what fails."""
        found: dict[str, int] = {}
        with contextlib.suppress(LedgerError):
            for item in self._nav:
                if item.count is not None and _leads_in(item, account):
                    found[item.path] = await item.count(account)
        return found

    def render(
        self,
        template: str,
        /,
        *,
        account: Account | None,
        path: str,
        counts: Mapping[str, int] = MappingProxyType({}),
        **context: object,
    ) -> str:
        """Render a page in the frame, for this account at this path."""
        doors = [item for item in self._nav if account is not None and _leads_in(item, account)]
        nav = [item for item in doors if item.leads_somewhere is None or item.leads_somewhere()]
        here = max((item.path for item in nav if path.startswith(item.path)), key=len, default="")
        around = {
            "account": account, "nav": nav, "counts": counts, "here": here, "company": self._site().company.name,
            "notices": self._noticed(account) if account is not None else [],
        }  # fmt: skip
        return self._environment.get_template(template).render({**self._known, **around, **context})

    def _noticed(self, account: Account) -> list[dict[str, object]]:
        found = [notice for ask in self._notices for notice in ask()]
        return [{"text": n.text, "path": n.path, "leads_in": account.role.includes(n.role)} for n in found]

    def fragment(self, template: str, macro: str, *values: object) -> str:
        """Render one macro of a template: a part of a page that is shown already."""
        module = self._environment.get_template(template).module
        return str(getattr(module, macro)(*values))

    def _local_time(self, at: datetime, seconds: bool = False) -> str:
        """Write the time of day in the site's own zone."""
        return f"{at.astimezone(self._site().company.zone):{'%H:%M:%S' if seconds else '%H:%M'}}"


def _leads_in(item: NavItem, account: Account) -> bool:
    return account.role.includes(item.role) and (not item.own or bool(account.person))


def clock(seconds: float) -> str:
    """Write a length of time as people read it on a display.

    >>> clock(7.6), clock(95), clock(3661)
    ('0:07', '1:35', '1:01:01')
    """
    whole = max(0, int(seconds))
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}:{rest:02}"
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


def day_name(day: date) -> str:
    """Write a day with its name: Friday 20 November 2026."""
    return f"{day:%A} {day.day} {day:%B %Y}"
