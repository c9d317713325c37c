"""What callers do to us: they hang up at every moment, dial what is not there, and send what no phone should."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
import structlog

from callrouter import events as ev
from callrouter.calls import fold
from ivr import phrases
from pbx.softphone_call import SoftCall
from pbx.softphone_phone import Phone
from tests.asterisk.house import EVENING, MAILBOX, MAIN, SALES, SERVICE, House, Watch, house
from tests.asterisk.listening import when_heard
from tests.asterisk.raw_sip import RawCaller

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]


@dataclass
class Stage:
    """A house with two operators' phones, `ann` logged in, and a customer."""

    home: House
    ann: Phone
    ben: Phone
    customer: Phone


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """One server for all tests here: they leave nothing behind in it, which is part of what is tested."""
    async with house(tmp_path_factory.mktemp("house")) as home:
        ann, ben = await home.operator("ann"), await home.operator("ben", log_in=False)
        yield Stage(home, ann, ben, await home.caller())


@pytest.fixture(autouse=True)
def _nothing_is_raised(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    with structlog.testing.capture_logs() as said:
        yield
    assert [line for line in said if line["log_level"] in ("error", "critical", "exception")] == []
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []


# ------------------------------------------------------------------------------------------------ hanging up

Until = Callable[[Stage, SoftCall, Watch], Awaitable[None]]


@dataclass(frozen=True)
class Moment:
    """A moment of a call at which the caller hangs up, and what the journal shall say of it."""

    name: str
    dialled: str
    until: Until
    outcome: str
    abandoned_in: str = ""


def told(kind: type[ev.Event], **fields: object) -> Until:
    """Wait until this was told."""

    async def until(_: Stage, __: SoftCall, watch: Watch) -> None:
        await watch.until(
            lambda event: isinstance(event, kind) and all(getattr(event, k) == v for k, v in fields.items())
        )

    return until


def keys(pressed: str, then: Until | None = None) -> Until:
    """Press keys, and wait on."""

    async def until(stage: Stage, call: SoftCall, watch: Watch) -> None:
        await call.keys(pressed)
        if then is not None:
            await then(stage, call, watch)

    return until


def after(seconds: float) -> Until:
    """Let time pass as a caller does."""

    async def until(_: Stage, call: SoftCall, __: Watch) -> None:
        assert await call.lasts(seconds)

    return until


async def ann_rings(stage: Stage, _: SoftCall, __: Watch) -> None:
    await stage.ann.incoming()


async def ben_rings(stage: Stage, _: SoftCall, __: Watch) -> None:
    await stage.ben.incoming()


async def ann_talks(stage: Stage, call: SoftCall, _: Watch) -> None:
    ringing = await stage.ann.incoming()
    await ringing.answer()
    await call.keys("5")
    await ringing.heard_keys("5")


async def ann_holds(stage: Stage, call: SoftCall, watch: Watch) -> None:
    ringing = await stage.ann.incoming()
    await ringing.answer()
    await call.keys("5")
    await ringing.heard_keys("5")
    await ringing.hold()
    await watch.kind(ev.CallHeld)


def ann_transfers(to: str, then: Until) -> Until:
    async def until(stage: Stage, call: SoftCall, watch: Watch) -> None:
        ringing = await stage.ann.incoming()
        await ringing.answer()
        await call.keys("5")
        await ringing.heard_keys("5")
        assert await ringing.transfer(to) == 200
        await then(stage, call, watch)

    return until


MOMENTS = [
    Moment("in the menu's prompt", MAIN, told(ev.MenuEntered), "abandoned", "menu"),
    Moment("while the menu listens", MAIN, told(ev.PromptHeard, purpose="menu", whole=True), "abandoned", "menu"),
    Moment("in the apology", MAIN, keys("8", told(ev.KeysPressed, status="no_match")), "abandoned", "menu"),
    Moment("in the menu again", MAIN, keys("8", told(ev.PromptHeard, purpose="apology")), "abandoned", "menu"),
    Moment("between the keys", MAIN, keys("2 w0.3 12"), "abandoned", "menu"),
    Moment("in a menu after closing", EVENING, told(ev.PromptHeard, menu="goodnight"), "closed"),
    Moment("in the unknown number's words", "+37052119999", told(ev.CallOffered), "unknown_number"),
    # Nobody of that department is logged in, so the caller waits.
    Moment("in the waiting line's words", SERVICE, told(ev.CallQueued), "abandoned", "queue"),
    Moment("under the waiting line's music", SERVICE, told(ev.PositionTold), "abandoned", "queue"),
    Moment("while an operator rings", SALES, ann_rings, "abandoned", "queue"),
    Moment("while a colleague rings", MAIN, keys("202", ben_rings), "abandoned", "ringing"),
    Moment("in the conversation", SALES, ann_talks, "answered"),
    Moment("on hold", SALES, ann_holds, "answered"),
    Moment("in the transfer", SALES, ann_transfers("202", ben_rings), "answered"),
    Moment("in a transfer to nowhere", SALES, ann_transfers("299", after(0.5)), "answered"),
    Moment("in the mailbox's words", MAILBOX, told(ev.CallOffered), "abandoned", "voicemail"),
    Moment("in the message", MAILBOX, keys("5", after(1.5)), "voicemail"),
    Moment("in the thanks", MAILBOX, keys("5 w1.0 #", told(ev.MessageTaken)), "voicemail"),
]


async def check_the_end(stage: Stage, watch: Watch, outcome: str, abandoned_in: str) -> None:
    end = await watch.ended()
    assert (end.outcome, end.abandoned_in, end.hung_up_first, end.estimated) == (outcome, abandoned_in, "caller", False)
    await stage.home.settled()
    story = await stage.home.story(end.call)
    assert [event.KIND for event in story if isinstance(event, ev.CallOffered | ev.CallEnded)] == [
        "call_offered",
        "call_ended",
    ]
    assert story[-1].KIND == "call_ended"
    record = fold(story)
    assert record is not None
    assert record.odd == 0


@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: moment.name)
async def test_a_caller_may_hang_up_at_any_moment(stage: Stage, moment: Moment) -> None:
    await stage.home.free("ann")
    watch = stage.home.listen()
    call = await stage.customer.call(moment.dialled)
    await call.confirmed()
    await moment.until(stage, call, watch)
    await call.hang_up()
    await check_the_end(stage, watch, moment.outcome, moment.abandoned_in)


