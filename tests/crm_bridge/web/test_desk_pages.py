"""The desk over a real server: whose page shows what, and what is done there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from callrouter import archive
from callrouter import events as ev
from callrouter.agents import AgentState
from crm_bridge.after_call import AfterCall
from crm_bridge.connectors.model import Found
from crm_bridge.model import MatterKind, Phone
from crm_bridge.privacy import Privacy
from ledger.errors import DatabaseError
from tests.crm_bridge.web.desk_house import JONAS, OFFICE, ONA, DeskHouse, desk_house
from tests.server.web.conftest import Browser, browser, pace, sue, url
from tests.server.web.office import Office

__all__ = ["browser", "pace", "sue", "url"]  # fixtures: pytest finds them here by name


@pytest.fixture
async def desks(tmp_path: Path) -> AsyncIterator[DeskHouse]:
    async with desk_house(tmp_path) as opened:
        yield opened


@pytest.fixture
def office(desks: DeskHouse) -> Office:
    return desks.office


@pytest.fixture
async def alice(browser: Browser) -> aiohttp.ClientSession:
    """The browser of whose phone rings."""
    return await browser("alice")


async def text_of(session: aiohttp.ClientSession, path: str = "/desk", status: int = 200) -> str:
    async with session.get(path) as answer:
        text = await answer.text()
        assert answer.status == status, text
        return text


async def post(session: aiohttp.ClientSession, path: str, status: int = 303, /, **fields: str) -> str:
    async with session.post(path, data=fields, allow_redirects=False) as answer:
        text = await answer.text()
        assert answer.status == status, text
        return answer.headers.get("Location", text)


# ---- who sees what


async def test_the_desk_is_the_first_door_for_who_has_a_phone(alice: aiohttp.ClientSession, browser: Browser) -> None:
    page = await text_of(alice)
    doors = page.partition("<nav")[2].partition("</nav>")[0]
    assert doors.index(">Desk<") < doors.index(">Calls<")
    assert "Your phone is quiet" in page
    sue = await browser("sue")
    assert ">Desk<" not in (await text_of(sue, "/calls")).partition("<nav")[2].partition("</nav>")[0]
    assert "this account to nobody" in await text_of(sue)


async def test_the_pop_is_there_before_the_call_is_answered_and_only_for_whose_phone_rings(
    alice: aiohttp.ClientSession, browser: Browser, desks: DeskHouse
) -> None:
    company = await desks.company("UAB Medis")
    ona = await desks.customer("Ona Žydrė", ONA, organisation=company.id, language="lt")
    await desks.room.matters.add_matter(ona.id, MatterKind.OFFER, "A hundred chairs", "sue", amount=1250000)
    await desks.room.matters.add_note(ona.id, "Wants oak.", "sue")
    ticket = desks.rings(intent="invoice")
    for path in ("/desk", "/desk/now"):
        page = await text_of(alice, path)
        for said in ("Ona Žydrė", "UAB Medis", "known by this number", "Ringing", "From the line of Billing", "Intent"):
            assert said in page
        assert "invoice" in page and "A hundred chairs" in page and "12,500 EUR" in page
    for other in ("bob", "max", "sue"):
        session = await browser(other)
        assert "Ona" not in await text_of(session) and "Ona" not in await text_of(session, "/desk/now")
        await text_of(session, f"/desk/calls/{ticket.call}/found?words=Ona", 404)
        await text_of(session, f"/desk/calls/{ticket.call}/elsewhere", 404)
        await post(session, f"/desk/calls/{ticket.call}/give", 404, customer=ona.id)
        await post(session, f"/desk/calls/{ticket.call}/after", 404, note="mine")
    assert [look.by for look in await desks.room.privacy.lookers(ona.id)] == ["alice"]


async def test_no_token_reads_a_desk(url: str, desks: DeskHouse) -> None:
    token = (desks.office.parts.data / "api-token").read_text()
    async with aiohttp.ClientSession(url, headers={"Authorization": f"Bearer {token}"}) as session:
        desks.rings()
        assert "pop-" not in await text_of(session)  # the command line may look, and has no phone


async def test_a_page_opened_in_the_middle_shows_the_talk_and_who_was_sent_it(
    alice: aiohttp.ClientSession, browser: Browser, desks: DeskHouse
) -> None:
    await desks.customer("Ona Žydrė", ONA)
    ticket = desks.rings()
    desks.office.clock.advance(12)
    desks.office.answered(ticket, "alice")
    desks.office.clock.advance(95)
    page = await text_of(alice)
    assert "Talking" in page and "Notes on this call" in page and ">0:12<" in page
    now = desks.office.clock.now
    desks.tell(ev.ConsultationBegun(at=now(), call=ticket.call, agent="alice", to="bob"))
    bob = await browser("bob")
    asked = await text_of(bob, "/desk/now")
    assert "Alice Doe asks you about this caller" in asked and ">1:47<" in asked and "Ona Žydrė" in asked
    desks.tell(ev.ConsultationEnded(at=now(), call=ticket.call, agent="alice", to="bob"))
    assert "Ona" not in await text_of(bob, "/desk/now")
    desks.tell(ev.CallTransferred(at=now(), call=ticket.call, agent="alice", to="102", how="blind"))
    desks.tell(ev.CallReleased(at=now(), call=ticket.call, agent="alice", department="billing", talked=95.0))
    desks.tell(ev.AgentsOffered(at=now(), call=ticket.call, agents=("bob",), why="dialled directly"))
    sent = await text_of(bob, "/desk/now")
    assert "Sent by Alice Doe" in sent and "Ringing" in sent and "Ona Žydrė" in sent
    assert "pop-" not in await text_of(alice, "/desk/now")


async def test_a_ring_that_moves_on_closes_and_says_where_it_went(
    alice: aiohttp.ClientSession, browser: Browser, desks: DeskHouse
) -> None:
    desks.ready("alice")
    desks.office.clock.advance(1)  # she has been idle longest
    desks.ready("bob")
    ticket = desks.rings(name="Jonas P.")
    assert "pop-" in await text_of(alice, "/desk/now")
    desks.no_answer(ticket, "alice")
    desks.office.parts.room._match()
    moved = await text_of(alice, "/desk/now")
    assert "pop-" not in moved and "It rings at Bob Roe now." in moved and "Jonas P." in moved
    bob = await browser("bob")
    assert "pop-" in await text_of(bob, "/desk/now")
    desks.office.answered(ticket, "bob")
    assert "Bob Roe answered." in await text_of(alice, "/desk/now")
    desks.office.clock.advance(200)
    assert "Bob Roe" not in await text_of(alice, "/desk/now")


async def test_a_call_of_ours_is_on_the_desk_of_who_asked_for_it(
    alice: aiohttp.ClientSession, desks: DeskHouse
) -> None:
    await desks.customer("Ona Žydrė", ONA)
    now = desks.office.clock.now
    desks.tell(ev.OutboundBegun(at=now(), call="out-1", agent="alice", number=ONA))
    page = await text_of(alice, "/desk/now")
    assert "You call" in page and "Calling" in page and "Ona Žydrė" in page
    desks.tell(ev.OutboundAnswered(at=now(), call="out-1", agent="alice", number=ONA))
    assert "Talking" in await text_of(alice, "/desk/now")
    desks.tell(ev.OutboundEnded(at=now(), call="out-1", agent="alice", reply="answered", talked=30.0))
    await desks.caught_up()
    page = await text_of(alice)
    assert "pop-" not in page and "After the call" in page and "You called" in page
    assert await post(alice, "/desk/calls/out-1/after", note="Rang her back.") == "/desk?did=after"


async def test_markup_in_what_callers_and_people_write_is_text(alice: aiohttp.ClientSession, desks: DeskHouse) -> None:
    evil = "<script>alert(1)</script>"
    await desks.customer(evil, ONA)
    desks.rings(name=evil, intent=evil)
    page = await text_of(alice)
    assert evil not in page and "&lt;script&gt;" in page


async def test_other_systems_get_their_time_and_the_pop_does_not_wait(
    alice: aiohttp.ClientSession, desks: DeskHouse
) -> None:
    desks.elsewhere.found = [Found("suite", "7", "Ona <Ž>", "UAB Medis", "Contacts")]
    ticket = desks.rings()
    asked = asyncio.create_task(text_of(alice, f"/desk/calls/{ticket.call}/elsewhere"))
    assert "pop-" in await text_of(alice, "/desk/now") and not asked.done()
    desks.elsewhere.answers.set()
    said = await asked
    assert "Ona &lt;Ž&gt;" in said and "UAB Medis" in said and "Contacts in suite" in said
    assert desks.elsewhere.asked == [ONA]


async def test_a_database_that_is_away_leaves_the_call_itself(
    alice: aiohttp.ClientSession, desks: DeskHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise DatabaseError("the disk is full")

    await desks.customer("Ona Žydrė", ONA)
    desks.rings(intent="invoice")
    monkeypatch.setattr(Privacy, "looked", away)
    page = await text_of(alice, "/desk/now")
    assert "cannot be looked up now" in page and ONA in page and "invoice" in page and "Ona" not in page


# ---- whose call it is


async def test_one_of_several_is_said_and_chosen(alice: aiohttp.ClientSession, desks: DeskHouse) -> None:
    ona, jonas = await desks.customer("Ona Žydrė", ONA), await desks.customer("Jonas Žydrys", ONA)
    ticket = desks.rings()
    page = await text_of(alice, "/desk/now")
    assert "one of 2" in page and "Who is it?" in page and "Jonas Žydrys" in page
    assert not await desks.room.privacy.lookers(ona.id)
    assert await post(alice, f"/desk/calls/{ticket.call}/give", customer=jonas.id) == "/desk?did=give"
    page = await text_of(alice, "/desk/now")
    assert "assigned by hand" in page and "Ona Žydrė" not in page
    await desks.caught_up()
    assert [contact.id for contact in await desks.room.customers.list_interactions(jonas.id)] == [ticket.call]


async def test_a_company_and_its_people(alice: aiohttp.ClientSession, desks: DeskHouse) -> None:
    company = await desks.company("UAB Medis", OFFICE)
    for name in ("Rūta", "Tomas"):
        await desks.customer(name, organisation=company.id)
    desks.rings(ani=OFFICE)
    page = await text_of(alice, "/desk/now")
    assert "the company, or one of its 2" in page and "UAB Medis" in page and "Rūta" in page


async def test_a_withheld_number_is_said_and_given_a_customer(alice: aiohttp.ClientSession, desks: DeskHouse) -> None:
    ona = await desks.customer("Ona Žydrė", ONA)
    ticket = desks.rings(ani="anonymous")
    assert "number withheld" in await text_of(alice, "/desk/now")
    found = await text_of(alice, f"/desk/calls/{ticket.call}/found?words=zydr")
    assert "Ona Žydrė" in found
    await post(alice, f"/desk/calls/{ticket.call}/give", customer=ona.id)
    assert "assigned by hand" in await text_of(alice, "/desk/now")
    assert (await desks.room.files.get(ona.id)).details.phones == (Phone(ONA, ONA),)


async def test_a_number_learnt_is_attached_with_one_click(alice: aiohttp.ClientSession, desks: DeskHouse) -> None:
    ona = await desks.customer("Ona Žydrė", ONA)
    ticket = desks.rings(ani=JONAS)
    page = await text_of(alice, "/desk/now")
    assert ">unknown<" in page and "becomes theirs" in page
    await post(alice, f"/desk/calls/{ticket.call}/give", customer=ona.id)
    assert [p.number for p in (await desks.room.files.get(ona.id)).details.phones] == [ONA, JONAS]
    assert (await desks.room.customers.match(JONAS)).said == "known"


async def test_a_stranger_becomes_a_new_customer(alice: aiohttp.ClientSession, desks: DeskHouse) -> None:
    ticket = desks.rings(ani=JONAS)
    assert await post(alice, f"/desk/calls/{ticket.call}/new", name="  Jonas P. ") == "/desk?did=new"
    customer = await desks.room.customers.find_caller(JONAS)
    assert customer is not None and customer.name == "Jonas P."
    await desks.caught_up()
    assert [contact.id for contact in await desks.room.customers.list_interactions(customer.id)] == [ticket.call]


@pytest.mark.parametrize(
    ("path", "fields", "status"),
    [
        pytest.param("give", {}, 400, id="nobody named"),
        pytest.param("give", {"customer": "k9"}, 404, id="somebody who is not there"),
        pytest.param("new", {"name": "x" * 5000}, 400, id="a name too long"),
        pytest.param("after", {"disposition": "Sold"}, 400, id="none of the department’s words"),
        pytest.param("after", {"note": "n"}, 400, id="required and missing"),
        pytest.param("after", {"disposition": "Solved", "note": "x" * 30_000}, 400, id="a note too long"),
        pytest.param("after", {"disposition": "Solved", "next": "Call"}, 400, id="no day"),
        pytest.param("after", {"disposition": "Solved", "due": "2026-11-30"}, 400, id="nothing to do"),
        pytest.param("after", {"disposition": "Solved", "next": "Call", "due": "soon"}, 400, id="a day that is none"),
    ],
)
async def test_what_cannot_be_done_is_refused_with_words(
    alice: aiohttp.ClientSession, desks: DeskHouse, path: str, fields: dict[str, str], status: int
) -> None:
    ticket = desks.rings()
    desks.office.answered(ticket, "alice")
    await post(alice, f"/desk/calls/{ticket.call}/{path}", status, **fields)
    assert desks.office.parts.roster.agents["alice"].state is AgentState.TALKING


# ---- after the call


async def test_what_came_of_a_call_is_in_the_file_and_in_the_journal_and_she_is_ready(
    alice: aiohttp.ClientSession, desks: DeskHouse
) -> None:
    ona = await desks.customer("Ona Žydrė", ONA)
    ticket = desks.rings()
    desks.office.answered(ticket, "alice")
    desks.hang_up(ticket.call, "alice")
    agent = desks.office.parts.roster.agents
    assert (agent["alice"].state, agent["alice"].owes) == (AgentState.WRAP_UP, ticket.call)
    page = await text_of(alice)
    assert "Say what came of the call" in page and "Wrap-up" in page and "Not now" not in page
    await post(alice, f"/desk/calls/{ticket.call}/later", 409)
    fields = {
        "disposition": "Follow-up",
        "note": "Wants oak.\nNot pine.",
        "next": "Send the offer",
        "due": "2026-11-30",
    }
    assert await post(alice, f"/desk/calls/{ticket.call}/after", **fields) == "/desk?did=after"
    assert agent["alice"].state is AgentState.READY
    (note,) = await desks.room.matters.notes(ona.id)
    assert (note.text, note.disposition, note.interaction, note.by) == (
        "Wants oak.\nNot pine.", "Follow-up", ticket.call, "alice",
    )  # fmt: skip
    (activity,) = await desks.room.matters.activities(ona.id)
    assert (activity.what, activity.due.isoformat()) == ("Send the offer", "2026-11-30T15:00:00+00:00")
    await desks.office.parts.journal.drain(10.0)
    story = await archive.call_story(desks.office.parts.journal, ticket.call)
    (said,) = [event for event in story if isinstance(event, ev.CallDisposed)]
    assert (said.agent, said.department, said.disposition) == ("alice", "billing", "Follow-up")
    assert "oak" not in str(story)
    assert "finished the work after the call: Follow-up" in await text_of(alice, f"/calls/{ticket.call}")
    assert "Follow-up" in await text_of(alice)


async def test_a_note_about_nobodys_call_is_kept_until_it_is_somebodys(
    alice: aiohttp.ClientSession, desks: DeskHouse
) -> None:
    ticket = desks.rings(ani="anonymous")
    desks.office.answered(ticket, "alice")
    desks.hang_up(ticket.call, "alice")
    fields = {"disposition": "Solved", "note": "It was Ona.", "next": "Ask for her number", "due": "2026-11-30"}
    assert await post(alice, f"/desk/calls/{ticket.call}/after", **fields) == "/desk?did=kept"
    page = await text_of(alice, f"/desk?call={ticket.call}")
    assert "It was Ona." in page and "kept with it until somebody says so" in page
    ona = await desks.customer("Ona Žydrė", ONA)
    await post(alice, f"/desk/calls/{ticket.call}/give", customer=ona.id)
    (note,) = await desks.room.matters.notes(ona.id)
    (activity,) = await desks.room.matters.activities(ona.id)
    assert (note.text, note.disposition, activity.what) == ("It was Ona.", "Solved", "Ask for her number")


async def test_a_note_finds_its_customer_when_the_number_does(alice: aiohttp.ClientSession, desks: DeskHouse) -> None:
    """However that comes about: here on another page, and with the contact written down meanwhile."""
    one, two = await desks.customer("Ona", ONA), await desks.customer("Rasa", ONA)
    ticket = desks.rings()
    desks.office.answered(ticket, "alice")
    desks.hang_up(ticket.call, "alice")
    await post(alice, f"/desk/calls/{ticket.call}/after", disposition="Solved", note="About chairs.")
    await desks.caught_up()
    after = AfterCall(desks.room.cabinet, desks.office.parts.chronicle.record)
    assert await after.settle() == 0
    await desks.room.files.assign(ticket.call, two.id, "sue")
    assert (await after.settle(), await after.settle()) == (1, 0)
    assert not await desks.room.matters.notes(one.id)
    assert [note.text for note in await desks.room.matters.notes(two.id)] == ["About chairs."]
