"""What operators and their phones do to us: they vanish, decline, do not answer, and change their minds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import pytest_asyncio

from callrouter import events as ev
from callrouter.agents import AgentState, Deed
from ivr import phrases
from ivr.agi.leg import AgiLeg
from ivr.conversation import HandedOver, HandOver
from pbx.softphone_call import SoftCall
from pbx.softphone_errors import TooLate
from pbx.softphone_phone import Phone
from tests.asterisk.house import (
    PATIENT,
    SALES,
    SERVICE,
    SITE,
    House,
    Watch,
    dial_code,
    house,
    patience,
    tenant,
)
from tests.asterisk.listening import most_heard
from tests.asterisk.talking import joined

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]

NAMES = ("ann", "ben", "cat")
#: A phone that lost its network is noticed within this time: it is asked every 5 s and has 2 s to answer.
NOTICED = 8.0


@dataclass
class Crew:
    """A house with all its operators' phones, and customers' phones."""

    home: House
    phones: dict[str, Phone]
    customers: tuple[Phone, Phone]

    async def at_work(self, *names: str) -> Watch:
        """Let exactly these be ready, the first for longest, and return a watch that begins now."""
        await self.home.settled()
        roster = self.home.switchroom.roster
        for name in NAMES:
            roster.do(name, Deed.LOG_OUT)
            roster.agents[name] = replace(roster.agents[name], not_before=0.0)  # no rest after the last test's calls
        for name in names:
            roster.do(name, Deed.LOG_IN)
        await self.home.free(*names)
        return self.home.listen()

    async def call(self, to: str, customer: int = 0) -> SoftCall:
        """Let a customer dial."""
        call = await self.customers[customer].call(to)
        await call.confirmed()
        return call

    def state(self, name: str) -> AgentState:
        return self.home.switchroom.roster.agents[name].state


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def crew(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Crew]:
    """One server for most tests here; each leaves it in order."""
    async with house(tmp_path_factory.mktemp("house")) as home:
        phones = {name: await home.operator(name, log_in=False) for name in NAMES}
        yield Crew(home, phones, (await home.caller("+37060000001"), await home.caller("+37060000002")))


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def _order_afterwards(request: pytest.FixtureRequest) -> AsyncIterator[None]:
    """Hang up and forget whatever a test has left, so that a failure stays its own."""
    yield
    if "crew" in request.fixturenames:
        crew: Crew = request.getfixturevalue("crew")
        await crew.home.forget_calls(*crew.phones.values(), *crew.customers)


async def offer_ended(watch: Watch, agent: str, deadline: float = PATIENT) -> ev.OfferEnded:
    """Return how an agent's ringing ended without an answer."""
    event = await watch.until(lambda e: isinstance(e, ev.OfferEnded) and e.agent == agent, deadline)
    assert isinstance(event, ev.OfferEnded)
    return event


# ---------------------------------------------------------------------------------------------- phones that ring


async def test_a_phone_that_vanishes_while_it_rings_costs_the_caller_little(tmp_path: Path) -> None:
    site = tmp_path / "site"
    await asyncio.to_thread(_patient_site, site)
    async with house(tmp_path / "data", site) as home:
        ann, ben = await home.operator("ann"), await home.operator("ben")
        call = await home.call(SALES)
        await ann.incoming()
        await ann.vanish()
        gone = time.monotonic()
        rescued = await ben.incoming(patience(NOTICED) + 4.0)
        print(f"vanished to the next phone: {time.monotonic() - gone:.1f} s")
        assert time.monotonic() - gone < patience(NOTICED)
        assert (await offer_ended(home.watch, "ann")).reply == "unreachable"
        await rescued.answer()
        await call.hang_up()
        await home.settled()
        # His phone is not there, which is not his fault: he stays ready and is passed over.
        assert home.switchroom.roster.agents["ann"].state is AgentState.READY
        second = await home.call(SALES)
        await home.free("ben")
        await (await ben.incoming()).answer()
        await second.hang_up()


async def test_a_phone_that_was_restarted_is_called_again(tmp_path: Path) -> None:
    async with house(tmp_path / "data") as home:
        before = await home.operator("ann")
        await before.vanish()
        ann = await home.operator("ann", log_in=False)
        call = await home.call(SALES)
        ringing = await ann.incoming(patience(3.0))
        await ringing.answer()
        await call.hang_up()
        await home.settled()


def _patient_site(folder: Path) -> None:
    folder.mkdir()
    text = (SITE / "site.yaml").read_text()
    (folder / "site.yaml").write_text(text.replace("ring_for: 6s", "ring_for: 20s"))


