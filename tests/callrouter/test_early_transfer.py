"""Transfers sent while the colleague's phone still rings: what Asterisk tells of them, and where the caller goes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import cast

import pytest

from callrouter import connector as connector_module
from callrouter import events as ev
from callrouter.agents import Deed
from callrouter.ami import events as pbx
from callrouter.ami.events import ChannelRef, DialStatus, PhoneState
from callrouter.ami.fake import FakePbx
from callrouter.chronicle import Chronicle
from callrouter.connector import Connector
from callrouter.early_transfer import LET_GO, EarlyTransfer
from callrouter.events import Event
from callrouter.roster import Roster
from callrouter.switchboard import PASSED_ON, REPLACES, Switchboard
from callrouter.waiting import Wakeable
from config.schema import Site
from config.values import Destination
from ivr.conversation import NOTHING, CallerGone, HandedOver, HandOver, Heard, Reply
from ledger.clock import ManualClock
from tests.callrouter.memory_book import MemoryBook

DID = "+37052000000"
SITE = Site.model_validate(
    {
        "company": {"name": "Test", "country": "LT"},
        "numbers": {DID: {"go": "sales"}, "+37052000001": {"go": "ann"}},
        "departments": {"sales": {}},
        "people": {
            "ann": {"name": "Ann", "phone": "201", "departments": ["sales"]},
            "ben": {"name": "Ben", "phone": "202"},
            "cat": {"name": "Cat", "phone": "203"},
        },
    }
)
AT = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
CALLER = ChannelRef("PJSIP/trunk-1", "1.1", "1.1")
ANN = ChannelRef("PJSIP/ann-2", "1.2", "1.1")
SECOND = ChannelRef("PJSIP/ann-3", "1.3", "1.3")
BEN = ChannelRef("PJSIP/ben-4", "1.4", "1.3")
CALL = "1-1"


class Line:
    """What is used here of a conversation: it talks until told how that ended, and listens to what was planned."""

    def __init__(self) -> None:
        self.elapsed = 100.0
        self.planned: list[Callable[[], None]] = []
        self.over: asyncio.Future[HandedOver] = asyncio.get_running_loop().create_future()
        self.listened: list[float] = []
        self.woken = 0

    async def hand_over(self, to: HandOver) -> HandedOver:
        return await self.over

    async def listen(self, seconds: float, *, music: bool = False) -> Heard:
        assert music
        assert 0 < seconds <= LET_GO
        self.listened.append(seconds)
        if not self.planned:
            self.elapsed += seconds
            return NOTHING
        self.elapsed += 0.1
        self.planned.pop(0)()
        return Heard(woken=True)

    def wake(self) -> None:
        self.woken += 1


@dataclass
class Office:
    """The parts around a call, with a PBX in memory."""

    book: MemoryBook = field(default_factory=MemoryBook)
    clock: ManualClock = field(default_factory=ManualClock)
    pbx: FakePbx = field(default_factory=FakePbx)

    def __post_init__(self) -> None:
        self.chronicle = Chronicle(self.book)
        self.roster = Roster(SITE, self.chronicle, self.clock)
        self.switchboard = Switchboard(self.pbx, self.chronicle, self.clock)
        self.connector = Connector(self.roster, self.chronicle, self.clock, self.switchboard.hang_up)
        self.switchboard.serve(self.roster, self.connector)
        self.transfer = EarlyTransfer(SITE, self.roster, self.switchboard)
        self.line = Line()
        self.conversation = cast(Wakeable, self.line)

    async def talks(self, *, department: str = "sales", did: str = DID) -> asyncio.Task[HandedOver]:
        """Let a customer talk with Ann, and Ann's second call ring at Ben's."""
        tell = self.chronicle.tell
        tell(ev.CallOffered(at=AT, call=CALL, did=did, uniqueid="1.1"))
        if department:
            tell(ev.CallQueued(at=AT, call=CALL, department=department, position=1))
            for deed in (Deed.LOG_IN, Deed.OFFER):
                self.roster.do("ann", deed, call=CALL, department=department)
        connecting = asyncio.create_task(
            self.connector.connect(
                self.conversation, call=CALL, uniqueid="1.1", agents=("ann",), department=department, ring_for=9,
                waiting_since=0.0,
            )
        )  # fmt: skip
        for channel in (CALLER, ANN, SECOND, BEN):
            self.pbx.channel_appears(channel.name, uniqueid=channel.uniqueid, linkedid=channel.linkedid)
        await asyncio.sleep(0)
        self.pbx.emit(pbx.DialBegun(AT, CALLER, ANN, "ann"))
        self.pbx.emit(pbx.DialEnded(AT, CALLER, ANN, "ann", DialStatus.ANSWERED))
        self.pbx.emit(pbx.DialBegun(AT, SECOND, BEN, "ben"))
        self.pbx.phone_becomes("ben", PhoneState.RINGING)
        return connecting

    def told(self, *kinds: type[Event]) -> list[Event]:
        return self.book.told(*kinds)

    def asked(self) -> list[tuple[str, str]]:
        return [(asked.verb, asked.channel) for asked in self.pbx.asked]


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    office = Office()
    running = asyncio.create_task(office.pbx.run())
    await asyncio.sleep(0)
    yield office
    await office.switchboard.close()
    office.pbx.stop()
    await running
    office.roster.close()


ENDED = HandedOver(Reply.ANSWERED, "ann", caller_gone=True)


def moved(second: ChannelRef = SECOND) -> pbx.AttendedTransferred:
    """What Asterisk tells when the caller takes the agent's place in a call without a bridge."""
    return pbx.AttendedTransferred(AT, True, ANN, second, CALLER, None)


