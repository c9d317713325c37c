"""The live stream of call events: in the journal's order, nothing lost for who comes back, only what was asked for."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest

from callrouter import events as ev
from callrouter.agents import Deed
from ledger.entry import StoredEntry
from ledger.errors import DatabaseError
from server.customer_room import CustomerRoom
from server.scopes import Scope
from server.tokens import Tokens
from server.web import call_events, call_events_reading
from server.web.app import serving_parts
from server.web.place_calls_feature import place_calls_feature
from server.web.route import Feature
from server.web.stream import Pace
from tests.crm_bridge.web.api_house import ApiHouse, api_house
from tests.server.web.office import Office, open_office

Json = Any  # whatever JSON can say
AT = "/api/v1/calls/events"


class Stream:
    """An open stream as a program reads it: events one by one, and where it has come to."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self._answer = answer
        self.position = ""
        self.beats = 0

    async def next(self) -> tuple[str, Json]:
        """Return the next event and its data, or ("end", None); remember beats and places on the way."""
        fields: dict[str, str] = {}
        async with asyncio.timeout(20):
            async for raw in self._answer.content:
                line = raw.decode().rstrip("\n")
                if line.startswith(":"):
                    self.beats += 1
                elif line:
                    name, _, value = line.partition(": ")
                    fields[name] = value
                else:
                    self.position = fields.get("id", self.position)
                    if "event" in fields:
                        return fields["event"], json.loads(fields["data"])
                    fields = {}
        return "end", None

    async def until(self, *kinds: str) -> list[str]:
        """Return the kinds of what comes, up to the last of these."""
        heard: list[str] = []
        while not heard or heard[-1] != kinds[-1]:
            heard.append((await self.next())[0])
            assert heard[-1] != "end", heard
        return heard

    async def beat(self) -> None:
        """Wait for a heart-beat; nothing else may come before it."""
        async with asyncio.timeout(20):
            while not (await self._answer.content.readline()).startswith(b":"):
                continue
            self.position = (await self._answer.content.readline()).decode().strip().removeprefix("id: ")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[ApiHouse]:
    async with api_house(tmp_path) as opened:
        yield opened


@asynccontextmanager
async def listening(session: aiohttp.ClientSession, last: str | None = None, **query: str) -> AsyncIterator[Stream]:
    headers = {} if last is None else {"Last-Event-ID": last}
    async with session.get(AT, params=query, headers=headers) as answer:
        assert answer.status == 200, await answer.text()
        assert answer.content_type == "text/event-stream"
        assert (await answer.content.readline()).startswith(b"retry:")
        yield Stream(answer)


WHOLE = ["call_offered", "call_queued", "agents_offered", "call_answered", "call_released", "call_ended"]


async def test_the_life_of_a_call_in_its_order(house: ApiHouse) -> None:
    async with listening(house.api) as stream:
        call = await house.office.whole_call("<i>Ona</i>\nid: 7")
        told = [await stream.next() for _ in WHOLE]
        assert [kind for kind, _ in told] == WHOLE
        assert {data["call"] for _, data in told} == {call}
        assert [data["event"] for _, data in told] == WHOLE
        places = [int(data["id"]) for _, data in told]
        assert places == sorted(places) and str(places[-1]) == stream.position
        first, answered = told[0][1], told[3][1]
        assert first["data"]["ani"] == "+37060000001" and "\n" in first["data"]["ani_name"]
        assert (answered["agent"], answered["department"]) == ("alice", "billing")
        assert answered["data"] == {"waited": 4.0, "rang": 0.0}


async def test_who_comes_back_has_missed_nothing(house: ApiHouse) -> None:
    async with listening(house.api) as stream:
        await house.office.whole_call()
        assert await stream.until("call_offered", "call_answered") == WHOLE[:4]
        place = stream.position
    second = await house.office.whole_call()
    await house.office.parts.journal.drain(5.0)
    async with listening(house.api, place, after="1") as again:
        assert await again.until("call_ended") == WHOLE[4:]
        assert await again.until("call_ended") == WHOLE
        place = again.position
    async with listening(house.api, after=place) as later:
        third = house.office.offered()
        assert (await later.next())[1]["call"] == third != second