async def test_a_phone_that_declines_is_passed_over_at_once(crew: Crew) -> None:
    watch = await crew.at_work("ann", "ben")
    call = await crew.call(SALES)
    ringing = await crew.phones["ann"].incoming()
    await ringing.reject(486)
    declined = time.monotonic()
    next_ = await crew.phones["ben"].incoming()
    assert time.monotonic() - declined < patience(1.0)
    assert (await offer_ended(watch, "ann")).reply == "busy"
    await next_.answer()
    await call.hang_up()
    assert crew.state("ann") is AgentState.READY


async def test_a_phone_that_is_not_answered_stops_and_another_rings(crew: Crew) -> None:
    watch = await crew.at_work("ann", "ben")
    call = await crew.call(SALES)
    ringing = await crew.phones["ann"].incoming()
    next_ = await crew.phones["ben"].incoming()
    ended = await offer_ended(watch, "ann")
    assert ended.reply == "no answer"
    assert 5.5 < ended.rang < 6.0 + patience(1.0)
    assert (await ringing.ended()).by == "there"
    await next_.answer()
    await call.hang_up()


async def test_where_all_ring_one_answers_and_the_others_stop(crew: Crew) -> None:
    watch = await crew.at_work("ben", "cat")
    call = await crew.call(SERVICE)
    one, other = await asyncio.gather(crew.phones["ben"].incoming(), crew.phones["cat"].incoming())
    await other.answer()
    assert (await one.ended()).by == "there"
    assert (await offer_ended(watch, "ben")).reply == "cancelled"
    await watch.kind(ev.CallAnswered)
    assert (crew.state("ben"), crew.state("cat")) == (AgentState.READY, AgentState.TALKING)
    await call.hang_up()
    answers = [event.agent for event in watch.events if isinstance(event, ev.CallAnswered)]
    assert answers == ["cat"]


async def test_one_free_agent_is_offered_to_one_caller_only(crew: Crew, monkeypatch: pytest.MonkeyPatch) -> None:
    woken: list[float] = []
    at_once = AgiLeg.hand_over

    async def hand_over(leg: AgiLeg, to: HandOver) -> HandedOver:
        woken.append(time.monotonic())
        return await at_once(leg, to)

    monkeypatch.setattr(AgiLeg, "hand_over", hand_over)
    watch = await crew.at_work("ann")
    roster = crew.home.switchroom.roster
    roster.do("ann", Deed.PAUSE)
    first, second = await crew.call(SALES), await crew.call(SALES, 1)
    await watch.until(lambda event: len({e.call for e in watch.events if isinstance(e, ev.PositionTold)}) == 2)

    free = time.monotonic()
    roster.do("ann", Deed.RESUME)
    ringing = await crew.phones["ann"].incoming()
    print(f"free to woken: {(woken[0] - free) * 1000:.1f} ms, to ringing: {(ringing.made_at - free) * 1000:.0f} ms")
    offers = [event for event in watch.events if isinstance(event, ev.AgentsOffered)]
    assert len(offers) == 1
    with pytest.raises(TooLate):
        await crew.phones["ann"].incoming(0.5)
    await ringing.answer()
    await first.hang_up()
    again = await crew.phones["ann"].incoming()
    assert again.number == "+37060000002"
    await again.answer()
    await second.hang_up()


# ------------------------------------------------------------------------------------------- agents and their states


async def test_after_a_call_comes_wrap_up_and_then_the_next_caller(crew: Crew) -> None:
    watch = await crew.at_work("ann")
    first = await crew.call(SALES)
    ringing = await crew.phones["ann"].incoming()
    await ringing.answer()
    second = await crew.call(SALES, 1)
    await watch.kind(ev.PositionTold)
    await ringing.hang_up()
    await first.ended()
    released = await watch.kind(ev.CallReleased)
    next_ = await crew.phones["ann"].incoming()
    states = [event.state for event in watch.events if isinstance(event, ev.AgentChanged)]
    assert states == ["ringing", "talking", "wrap-up", "ready", "ringing"]
    offer = [event for event in watch.events if isinstance(event, ev.AgentsOffered)][-1]
    assert 0.9 < (offer.at - released.at).total_seconds() < 1.0 + patience(0.5)
    await next_.answer()
    await second.hang_up()


async def test_a_pause_during_a_call_begins_after_it(crew: Crew) -> None:
    watch = await crew.at_work("ann")
    ann = crew.phones["ann"]
    first = await crew.call(SALES)
    ringing = await ann.incoming()
    await ringing.answer()
    await dial_code(ann, "*13")
    assert crew.state("ann") is AgentState.TALKING
    await joined(first, ringing)
    second = await crew.call(SALES, 1)
    await first.hang_up()
    await watch.until(lambda event: isinstance(event, ev.AgentChanged) and event.state == "paused")
    with pytest.raises(TooLate):
        await ann.incoming(1.5)  # more than the wrap-up
    await dial_code(ann, "*14")
    next_ = await ann.incoming()
    await next_.answer()
    await second.hang_up()


