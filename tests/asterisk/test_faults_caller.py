"""What callers do to us: they hang up at every moment, dial what is not there, and send what no phone should."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
import structlog

from callrouter import events as ev
from callrouter import on_the_way, reception
from callrouter.agents import Deed
from callrouter.calls import fold
from ivr import phrases
from ivr.agi.leg import AgiLeg
from pbx.softphone_call import SoftCall
from pbx.softphone_phone import Phone
from tests.asterisk.house import EVENING, MAILBOX, MAIN, SALES, SERVICE, House, Watch, house, patience
from tests.asterisk.mailbox_house import TONE
from tests.asterisk.raw_sip import RawCaller
from tests.asterisk.talking import joined

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]

CUSTOMER = b"<sip:+37060000009@127.0.0.2>"


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


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def _order_afterwards(stage: Stage) -> AsyncIterator[None]:
    """Forget what rang and nobody picked up: the next test waits for a call of its own."""
    yield
    await stage.home.forget_calls(stage.ann, stage.ben, stage.customer)


@pytest.fixture(autouse=True)
def _nothing_is_raised(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    with structlog.testing.capture_logs() as said:
        yield
    assert [line for line in said if line["log_level"] in ("error", "critical", "exception")] == []
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []


# ------------------------------------------------------------------------------------------------ hanging up

Until = Callable[[Stage, SoftCall, Watch], Awaitable[object]]


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
    """Press keys once the menu can hear them, and wait on."""

    async def until(stage: Stage, call: SoftCall, watch: Watch) -> None:
        await watch.kind(ev.MenuEntered)
        await call.keys(pressed)
        if then is not None:
            await then(stage, call, watch)

    return until


def after(seconds: float) -> Until:
    """Let time pass as a caller does."""

    async def until(_: Stage, call: SoftCall, __: Watch) -> None:
        assert await call.lasts(seconds)

    return until


def speak(seconds: float, pressed: str = "", then: Until | None = None) -> Until:
    """Cut the mailbox's words, stay so long after the tone, press keys, and wait on."""

    async def until(stage: Stage, call: SoftCall, watch: Watch) -> None:
        await call.keys("5")  # too soon for it to be heard, perhaps: then the words are heard to their end
        await watch.kind(ev.MessageBegun)
        assert await call.lasts(TONE + seconds)
        await call.keys(pressed)
        if then is not None:
            await then(stage, call, watch)

    return until


async def ann_rings(stage: Stage, _: SoftCall, __: Watch) -> None:
    await stage.ann.incoming()


async def ben_rings(stage: Stage, _: SoftCall, __: Watch) -> None:
    await stage.ben.incoming()


async def ann_talks(stage: Stage, call: SoftCall, _: Watch) -> SoftCall:
    ringing = await stage.ann.incoming()
    await ringing.answer()
    await joined(call, ringing)
    return ringing


async def ann_holds(stage: Stage, call: SoftCall, watch: Watch) -> None:
    await (await ann_talks(stage, call, watch)).hold()
    await watch.kind(ev.CallHeld)


def ann_transfers(to: str, then: Until) -> Until:
    async def until(stage: Stage, call: SoftCall, watch: Watch) -> None:
        assert await (await ann_talks(stage, call, watch)).transfer(to) == 200
        await then(stage, call, watch)

    return until


