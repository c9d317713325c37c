"""Taking a message, alike on all media: what is kept, what is said, which keys do what, and how long it takes."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr import phrases
from ivr.conversation import Conversation, EndedBy, Recording, Taken, Taking, Utterance
from ivr.message import MOST_TURNS, Message, take_message
from ivr.simulator import Simulator
from ivr.speech.spoken import Spoken
from ivr.steps import KeysPressed, Step
from tests.contract.conversations import Agi, Came, Medium, Scene, seconds_of, simulated
from tests.ivr.ivr_sites import site

SITE = site({"main": {"say": "Main.", "keys": {1: "sales"}}}, company={"name": "Test", "languages": ["en"]})
HELLO = Spoken("Good day, leave a message.", "en")
QUESTION = phrases.phrase(SITE, "review_message", "en")
SHORT = phrases.phrase(SITE, "message_too_short", "en")
REFUSED = phrases.phrase(SITE, "cannot_record", "en")

#: How long they last; the tone lasts no time here.
H, Q, S = seconds_of(HELLO), seconds_of(QUESTION), seconds_of(SHORT)
#: A caller has so long to press the first key.
PATIENCE = 5.0
TAKING = Taking(longest=20.0, silence=3.0)
LEAST = 1.0
#: When the question has been asked of who speaks for four seconds.
ASKED = H + 4.0 + Q
FOUR = ((H + 4.0, "#"),)


@dataclass(frozen=True)
class Outcome:
    """What came of taking a message; recordings are named by their number, the first is 1."""

    message: Message
    keys: tuple[tuple[str, str], ...]
    #: The recordings that are there afterwards.
    there: tuple[str, ...]


async def taking(scene: Scene, medium: Medium, *, review: bool = True) -> Came[Outcome]:
    """Take a message of the scene's caller."""

    async def work(caller: Conversation) -> Outcome:
        steps: list[Step] = []
        paths: list[str] = []

        async def began(path: str) -> None:
            assert not isinstance(caller, Simulator) or path not in caller.recorded
            paths.append(path)

        message = await take_message(
            caller, SITE, "en",
            greeting=[HELLO], taking=TAKING, least=LEAST, review=review, began=began, note=steps.append,
        )  # fmt: skip
        names = {path: str(number) for number, path in enumerate(paths, start=1)}
        if message.recording is not None:
            message = replace(message, recording=replace(message.recording, path=names[message.recording.path]))
        files = caller.recorded if isinstance(caller, Simulator) else await asyncio.to_thread(_those_there, paths)
        keys = tuple((step.keys, step.status) for step in steps if isinstance(step, KeysPressed))
        return Outcome(message, keys, tuple(names[path] for path in files))

    return await medium(scene, work)


def _those_there(paths: Sequence[str]) -> list[str]:
    return [path for path in paths if Path(path).exists()]


@dataclass(frozen=True)
class Case:
    scene: Scene
    message: Message
    elapsed: float
    played: tuple[Utterance, ...]
    keys: tuple[str, ...] = ()
    review: bool = True


def case(
    name: str,
    presses: Sequence[tuple[float, str]],
    message: Message,
    elapsed: float,
    *played: Utterance,
    keys: str = "",
    hangs_up_at: float | None = None,
    speaks: float = 10_000.0,
    room: float = 10_000.0,
    review: bool = True,
) -> object:
    """`keys` are what was made of each answer: a key, or `-` for silence."""
    scene = Scene(tuple(presses), hangs_up_at, speaks=speaks, room=room)
    told = tuple("" if key == "-" else key for key in keys)
    return pytest.param(Case(scene, message, elapsed, (HELLO, *played), told, review), id=name)


def kept(name: str, seconds: float, by: EndedBy = EndedBy.KEY, **more: bool) -> Message:
    return Message(Recording(name, seconds, by), **more)


def own(seconds: float) -> Taken:
    return Taken("", seconds)


NOTHING_KEPT = Message(None, empty=True, gone=True)
BY_HAND = EndedBy.HANGUP

RECORDED = [
    case("hash, and silence keeps it", FOUR, kept("1", 4.0), ASKED + PATIENCE, QUESTION, keys="-"),
    case(
        "trailing silence, a second of which stays", (), kept("1", 5.0, EndedBy.SILENCE),
        H + 7.0 + Q + PATIENCE, QUESTION, keys="-", speaks=4.0,
    ),
    case(
        "the limit", (), kept("1", 20.0, EndedBy.LONGEST), H + 20.0 + Q + PATIENCE, QUESTION, keys="-",
    ),
    case("no review", FOUR, kept("1", 4.0), H + 4.0, review=False),
    case("a key cuts the greeting", ((0.5, "5"), (4.5, "#")), kept("1", 4.0), 4.5, review=False),
    case(
        "nobody speaks: nothing is asked", (), kept("1", 1.0, EndedBy.SILENCE, empty=True), H + 3.0, speaks=0.0,
    ),
    case(
        "a click is no word", (), kept("1", 1.5, EndedBy.SILENCE, empty=True), H + 3.5, speaks=0.5,
    ),
    case(
        "one word is one", (), kept("1", 1.625, EndedBy.SILENCE), H + 3.625 + Q + PATIENCE, QUESTION,
        keys="-", speaks=0.625,
    ),
]  # fmt: skip