CODES = [
    pytest.param("*11", False, "logged_in", AgentState.READY, "", id="log in"),
    pytest.param("*11", True, "logged_in", AgentState.READY, "", id="log in again"),
    pytest.param("*12", True, "logged_out", AgentState.LOGGED_OUT, "", id="log out"),
    pytest.param("*13", True, "paused", AgentState.PAUSED, "pause", id="pause"),
    pytest.param("*131", True, "paused", AgentState.PAUSED, "*", id="pause for a reason"),
    pytest.param("*13", False, "not_possible", AgentState.LOGGED_OUT, "", id="pause of one who is not here"),
    pytest.param("*14", True, "unpaused", AgentState.READY, "", id="go on"),
    pytest.param("*14", False, "not_possible", AgentState.LOGGED_OUT, "", id="go on of one who is not here"),
    pytest.param("*99", True, "unknown_code", AgentState.READY, "", id="no such code"),
    pytest.param("*1399", True, "unknown_code", AgentState.READY, "", id="a reason too long"),
    pytest.param("*111", True, "unknown_code", AgentState.READY, "", id="a reason where there is none"),
]


@pytest.mark.parametrize(("code", "here", "said", "state", "reason"), CODES)
async def test_a_code_does_what_is_said_back(
    crew: Crew, tmp_path: Path, code: str, here: bool, said: str, state: AgentState, reason: str
) -> None:
    await crew.at_work(*(["ann"] if here else []))
    call = await crew.phones["ann"].call(code)
    await call.confirmed()
    await call.start_recording(tmp_path / "said.wav")
    assert (await call.ended()).by == "there"
    server = crew.home.switchroom
    every = {
        name: server.book.path_of(phrases.phrase(server.site, name, "en")) for name in phrases.said_here(server.site)
    }
    assert most_heard(tmp_path / "said.wav", every) == said
    agent = server.roster.agents["ann"]
    assert agent.state is state
    expected = server.site.pause_reasons["1"] if reason == "*" else reason
    assert agent.reason == expected


async def test_agents_are_as_they_were_after_a_restart(tmp_path: Path) -> None:
    async with house(tmp_path / "data") as home:
        ann, ben = await home.operator("ann"), await home.operator("ben")
        await home.operator("cat", log_in=False)
        await dial_code(ben, "*132")
        call = await home.call(SALES)
        await (await ann.incoming()).answer()
        await call.hang_up()
        await home.settled()  # ann is in wrap-up now
        before = dict(home.switchroom.roster.agents)
    async with house(tmp_path / "data") as home:
        after = home.switchroom.roster.agents
        assert {name: agent.state.value for name, agent in after.items()} == {
            "ann": "ready",
            "ben": "paused",
            "cat": "logged out",
        }
        assert after["ben"].reason == before["ben"].reason == home.switchroom.site.pause_reasons["2"]
        ann = await home.operator("ann", log_in=False)
        call = await home.call(SALES)
        await (await ann.incoming()).answer()
        await call.hang_up()
        await home.settled()


@pytest.mark.parametrize(
    ("codes", "state", "reason"),
    [
        pytest.param(["*132"], "paused", "lunch", id="pause"),
        pytest.param(["*12"], "logged out", "", id="log out"),
        pytest.param(["*13", "*11"], "ready", "", id="thought better of it"),
    ],
)
async def test_a_code_dialled_during_a_call_outlives_us(
    tmp_path: Path, codes: list[str], state: str, reason: str
) -> None:
    async with tenant(tmp_path / "data") as home:
        ann = await home.operator("ann")
        call = await (await home.caller()).call(SALES)
        talk = await ann.incoming()
        await talk.answer()
        await home.tells(lambda event: isinstance(event, ev.CallAnswered))
        for code in codes:
            await dial_code(ann, code)  # what is said back is said once it is on disk
        await home.kill()
        await home.start()
        assert await call.lasts(0.3), "the conversation goes on"
        await call.hang_up()
        await home.told(ev.CallEnded, 1)
        told = [event for event in await home.journal() if isinstance(event, ev.AgentChanged) and event.agent == "ann"]
        assert (told[-1].state, told[-1].reason, told[-1].then) == (state, reason, "")

        again = await (await home.caller("+37060000002")).call(SALES)
        if state == "ready":
            await (await ann.incoming()).answer()
        else:
            with pytest.raises(TooLate):
                await ann.incoming(1.5)  # more than the wrap-up
            await dial_code(ann, "*11")
            await (await ann.incoming()).answer()
        await again.hang_up()
