"""Makes the closing by hand a feature of the shell: its page for supervisors, its operations for
programs, and the banner on every page.

Owns routes and the banner's words. The page is in `closure_pages`, the API in `closure_api`, the closing itself in
`server.closure_office`.
"""

from __future__ import annotations

from collections.abc import Callable

from server.accounts import Role
from server.web.closure_api import ClosureApi
from server.web.closure_pages import AT, ClosurePages, banner
from server.web.parts import Parts
from server.web.route import Feature, NavItem, Notice

NAME = "closures"


def closure_feature(parts: Parts, _position: Callable[[], str]) -> Feature | None:
    """Return the closing as a feature; None for a server that closes nothing."""
    if parts.closures is None:
        return None
    office = parts.closures

    def notices() -> tuple[Notice, ...]:
        return tuple(banner(closure, office) for closure in office.closures.now())

    return Feature(
        NAME,
        routes=(*ClosurePages(office, parts).routes(), *ClosureApi(office).routes()),
        nav=(NavItem("Closures", AT, role=Role.SUPERVISOR),),
        notices=notices,
    )
