"""The Conversation port's promises, kept alike by simulator, FastAGI and attendant: results, sound and time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ivr.conversation import NOTHING, HandedOver, Heard, Reply
from tests.contract.conversation_cases import (
    BYE,
    GONE,
    HELLO,
    JINGLE,
    Act,
    Case,
    case,
    check,
    doing,
    hang_up,
    keys,
    listen,
    record,
    replies,
    ring,
    say,
)
from tests.contract.conversations import Attendant, Medium

ANSWERED = HandedOver(Reply.ANSWERED, answered_by="bob", talked=40.0)
CUT_SHORT = HandedOver(Reply.CANCELLED, caller_gone=True)


# ---- playing


@pytest.mark.parametrize(
    "case",
    [
        case("nothing to say takes no time", keys(), [say()], [(NOTHING, 0.0)]),
        case("one after another", keys(), [say(HELLO, JINGLE)], [(NOTHING, 4.125)], played=(HELLO, JINGLE)),
        case("a key stops it", keys((0.5, "7")), [say(HELLO, JINGLE)], [(Heard("7"), 0.5)], played=(HELLO,)),
        case(
            "a key in the second",
            keys((2.125, "#")),
            [say(HELLO, JINGLE)],
            [(Heard("#"), 2.125)],
            played=(HELLO, JINGLE),
        ),
        case(
            "a key at the very end counts",
            keys((1.125, "7")),
            [say(HELLO), listen(5)],
            [(Heard("7"), 1.125), (NOTHING, 6.125)],
            played=(HELLO,),
        ),
        case(
            "a key a moment later is the next one's",
            keys((1.25, "7")),
            [say(HELLO), listen(5)],
            [(NOTHING, 1.125), (Heard("7"), 1.25)],
            played=(HELLO,),
        ),
        case(
            "keys are lost where they may not interrupt",
            keys((0.5, "7"), (1.0, "8"), (1.25, "9")),
            [say(HELLO, interruptible=False), listen(5)],
            [(NOTHING, 1.125), (Heard("9"), 1.25)],
            played=(HELLO,),
        ),
        case(
            "a key at the very end is lost there too",
            keys((1.125, "7")),
            [say(HELLO, interruptible=False), listen(2)],
            [(NOTHING, 1.125), (NOTHING, 3.125)],
            played=(HELLO,),
        ),
        case(
            "hanging up in the middle",
            keys(hangs_up_at=0.5),
            [say(HELLO, JINGLE), say(BYE)],
            [(GONE, 0.5), (GONE, 0.5)],
            played=(HELLO,),
        ),
        case(
            "hanging up where keys may not interrupt",
            keys((0.25, "1"), hangs_up_at=0.5),
            [say(HELLO, interruptible=False)],
            [(GONE, 0.5)],
            played=(HELLO,),
        ),
        case(
            "hanging up at the very end is noticed by what follows",
            keys(hangs_up_at=1.125),
            [say(HELLO), say(BYE)],
            [(NOTHING, 1.125), (GONE, 1.125)],
            played=(HELLO,),
        ),
        case(
            "a key and then the receiver",
            keys((0.5, "1"), hangs_up_at=0.75),
            [say(HELLO), say(BYE)],
            [(Heard("1"), 0.5), (GONE, 0.75)],
            played=(HELLO, BYE),
        ),
    ],
)
async def test_playing(medium: Medium, case: Case) -> None:
    await check(medium, case)


# ---- listening


@pytest.mark.parametrize(
    "case",
    [
        case("time runs out", keys(), [listen(2.5)], [(NOTHING, 2.5)]),
        case("no time at all", keys((1.0, "1")), [listen(0), listen(2)], [(NOTHING, 0.0), (Heard("1"), 1.0)]),
        case("longer than we look away", keys(), [listen(12.125)], [(NOTHING, 12.125)]),
        case("a key late in it", keys((11.0, "*")), [listen(12)], [(Heard("*"), 11.0)]),
        case("a key as time runs out", keys((2.5, "0")), [listen(2.5)], [(Heard("0"), 2.5)]),
        case("music takes no time", keys((1.0, "1")), [listen(5, music=True)], [(Heard("1"), 1.0)]),
        case(
            "each key is heard once",
            keys((1.0, "1"), (1.125, "1"), (4.0, "#")),
            [listen(5), listen(5), listen(5), listen(5)],
            [(Heard("1"), 1.0), (Heard("1"), 1.125), (Heard("#"), 4.0), (NOTHING, 9.0)],
        ),
        case("hanging up", keys(hangs_up_at=1.5), [listen(5), listen(5)], [(GONE, 1.5), (GONE, 1.5)]),
        case("hanging up under music", keys(hangs_up_at=1.5), [listen(5, music=True)], [(GONE, 1.5)]),
        case("no key after hanging up", keys((2.0, "1"), hangs_up_at=1.5), [listen(5)], [(GONE, 1.5)]),
    ],
)
async def test_listening(medium: Medium, case: Case) -> None:
    await check(medium, case)


# ---- handing over


@pytest.mark.parametrize(
    "case",
    [
        case("an answer and a talk", replies(ANSWERED), [ring()], [(ANSWERED, 40.0)], rung=(("alice", "bob"),)),
        case(
            "nobody answers as long as it rings",
            replies(HandedOver(Reply.NO_ANSWER)),
            [ring("alice", ring_for=15.0)],
            [(HandedOver(Reply.NO_ANSWER), 15.0)],
            rung=(("alice",),),
        ),
        *(
            case(
                f"{reply.value} is told at once",
                replies(HandedOver(reply)),
                [ring()],
                [(HandedOver(reply), 0.0)],
                rung=(("alice", "bob"),),
            )
            for reply in (Reply.BUSY, Reply.UNREACHABLE)
        ),
        case(
            "the caller is still there after a talk that the other side ended",
            replies(ANSWERED, presses=[(10.0, "1"), (41.0, "2")]),
            [ring(), say(BYE)],
            [(ANSWERED, 40.0), (Heard("2"), 41.0)],
            rung=(("alice", "bob"),),
            played=(BYE,),
        ),
        case(
            "keys pressed while it rings are not for us",
            replies(HandedOver(Reply.NO_ANSWER), presses=[(3.0, "1"), (20.0, "2")]),
            [ring(), listen(1)],
            [(HandedOver(Reply.NO_ANSWER), 20.0), (NOTHING, 21.0)],
            rung=(("alice", "bob"),),
        ),
        case(
            "the caller gives up while it rings",
            replies(HandedOver(Reply.NO_ANSWER), hangs_up_at=5.0),
            [ring(), say(BYE)],
            [(CUT_SHORT, 5.0), (GONE, 5.0)],
            rung=(("alice", "bob"),),
        ),
        case(
            "the caller ends the talk",
            replies(ANSWERED, hangs_up_at=5.0),
            [ring(), say(BYE)],
            [(replace(ANSWERED, talked=5.0, caller_gone=True), 5.0), (GONE, 5.0)],
            rung=(("alice", "bob"),),
        ),
        case(
            "one phone after another",
            replies(HandedOver(Reply.BUSY), HandedOver(Reply.NO_ANSWER), ANSWERED),
            [ring("alice"), ring("carol", ring_for=10.0), ring("bob")],
            [(HandedOver(Reply.BUSY), 0.0), (HandedOver(Reply.NO_ANSWER), 10.0), (ANSWERED, 50.0)],
            rung=(("alice",), ("carol",), ("bob",)),
        ),
    ],
)
async def test_handing_over(medium: Medium, case: Case) -> None:
    await check(medium, case)


# ---- hanging up


@pytest.mark.parametrize(
    "act",
    [pytest.param(say(HELLO), id="play"), pytest.param(listen(1), id="listen"), pytest.param(record(), id="record")],
)
async def test_after_our_hangup_the_caller_is_gone(medium: Medium, act: Act) -> None:
    acts = (listen(1), hang_up(), act, hang_up(), hang_up())
    await check(medium, Case(keys(), acts, ((NOTHING, 1.0), (None, 1.0), (GONE, 1.0), (None, 1.0), (None, 1.0))))


@pytest.mark.parametrize("hangs_up_at", [pytest.param(1.0, id="caller"), pytest.param(None, id="us")])
async def test_whoever_is_gone_is_connected_with_nobody(medium: Medium, hangs_up_at: float | None) -> None:
    acts = (listen(1) if hangs_up_at is None else listen(2), hang_up(), ring())
    came = await medium(replies(ANSWERED, hangs_up_at=hangs_up_at), doing(acts))
    # pyst2 remembers nothing, so the attendant dials, and Dial says that nobody is there.
    assert came.result[-1] in ((GONE, 1.0), (CUT_SHORT, 1.0))
    assert came.rung == () or isinstance(medium, Attendant)


async def test_hanging_up_on_a_caller_who_is_gone_is_harmless(medium: Medium) -> None:
    acts = (listen(2), hang_up(), hang_up())
    await check(medium, Case(keys(hangs_up_at=1.0), acts, ((GONE, 1.0), (None, 1.0), (None, 1.0))))
