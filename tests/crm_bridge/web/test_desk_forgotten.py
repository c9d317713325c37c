"""What a desk shows and takes once a caller was forgotten: nothing more of the person."""

from __future__ import annotations

import aiohttp

from callrouter.forgetting import masked
from crm_bridge.after_call import AfterCall
from crm_bridge.model import Details, Phone
from ledger.forgetting import mask_calls
from ledger.forgetting_words import Whom, new_pseudonym
from tests.crm_bridge.web.desk_house import JONAS, ONA, DeskHouse
from tests.crm_bridge.web.test_desk_pages import alice, desks, office, post, text_of
from tests.ledger.test_forgetting import Counting
from tests.server.web.conftest import browser, pace, sue, url

__all__ = ["alice", "browser", "desks", "office", "pace", "sue", "url"]  # fixtures: pytest finds them here by name


async def test_who_is_forgotten_leaves_no_note_behind(alice: aiohttp.ClientSession, desks: DeskHouse) -> None:
    ticket = desks.rings(ani=JONAS)
    desks.office.answered(ticket, "alice")
    desks.hang_up(ticket.call, "alice")
    await post(alice, f"/desk/calls/{ticket.call}/after", disposition="Solved", note="A secret.")
    await desks.caught_up()
    jonas = await desks.room.files.add(Details("Jonas", phones=(Phone("", JONAS),)), "sue")
    after = AfterCall(desks.room.cabinet, desks.office.parts.chronicle.record)
    await desks.room.privacy.erase(jonas.id, "admin")
    assert await after.settle() == 0
    assert await after.held(ticket.call) == []


async def test_a_desk_shows_who_is_forgotten_no_more_and_takes_no_note(
    alice: aiohttp.ClientSession, desks: DeskHouse
) -> None:
    ona = await desks.customer("Ona Žydrė", ONA)
    ticket = desks.rings()
    desks.office.answered(ticket, "alice")
    desks.hang_up(ticket.call, "alice")
    await desks.caught_up()
    forgotten: list[Whom] = []
    desks.room.privacy.watch(forgotten.append)
    await desks.room.privacy.erase(ona.id, "dpo", pseudonym=new_pseudonym())
    (whom,) = forgotten
    assert whom.calls == (ticket.call,)
    tally = Counting()
    await mask_calls(desks.office.parts.database, whom.calls, lambda entry: masked(entry, whom, ()), tally)
    desks.office.parts.journal.forget_recent()
    for path in ("/desk", "/desk/now", f"/desk?call={ticket.call}"):
        assert "60000001" not in await text_of(alice, path), path
    place = f"/desk/calls/{ticket.call}/after"
    said = await post(alice, place, 409, disposition="Solved", note="Ona wants chairs.")
    assert "was forgotten for good" in said
    assert await post(alice, place, disposition="Solved") == "/desk?did=after"
    assert await AfterCall(desks.room.cabinet, desks.office.parts.chronicle.record).held(ticket.call) == []
