"""Makes the desk a feature of the shell: its routes, and the way between both worlds.

Owns that only who is logged in comes in, never a token: what is on a desk is one person's. Handlers are in
`crm_bridge.web`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from callrouter.agents import AgentState
from callrouter.roster import Roster
from crm_bridge.after_call import AfterCall
from crm_bridge.model import ChangedMeanwhile, NoSuchCustomer, NotPossible, NotValid
from crm_bridge.pop_room import PopRoom
from crm_bridge.web import desk as desk_pages
from crm_bridge.web.desk import DeskPages
from crm_bridge.web.desk_deeds import DeskDeeds
from crm_bridge.web.desk_room import DeskRoom
from server.accounts import Role
from server.web.call_book import CallBook
from server.web.entering import entering
from server.web.parts import Parts
from server.web.route import Feature, NavItem, Route

NAME = "desk"
HOME = "/desk"
FOLDER = Path(desk_pages.__file__).parents[1]
_TONES = {
    AgentState.READY: "good",
    AgentState.RINGING: "warn",
    AgentState.TALKING: "good",
    AgentState.WRAP_UP: "warn",
}

_entered = partial(
    entering,
    told={
        NoSuchCustomer: (404, "there is no such customer any more", "look for another, or write a new one"),
        NotValid: (400, "", ""),
        NotPossible: (409, "", "look at the desk again"),
        ChangedMeanwhile: (409, "", "look at the desk again"),
    },
)


def desk_feature(parts: Parts, position: Callable[[], str]) -> Feature | None:
    """Return the desk as a feature; None for a server that keeps no customers."""
    if parts.customers is None:
        return None
    kept = parts.customers
    pops = PopRoom(parts.chronicle, parts.roster, parts.journal, parts.clock)
    kept.privacy.watch(pops.forget)
    room = DeskRoom(
        parts.site,
        parts.clock,
        parts.database,
        pops,
        AfterCall(kept.cabinet, parts.chronicle.record),
        kept.customers,
        kept.files,
        kept.matters,
        kept.privacy,
        kept.connectors.look_up,
        calls_seen=CallBook(parts).seen,
    )
    pages = DeskPages(room, position, lambda person: _state(parts.roster, person))
    return Feature(
        NAME,
        routes=_routes(pages, DeskDeeds(room, pages)),
        nav=(NavItem("Desk", HOME, own=True),),
        templates=FOLDER / "templates" / NAME,
        static=FOLDER / "static" / NAME,
    )


def _routes(pages: DeskPages, deeds: DeskDeeds) -> tuple[Route, ...]:
    call = HOME + "/calls/{call}"
    return (
        Route("GET", HOME, _entered(pages.show)),
        Route("GET", f"{HOME}/now", _entered(pages.show_now)),
        Route("GET", f"{HOME}/missing", _entered(pages.list_missing), role=Role.SUPERVISOR),
        Route("GET", f"{call}/elsewhere", _entered(pages.look_elsewhere)),
        Route("GET", f"{call}/found", _entered(pages.look_for)),
        Route("POST", f"{call}/give", _entered(deeds.give)),
        Route("POST", f"{call}/new", _entered(deeds.new)),
        Route("POST", f"{call}/after", _entered(deeds.after)),
        Route("POST", f"{call}/later", _entered(deeds.later)),
    )


def _state(roster: Roster, person: str) -> tuple[str, str]:
    """Say what a person does by the roster, and in which tone."""
    agent = roster.agents.get(person)
    if agent is None:
        return "", "calm"
    words = agent.state.value.capitalize()
    return (f"{words}: {agent.reason}" if agent.reason else words), _TONES.get(agent.state, "calm")
