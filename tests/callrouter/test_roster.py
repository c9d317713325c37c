"""The roster: what it journals of agents, and that a new process makes the same agents of it."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callrouter import events as ev
from callrouter import feature_codes
from callrouter import roster as roster_module
from callrouter.agents import AgentState, Deed, NotPossible
from callrouter.ami.events import PhoneState
from callrouter.chronicle import Chronicle
from callrouter.roster import Roster
from config.schema import Site
from ivr.conversation import NOTHING, Conversation, Heard
from ledger.clock import ManualClock
from ledger.errors import NotStored
from tests.callrouter.memory_book import MemoryBook

D = Deed
SITE = Site.model_validate(
    {
        "company": {"name": "Test"},
        "numbers": {"+370 5 200 0000": {"go": "sales"}},
        "departments": {"sales": {}},
        "people": {"ann": {"name": "Ann", "phone": "201", "departments": ["sales"]}},
    }
)


def new_roster(book: MemoryBook) -> Roster:
    """A roster of one person, as a process has it that has just begun."""
    return Roster(SITE, Chronicle(book), ManualClock())


def restarted(book: MemoryBook) -> Roster:
    """The roster of the next process: of each agent the last event counts, as `archive.agent_states` finds it."""
    newest = {event.agent: event for event in book.events if isinstance(event, ev.AgentChanged)}
    roster = new_roster(book)
    roster.restore(newest.values())
    return roster


def do(roster: Roster, *deeds: Deed) -> None:
    """Let Ann do all this; where a deed takes a reason, it is lunch."""
    for deed in deeds:
        reason = "lunch" if deed in (D.PAUSE, D.LOG_OUT) else ""
        roster.do("ann", deed, reason=reason, call="c1", department="sales")


def of(roster: Roster) -> tuple[str, str, str]:
    ann = roster.agents["ann"]
    return ann.state.value, ann.reason, "" if ann.then is None else ann.then.value


TALKING = (D.LOG_IN, D.OFFER, D.ANSWER)


@pytest.mark.parametrize(
    ("deeds", "after_restart"),
    [
        pytest.param((*TALKING,), ("ready", "", ""), id="nothing asked for"),
        pytest.param((*TALKING, D.PAUSE), ("paused", "lunch", ""), id="pause asked for in a talk"),
        pytest.param((*TALKING, D.LOG_OUT), ("logged out", "lunch", ""), id="log-out asked for in a talk"),
        pytest.param((*TALKING, D.PAUSE, D.LOG_OUT), ("logged out", "lunch", ""), id="the last word counts"),
        pytest.param((*TALKING, D.PAUSE, D.LOG_IN), ("ready", "", ""), id="taken back by logging in"),
        pytest.param((*TALKING, D.LOG_OUT, D.RESUME), ("ready", "", ""), id="taken back"),
        pytest.param((D.LOG_IN, D.OFFER, D.PAUSE), ("paused", "lunch", ""), id="asked for while it rings"),
        pytest.param((D.LOG_IN, D.OFFER, D.PAUSE, D.ANSWER), ("paused", "lunch", ""), id="and then answered"),
        pytest.param((*TALKING, D.PAUSE, D.RELEASE), ("paused", "lunch", ""), id="the talk was over before"),
        pytest.param((*TALKING, D.PAUSE, D.RELEASE, D.RESUME), ("ready", "", ""), id="over, and back again"),
    ],
)
async def test_what_was_asked_for_during_a_call_outlives_us(deeds: tuple[Deed, ...], after_restart: object) -> None:
    book = MemoryBook()
    do(new_roster(book), *deeds)
    roster = restarted(book)
    assert of(roster) == after_restart
    # The change is told, so that a second restart, and whoever reads the journal, finds the same.
    assert of(restarted(book)) == after_restart
    last = book.told(ev.AgentChanged)[-1]
    assert isinstance(last, ev.AgentChanged)
    assert (last.state, last.reason, last.then) == after_restart


async def test_what_is_to_follow_is_journaled_once_with_its_call() -> None:
    book = MemoryBook()
    do(new_roster(book), *TALKING, D.PAUSE, D.PAUSE, D.RELEASE)
    told = [
        (e.state, e.call, e.then, e.then_reason) for e in book.told(ev.AgentChanged) if isinstance(e, ev.AgentChanged)
    ]
    assert told == [
        ("ready", "", "", ""),
        ("ringing", "c1", "", ""),
        ("talking", "c1", "", ""),
        ("talking", "c1", "pause", "lunch"),
        ("paused", "", "", ""),
    ]


async def test_an_event_of_a_version_that_knew_no_then_is_read() -> None:
    book = MemoryBook()
    roster = new_roster(book)
    roster.restore([ev.AgentChanged(at=ManualClock().now(), agent="ann", state="talking")])
    assert of(roster) == ("ready", "", "")


@given(st.lists(st.sampled_from(list(D)), max_size=30))
async def test_a_restart_leads_to_where_the_end_of_the_call_would_have_led(deeds: list[Deed]) -> None:
    book = MemoryBook()
    lived = new_roster(book)
    for deed in deeds:
        try:
            do(lived, deed)
        except NotPossible:
            continue
    died = restarted(book)
    ends = {AgentState.RINGING: D.MISS, AgentState.TALKING: D.RELEASE, AgentState.WRAP_UP: D.FINISH}
    if (end := ends.get(lived.agents["ann"].state)) is not None:
        do(lived, end)
    lived.close()
    assert of(died) == of(lived)


# ---- on disk


class Ear:
    """What feature codes use of a conversation."""

    def __init__(self) -> None:
        self.heard = asyncio.Event()

    async def play(self, utterances: object, *, interruptible: bool = True) -> Heard:
        self.heard.set()
        return NOTHING

    async def hangup(self) -> None:
        return


async def test_a_code_is_confirmed_only_when_it_is_on_disk() -> None:
    book = MemoryBook()
    roster = new_roster(book)
    do(roster, *TALKING)
    book.prompt = False
    ear = Ear()
    serving = asyncio.create_task(feature_codes.serve(cast(Conversation, ear), SITE, roster, "ann", "*13"))
    await book.kept_open.wait()
    assert roster.agents["ann"].then is D.PAUSE
    assert not ear.heard.is_set()
    book.open[0].set_result(None)
    assert await serving == "paused"
    assert ear.heard.is_set()


@pytest.mark.parametrize("answer", ["refused", "never"])
async def test_a_code_is_in_force_even_if_the_journal_fails(answer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roster_module, "STORE_DEADLINE", 0.01)
    book = MemoryBook(prompt=False)
    roster = new_roster(book)
    do(roster, D.LOG_IN)
    if answer == "refused":
        book.open[0].set_exception(NotStored("disk full"))
    assert not await roster.on_disk("ann")
    assert await roster.on_disk("ann"), "nothing more is waited for"
    assert roster.agents["ann"].state is AgentState.READY


# ---- phones


async def test_who_watches_a_phone_is_told_while_watching() -> None:
    roster = new_roster(MemoryBook())
    told: list[str] = []
    with roster.phone_watched("ann", lambda: told.append(roster.phone_trouble("ann"))):
        roster.phone_changed("ann", PhoneState.IN_USE)
        roster.phone_changed("ann", PhoneState.IN_USE)
        roster.phone_changed("ann", PhoneState.IDLE)
    roster.phone_changed("ann", PhoneState.RINGING)
    assert told == ["on another call", ""]


# ---- a disposition that is owed

OWED: dict[str, object] = {"wrap_up": 1.0, "longest": 60.0, "call": "c1"}


def dispose(roster: Roster, book: MemoryBook, *, call: str = "c1") -> None:
    chronicle = roster._chronicle  # the roster hears what is told there
    chronicle.tell(ev.CallDisposed(at=roster._clock.now(), call=call, agent="ann", disposition="solved"))


async def owing(book: MemoryBook, **more: object) -> Roster:
    """A roster whose Ann has just hung up and owes a disposition."""
    roster = new_roster(book)
    do(roster, *TALKING)
    roster.do("ann", D.RELEASE, **{**OWED, **more})  # type: ignore[arg-type]  # a test's own words
    return roster


async def test_who_owes_a_disposition_is_ready_when_it_is_said() -> None:
    book = MemoryBook()
    roster = await owing(book)
    assert (roster.agents["ann"].state, roster.agents["ann"].owes) == (AgentState.WRAP_UP, "c1")
    dispose(roster, book, call="another")
    assert roster.agents["ann"].owes == "c1"
    dispose(roster, book)
    assert (roster.agents["ann"].state, roster.agents["ann"].owes) == (AgentState.READY, "")
    assert not [event for event in book.events if isinstance(event, ev.DispositionMissed)]
    roster.close()


async def test_the_longest_wrap_up_ends_it_all_the_same_and_that_is_told() -> None:
    book = MemoryBook()
    roster = await owing(book, wrap_up=0.0, longest=0.02)
    ready = asyncio.Event()
    roster.on_change(ready.set)
    async with asyncio.timeout(20):
        await ready.wait()
    assert roster.agents["ann"].state is AgentState.READY
    (missed,) = [event for event in book.events if isinstance(event, ev.DispositionMissed)]
    assert (missed.call, missed.agent, missed.department) == ("c1", "ann", "sales")


async def test_what_was_said_during_the_talk_is_not_owed() -> None:
    book = MemoryBook()
    roster = new_roster(book)
    do(roster, *TALKING)
    dispose(roster, book)
    assert roster.agents["ann"].state is AgentState.TALKING
    roster.do("ann", D.RELEASE, **OWED)  # type: ignore[arg-type]  # a test's own words
    assert (roster.agents["ann"].state, roster.agents["ann"].owes) == (AgentState.WRAP_UP, "")
    roster.close()


async def test_saying_it_ends_a_wrap_up_in_which_nothing_was_owed() -> None:
    book = MemoryBook()
    roster = await owing(book, longest=0.0, wrap_up=30.0)
    assert (roster.agents["ann"].state, roster.agents["ann"].owes) == (AgentState.WRAP_UP, "")
    dispose(roster, book)
    assert roster.agents["ann"].state is AgentState.READY


async def test_what_is_owed_outlives_us() -> None:
    book = MemoryBook()
    (await owing(book)).close()
    roster = restarted(book)
    assert (roster.agents["ann"].state, roster.agents["ann"].owes) == (AgentState.WRAP_UP, "c1")
    with pytest.raises(NotPossible):
        roster.do("ann", D.RESUME)
    do(roster, D.PAUSE)
    dispose(roster, book)
    assert of(roster) == ("paused", "lunch", "")
    roster.close()
