"""Makes the admin's pages a feature of the shell: their routes, their one door in the navigation, their sub-navigation.

Owns which pages there are.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol, runtime_checkable

from server.studio.audit_pages import AuditPages
from server.studio.backtesting.pages import BacktestPages
from server.studio.changes_pages import ChangesPages
from server.studio.check_pages import CheckPages
from server.studio.editor.pages import EditPages
from server.studio.hours.pages import HoursPages
from server.studio.overview.pages import OverviewPages
from server.studio.prompts.pages import PromptsPages
from server.studio.publishing.pages import PublishPages
from server.studio.room import StudioRoom
from server.studio.sight import LOOKS
from server.studio.site_api import SiteApi
from server.studio.testing.pages import TestsPages
from server.studio.trying.pages import TryPages
from server.studio.way import Way
from server.web.parts import Parts
from server.web.route import Feature, NavItem, Route

NAME = "studio"
HOME = "/site"
FOLDER = Path(__file__).parent


class Pages(Protocol):
    """A page, or some that belong together."""

    def routes(self) -> tuple[Route, ...]:
        """Return their routes."""


@runtime_checkable
class Closing(Protocol):
    """Pages that have something to end when the server stops."""

    def close(self) -> None:
        """End it."""


#: Each makes pages of the room and the server's parts.
PAGES: tuple[Callable[[StudioRoom, Parts], Pages], ...] = (
    SiteApi,
    OverviewPages,
    CheckPages,
    EditPages,
    TestsPages,
    TryPages,
    PromptsPages,
    ChangesPages,
    BacktestPages,
    PublishPages,
    AuditPages,
    HoursPages,
)


def studio_feature(parts: Parts, _position: Callable[[], str]) -> Feature | None:
    """Return the admin's pages as a feature; None for a server without a draft."""
    if parts.studio is None:
        return None
    made = [make(parts.studio, parts) for make in PAGES]
    backtest = next(pages.job for pages in made if isinstance(pages, BacktestPages))
    way = Way(parts.studio, backtest)

    def close() -> None:
        for pages in made:
            if isinstance(pages, Closing):
                pages.close()

    return Feature(
        name=NAME,
        routes=tuple(way.led(route) for pages in made for route in pages.routes()),
        nav=(NavItem("Site", HOME, role=LOOKS),),
        templates=FOLDER / "templates",
        static=FOLDER / "static",
        close=close,
    )
