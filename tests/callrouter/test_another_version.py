"""Another version of the site under people at work: agents keep their states, callers who wait are served or led on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from callrouter import events as ev
from callrouter.agents import AgentState, Deed, NotPossible
from callrouter.ami.events import PhoneState
from callrouter.chronicle import Chronicle
from callrouter.roster import Roster
from callrouter.waiting_room import Ticket, WaitingRoom
from config.schema import Site
from ledger.clock import ManualClock
from tests.callrouter.memory_book import MemoryBook


def site(people: dict[str, list[str]]) -> Site:
    """A site of these people in these departments, and no other."""
    departments = {name: {} for names in people.values() for name in names} or {"lobby": {}}
    return Site.model_validate(
        {
            "company": {"name": "Test"},
            "numbers": {"+370 5 200 0000": {"go": next(iter(departments))}},
            "departments": departments,
            "people": {
                name: {"name": name, "phone": str(201 + place), "departments": names}
                for place, (name, names) in enumerate(people.items())
            },
        }
    )


BEFORE = site({"ann": ["sales"], "ben": ["sales", "service"]})


class Rooms:
    """A roster and a waiting room on one version, with whom the callers were given."""

    def __init__(self) -> None:
        self.book = MemoryBook()
        chronicle, self.clock = Chronicle(self.book), ManualClock()
        self.roster = Roster(BEFORE, chronicle, self.clock)
        self.room = WaitingRoom(BEFORE, self.roster, chronicle, self.clock)
        self.woken: list[str] = []

    def use(self, now: Site, *older: Site) -> None:
        self.roster.use(now, older)
        self.room.use(now, older)

    def log_in(self, *names: str) -> None:
        for name in names:
            self.roster.do(name, Deed.LOG_IN)
            self.roster.phone_changed(name, PhoneState.IDLE)

    def join(self, call: str, department: str) -> Ticket:
        return self.room.join(call, department, 0, lambda: self.woken.append(call))

    def states(self) -> dict[str, str]:
        return {name: agent.state.value for name, agent in self.roster.agents.items()}


@pytest.fixture
async def rooms() -> AsyncIterator[Rooms]:
    made = Rooms()
    yield made
    made.room.close()
    made.roster.close()


async def test_agents_keep_their_states_and_new_people_are_logged_out(rooms: Rooms) -> None:
    rooms.log_in("ann", "ben")
    rooms.roster.do("ben", Deed.PAUSE, reason="lunch")
    told = len(rooms.book.entries)
    rooms.use(site({"cat": ["sales"], "ann": ["sales"], "ben": ["service"]}))
    assert rooms.states() == {"cat": "logged out", "ann": "ready", "ben": "paused"}
    assert len(rooms.book.entries) == told


async def test_who_is_not_in_the_site_any_more_is_logged_out_and_that_is_journaled(rooms: Rooms) -> None:
    rooms.log_in("ann", "ben")
    rooms.use(site({"ben": ["sales"]}))
    assert rooms.states() == {"ben": "ready"}
    last = rooms.book.told(ev.AgentChanged)[-1]
    assert (last.agent, getattr(last, "state", "")) == ("ann", AgentState.LOGGED_OUT.value)
    with pytest.raises(KeyError):
        rooms.roster.do("ann", Deed.LOG_IN)


@pytest.mark.parametrize("ends", ["answered", "missed"])
async def test_who_has_a_call_in_hand_finishes_it_first(rooms: Rooms, ends: str) -> None:
    rooms.log_in("ann")
    ticket = rooms.join("c1", "sales")
    assert ticket.offer is not None
    rooms.use(site({"ben": ["sales"]}), BEFORE)
    assert rooms.states() == {"ben": "logged out", "ann": "ringing"}
    assert not rooms.roster.logged_in("sales")
    if ends == "answered":
        rooms.roster.do("ann", Deed.ANSWER)
        rooms.room.leave(ticket)
        rooms.roster.do("ann", Deed.RELEASE, wrap_up=5.0, call="c1")
    else:
        rooms.roster.miss("ann", "did not answer", rest=0.0)
    assert rooms.states() == {"ben": "logged out"}
    rooms.roster.miss("ann", "", rest=0.0)  # told twice, or late
    rooms.room.leave(ticket)


async def test_a_department_that_is_gone_keeps_its_people_for_those_who_wait_in_it(rooms: Rooms) -> None:
    waits = rooms.join("c1", "sales")
    rooms.use(site({"ann": ["service"], "ben": ["service"]}), BEFORE)
    assert not waits.given_up
    rooms.log_in("ann")
    await asyncio.sleep(0)  # the room looks as soon as the loop is free
    assert waits.offer is not None
    assert waits.offer.agents == ("ann",)
    # and who comes to it now, by the version of before, waits there as well
    assert not rooms.join("c2", "sales").given_up


async def test_where_nobody_is_left_the_callers_are_woken_to_be_led_on(rooms: Rooms) -> None:
    waits, other = rooms.join("c1", "sales"), rooms.join("c2", "service")
    rooms.use(site({"cat": ["service"]}), BEFORE)
    assert (waits.given_up, other.given_up, rooms.woken) == (True, False, ["c1"])
    assert rooms.join("c3", "sales").given_up
    # once nobody is on the version of before any more, nothing is left of its lines
    rooms.room.leave(waits)
    rooms.use(site({"cat": ["service"]}))
    await asyncio.sleep(0)


async def test_a_line_that_only_nobody_serves_now_is_not_given_up(rooms: Rooms) -> None:
    waits = rooms.join("c1", "sales")
    rooms.use(site({"cat": ["service"], "dan": ["sales"]}))
    assert not waits.given_up


async def test_what_is_not_possible_for_one_does_not_stop_the_others(rooms: Rooms) -> None:
    with pytest.raises(NotPossible):
        rooms.roster.do("ann", Deed.ANSWER)
    rooms.use(site({}))
    assert rooms.states() == {}
