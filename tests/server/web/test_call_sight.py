"""Who sees which calls: by page, by API, live, and where another page would link to them; one office for all."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from callrouter import events as ev
from callrouter.agents import Deed
from callrouter.ami.events import PhoneState
from callrouter.chronicle import Chronicle
from callrouter.events import Event
from config.schema import Site
from crm_bridge.jobs import Projection
from crm_bridge.model import Details, Phone
from ledger.clock import SystemClock
from ledger.database import Database
from ledger.journal import Journal
from ledger.journal_reads import JournalReads
from ledger.web.visit import Who
from server.accounts import Role
from server.customer_room import CustomerRoom
from server.scopes import Scope
from server.tokens import Tokens
from server.web import call_store
from server.web.app import serving_parts
from server.web.call_sight import Sight, Touched, sight_of
from tests.crm_bridge.web.customer_house import logged_in
from tests.ledger.postgres import server
from tests.server.web.office import MORNING, PASSWORD, Office, open_office
from tests.server.web.test_place_calls_events import Stream as CallEventStream
from tests.server.web.test_stream import listening, place_in

pytestmark = pytest.mark.asyncio(loop_scope="module")

SITE = Site.model_validate(
    {
        "company": {"name": "Acme & Sons", "timezone": "Europe/Vilnius"},
        "numbers": {"+370 5 200 0000": {"go": "billing"}},
        "departments": {"billing": {"name": "Billing"}, "support": {"name": "Technical support"}, "sales": {}},
        "people": {
            "alice": {"name": "Alice Doe", "phone": "101", "departments": ["billing"]},
            "carol": {"name": "Carol Poe", "phone": "103", "departments": ["support"]},
            "dan": {"name": "Dan Lee", "phone": "104"},
        },
        "mailboxes": {"night": {"people": ["dan"]}},
        "faxboxes": {"sales": {}},
        "reports": {"viewers": {"sales": ["dan"]}},
    }
)
ALL = frozenset({"sue", "admin"})
#: Accounts by the person whose they are; "guest" belongs to nobody.
PEOPLE = {"sue": "", "admin": "", "guest": "", "alice": "alice", "carol": "carol", "dan": "dan"}
ONA = "+37060000001"


def event(kind: type[Event], agent: str = "", department: str = "", **more: object) -> Event:
    return kind(at=MORNING, agent=agent, department=department, **more)  # type: ignore[arg-type]  # each kind's own


#: What happens in a call between its beginning and its end, and who sees it besides those who see all.
STORIES: dict[str, tuple[list[Event], set[str]]] = {
    "menus": ([event(ev.MenuEntered, menu="main")], set()),
    "line": ([event(ev.CallQueued, department="billing", position=1)], {"alice"}),
    "two-lines": (
        [
            event(ev.CallQueued, department="billing", position=1),
            event(ev.CallLeftQueue, department="billing", why="overflow", waited=1.0),
            event(ev.CallQueued, department="support", position=1),
        ],
        {"alice", "carol"},
    ),
    "read-by-viewer": ([event(ev.CallQueued, department="sales", position=1)], {"dan"}),
    "rang-not": (
        [event(ev.AgentsOffered, department="billing", agents=("alice",), why_not={"carol": "paused", "dan": "busy"})],
        {"alice"},
    ),
    "own-phone-rang": ([event(ev.AgentsOffered, agents=("alice", "dan"))], {"alice", "dan"}),
    "own-phone-state": ([event(ev.AgentChanged, "dan", state="ringing")], {"dan"}),
    "asked": ([event(ev.ConsultationBegun, "alice", "billing", to="carol")], {"alice", "carol"}),
    "passed-on": ([event(ev.CallTransferred, "alice", "billing", to="dan")], {"alice", "dan"}),
    "message": ([event(ev.MessageTaken, mailbox="night", file="m.wav", seconds=4.0)], {"dan"}),
    "message-elsewhere": ([event(ev.MessageTaken, mailbox="carol", file="n.wav", seconds=4.0)], {"carol"}),
    "fax": ([event(ev.FaxReceived, box="sales", fax="f1", pages=1, ok=True)], {"dan"}),
    "placed": ([event(ev.FactNamed, name="dan", value="carol")], set()),
}


def story(call: str, number: str = ONA) -> list[Event]:
    """Return a whole call, a moment after the one before."""
    n = list(STORIES).index(call)
    at = MORNING - timedelta(minutes=n + 1)
    begin = ev.CallOffered(at=at, call=call, did="+37052000000", ani=number)
    end = ev.CallEnded(at=at, call=call, outcome="answered")
    return [begin, *(replace(one, at=at, call=call) for one in STORIES[call][0]), end]


def seen_by(account: str) -> set[str]:
    return {call for call, (_, those) in STORIES.items() if account in ALL or account in those}


def sight(account: str) -> Sight | None:
    return sight_of(SITE, Who(account, PEOPLE[account], sees_all=account in ALL))


@pytest.mark.parametrize("account", PEOPLE)
async def test_the_rule(account: str) -> None:
    eye = sight(account)
    assert {c for c in STORIES if eye is None or eye.includes(Touched.by(story(c)))} == seen_by(account)


@dataclass
class House:
    """The office with its calls, a server before it and a browser of each account."""

    office: Office
    url: str
    by: dict[str, aiohttp.ClientSession]
    ona: str


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with AsyncExitStack() as stack:
        office = await stack.enter_async_context(open_office(tmp_path_factory.mktemp("office"), site=SITE))
        await office.hire()
        for name in ("guest", "carol", "dan"):
            await office.accounts.add(name, PASSWORD, Role.OPERATOR, person=PEOPLE[name])
        for call in STORIES:
            for one in story(call)[:-1]:
                office.parts.chronicle.tell(one)
            await office.parts.chronicle.tell(story(call)[-1])
        db = office.parts.database
        room = CustomerRoom.of(office.parts.site, db, office.parts.journal, office.clock)
        ona = await room.files.add(Details("Ona", phones=(Phone("", ONA),)), "sue")
        await Projection(JournalReads(db), db, SITE.company.country).catch_up()
        office.parts = replace(office.parts, customers=room)
        url = await stack.enter_async_context(serving_parts(office.parts, office.accounts, "127.0.0.1", 0))
        by = {name: await stack.enter_async_context(logged_in(url, name)) for name in PEOPLE}
        yield House(office, url, by, ona.id)


def rows(page: str) -> set[str]:
    return set(re.findall(r'data-call="([^"]+)"', page))


@pytest.mark.parametrize("account", [name for name in PEOPLE if name != "admin"])
async def test_lists_and_stories(house: House, account: str) -> None:
    browser, expected = house.by[account], seen_by(account)
    async with browser.get("/calls") as answer:
        page = await answer.text()
        assert rows(page) & STORIES.keys() == expected
        assert ('id="seen"' in page) == (account not in ALL), "who sees less is told what"
    async with browser.get("/api/v1/calls?limit=500") as answer:
        assert {call["id"] for call in (await answer.json())["calls"]} & STORIES.keys() == expected
    for n, call in enumerate(STORIES):
        for path in (f"/api/v1/calls/{call}", *([f"/calls/{call}"] if n < 3 else [])):
            async with browser.get(path) as answer:
                assert (path, answer.status) == (path, 200 if call in expected else 404)
                assert (ONA in await answer.text()) == (call in expected)


async def test_pages_of_a_list_are_of_what_is_seen(house: House) -> None:
    found, before = [], ""
    for _ in range(len(STORIES)):
        async with house.by["alice"].get(f"/api/v1/calls?limit=2{before}") as answer:
            told = await answer.json()
        found += [call["id"] for call in told["calls"]]
        if told["next"] is None:
            break
        before = f"&before={told['next']}"
    assert len(found) == len(set(found)) and set(found) & STORIES.keys() == seen_by("alice")
    async with house.by["alice"].get("/api/v1/calls?before=menus") as answer:
        assert answer.status == 400, "a call of others is no different from one that never was"


async def test_a_token_sees_what_its_scope_says(house: House) -> None:
    tokens = Tokens(house.office.parts.database, house.office.clock)
    shown = await tokens.add("wallboard", {Scope.CALLS_READ}, by="admin")
    headers = {"Authorization": f"Bearer {shown.secret}"}
    async with aiohttp.ClientSession(house.url) as session, session.get("/api/v1/calls", headers=headers) as answer:
        assert {call["id"] for call in (await answer.json())["calls"]} >= STORIES.keys()


async def test_a_customers_history_leads_to_what_is_seen(house: House) -> None:
    for account in ("sue", "alice", "guest"):
        async with house.by[account].get(f"/customers/{house.ona}") as answer:
            page = await answer.text()
        led = set(re.findall(r'href="/calls/([\w-]+)"', page))
        assert led == seen_by(account), account
        assert page.count("its story is not for you") == len(STORIES.keys() - seen_by(account)), (
            "they are told, without a link"
        )


async def test_a_call_under_way_is_seen_from_when_it_comes(house: House) -> None:
    office = house.office
    async with AsyncExitStack() as stack:
        streams = {
            name: await stack.enter_async_context(listening(house.by[name], await place_in(house.by[name])))
            for name in ("sue", "alice", "carol")
        }
        call = office.offered("Rasa", ani="+37060000009")
        assert (await streams["sue"].next("call"))[0] == "call"
        await office.parts.chronicle.tell(ev.LanguageChosen(at=office.clock.now(), call=call, language="en"))
        for name, there in (("sue", True), ("alice", False)):
            async with house.by[name].get("/calls") as answer:
                assert (call in rows(await answer.text())) == there
            async with house.by[name].get(f"/calls/{call}") as answer:
                assert answer.status == (200 if there else 404)
        ticket = office.queued(call, "support")
        for name in ("sue", "carol"):
            _, told = await streams[name].next("call")
            assert isinstance(told, dict) and told["id"] == call, name
        async with house.by["carol"].get("/calls") as answer:
            assert call in rows(await answer.text())
        office.parts.room.leave(ticket)
        await office.ended(call, "abandoned")
        _, told = await streams["carol"].next("ended")
        assert isinstance(told, dict) and told["id"] == call
        other = office.offered("Jonas")
        ticket = office.queued(other, "billing")
        _, told = await streams["alice"].next("call", "ended", "reload")
        assert isinstance(told, dict) and told["id"] == other, "of the one before nothing was heard here"
        office.parts.room.leave(ticket)
        await office.ended(other, "abandoned")


async def test_call_events_are_those_of_calls_that_are_seen(house: House) -> None:
    chronicle, at = house.office.parts.chronicle, house.office.clock.now()
    async with house.by["alice"].get("/api/v1/calls/events") as answer:
        assert answer.status == 200
        stream = CallEventStream(answer)
        for call, department in (("e-support", "support"), ("e-billing", "billing")):
            chronicle.tell(ev.CallOffered(at=at, call=call, did="+37052000000", ani=ONA))
            chronicle.tell(ev.CallQueued(at=at, call=call, department=department, position=1))
            await chronicle.tell(ev.CallEnded(at=at, call=call, outcome="abandoned"))
        told = [await stream.next() for _ in range(2)]
    assert [(kind, data["call"]) for kind, data in told] == [("call_queued", "e-billing"), ("call_ended", "e-billing")]


@pytest.mark.postgres
async def test_the_sql_says_the_same_on_postgres(tmp_path: Path) -> None:
    url = await asyncio.to_thread(server().new_database)
    try:
        async with (
            await Database.open(url) as db,
            await Journal.open(db, tmp_path / "journal", clock=SystemClock(), group_seconds=0.001) as journal,
        ):
            await tell(journal, [one for call in STORIES for one in story(call)])
            for account in PEOPLE:
                if (eye := sight(account)) is not None:
                    async with db.reading() as session:
                        assert set(await call_store.list_seen(session, list(STORIES), eye)) == seen_by(account)
    finally:
        await asyncio.to_thread(server().drop_database, url)


async def tell(journal: Journal, events: list[Event]) -> None:
    chronicle = Chronicle(journal)
    for one in events:
        await chronicle.tell(one)


async def test_the_desk_tells_of_the_last_contacts_and_leads_to_what_is_seen(house: House) -> None:
    office = house.office
    office.parts.roster.do("alice", Deed.LOG_IN)
    office.parts.roster.phone_changed("alice", PhoneState.IDLE)
    ticket = office.queued(office.offered("Ona"), "billing")
    async with house.by["alice"].get("/desk") as answer:
        contacts = (await answer.text()).partition('<ol class="contacts">')[2].partition("</ol>")[0]
    assert contacts.count("<li>") == 3, "the newest: menus, line, two-lines"
    assert set(re.findall(r'href="/calls/([\w-]+)"', contacts)) == {"line", "two-lines"}
    office.parts.room.leave(ticket)
    await office.ended(ticket.call, "abandoned")