# ---- what Asterisk tells


@pytest.mark.parametrize("news_first", [True, False], ids=["news first", "leg's end first"])
async def test_a_caller_moved_into_a_ringing_call_is_fetched(office: Office, news_first: bool) -> None:
    connecting = await office.talks()
    if news_first:
        office.pbx.emit(moved())
        office.line.over.set_result(ENDED)
    else:
        office.line.over.set_result(ENDED)
        for _ in range(5):
            await asyncio.sleep(0)
        assert not connecting.done()
        office.pbx.emit(moved())
    handed = await connecting
    assert (handed.transferred, handed.caller_gone) == (True, False)
    released = office.told(ev.CallReleased)[-1]
    assert isinstance(released, ev.CallReleased)
    assert (released.agent, released.by) == ("ann", "agent")

    assert office.asked() == [], "the caller's channel is on its way until the other is gone"
    office.pbx.channel_ends(SECOND)
    await office.switchboard.close()
    assert [(a.verb, a.channel, a.place) for a in office.pbx.asked] == [("redirect", "PJSIP/trunk-1", PASSED_ON)]
    office.pbx.phone_becomes("ben", PhoneState.IDLE)
    assert await office.transfer.destination(office.conversation, "1.1", "") == Destination(kind="person", name="ben")


async def test_a_caller_who_hangs_up_is_not_taken_for_one_passed_on(office: Office) -> None:
    connecting = await office.talks()
    office.line.over.set_result(ENDED)
    office.pbx.emit(pbx.HangupRequested(AT, CALLER, True, 16))
    assert await connecting == ENDED


async def test_without_any_news_the_caller_hung_up(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connector_module, "WHY_GONE", 0.01)
    connecting = await office.talks()
    office.clock.advance(7.0)
    office.line.over.set_result(ENDED)
    await asyncio.sleep(0)
    office.clock.advance(1.0)
    assert await connecting == ENDED
    released = office.told(ev.CallReleased)[-1]
    assert isinstance(released, ev.CallReleased)
    assert released.talked == 7.0, "the waiting for news is no talk"


async def test_into_a_call_that_was_answered_nobody_is_fetched(office: Office) -> None:
    """Several talk there, so that Asterisk names no target."""
    await office.talks()
    office.pbx.emit(pbx.DialEnded(AT, SECOND, BEN, "ben", DialStatus.ANSWERED))
    office.pbx.emit(moved())
    office.pbx.channel_ends(SECOND)
    await office.switchboard.close()
    assert office.asked() == []
    office.line.over.set_result(HandedOver(Reply.ANSWERED, "ann"))


async def test_a_colleague_moved_into_a_ringing_call_stays_there(office: Office) -> None:
    cat, ann = ChannelRef("PJSIP/cat-7", "2.7", "2.6"), ChannelRef("PJSIP/ann-6", "2.6", "2.6")
    office.pbx.emit(pbx.AttendedTransferred(AT, True, ann, SECOND, cat, None))
    office.pbx.emit(pbx.ChannelHungUp(AT, SECOND, 16, ""))
    await office.switchboard.close()
    assert office.asked() == []
    assert office.book.entries == []


