"""The simulator: a caller on virtual time, and the script of the keys."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.conversation import NOTHING, CallerGone, HandedOver, HandOver, Heard, Recorded, Reply, Taking
from ivr.simulator import BadScript, Press, Simulator, Sound, guess_duration, script
from ivr.speech.spoken import Spoken
from tests.ivr.ivr_sites import finish

HELLO = Spoken("Hello.", "en")
JINGLE = Recorded("jingle", "en")
RING = HandOver(("alice", "bob"), ring_for=20.0)


def caller(*presses: tuple[float, str], hangs_up_at: float | None = None, **more: object) -> Simulator:
    """A caller to whom everything said takes two seconds."""
    return Simulator([Press(*p) for p in presses], hangs_up_at=hangs_up_at, duration=lambda _: 2.0, **more)  # type: ignore[arg-type]  # replies only


# ---- scripts


@pytest.mark.parametrize(
    ("text", "presses"),
    [
        pytest.param("", (), id="nothing"),
        pytest.param("1", ((0.4, "1"),), id="one key"),
        pytest.param("12", ((0.4, "1"), (0.8, "2")), id="two keys in a word"),
        pytest.param("1, 2", ((0.4, "1"), (0.8, "2")), id="commas are blanks"),
        pytest.param("1 w5 2", ((0.4, "1"), (5.8, "2")), id="a wait"),
        pytest.param("w0.5 *#", ((0.9, "*"), (1.3, "#")), id="half a second, star and hash"),
        pytest.param("w1 w2 0", ((3.4, "0"),), id="waits add up"),
        pytest.param("1 w9999", ((0.4, "1"),), id="a wait at the end"),
    ],
)
def test_scripts(text: str, presses: tuple[tuple[float, str], ...]) -> None:
    assert script(text) == tuple(Press(at, key) for at, key in presses)


@pytest.mark.parametrize(
    "text",
    ["a", "1 x", "w", "wx", "w-5 1", "winf", "wnan", "w1e9", "w1_0", "w99999", "W5", "١", "1" * 201],
    ids=lambda text: text[:8],
)
def test_bad_scripts(text: str) -> None:
    with pytest.raises(BadScript):
        script(text)


def test_a_script_may_have_200_keys() -> None:
    assert len(script("5" * 200)) == 200


@given(st.text("0123456789*#w. ", max_size=60))
def test_a_script_never_goes_back_in_time(text: str) -> None:
    try:
        presses = script(text)
    except BadScript:
        return
    assert list(presses) == sorted(presses, key=lambda press: press.at)
    assert all(press.at > 0 for press in presses)


# ---- playing and listening


def test_what_is_played_takes_its_time_and_is_remembered() -> None:
    one = caller()
    assert finish(one.play([HELLO, JINGLE])) == NOTHING
    assert one.elapsed == 4.0
    assert one.heard == [Sound(0.0, HELLO, 2.0, whole=True), Sound(2.0, JINGLE, 2.0, whole=True)]


def test_a_key_stops_what_is_played_and_what_was_to_follow() -> None:
    one = caller((0.5, "7"))
    assert finish(one.play([HELLO, JINGLE])) == Heard("7")
    assert one.elapsed == 0.5
    assert one.heard == [Sound(0.0, HELLO, 0.5, whole=False)]


def test_what_cannot_be_interrupted_is_heard_to_its_end_and_the_key_is_lost() -> None:
    one = caller((0.5, "7"), (2.5, "8"))
    assert finish(one.play([HELLO], interruptible=False)) == NOTHING
    assert finish(one.listen(5.0)) == Heard("8")
    assert one.elapsed == 2.5


def test_listening_ends_with_the_first_key_or_with_time() -> None:
    one = caller((1.0, "1"), (1.2, "2"))
    assert finish(one.listen(5.0)) == Heard("1")
    assert finish(one.listen(0.1)) == NOTHING
    assert finish(one.listen(5.0, music=True)) == Heard("2")
    assert finish(one.listen(5.0)) == NOTHING
    assert one.elapsed == pytest.approx(6.2)


def test_how_long_is_guessed() -> None:
    assert guess_duration(Spoken("x" * 30, "en")) == 2.0
    assert guess_duration(Spoken("x", "en")) == 0.5
    assert guess_duration(JINGLE) == 3.0


# ---- hanging up


async def play(one: Simulator) -> object:
    return await one.play([HELLO])


async def listen(one: Simulator) -> object:
    return await one.listen(5.0)


async def record(one: Simulator) -> object:
    return await one.record(Taking(), one.recording_path())


async def hand_over(one: Simulator) -> object:
    return await one.hand_over(RING)


DEEDS = pytest.mark.parametrize("deed", [play, listen, record, hand_over], ids=lambda deed: deed.__name__)


@DEEDS
def test_nothing_can_be_done_to_a_caller_who_is_gone(deed: Callable[[Simulator], Awaitable[object]]) -> None:
    one = caller(hangs_up_at=1.0)
    with pytest.raises(CallerGone):
        finish(one.listen(3.0))
    assert one.elapsed == 1.0
    with pytest.raises(CallerGone):
        finish(_call(deed, one))


@DEEDS
def test_nothing_can_be_done_after_we_hung_up(deed: Callable[[Simulator], Awaitable[object]]) -> None:
    one = caller()
    finish(one.hangup())
    finish(one.hangup())
    assert one.ended
    with pytest.raises(CallerGone):
        finish(_call(deed, one))


async def _call(deed: Callable[[Simulator], Awaitable[object]], one: Simulator) -> object:
    return await deed(one)


def test_who_hangs_up_while_something_is_played_heard_a_part_of_it() -> None:
    one = caller(hangs_up_at=0.5)
    with pytest.raises(CallerGone):
        finish(one.play([HELLO]))
    assert one.heard == [Sound(0.0, HELLO, 0.5, whole=False)]


def test_a_key_pressed_after_hanging_up_is_no_key() -> None:
    one = caller((1.5, "1"), hangs_up_at=1.0)
    with pytest.raises(CallerGone):
        finish(one.listen(5.0))


# ---- messages


@pytest.mark.parametrize(
    ("presses", "hangs_up_at", "seconds", "gone"),
    [
        pytest.param([], None, 30.0, False, id="until the limit"),
        pytest.param([(7.0, "#")], None, 7.0, False, id="hash ends it"),
        pytest.param([(3.0, "5"), (4.0, "*"), (7.0, "#")], None, 7.0, False, id="other keys do not"),
        pytest.param([], 12.0, 12.0, True, id="hanging up leaves what was said"),
        pytest.param([(3.0, "5")], 12.0, 12.0, True, id="hanging up after a key"),
    ],
)
def test_messages(presses: list[tuple[float, str]], hangs_up_at: float | None, seconds: float, gone: bool) -> None:
    one = caller(*presses, hangs_up_at=hangs_up_at)
    recording = finish(one.record(Taking(longest=30.0), one.recording_path()))
    assert (recording.seconds, recording.gone, one.elapsed) == (seconds, gone, seconds)


# ---- handing over


ANSWERED = HandedOver(Reply.ANSWERED, answered_by="bob", talked=40.0)
SILENT = HandedOver(Reply.NO_ANSWER)


@pytest.mark.parametrize(
    ("replies", "hangs_up_at", "handed", "elapsed"),
    [
        pytest.param([], None, HandedOver(Reply.ANSWERED, answered_by="alice"), 0.0, id="the first phone answers"),
        pytest.param([ANSWERED], None, ANSWERED, 40.0, id="a conversation takes its time"),
        pytest.param([SILENT], None, SILENT, 20.0, id="nobody answers as long as it rings"),
        pytest.param([HandedOver(Reply.BUSY)], None, HandedOver(Reply.BUSY), 0.0, id="busy is told at once"),
        pytest.param([SILENT], 5.0, HandedOver(Reply.CANCELLED, caller_gone=True), 5.0, id="gone while it rings"),
        pytest.param(
            [ANSWERED],
            5.0,
            HandedOver(Reply.ANSWERED, answered_by="bob", talked=5.0, caller_gone=True),
            5.0,
            id="gone while talking",
        ),
    ],
)
def test_handing_over(replies: list[HandedOver], hangs_up_at: float | None, handed: HandedOver, elapsed: float) -> None:
    one = caller(hangs_up_at=hangs_up_at, replies=replies)
    assert (finish(one.hand_over(RING)), one.elapsed) == (handed, elapsed)
    assert one.rung == [RING]


def test_replies_come_in_their_order() -> None:
    one = caller(replies=[SILENT, ANSWERED])
    assert [finish(one.hand_over(RING)).reply for _ in range(3)] == [Reply.NO_ANSWER, Reply.ANSWERED, Reply.ANSWERED]


def test_a_caller_said_to_be_gone_is_gone() -> None:
    one = caller(replies=[HandedOver(Reply.ANSWERED, talked=3.0, caller_gone=True)])
    assert finish(one.hand_over(RING)).caller_gone
    with pytest.raises(CallerGone):
        finish(one.play([HELLO]))


def test_keys_pressed_while_talking_are_not_for_us() -> None:
    one = caller((10.0, "1"), (41.0, "2"), replies=[ANSWERED])
    finish(one.hand_over(RING))
    assert finish(one.listen(5.0)) == Heard("2")
