"""The listening processes: what hangs, dies or runs wild costs its own message, and nothing is left behind."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.voicemail.transcription import engines
from tests.voicemail.transcription.sounds import sparse, tones, write_pcm
from voicemail.transcription.model import EngineFailed, ModelChoice, NoModel, TooBusy, TooLong, UnreadableAudio
from voicemail.transcription.workers import Transcribers

ROOT = Path(__file__).resolve().parents[3]
#: Long enough that its deadline leaves a busy machine time to start a process.
SECONDS = 10.0


@dataclass(frozen=True)
class Named:
    """Choices for the tests: the language is the name of an engine."""

    folder: Path

    def choose(self, language: str) -> ModelChoice:
        if not hasattr(engines, language):
            raise NoModel(language)
        return ModelChoice(f"{engines.__name__}:{language}", self.folder, language)


@pytest.fixture
def named(tmp_path: Path) -> Named:
    (tmp_path / "model").mkdir()
    return Named(tmp_path / "model")


@pytest.fixture
def message(tmp_path: Path) -> Path:
    return write_pcm(tmp_path / "message.wav", tones((440,), SECONDS))


@pytest.fixture
def begun(named: Named) -> Iterator[Path]:
    """Make the pipe through which an engine tells that it has begun."""
    os.mkfifo(named.folder / "begun")
    yield named.folder / "begun"


async def pid_from(begun: Path) -> int:
    """Wait until an engine has begun, and return its process."""
    async with asyncio.timeout(30):
        return int(await asyncio.to_thread(begun.read_text))


def gone(pid: int, seconds: float = 10.0) -> bool:
    """Wait for the end of a process that need not be ours."""
    try:
        watched = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([watched], [], [], seconds)[0])
    finally:
        os.close(watched)


async def test_a_process_keeps_its_model_for_the_next_message(named: Named, message: Path) -> None:
    async with Transcribers(named, at_once=2) as ears:
        first = await ears.transcribe(message, "Counting")
        second = await ears.transcribe(message, "Counting")
    pid = first.words[1].text
    assert first.text == f"message-1 {pid}"
    assert second.text == f"message-2 {pid}"
    assert (first.engine, first.language, first.seconds) == ("counting 1", "Counting", SECONDS)
    assert first.words[0].end == pytest.approx(SECONDS, abs=0.001)
    assert gone(int(pid), 0)


async def test_as_many_at_once_as_allowed(named: Named, message: Path) -> None:
    async with Transcribers(named, at_once=2) as ears:
        heard = await asyncio.gather(*(ears.transcribe(message, "Counting") for _ in range(6)))
    assert len({transcript.words[1].text for transcript in heard}) == 2
    assert ears.waiting == 0


@pytest.mark.parametrize(
    ("engine", "why"),
    [
        ("Crashing", "ASSERTION_FAILED"),
        ("Exiting", "exit status 1"),
        ("Greedy", "Unable to allocate 1.00 TiB"),
        ("Refusing", "too little to go by"),
        ("Missing", "has no attribute 'Missing'"),
    ],
)
async def test_an_engine_that_fails_says_why_and_costs_one_message(
    named: Named, tmp_path: Path, engine: str, why: str
) -> None:
    short = write_pcm(tmp_path / "short.wav", tones((440,), 0.5))
    long = write_pcm(tmp_path / "long.wav", tones((440,), SECONDS))

    class Anything(Named):
        def choose(self, language: str) -> ModelChoice:
            return ModelChoice(f"{engines.__name__}:{language}", self.folder, language)

    async with Transcribers(Anything(named.folder), at_once=1) as ears:
        with pytest.raises(EngineFailed, match=why):
            await ears.transcribe(short, engine)
        assert (await ears.transcribe(long, "Counting")).text.startswith("message-1")


@pytest.mark.parametrize("engine", ["Hanging", "HangingModel"])
async def test_an_engine_that_hangs_is_killed_at_its_deadline(
    named: Named, message: Path, tmp_path: Path, begun: Path, engine: str
) -> None:
    short = write_pcm(tmp_path / "short.wav", tones((440,), 0.5))
    # The deadline grows with the sound: this gives the hanging message 2 s, and the good one after it 21 s.
    async with Transcribers(named, at_once=1, loading=1.0, deadline_factor=2.0) as ears:
        hanging = asyncio.create_task(ears.transcribe(short, engine))
        pid = await pid_from(begun)
        with pytest.raises(EngineFailed, match="longer than 2 s"):
            await hanging
        assert gone(pid, 0)
        assert (await ears.transcribe(message, "Counting")).words


async def test_a_process_that_is_killed_costs_the_message_it_was_hearing(
    named: Named, message: Path, begun: Path
) -> None:
    async with Transcribers(named, at_once=2) as ears:
        hanging = asyncio.create_task(ears.transcribe(message, "Hanging"))
        pid = await pid_from(begun)
        good = await ears.transcribe(message, "Counting")
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(EngineFailed, match="exit status -9"):
            await hanging
        assert (await ears.transcribe(message, "Counting")).words[1] == good.words[1]


async def test_a_process_that_is_killed_while_idle_costs_nothing(named: Named, message: Path) -> None:
    async with Transcribers(named, at_once=1) as ears:
        pid = int((await ears.transcribe(message, "Counting")).words[1].text)
        os.kill(pid, signal.SIGKILL)
        assert gone(pid)
        assert (await ears.transcribe(message, "Counting")).text.startswith("message-1")


async def test_who_gives_up_leaves_no_process_that_works_for_nobody(named: Named, message: Path, begun: Path) -> None:
    async with Transcribers(named, at_once=1) as ears:
        hanging = asyncio.create_task(ears.transcribe(message, "Hanging"))
        pid = await pid_from(begun)
        hanging.cancel()
        with pytest.raises(asyncio.CancelledError):
            await hanging
        assert gone(pid, 0)
        assert (await ears.transcribe(message, "Counting")).words


async def test_leaving_ends_what_is_still_listening(named: Named, message: Path, begun: Path) -> None:
    async with Transcribers(named, at_once=1) as ears:
        hanging = asyncio.create_task(ears.transcribe(message, "Hanging"))
        waiting = asyncio.create_task(ears.transcribe(message, "Counting"))
        pid = await pid_from(begun)
    with pytest.raises(EngineFailed):
        await hanging
    with pytest.raises(TooBusy, match="shutting down"):
        await waiting
    assert gone(pid, 0)


async def test_another_language_takes_the_place_of_an_idle_process(named: Named, message: Path) -> None:
    async with Transcribers(named, at_once=1) as ears:
        first = await ears.transcribe(message, "Counting")
        second = await ears.transcribe(message, "Chatty")
        assert gone(int(first.words[1].text), 0)
    assert second.text.startswith("message-1")


async def test_an_idle_process_gives_its_memory_back(named: Named, message: Path) -> None:
    async with Transcribers(named, at_once=1, idle=0.05) as ears:
        pid = int((await ears.transcribe(message, "Counting")).words[1].text)
        assert await asyncio.to_thread(gone, pid)
        assert (await ears.transcribe(message, "Counting")).text.startswith("message-1")


async def test_too_many_are_sent_away_and_nobody_waits_for_ever(named: Named, message: Path, begun: Path) -> None:
    async with Transcribers(named, at_once=1, most_waiting=1, patience=0.2) as ears:
        hanging = asyncio.create_task(ears.transcribe(message, "Hanging"))
        await pid_from(begun)
        answers = await asyncio.gather(
            *(ears.transcribe(message, "Counting") for _ in range(2)), return_exceptions=True
        )
        hanging.cancel()
        assert sorted(str(answer) for answer in answers) == [
            "All listeners are busy: 1 messages wait already",
            "All listeners are busy: no place in 0.2 s",
        ]


@pytest.mark.parametrize(("engine", "words"), [("Chatty", 2), ("Talkative", 50_000)])
async def test_what_engines_print_and_how_much_they_hear_does_not_matter(
    named: Named, message: Path, engine: str, words: int
) -> None:
    async with Transcribers(named, at_once=1) as ears:
        assert len((await ears.transcribe(message, engine)).words) == words


async def test_a_bad_file_needs_no_process(named: Named, tmp_path: Path) -> None:
    (tmp_path / "empty.wav").touch()
    day = sparse(tmp_path / "day.wav", 24 * 3600)
    async with Transcribers(named) as ears:
        with pytest.raises(UnreadableAudio, match="is empty"):
            await ears.transcribe(tmp_path / "empty.wav", "Counting")
        with pytest.raises(TooLong, match="1,440 minutes"):
            await ears.transcribe(day, "Counting")
        with pytest.raises(NoModel, match="xx"):
            await ears.transcribe(day, "xx")
        assert not ears.pids


SERVER = """
import asyncio, sys
from pathlib import Path
from tests.voicemail.transcription.test_workers import Named
from voicemail.transcription.workers import Transcribers

async def main(folder, message):
    async with Transcribers(Named(folder)) as ears:
        await ears.transcribe(message, "Hanging")

asyncio.run(main(*map(Path, sys.argv[1:])))
"""


async def test_a_server_that_is_killed_leaves_no_process(named: Named, message: Path, begun: Path) -> None:
    server = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "ignore", "-c", SERVER, str(named.folder), str(message)), cwd=ROOT
    )
    try:
        pid = await pid_from(begun)
    finally:
        server.kill()
        await server.wait()
    assert await asyncio.to_thread(gone, pid)
