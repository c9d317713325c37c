"""The Conversation port's promises, kept alike by simulator, FastAGI and attendant: results, sound and time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from ivr.conversation import (
    NOTHING,
    CallerGone,
    Conversation,
    HandedOver,
    HandOver,
    Heard,
    Recorded,
    Recording,
    Reply,
    Taking,
    Utterance,
)
from ivr.speech.spoken import Spoken
from tests.contract.conversations import Agi, Attendant, Medium, Scene, simulated

Act = Callable[[Conversation], Awaitable[object]]

HELLO = Spoken("Good day, good day.", "en")  # 9 eighths
BYE = Spoken("Thanks and goodbye.", "en")  # 9 eighths
JINGLE = Recorded("jingle", "lt")  # 3 seconds
GONE = "caller gone"
ANSWERED = HandedOver(Reply.ANSWERED, answered_by="bob", talked=40.0)
CUT_SHORT = HandedOver(Reply.CANCELLED, caller_gone=True)


@pytest.fixture(params=["simulator", "agi", "agi with HANGUP lines", "attendant"])
def medium(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Medium:
    """Every medium there is; no promise may depend on which."""
    media: dict[str, Medium] = {
        "simulator": simulated,
        "agi": Agi(tmp_path),
        "agi with HANGUP lines": Agi(tmp_path, hangup_lines=True),
        "attendant": Attendant(tmp_path, monkeypatch),
    }
    return media[request.param]


@pytest.fixture(params=["agi", "attendant"])
def telephone(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Medium:
    """The media on which somebody really speaks."""
    return Agi(tmp_path) if request.param == "agi" else Attendant(tmp_path, monkeypatch)


def say(*utterances: Utterance, interruptible: bool = True) -> Act:
    return lambda caller: caller.play(utterances, interruptible=interruptible)


def listen(seconds: float, *, music: bool = False) -> Act:
    return lambda caller: caller.listen(seconds, music=music)


def record(longest: float = 30.0, silence: float = 5.0, *, beep: bool = True) -> Act:
    return lambda caller: caller.record(Taking(longest, silence, beep))


def ring(*phones: str, ring_for: float = 20.0) -> Act:
    return lambda caller: caller.hand_over(HandOver(phones or ("alice", "bob"), ring_for))


def hang_up() -> Act:
    return lambda caller: caller.hangup()


def doing(acts: Sequence[Act]) -> Callable[[Conversation], Awaitable[list[tuple[object, float]]]]:
    """Do one act after another; note what came of each and how late it was then."""

    async def work(caller: Conversation) -> list[tuple[object, float]]:
        came: list[tuple[object, float]] = []
        for act in acts:
            try:
                result = await act(caller)
            except CallerGone:
                result = GONE
            if isinstance(result, Recording):
                result = replace(result, path="")
            came.append((result, caller.elapsed))
        return came

    return work


@dataclass(frozen=True)
class Case:
    """A scene, what is done to its caller, and what comes of each act: (result, seconds since the beginning)."""

    scene: Scene
    acts: tuple[Act, ...]
    came: tuple[tuple[object, float], ...]
    played: tuple[Utterance, ...] = ()
    rung: tuple[tuple[str, ...], ...] = ()


def case(name: str, scene: Scene, acts: Sequence[Act], came: Sequence[tuple[object, float]], **more: object) -> object:
    return pytest.param(Case(scene, tuple(acts), tuple(came), **more), id=name)  # type: ignore[arg-type]  # played, rung


async def check(medium: Medium, case: Case) -> None:
    came = await medium(case.scene, doing(case.acts))
    assert came.result == list(case.came)
    assert came.played == case.played
    assert came.rung == case.rung


def keys(*presses: tuple[float, str], hangs_up_at: float | None = None) -> Scene:
    return Scene(presses, hangs_up_at)


def replies(*handed: HandedOver, hangs_up_at: float | None = None, presses: Sequence[tuple[float, str]] = ()) -> Scene:
    return Scene(tuple(presses), hangs_up_at, handed)


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


# ---- recording


@pytest.mark.parametrize(
    "case",
    [
        case("until the limit", keys(), [record(30.0)], [(Recording("", 30.0), 30.0)]),
        case("hash ends it", keys((7.0, "#")), [record()], [(Recording("", 7.0), 7.0)]),
        case("other keys do not", keys((3.0, "5"), (4.0, "*"), (7.0, "#")), [record()], [(Recording("", 7.0), 7.0)]),
        case("no beep", keys((7.0, "#")), [record(beep=False)], [(Recording("", 7.0), 7.0)]),
        case(
            "keys pressed in it are not heard again",
            keys((3.0, "5"), (7.0, "#")),
            [record(), listen(2.0)],
            [(Recording("", 7.0), 7.0), (NOTHING, 9.0)],
        ),
        case(
            "hanging up leaves what was said",
            keys(hangs_up_at=12.0),
            [record(), listen(1)],
            [(Recording("", 12.0, gone=True), 12.0), (GONE, 12.0)],
        ),
        case(
            "hanging up after a key",
            keys((3.0, "5"), hangs_up_at=12.0),
            [record()],
            [(Recording("", 12.0, gone=True), 12.0)],
        ),
        case(
            "nothing is recorded of a caller who is gone",
            keys(hangs_up_at=1.0),
            [listen(2), record()],
            [(GONE, 1.0)] * 2,
        ),
    ],
)
async def test_recording(medium: Medium, case: Case) -> None:
    await check(medium, case)


async def test_silence_ends_a_recording(telephone: Medium) -> None:
    await check(telephone, Case(Scene(speaks=4.0), (record(silence=3.0),), ((Recording("", 7.0), 7.0),)))


async def test_a_message_lies_where_it_is_said_to(telephone: Medium, tmp_path: Path) -> None:
    came = await telephone(keys((2.0, "#")), lambda caller: caller.record(Taking()))
    assert came.result == Recording(str(tmp_path / "message.wav"), 2.0)
    assert (tmp_path / "message.wav").stat().st_size == 44 + 2 * 16_000


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