async def test_a_long_absence_is_made_up_for_page_by_page(house: ApiHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call_events_reading, "PAGE", 7)
    monkeypatch.setattr(call_events, "PAGE", 7)
    calls = [house.office.offered() for _ in range(30)]
    await house.office.parts.journal.drain(5.0)
    async with listening(house.api, "0") as one, listening(house.api, "0") as other:
        for stream in (one, other):
            assert [(await stream.next())[1]["call"] for _ in calls] == calls


async def test_a_journal_that_is_another_one_is_told(house: ApiHouse) -> None:
    async with listening(house.api, "999999") as stream:
        assert (await stream.next())[0] == "reset"
        assert int(stream.position) < 999999
        call = house.office.offered()
        assert (await stream.next())[1]["call"] == call


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"department": "billing"}, ["call_queued", "agents_offered", "call_answered", "call_released", "call_ended"]),
        ({"department": "support"}, []),
        ({"person": "alice"}, ["agents_offered", "call_answered", "call_released", "call_ended"]),
        ({"person": "bob"}, []),
        ({"person": "alice", "department": "support"}, []),
        ({"person": "alice", "department": "billing"}, WHOLE[2:]),
    ],
    ids=str,
)
async def test_only_what_was_asked_for(house: ApiHouse, query: dict[str, str], told: list[str]) -> None:
    async with listening(house.api, **query) as stream:
        await house.office.whole_call()
        # Something that everybody here asked for comes last: what is to come has come before it.
        last = house.office.offered()
        for department in ("billing", "support"):
            moment = house.office.clock.now()
            queued = ev.CallQueued(
                at=moment, call=last, department=department, agent=query.get("person", ""), position=1
            )
            house.office.parts.chronicle.tell(queued)
        heard: list[str] = []
        while True:
            kind, data = await stream.next()
            if data["call"] == last:
                break
            heard.append(kind)
        assert heard == told


async def test_who_begins_in_the_middle_of_a_call_knows_whose_it_is(house: ApiHouse) -> None:
    office: Office = house.office
    call = office.offered()
    office.parts.roster.do("alice", Deed.LOG_IN)
    ticket = office.queued(call)
    await office.parts.journal.drain(5.0)
    async with (
        listening(house.api, department="billing") as stream,
        listening(house.api, department="support") as other,
    ):
        office.answered(ticket, "alice")
        await office.ended(call, agent="alice", talked=1.0)
        assert await stream.until("call_ended") == ["call_answered", "call_released", "call_ended"]
        mark = ev.CallQueued(at=office.clock.now(), call=office.offered(), department="support", position=1)
        office.parts.chronicle.tell(mark)
        assert (await other.next())[1]["call"] == mark.call


async def test_a_question_and_a_transfer_concern_who_gets_it(house: ApiHouse) -> None:
    tell, now = house.office.parts.chronicle.tell, house.office.clock.now()
    async with listening(house.api, person="bob") as stream:
        call = house.office.offered()
        tell(ev.CallAnswered(at=now, call=call, agent="alice", department="billing"))
        tell(ev.ConsultationBegun(at=now, call=call, agent="alice", to="bob"))
        tell(ev.CallTransferred(at=now, call=call, agent="alice", to="bob", how="attended"))
        assert (await stream.next())[0] == "consultation_begun"
        kind, data = await stream.next()
        assert (kind, data["data"]) == ("call_transferred", {"to": "bob", "how": "attended"})


@pytest.mark.parametrize(
    ("query", "last"),
    [
        ({"department": "lunch"}, ""),
        ({"person": "zoe"}, ""),
        ({"after": "x"}, ""),
        ({"x": "1"}, ""),
        ({}, "1٣"),
        ({}, "-1"),
    ],
    ids=str,
)
async def test_what_cannot_be_understood_is_refused(house: ApiHouse, query: dict[str, str], last: str) -> None:
    headers = {"Last-Event-ID": last} if last else {}
    async with house.api.get(AT, params=query, headers=headers) as answer:
        assert answer.status == 400, answer.headers
        assert house.fits("streamCallEvents", 400, await answer.json()) == []


@pytest.mark.parametrize(
    ("scope", "status"), [(Scope.EVENTS_READ, 200), (Scope.CALLS_READ, 403), (Scope.ADMIN, 200)], ids=str
)
async def test_a_token_may_listen_with_its_scope(house: ApiHouse, scope: Scope, status: int) -> None:
    async with house.program("crm", scope) as program, program.get(AT) as answer:
        assert answer.status == status


