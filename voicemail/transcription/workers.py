"""Owns the listening processes as the event loop sees them: a few at once, a deadline each, lost ones replaced.

Must not import what makes or understands audio: here are only paths, seconds and words.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Final, Protocol, Self

from ivr.speech.errors import WorkerLost
from ivr.speech.worker_pool import Answer, Job, Worker
from ledger.log import Log
from voicemail.transcription.model import (
    EngineFailed,
    ModelChoice,
    TooBusy,
    TooLong,
    Transcript,
    TranscriptionError,
    UnreadableAudio,
    Word,
    as_text,
)
from voicemail.transcription.wav import LONGEST_SECONDS, read_layout

_log = Log(__name__)

_LONGEST_ANSWER: Final = 16 << 20  # four hours of quick speech are some 50,000 words, 3 MB
_ROOT: Final = Path(__file__).resolve().parents[2]
_ERRORS: Final[dict[str, type[TranscriptionError]]] = {
    error.__name__: error for error in (EngineFailed, TooLong, UnreadableAudio)
}


class Choices(Protocol):
    """Who knows the models: models.Models."""

    def choose(self, language: str) -> ModelChoice:
        """Choose who listens to a language. May look at the disk. Raises NoModel, UnusableModel."""


@dataclass(eq=False)
class _Ear:
    """A listening process with the model it was started for, and since when it has had nothing to do."""

    choice: ModelChoice
    process: asyncio.subprocess.Process
    worker: Worker = field(init=False)
    idle_since: float = 0.0

    def __post_init__(self) -> None:
        self.worker = Worker(self.process)

    @property
    def alive(self) -> bool:
        # The event loop hears of an end a moment later than the kernel.
        try:
            return os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None
        except ChildProcessError:
            return False

    @classmethod
    async def start(cls, choice: ModelChoice) -> Self:
        """Start a process; it loads its model with the first job."""
        told = json.dumps(asdict(choice) | {"folder": str(choice.folder)})
        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), str(choice.threads))
        search = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-W", "ignore", "-m", "voicemail.transcription.worker", told),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, **threads, "HF_HUB_OFFLINE": "1", "PYTHONPATH": search},
            limit=_LONGEST_ANSWER,
        )
        return cls(choice, process)


class Transcribers:
    """Turn messages into text, a few at once; use it as `async with`.

    A process keeps its model for the next message of the same language, and ends after `idle` seconds without one.
    Leaving the block ends all processes; who still waits gets EngineFailed or TooBusy.
    """

    def __init__(
        self,
        choices: Choices,
        *,
        at_once: int = 2,
        deadline_factor: float = 6.0,
        loading: float = 120.0,
        idle: float = 300.0,
        most_waiting: int = 256,
        patience: float = 3600.0,
        longest: float = LONGEST_SECONDS,
    ) -> None:
        self._choices = choices
        self._at_once = at_once
        self._deadline_factor = deadline_factor
        self._loading = loading
        self._idle_seconds = idle
        self._most_waiting = most_waiting
        self._patience = patience
        self._longest = longest
        self._places = asyncio.Semaphore(at_once)
        self._ears: set[_Ear] = set()
        self._idle: list[_Ear] = []
        self._working = 0
        self._tidying: asyncio.Task[None] | None = None
        self._open = False
        self._waiting = 0

    async def __aenter__(self) -> Self:
        self._open = True
        self._tidying = asyncio.create_task(self._tidy(), name="transcription-tidy")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open = False
        assert self._tidying is not None
        self._tidying.cancel()
        await asyncio.gather(self._tidying, return_exceptions=True)
        await asyncio.gather(*(self._end(ear) for ear in list(self._ears)))

    @property
    def waiting(self) -> int:
        """How many messages wait for a process."""
        return self._waiting

    @property
    def pids(self) -> frozenset[int]:
        """The processes that are there, for whoever measures them."""
        return frozenset(ear.process.pid for ear in self._ears)

    async def transcribe(self, path: Path, language: str) -> Transcript:
        """Understand a recorded message.

        Raises NoModel, UnusableModel, UnreadableAudio, TooLong, TooBusy, EngineFailed. Cancelling ends the process
        that was listening; the file is only read.
        """
        choice, job, seconds = await asyncio.to_thread(self._prepare, path, language)
        async with self._place():
            answer = await self._ask(choice, job, self._loading + self._deadline_factor * seconds)
        if "error" in answer:
            raise _ERRORS.get(answer["error"], EngineFailed)(answer["why"])
        words = tuple(Word(*word) for word in answer["words"])
        text = as_text(words, choice.language)
        return Transcript(text, words, choice.language, answer["engine"], answer["seconds"])

    def _prepare(self, path: Path, language: str) -> tuple[ModelChoice, Job, float]:
        choice = self._choices.choose(language)
        seconds = read_layout(path, self._longest).seconds
        job = {"path": str(path.absolute()), "longest": self._longest}
        return replace(choice, folder=choice.folder.absolute()), job, seconds

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        """Wait for a place among those who work. Raises TooBusy."""
        if self._waiting >= self._most_waiting:
            raise TooBusy(f"{self._waiting} messages wait already")
        self._waiting += 1
        try:
            async with asyncio.timeout(self._patience):
                await self._places.acquire()
        except TimeoutError:
            raise TooBusy(f"no place in {self._patience:g} s") from None
        finally:
            self._waiting -= 1
        try:
            if not self._open:
                raise TooBusy("the server is shutting down")
            yield
        finally:
            self._places.release()

    async def _ask(self, choice: ModelChoice, job: Job, deadline: float) -> Answer:
        ear: _Ear | None = None
        answered = False
        self._working += 1
        try:
            async with asyncio.timeout(deadline):
                ear = await self._take(choice)
                answer = await ear.worker.ask(job)
            answered = True
        except (OSError, WorkerLost) as error:  # TimeoutError is an OSError
            late = isinstance(error, TimeoutError)
            why = f"it took longer than {deadline:g} s" if late else getattr(error, "detail", "") or str(error)
            _log.warning("a listening process was lost", engine=choice.engine, language=choice.language, why=why)
            raise EngineFailed(why) from error
        finally:
            self._working -= 1
            # Also after cancelling: a process that was asked once answers once, and would answer the next one wrongly.
            if ear is not None and not (answered and self._open):
                await self._end(ear)
            elif ear is not None:
                ear.idle_since = asyncio.get_running_loop().time()
                self._idle.append(ear)
        return answer

    async def _take(self, choice: ModelChoice) -> _Ear:
        """Return a process that has this model, if there is one; else make room for a new one."""
        for ear in [ear for ear in self._idle if not ear.alive]:  # killed from outside while it had nothing to do
            await self._end(ear)
        for ear in reversed(self._idle):
            if ear.choice == choice:
                self._idle.remove(ear)
                return ear
        while self._idle and len(self._idle) + self._working > self._at_once:
            await self._end(self._idle[0])
        ear = await _Ear.start(choice)
        self._ears.add(ear)
        if not self._open:
            await self._end(ear)
            raise WorkerLost("the server is shutting down")
        return ear

    async def _end(self, ear: _Ear) -> None:
        if ear in self._idle:
            self._idle.remove(ear)
        await ear.worker.kill()
        self._ears.discard(ear)  # not before: who is cancelled meanwhile leaves it to __aexit__

    async def _tidy(self) -> None:
        """Give back the memory of processes that have had nothing to do for a while."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self._idle_seconds / 4)
            # The longest idle is the first. Looked at anew each time: ending one takes a moment.
            while self._idle and loop.time() - self._idle[0].idle_since >= self._idle_seconds:
                await self._end(self._idle[0])