TOO_SHORT = [
    case(
        "once", ((H + 0.5, "#"), (H + 0.5 + S + 3.0, "#")), kept("2", 3.0),
        H + 3.5 + S + Q + PATIENCE, SHORT, QUESTION, keys="-",
    ),
    case(
        "the least length is enough", ((H + 1.0, "#"),), kept("1", 1.0), H + 1.0 + Q + PATIENCE, QUESTION, keys="-",
    ),
    case(
        "three times: taken as it is, and nothing is asked",
        ((H + 0.5, "#"), (H + S + 1.0, "#"), (H + 2 * S + 1.25, "#")),
        kept("3", 0.25, empty=True), H + 2 * S + 1.25, SHORT, SHORT,
    ),
    case(
        "then silence", ((H + 0.5, "#"),), kept("2", 1.0, EndedBy.SILENCE, empty=True),
        H + 3.5 + S, SHORT, speaks=0.0,
    ),
    case(
        "also without review", ((H + 0.5, "#"), (H + 0.5 + S + 3.0, "#")), kept("2", 3.0),
        H + 3.5 + S, SHORT, review=False,
    ),
    case(
        "gone while told so", ((H + 0.5, "#"),), kept("1", 0.5, gone=True, empty=True), H + 1.0, SHORT,
        hangs_up_at=H + 1.0,
    ),
    case(
        "gone in the next", ((H + 0.5, "#"),), kept("2", 3.0, BY_HAND, gone=True), H + 3.5 + S, SHORT,
        hangs_up_at=H + 3.5 + S,
    ),
]  # fmt: skip

REVIEW = [
    case("1 keeps it", (*FOUR, (ASKED + 1, "1")), kept("1", 4.0), ASKED + 1, QUESTION, keys="1"),
    case("1 in the question", (*FOUR, (ASKED - 1, "1")), kept("1", 4.0), ASKED - 1, QUESTION, keys="1"),
    case(
        "2 plays it and asks again", (*FOUR, (ASKED + 1, "2"), (ASKED + 6 + Q, "1")), kept("1", 4.0),
        ASKED + 6 + Q, QUESTION, own(4.0), QUESTION, keys="21",
    ),
    case(
        "a key stops the playing and is the answer", (*FOUR, (ASKED + 1, "2"), (ASKED + 2, "1")), kept("1", 4.0),
        ASKED + 2, QUESTION, own(4.0), keys="21",
    ),
    case(
        "3 records it anew", (*FOUR, (ASKED + 1, "3"), (ASKED + 3, "#"), (ASKED + 3 + Q, "1")), kept("2", 2.0),
        ASKED + 3 + Q, QUESTION, QUESTION, keys="31",
    ),
    case(
        "2 after 3 plays the new one",
        (*FOUR, (ASKED + 1, "3"), (ASKED + 3, "#"), (ASKED + 3 + Q, "2")), kept("2", 2.0),
        ASKED + 3 + Q + 2 + Q + PATIENCE, QUESTION, QUESTION, own(2.0), QUESTION, keys="32-",
    ),
    case(
        "the new one is too short three times: the old one stays",
        (*FOUR, (ASKED, "3"), (ASKED + 0.5, "#"), (ASKED + 0.75 + S, "#"), (ASKED + 1.0 + 2 * S, "#")),
        kept("1", 4.0), ASKED + 1.0 + 2 * S + Q + PATIENCE, QUESTION, SHORT, SHORT, QUESTION, keys="3-",
    ),
    case(
        "nothing is said anew: the old one stays, and nothing more is asked",
        ((H + 2.0, "#"), (H + 2.0 + Q, "3")), kept("1", 2.0), H + 5.0 + Q, QUESTION, keys="3", speaks=0.0,
    ),
    *(
        case(
            f"{key} is asked again", (*FOUR, (ASKED + 1, key)), kept("1", 4.0), ASKED + 1 + Q + PATIENCE,
            QUESTION, QUESTION, keys=f"{key}-",
        )
        for key in "0456789*#"
    ),
    case(
        "nobody is asked for ever", (*FOUR, *((H + 4.0 + n / 8, "9") for n in range(1, 20))), kept("1", 4.0),
        H + 4.0 + MOST_TURNS / 8, *([QUESTION] * MOST_TURNS), keys="9" * MOST_TURNS,
    ),
]  # fmt: skip