async def test_late_news_of_an_earlier_ringing_is_not_taken_for_a_miss(office: Office) -> None:
    connecting = asyncio.create_task(
        office.connector.connect(
            office.conversation, call=CALL, uniqueid="1.1", agents=("ben",), ring_for=9, waiting_since=0.0
        )
    )
    await asyncio.sleep(0)
    again = ChannelRef("PJSIP/ben-5", "1.5", "1.1")
    office.pbx.emit(pbx.DialEnded(AT, CALLER, BEN, "ben", DialStatus.CANCELLED))
    office.pbx.emit(pbx.DialBegun(AT, CALLER, again, "ben"))
    office.pbx.emit(pbx.DialEnded(AT, CALLER, BEN, "ben", DialStatus.CANCELLED))
    assert office.told(ev.OfferEnded) == []
    office.pbx.emit(pbx.DialEnded(AT, CALLER, again, "ben", DialStatus.BUSY))
    assert [event.agent for event in office.told(ev.OfferEnded)] == ["ben"]
    office.line.over.set_result(HandedOver(Reply.BUSY))
    await connecting


# ---- where the caller goes


def free(office: Office, *names: str) -> None:
    for name in names:
        office.pbx.phone_becomes(name, PhoneState.IDLE)


@dataclass(frozen=True)
class Case:
    """What the agent's phone wrote, what becomes of the phones meanwhile, and where the caller goes."""

    written: str
    freed: tuple[str, ...]
    to: str
    told_to: str = "ben"
    why: str = ""
    hung_up: bool = True
    rings: bool = True
    gone: tuple[str, ...] = ()
    department: str = "sales"
    did: str = DID


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(Case("202", ("ben",), "person ben"), id="the extension is written"),
        pytest.param(Case("ben", ("ben",), "person ben"), id="the name is written"),
        pytest.param(Case("", ("ben",), "person ben"), id="nothing is written, the second call tells"),
        pytest.param(Case("asterisk", ("ben",), "person ben"), id="nobody is written, the second call tells"),
        pytest.param(Case("203", (), "person cat", "cat"), id="what is written counts"),
        pytest.param(
            Case("202", (), "person ann", why="the phone rings for somebody else"), id="not let go: back to the agent"
        ),
        pytest.param(
            Case("", (), "person ann", "", "not known who was asked", hung_up=False, rings=False),
            id="nobody knows: back to the agent",
        ),
        pytest.param(
            Case("", (), "department sales", "", "not known who was asked", hung_up=False, rings=False, gone=("ann",)),
            id="the agent's phone is gone too: back in line",
        ),
        pytest.param(
            Case(
                "202",
                (),
                "person ann",
                "ben",
                "the phone is not registered",
                department="",
                did="+37052000001",
                gone=("ben",),
            ),
            id="the colleague's phone is gone",
        ),
        pytest.param(
            Case(
                "",
                (),
                "department sales",
                "",
                "not known who was asked",
                department="",
                hung_up=False,
                rings=False,
                gone=("ann",),
            ),
            id="was in no line: where the number leads",
        ),
    ],
)
async def test_where_a_caller_goes(office: Office, case: Case) -> None:
    connecting = await office.talks(department=case.department, did=case.did)
    free(office, "ann", "cat")
    if not case.rings:
        office.pbx.emit(pbx.DialEnded(AT, SECOND, BEN, "ben", DialStatus.CANCELLED))
    for name in case.gone:
        office.pbx.phone_becomes(name, PhoneState.UNAVAILABLE)
    office.pbx.emit(pbx.BlindTransferred(AT, True, ANN, CALLER, "switchroom-transferred", REPLACES))
    office.line.over.set_result(HandedOver(Reply.ANSWERED, "ann", transferred=True))
    await connecting
    if case.freed:
        office.line.planned.append(lambda: free(office, *case.freed))
    to = await office.transfer.destination(office.conversation, "1.1", case.written)
    await office.switchboard.close()
    assert to is not None
    assert str(SITE.resolve(to)) == case.to
    assert office.asked() == ([("hangup", "PJSIP/ann-3")] if case.hung_up else [])
    transfers = [(e.agent, e.to, e.how) for e in office.told(ev.CallTransferred) if isinstance(e, ev.CallTransferred)]
    assert transfers == [("ann", case.told_to, "early")]
    branches = [(e.to, e.why) for e in office.told(ev.BranchTaken) if isinstance(e, ev.BranchTaken)]
    assert branches == ([(case.to, case.why)] if case.why else [])
    assert sum(office.line.listened) <= 2 * LET_GO
    if case.freed:
        assert office.line.woken == 1


async def test_a_caller_who_hangs_up_while_waiting(office: Office) -> None:
    connecting = await office.talks()
    office.line.over.set_result(HandedOver(Reply.ANSWERED, "ann", transferred=True))
    await connecting

    def hang_up() -> None:
        raise CallerGone

    office.line.planned.append(hang_up)
    assert await office.transfer.destination(office.conversation, "1.1", "202") is None