MOMENTS = [
    Moment("in the menu's prompt", MAIN, told(ev.MenuEntered), "abandoned", "menu"),
    Moment("while the menu listens", MAIN, told(ev.PromptHeard, purpose="menu", whole=True), "abandoned", "menu"),
    Moment("in the apology", MAIN, keys("8", told(ev.KeysPressed, status="no_match")), "abandoned", "menu"),
    Moment("in the menu again", MAIN, keys("8", told(ev.PromptHeard, purpose="apology")), "abandoned", "menu"),
    Moment("between the keys", MAIN, keys("2 w1.2 12"), "abandoned", "menu"),
    Moment("in a menu after closing", EVENING, told(ev.PromptHeard, menu="goodnight"), "closed"),
    Moment("in the unknown number's words", "+37052119999", told(ev.CallOffered), "unknown_number"),
    Moment("in the waiting line's words", SERVICE, told(ev.CallQueued), "abandoned", "queue"),  # nobody is logged in
    Moment("under the waiting line's music", SERVICE, told(ev.PositionTold), "abandoned", "queue"),
    Moment("while an operator rings", SALES, ann_rings, "abandoned", "queue"),
    Moment("while a colleague rings", MAIN, keys("202", ben_rings), "abandoned", "ringing"),
    Moment("in the conversation", SALES, ann_talks, "answered"),
    Moment("on hold", SALES, ann_holds, "answered"),
    Moment("in the transfer", SALES, ann_transfers("202", ben_rings), "answered"),
    Moment("in a transfer to nowhere", SALES, ann_transfers("299", after(0.5)), "answered"),
    Moment("in the mailbox's words", MAILBOX, told(ev.CallOffered), "abandoned", "voicemail"),
    Moment("in the message", MAILBOX, speak(1.5), "voicemail"),
    Moment("in the thanks", MAILBOX, speak(1.5, "# w0.5 1", told(ev.MessageTaken)), "voicemail"),
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


async def test_a_caller_may_hang_up_before_we_answer(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    arrived, gone = asyncio.Event(), asyncio.Event()
    at_once = AgiLeg.answer

    async def slowly(leg: AgiLeg) -> None:
        arrived.set()
        await gone.wait()
        await at_once(leg)

    monkeypatch.setattr(AgiLeg, "answer", slowly)
    watch = stage.home.listen()
    with RawCaller(stage.home.server).open() as caller:
        caller.invite(MAIN.encode(), CUSTOMER)
        async with asyncio.timeout(20.0):
            await arrived.wait()
        caller.cancel()
        assert caller.answer_to(b"INVITE") == 487
    gone.set()
    await check_the_end(stage, watch, "abandoned", "arrival")


async def test_a_caller_may_hang_up_on_the_way_to_a_colleague(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Transferred, and never seen again: as when he hangs up before the dialplan brings him back to us."""
    monkeypatch.setattr(on_the_way, "TAKE_UP", 0.3)
    monkeypatch.setattr(reception.Reception, "expects", lambda _, __: False)
    await stage.home.free("ann")
    watch = stage.home.listen()
    call = await stage.customer.call(SALES)
    await call.confirmed()
    await ann_transfers("202", ben_rings)(stage, call, watch)
    await call.hang_up()
    end = await watch.ended()
    assert (end.outcome, end.hung_up_first, end.estimated) == ("answered", "caller", True)
    await stage.home.settled()


# ------------------------------------------------------------------------------------- what callers say they are


@dataclass(frozen=True)
class Sender:
    """A From header, and what the journal shall say of the caller; None where anything harmless will do."""

    name: str
    header: bytes
    ani: str | None = "+37060000009"
    ani_name: str | None = None
    more: bytes = b""


SENDERS = [
    Sender("withheld", b'"Anonymous" <sip:anonymous@anonymous.invalid>', "", "",
           b"Privacy: id\r\nP-Asserted-Identity: <sip:+37060000009@127.0.0.2>\r\n"),
    Sender("withheld, as the name of a number only", b'"Anonymous" <sip:anonymous@127.0.0.2>', "", "Anonymous"),
    Sender("no name", CUSTOMER, ani_name=""),
    Sender("quotation marks", b'"Jo \\"the cat\\" O\'Neil" ' + CUSTOMER, ani_name='Jo "the cat" O\'Neil'),
    Sender("backslashes", b'"a\\\\b\\\\" ' + CUSTOMER, ani_name="a\\b\\"),
    Sender("line breaks in the name", b'"x%0d%0aagi_arg_1: y%0a%0a" ' + CUSTOMER),
    Sender("line breaks in the number", b"<sip:%0d%0a%0a200%20result=1@127.0.0.2>", None),
    Sender("the end of a text in the number", b"<sip:%00%00+370@127.0.0.2>", None),
    Sender("line breaks behind the number", b"<sip:+37060000009%0aagi_uniqueid:%201.1%0a@127.0.0.2>", None),
    # Line breaks in a name cannot be written as %0a, and a packet that has them as they are is thrown away.
    Sender("line breaks in who passed the call on", CUSTOMER,
           more=b"Diversion: <sip:+370%0aagi_uniqueid:%201.1%0a%0a@127.0.0.2>;reason=unconditional\r\n"),
    Sender("a command", b'"${SHELL(touch MARK)}" ' + CUSTOMER),
    Sender("a command in the number", b"<sip:$%7BSHELL(touch%20MARK)%7D@127.0.0.2>", None),
    Sender("another phone", b'"&PJSIP/ben" <sip:+370&PJSIP%2Fben@127.0.0.2>', None, "&PJSIP/ben"),
    Sender("much", b'"' + b"x" * 8192 + b'" ' + CUSTOMER),
    Sender("much in another writing", b'"' + "ы".encode() * 2000 + b'" ' + CUSTOMER),
    Sender("no Unicode", b'"J\xf3nas \xff\xfe" ' + CUSTOMER),
    Sender("half of a letter", b'"J\xc3" ' + CUSTOMER),
    Sender("a picture", '"Žydrė 🐈" '.encode() + CUSTOMER, ani_name="Žydrė 🐈"),
]  # fmt: skip


@pytest.mark.parametrize("sender", SENDERS, ids=lambda sender: sender.name)
async def test_whoever_a_caller_says_he_is_he_is_served(stage: Stage, sender: Sender, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    with RawCaller(stage.home.server).open() as caller:
        watch = stage.home.listen()
        caller.invite(MAIN.encode(), sender.header.replace(b"MARK", str(mark).encode()), sender.more)
        code = await asyncio.to_thread(caller.answer_to, b"INVITE")
        offered = await watch.kind(ev.CallOffered)
        assert code == 200
        await watch.kind(ev.MenuEntered)
        assert caller.bye() == 200
    assert isinstance(offered, ev.CallOffered)
    assert offered.ani == sender.ani or sender.ani is None
    assert offered.ani_name == sender.ani_name or sender.ani_name is None
    assert offered.uniqueid != "1.1"
    assert offered.ani.isprintable() and len(offered.ani) <= 40
    assert offered.ani_name.isprintable() and len(offered.ani_name) <= 80
    await check_the_end(stage, watch, "abandoned", "menu")
    assert offered in await stage.home.story(offered.call)
    assert not mark.exists()
    assert not stage.ben.calls


# --------------------------------------------------------------------------------------------- what callers dial


async def test_an_unknown_number_is_said_and_written_down(stage: Stage) -> None:
    watch = stage.home.listen()
    call = await stage.customer.call("+37052119999")
    ended = await call.ended()
    assert ended.by == "there"
    end = await watch.ended()
    assert (end.outcome, end.hung_up_first) == ("unknown_number", "us")
    site, book = stage.home.switchroom.site, stage.home.switchroom.book
    said = book.duration(phrases.phrase(site, "unknown_number", "en"))
    assert call.confirmed_at is not None
    assert said < ended.at - call.confirmed_at < said + patience(1.0)
    story = await stage.home.story(end.call)
    assert [event.did for event in story if isinstance(event, ev.CallOffered)] == ["+37052119999"]


DIALLED = [
    ("another phone", b"5&PJSIP%2Fben"),
    ("another phone behind ours", MAIN.encode() + b"&PJSIP%2Fben"),
    ("a command", b"$%7BSHELL(touch%20MARK)%7D"),
    ("a command behind ours", MAIN.encode() + b"$%7BSHELL(touch%20MARK)%7D"),
    ("line breaks", b"5%0d%0aagi_arg_1:%20x%0a%0a"),
    ("two hundred digits", b"5" * 200),
    ("letters", b"sales.desk"),
    ("an extension of Asterisk's own", b"h"),
    ("a name of ours in the dialplan", b"rescue-inbound"),
    ("a feature code", b"*11"),
    ("nothing but a comma", b","),
]


@pytest.mark.parametrize("dialled", [dialled for _, dialled in DIALLED], ids=[name for name, _ in DIALLED])
async def test_whatever_is_dialled_does_no_harm(stage: Stage, dialled: bytes, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    with RawCaller(stage.home.server).open() as caller:
        watch = stage.home.listen()
        caller.invite(dialled.replace(b"MARK", str(mark).encode()), CUSTOMER)
        code = await asyncio.to_thread(caller.answer_to, b"INVITE")
        if code == 200:
            await watch.kind(ev.CallOffered)
            assert caller.bye() == 200
            await watch.ended()
    assert code in (200, 404, 484)
    await stage.home.settled()
    assert not mark.exists()
    assert not stage.ben.calls
    for event in watch.events:
        if isinstance(event, ev.CallOffered):
            assert set(event.did) <= set("+0123456789abcdefghijklmnopqrstuvwxyz._")


# ------------------------------------------------------------------------------------------- keys that are ours


async def test_keys_that_no_caller_has_change_nothing_in_a_menu(stage: Stage) -> None:
    watch = stage.home.listen()
    call = await stage.customer.call(MAIN)
    await call.confirmed()
    entered = await watch.kind(ev.MenuEntered)
    await call.keys("D A B C D")
    heard = await watch.kind(ev.PromptHeard)
    assert isinstance(heard, ev.PromptHeard)
    assert heard.whole
    site, book = stage.home.switchroom.site, stage.home.switchroom.book
    prompt = site.menus["main"].say
    assert prompt is not None
    said = phrases.spoken(site, prompt, "en")
    assert (heard.at - entered.at).total_seconds() > book.duration(said) - 0.2
    await call.keys("D C")
    await call.keys("2")
    # On a busy machine the menu may have spoken again meanwhile; what it heard then is no key.
    chosen = await watch.until(lambda event: isinstance(event, ev.KeysPressed) and bool(event.keys))
    assert isinstance(chosen, ev.KeysPressed)
    assert (chosen.keys, chosen.status) == ("2", "match")
    await call.hang_up()
    await check_the_end(stage, watch, "abandoned", "menu")


async def test_keys_that_no_caller_has_change_nothing_in_a_waiting_line(stage: Stage) -> None:
    watch = stage.home.listen()
    call = await stage.customer.call(SERVICE)
    await call.confirmed()
    queued = await watch.kind(ev.CallQueued)
    await call.keys("D w0.5 D A")
    told = await watch.kind(ev.PositionTold)
    site, book = stage.home.switchroom.site, stage.home.switchroom.book
    said = [phrases.phrase(site, "all_busy", "en"), phrases.position(site, 1, "en")]
    assert (told.at - queued.at).total_seconds() > sum(map(book.duration, said)) - 0.3
    await call.keys("B C D D")
    roster = stage.home.switchroom.roster
    roster.do("ben", Deed.LOG_IN)
    ringing = await stage.ben.incoming()
    await ringing.answer()
    await call.hang_up()
    roster.do("ben", Deed.LOG_OUT)
    await check_the_end(stage, watch, "answered", "")
    assert not [event for event in watch.events if isinstance(event, ev.KeysPressed | ev.CallLeftQueue)]