# ---- the stream itself, with a pace of its own


@pytest.fixture
def quick() -> Pace:
    return Pace(beat=0.05, write=0.5)


@dataclass(frozen=True)
class Served:
    """An office whose streams have a pace of their own, and a program before it."""

    office: Office
    feature: Feature
    url: str
    secret: str
    session: aiohttp.ClientSession


@pytest.fixture
async def served(tmp_path: Path, quick: Pace) -> AsyncIterator[Served]:
    async with open_office(tmp_path) as office:
        parts = office.parts
        tokens = Tokens(parts.database, parts.clock)
        secret = (await tokens.add("crm", [Scope.EVENTS_READ], by="admin")).secret
        room = CustomerRoom.of(parts.site, parts.database, parts.journal, parts.clock)
        feature = place_calls_feature(replace(parts, customers=room), lambda: "", quick)
        assert feature is not None
        async with (
            serving_parts(parts, office.accounts, "127.0.0.1", 0, [feature]) as url,
            aiohttp.ClientSession(url, headers={"Authorization": f"Bearer {secret}"}) as session,
        ):
            yield Served(office, feature, url, secret, session)


async def test_a_silent_stream_shows_that_it_lives_and_how_far_it_is(served: Served) -> None:
    office = served.office
    async with listening(served.session, "0", department="support") as stream:
        await stream.beat()
        await office.ended(office.offered(), "abandoned")
        newest = await office.parts.journal.newest_seq()
        while stream.position != str(newest):  # nothing of it was told, but its place is known
            await stream.beat()


async def test_it_ends_with_the_token(served: Served) -> None:
    async with listening(served.session) as stream:
        await Tokens(served.office.parts.database, served.office.clock).remove("crm", by="admin")
        assert [(await stream.next())[0] for _ in range(2)] == ["expired", "end"]


async def test_it_ends_with_the_server(served: Served) -> None:
    assert served.feature.close is not None
    async with listening(served.session) as stream:
        served.feature.close()
        assert [(await stream.next())[0] for _ in range(2)] == ["closing", "end"]
    async with served.session.get(AT) as answer:
        assert answer.status == 503


async def test_a_server_that_stops_waits_for_no_stream(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        house = await stack.enter_async_context(api_house(tmp_path))
        bearer = {"Authorization": f"Bearer {await house.secret('crm', Scope.EVENTS_READ)}"}
        async with aiohttp.ClientSession(house.url, headers=bearer) as session, listening(session) as stream:
            await stack.aclose()
            assert [(await stream.next())[0] for _ in range(2)] == ["closing", "end"]


async def test_it_goes_on_when_the_database_is_back(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    away = asyncio.Event()
    read = call_events_reading.SharedReading.after

    async def after(self: call_events_reading.SharedReading, seq: int) -> list[StoredEntry]:
        if not away.is_set():
            away.set()
            raise DatabaseError("away")
        return await read(self, seq)

    monkeypatch.setattr(call_events_reading.SharedReading, "after", after)
    async with listening(served.session) as stream:
        await away.wait()
        call = served.office.offered()
        assert (await stream.next())[1]["call"] == call


async def test_who_does_not_read_is_cut_off_and_makes_room(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call_events, "MOST", 1)
    office, address, loop = served.office, urlsplit(served.url), asyncio.get_running_loop()
    for _ in range(1_200):  # more than the sockets in between take
        office.offered("x" * 8_000)
    await office.parts.journal.drain(20.0)
    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.setblocking(False)
        await loop.sock_connect(deaf, (address.hostname, address.port))
        head = f"GET {AT} HTTP/1.1\r\nHost: {address.netloc}\r\nLast-Event-ID: 0\r\n"
        await loop.sock_sendall(deaf, f"{head}Authorization: Bearer {served.secret}\r\n\r\n".encode())
        assert await loop.sock_recv(deaf, 10)
        statuses: list[int] = []
        async with asyncio.timeout(20):
            while 200 not in statuses:
                async with served.session.get(AT) as answer:
                    statuses.append(answer.status)
                await asyncio.sleep(0.05)  # there is nothing to await but the server's patience
        assert statuses[0] == 503