HUNG_UP = [
    case("in the greeting", (), NOTHING_KEPT, 0.5, hangs_up_at=0.5),
    case("before the tone", (), NOTHING_KEPT, H, hangs_up_at=H),
    case("in the message", (), kept("1", 3.0, BY_HAND, gone=True), H + 3.0, hangs_up_at=H + 3.0),
    case(
        "in the silence behind it", (), kept("1", 5.0, BY_HAND, gone=True), H + 5.0, speaks=4.0, hangs_up_at=H + 5.0,
    ),
    case(
        "in the question", FOUR, kept("1", 4.0, gone=True), ASKED - 1, QUESTION, hangs_up_at=ASKED - 1,
    ),
    case(
        "behind the question", FOUR, kept("1", 4.0, gone=True), ASKED + 1, QUESTION, hangs_up_at=ASKED + 1,
    ),
    case(
        "while he listens", (*FOUR, (ASKED, "2")), kept("1", 4.0, gone=True), ASKED + 1, QUESTION, own(4.0),
        keys="2", hangs_up_at=ASKED + 1,
    ),
    case(
        "in the new one, which is long enough", (*FOUR, (ASKED, "3")), kept("2", 1.5, BY_HAND, gone=True),
        ASKED + 1.5, QUESTION, keys="3", hangs_up_at=ASKED + 1.5,
    ),
    case(
        "in the new one, which is not", (*FOUR, (ASKED, "3")), kept("1", 4.0, gone=True), ASKED + 0.5, QUESTION,
        keys="3", hangs_up_at=ASKED + 0.5,
    ),
]  # fmt: skip

NO_ROOM = [
    case(
        "none at all", (), Message(None, empty=True, refused=True), H + seconds_of(REFUSED), REFUSED, room=-1.0,
    ),
    case(
        "full in the middle", FOUR, kept("1", 2.5, refused=True), H + 4.0 + seconds_of(REFUSED), REFUSED, room=2.5,
    ),
    case(
        "the new one is cut: the old one stays whole",
        (*((H + 2.0, "#"),), (H + 2.0 + Q, "3"), (H + 6.0 + Q, "#")), kept("1", 2.0, refused=True),
        H + 6.0 + Q + seconds_of(REFUSED), QUESTION, REFUSED, keys="3", room=2.5,
    ),
    case(
        "gone while told so", (), Message(None, empty=True, gone=True, refused=True), H + 0.5, REFUSED, room=-1.0,
        hangs_up_at=H + 0.5,
    ),
]  # fmt: skip


async def check(case: Case, medium: Medium) -> None:
    came = await taking(case.scene, medium, review=case.review)
    assert came.result.message == case.message
    assert came.elapsed == case.elapsed
    assert came.played == case.played
    assert tuple(keys for keys, _ in came.result.keys) == case.keys
    assert came.result.there == ((case.message.recording.path,) if case.message.recording else ())


@pytest.mark.parametrize("case", RECORDED)
async def test_recorded(case: Case, medium: Medium) -> None:
    await check(case, medium)


@pytest.mark.parametrize("case", TOO_SHORT)
async def test_too_short(case: Case, medium: Medium) -> None:
    await check(case, medium)


@pytest.mark.parametrize("case", REVIEW)
async def test_review(case: Case, medium: Medium) -> None:
    await check(case, medium)


@pytest.mark.parametrize("case", HUNG_UP)
async def test_hung_up(case: Case, medium: Medium) -> None:
    await check(case, medium)


@pytest.mark.parametrize("case", NO_ROOM)
async def test_no_room(case: Case, medium: Medium) -> None:
    await check(case, medium)


# ---- whatever is pressed


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


EIGHTHS = st.integers(1, 480).map(lambda eighths: eighths / 8)
SCENES = st.builds(
    Scene,
    st.lists(st.tuples(EIGHTHS, st.sampled_from("123#9")), max_size=16).map(lambda keys: tuple(sorted(keys))),
    st.none() | EIGHTHS,
    speaks=st.sampled_from([0.0, 0.5, 0.625, 2.0, 10_000.0]),
    room=st.sampled_from([-1.0, 2.0, 10_000.0, 10_000.0, 10_000.0]),
)


@settings(max_examples=60, deadline=None)
@given(scene=SCENES, review=st.booleans())
def test_any_message_is_the_same_on_the_telephone(runner: asyncio.Runner, scene: Scene, review: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        telephone = Agi(Path(folder))
        assert runner.run(taking(scene, telephone, review=review)) == runner.run(
            taking(scene, simulated, review=review)
        )


@settings(max_examples=200, deadline=None)
@given(scene=SCENES, review=st.booleans())
def test_one_recording_is_left_at_most_and_it_is_the_one_returned(
    runner: asyncio.Runner, scene: Scene, review: bool
) -> None:
    came = runner.run(taking(scene, simulated, review=review)).result
    assert came.there == ((came.message.recording.path,) if came.message.recording else ())
    assert came.message.recording is None or came.message.recording.seconds > 0
    assert len(came.keys) <= MOST_TURNS
