"""Owns the rendering processes as the event loop sees them: start, ask with a deadline, kill, replace.

Not concurrent.futures: there a process that hangs cannot be ended, and one that dies takes all other work
along. Must not import anything that makes audio.
"""

import asyncio
import json
import os
import sys
from collections import Counter, deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from ivr.speech.errors import WorkerLost

Job = dict[str, Any]  # Any: one line of JSON
Answer = dict[str, Any]

_LONGEST_ANSWER = 64_000
_LAST_WORDS = 2_000
_JOBS_A_WORKER = 8  # starting one costs as much as rendering some ten prompts
_WORTH_LOADING = 12  # so many prompts must wait for an engine that a process has, for one more to load it
_ROOT = Path(__file__).resolve().parents[2]


class Worker:
    """One rendering process. Ask it one thing at a time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._last_words = ""
        self._listening = asyncio.create_task(self._listen(), name="speech-worker-stderr")

    @classmethod
    async def start(cls) -> "Worker":
        """Start a process; it loads its engine with the first job."""
        threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # the pool is the parallelism
        search = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-W", "ignore", "-m", "ivr.speech.worker"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, **threads, "PYTHONPATH": search},
            limit=_LONGEST_ANSWER,
        )
        return cls(process)

    async def ask(self, job: Job) -> Answer:
        """Give the process a job and return its answer. Raises WorkerLost when it is gone."""
        requests, answers = self._process.stdin, self._process.stdout
        assert requests is not None and answers is not None
        try:
            requests.write(json.dumps(job).encode() + b"\n")
            await requests.drain()
            line = await answers.readline()
        except (OSError, ValueError) as error:  # ValueError: a line beyond the limit
            raise WorkerLost(str(error)) from error
        if not line.endswith(b"\n"):
            code = await self._process.wait()
            await self._listening
            raise WorkerLost(self._last_words or f"exit status {code}")
        answer: Answer = json.loads(line)
        return answer

    async def kill(self) -> None:
        """End the process at once; what it was writing is not kept."""
        with suppress(ProcessLookupError):
            self._process.kill()
        if self._process.stdin is not None:
            self._process.stdin.close()
        await self._process.wait()
        await self._listening

    async def _listen(self) -> None:
        """Keep the end of what the process says on standard error: why it died is its last line."""
        errors = self._process.stderr
        assert errors is not None
        tail = b""
        while heard := await errors.read(_LAST_WORDS):
            tail = (tail + heard)[-_LAST_WORDS:]
        lines = tail.decode(errors="replace").strip().splitlines()
        self._last_words = lines[-1] if lines else ""


async def run_all(
    jobs: Iterable[Job],
    done: Callable[[Job, Answer], None],
    *,
    deadline: float,
    most_workers: int | None = None,
) -> None:
    """Run every job in a few processes and report each answer; a job that fails is answered `refused`.

    Each job has `deadline` seconds. A process that hangs or dies costs its own job only. Cancelling ends all
    processes before it returns.
    """
    waiting = _Waiting(jobs)
    useful = -(-waiting.count // _JOBS_A_WORKER)
    async with asyncio.TaskGroup() as group:
        for _ in range(min(useful, most_workers or len(os.sched_getaffinity(0)))):
            group.create_task(_work(waiting, done, deadline))


class _Waiting:
    """The jobs that wait, by the engine they need: to load one takes as long as to speak five texts."""

    def __init__(self, jobs: Iterable[Job]) -> None:
        self._jobs: dict[str, deque[Job]] = {}
        for job in jobs:
            self._jobs.setdefault(job.get("engine", ""), deque()).append(job)
        self._at: Counter[str] = Counter()
        self.count = sum(map(len, self._jobs.values()))

    def next(self, engine: str | None) -> Job | None:
        """Return a job for a process that has worked with this engine; None where others do what is left."""
        if engine is not None and self._jobs[engine]:
            return self._jobs[engine].popleft()
        left = [one for one, jobs in self._jobs.items() if len(jobs) >= (_WORTH_LOADING if self._at[one] else 1)]
        if not left:
            return None
        chosen = min(left, key=lambda one: (self._at[one], -len(self._jobs[one])))
        self._at[chosen] += 1
        return self._jobs[chosen].popleft()


async def _work(waiting: _Waiting, done: Callable[[Job, Answer], None], deadline: float) -> None:
    worker: Worker | None = None
    job = waiting.next(None)
    try:
        while job is not None:
            try:
                worker = worker or await Worker.start()
                async with asyncio.timeout(deadline):
                    answer = await worker.ask(job)
            except (OSError, WorkerLost) as error:  # TimeoutError is an OSError
                late = isinstance(error, TimeoutError)
                answer = {"refused": f"it took longer than {deadline:g} s" if late else str(error)}
                if worker is not None:
                    await worker.kill()
                    worker = None
            done(job, answer)
            job = waiting.next(job.get("engine", ""))
    finally:
        if worker is not None:
            await worker.kill()
