"""The work after a call at the desk: required of whom, put aside, missed, and never written twice."""

from __future__ import annotations

import asyncio
import re

import aiohttp

from callrouter import events as ev
from tests.crm_bridge.web.desk_house import JONAS, DeskHouse
from tests.crm_bridge.web.test_desk_pages import alice, desks, office, post, text_of
from tests.server.web.conftest import Browser, browser, pace, sue, url

__all__ = ["alice", "browser", "desks", "office", "pace", "sue", "url"]  # fixtures: pytest finds them here by name


async def test_forms_that_are_sent_again_make_nothing_twice(alice: aiohttp.ClientSession, desks: DeskHouse) -> None:
    ticket = desks.rings(ani=JONAS)
    desks.office.answered(ticket, "alice")
    once = set(re.findall(r'name="once" value="([^"]+)"', await text_of(alice, "/desk/now")))
    assert len(once) == 1 and once != set(re.findall(r'name="once" value="([^"]+)"', await text_of(alice, "/desk/now")))
    at, new = f"/desk/calls/{ticket.call}", {"name": "Jonas", "once": once.pop()}
    await asyncio.gather(*(post(alice, f"{at}/new", **new) for _ in range(3)))
    (jonas,) = await desks.room.files.list_all()
    assert [phone.number for phone in jonas.details.phones] == [JONAS]
    said = {"disposition": "Solved", "note": "Wants oak.", "next": "Call", "due": "2026-11-30", "once": new["once"]}
    await asyncio.gather(*(post(alice, f"{at}/after", **said) for _ in range(3)))
    assert [note.text for note in await desks.room.matters.notes(jonas.id)] == ["Wants oak."]
    assert len(await desks.room.matters.activities(jonas.id)) == 1
    # Who goes back in the browser and writes something else says something new.
    await post(alice, f"{at}/after", **{**said, "note": "Wants pine."})
    assert {note.text for note in await desks.room.matters.notes(jonas.id)} == {"Wants oak.", "Wants pine."}


async def test_of_a_call_passed_on_it_is_asked_and_never_required(browser: Browser, desks: DeskHouse) -> None:
    ticket = desks.rings()
    desks.office.answered(ticket, "alice")
    desks.ready("bob")
    now, call = desks.office.clock.now(), ticket.call
    for event in (
        ev.CallTransferred(at=now, call=call, agent="alice", to="102", how="blind"),
        ev.CallReleased(at=now, call=call, agent="alice", department="billing", talked=5.0, by="transfer"),
        ev.AgentsOffered(at=now, call=call, agents=("bob",)),
        ev.CallAnswered(at=now, call=call, agent="bob", department="", waited=1.0),
    ):
        desks.tell(event)
    bob = await browser("bob")
    page = await text_of(bob)
    assert "What came of it?" in page and "if you like" in page and "required> <span>Solved" not in page
    assert await post(bob, f"/desk/calls/{call}/after", note="Only a note.") == "/desk?did=kept"


async def test_where_nothing_is_required_the_work_can_wait(alice: aiohttp.ClientSession, desks: DeskHouse) -> None:
    ticket = desks.rings(department="sales")
    desks.office.answered(ticket, "alice")
    desks.hang_up(ticket.call, "alice", "sales")
    assert "What came of it?" not in await text_of(alice) and desks.office.parts.roster.agents["alice"].owes == ""
    assert await post(alice, f"/desk/calls/{ticket.call}/later") == "/desk?did=later"
    assert "after-title" not in await text_of(alice)
    assert "after-title" in await text_of(alice, f"/desk?call={ticket.call}")


async def test_supervisors_see_what_was_not_said(
    sue: aiohttp.ClientSession, browser: Browser, desks: DeskHouse
) -> None:
    ticket = desks.rings()
    desks.office.answered(ticket, "alice")
    desks.hang_up(ticket.call, "alice")
    desks.office.parts.roster._finish("alice")  # the timer of the longest wrap-up
    await desks.office.parts.journal.drain(10.0)
    assert "1 call is without a disposition" in await text_of(sue)
    missing = await text_of(sue, "/desk/missing")
    assert "Alice Doe" in missing and "Billing" in missing
    alice = await browser("alice")
    await text_of(alice, "/desk/missing", 403)
    assert "No disposition." in await text_of(alice)
    await post(alice, f"/desk/calls/{ticket.call}/after", disposition="Solved")
    assert "Alice Doe" not in await text_of(sue, "/desk/missing")
