"""The Conversation port's promises about recordings, kept alike by all media: what is stored, where, and when not."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from ivr.agi import message_file
from ivr.conversation import (
    NOTHING,
    CallerGone,
    CannotRecord,
    Conversation,
    EndedBy,
    Heard,
    Recording,
    Taken,
    Taking,
)
from tests.contract.conversation_cases import BYE, GONE, Case, case, check, keys, listen, record
from tests.contract.conversations import Attendant, Medium, Scene


@pytest.mark.parametrize(
    "case",
    [
        case("until the limit", keys(), [record(30.0)], [(Recording("", 30.0, EndedBy.LONGEST), 30.0)]),
        case("hash ends it", keys((7.0, "#")), [record()], [(Recording("", 7.0, EndedBy.KEY), 7.0)]),
        case(
            "other keys do not",
            keys((3.0, "5"), (4.0, "*"), (7.0, "#")),
            [record()],
            [(Recording("", 7.0, EndedBy.KEY), 7.0)],
        ),
        case("no beep", keys((7.0, "#")), [record(beep=False)], [(Recording("", 7.0, EndedBy.KEY), 7.0)]),
        case(
            "keys pressed in it are not heard again",
            keys((3.0, "5"), (7.0, "#")),
            [record(), listen(2.0)],
            [(Recording("", 7.0, EndedBy.KEY), 7.0), (NOTHING, 9.0)],
        ),
        case(
            "hanging up leaves what was said",
            keys(hangs_up_at=12.0),
            [record(), listen(1)],
            [(Recording("", 12.0, EndedBy.HANGUP), 12.0), (GONE, 12.0)],
        ),
        case(
            "hanging up after a key",
            keys((3.0, "5"), hangs_up_at=12.0),
            [record()],
            [(Recording("", 12.0, EndedBy.HANGUP), 12.0)],
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


@pytest.mark.parametrize(
    "case",
    [
        case(
            "a second of the silence stays",
            Scene(speaks=4.0),
            [record(silence=3.0), record(silence=1.0)],
            [(Recording("", 5.0, EndedBy.SILENCE), 7.0), (Recording("", 5.0, EndedBy.SILENCE), 12.0)],
        ),
        case(
            "nobody speaks",
            Scene(speaks=0.0),
            [record(silence=3.0)],
            [(Recording("", 1.0, EndedBy.SILENCE), 3.0)],
        ),
        case(
            "hash comes first",
            Scene(((6.0, "#"),), speaks=4.0),
            [record(silence=3.0)],
            [(Recording("", 6.0, EndedBy.KEY), 6.0)],
        ),
        case(
            "the limit comes first",
            Scene(speaks=4.0),
            [record(6.0, silence=3.0)],
            [(Recording("", 6.0, EndedBy.LONGEST), 6.0)],
        ),
        case(
            "silence is no end where nobody asks for it",
            Scene(speaks=4.0),
            [record(20.0, silence=0.0)],
            [(Recording("", 20.0, EndedBy.LONGEST), 20.0)],
        ),
    ],
)
async def test_silence_ends_a_recording(medium: Medium, case: Case) -> None:
    await check(medium, case)


@pytest.mark.parametrize(
    ("ended_by", "said"),
    [(EndedBy.KEY, 5.0), (EndedBy.LONGEST, 5.0), (EndedBy.HANGUP, 5.0), (EndedBy.SILENCE, 4.0)],
    ids=str,
)
def test_what_was_said_is_all_but_the_silence_that_ended_it(ended_by: EndedBy, said: float) -> None:
    assert Recording("", 5.0, ended_by).said == said
    assert Recording("", 0.25, ended_by).said in (0.25, 0.0)


async def taken_and_heard(caller: Conversation) -> list[Heard]:
    """Take a message and play it twice."""
    recording = await caller.record(Taking(), caller.recording_path())
    taken = Taken(recording.path, recording.seconds)
    return [await caller.play([taken]), await caller.play([taken])]


async def test_a_message_can_be_played_and_a_key_stops_it(medium: Medium) -> None:
    came = await medium(keys((4.0, "#"), (9.0, "7")), taken_and_heard)
    assert came.result == [NOTHING, Heard("7")]
    assert came.played == (Taken("", 4.0),) * 2
    assert came.elapsed == 9.0


async def test_every_recording_has_a_place_of_its_own_which_is_known_before(medium: Medium) -> None:
    async def work(caller: Conversation) -> tuple[list[str], list[str]]:
        paths = [caller.recording_path() for _ in range(3)]
        return paths, [(await caller.record(Taking(), path)).path for path in paths]

    named, taken = (await medium(keys((2.0, "#"), (4.0, "#"), (6.0, "#")), work)).result
    assert taken == named
    assert len(set(named)) == 3
    assert all(path.endswith(".wav") for path in named)


async def test_a_message_lies_where_it_is_said_to_until_it_is_discarded(telephone: Medium, tmp_path: Path) -> None:
    async def work(caller: Conversation) -> list[int]:
        file = Path((await caller.record(Taking(), caller.recording_path())).path)
        sizes = [await asyncio.to_thread(lambda: file.stat().st_size)]
        await caller.discard(str(file))
        await caller.discard(str(file))
        return sizes

    came = await telephone(keys((2.0, "#")), work)
    assert came.result == [44 + 2 * 16_000]
    assert await asyncio.to_thread(lambda: list(tmp_path.iterdir())) == []


async def test_what_cannot_be_removed_does_not_end_the_call(telephone: Medium, tmp_path: Path) -> None:
    async def work(caller: Conversation) -> Heard:
        path = Path(caller.recording_path())
        await asyncio.to_thread(path.mkdir)
        await caller.discard(str(path))
        return await caller.play([BYE])

    assert (await telephone(keys(), work)).result == NOTHING


# ---- a disk without room


async def refused(caller: Conversation) -> list[object]:
    """Record, and go on with the call."""
    try:
        recording: Recording | None = await caller.record(Taking(), caller.recording_path())
    except CannotRecord as error:
        recording = error.saved
    saved = replace(recording, path="") if recording else "nothing saved"
    return [saved, caller.elapsed, await caller.play([BYE])]


@pytest.mark.parametrize(
    ("room", "came"),
    [
        pytest.param(-1.0, ["nothing saved", 0.0, NOTHING], id="the file cannot be made"),
        pytest.param(2.5, [Recording("", 2.5, EndedBy.KEY), 4.0, NOTHING], id="full in the middle"),
        pytest.param(4.0, [Recording("", 4.0, EndedBy.KEY), 4.0, NOTHING], id="just enough"),
    ],
)
async def test_a_disk_without_room(medium: Medium, room: float, came: list[object]) -> None:
    assert (await medium(Scene(((4.0, "#"),), room=room), refused)).result == came


async def test_a_disk_that_takes_only_the_name(telephone: Medium) -> None:
    assert (await telephone(Scene(((4.0, "#"),), room=0.0), refused)).result == ["nothing saved", 4.0, NOTHING]


@pytest.mark.parametrize(
    ("room", "came"),
    [
        pytest.param([0], ["nothing saved", 0.0, NOTHING], id="nobody is asked to speak"),
        pytest.param([10**9, 0], [Recording("", 4.0, EndedBy.KEY), 4.0, NOTHING], id="full by the end: who knows"),
    ],
)
async def test_a_disk_that_is_full(
    telephone: Medium, room: list[int], came: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    left = iter(room)
    monkeypatch.setattr(message_file.os, "statvfs", lambda _: SimpleNamespace(f_bavail=next(left), f_frsize=1))
    assert (await telephone(keys((4.0, "#")), refused)).result == came


async def test_who_hangs_up_on_a_full_disk_leaves_what_there_is(medium: Medium) -> None:
    async def work(caller: Conversation) -> Recording | None:
        saved: Recording | None
        try:
            # pyst2 does not say how long a recording was that a hang-up ended, so the attendant misses nothing.
            saved = await caller.record(Taking(), caller.recording_path())
            assert isinstance(medium, Attendant)
        except CannotRecord as error:
            saved = error.saved
        with pytest.raises(CallerGone):
            await caller.play([BYE])
        return saved

    saved = (await medium(Scene(hangs_up_at=3.0, room=1.0), work)).result
    assert saved is not None
    assert (saved.seconds, saved.ended_by) == (1.0, EndedBy.HANGUP)
