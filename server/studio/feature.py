"""Makes the admin's pages a feature of the shell: their routes, their one door in the navigation, their sub-navigation.

Owns which pages there are and their order: it is the way from a draft to what callers hear.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from server.accounts import Role
from server.studio.room import StudioRoom
from server.web.parts import Parts
from server.web.route import Feature, NavItem, Route

NAME = "studio"
HOME = "/site"
FOLDER = Path(__file__).parent


class Pages(Protocol):
    """A page, or some that belong together."""

    def routes(self) -> tuple[Route, ...]:
        """Return their routes."""


#: Each makes pages of the room and the server's parts.
PAGES: tuple[Callable[[StudioRoom, Parts], Pages], ...] = ()


def studio_feature(parts: Parts, _position: Callable[[], str]) -> Feature | None:
    """Return the admin's pages as a feature; None for a server without a draft."""
    if parts.studio is None or not PAGES:
        return None
    room = parts.studio
    return Feature(
        name=NAME,
        routes=tuple(route for make in PAGES for route in make(room, parts).routes()),
        nav=(NavItem("Site", HOME, role=Role.ADMIN),),
        templates=FOLDER / "templates",
        static=FOLDER / "static",
    )
