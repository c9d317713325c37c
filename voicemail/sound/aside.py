"""Owns looking at a sound from the event loop: each look is a process of its own, with a deadline, killed if it hangs.

A file is somebody else's word: what it does to the process, it does to that one only. Must not import anything that
reads audio.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from voicemail.sound.errors import NoSound, SoundLost
from voicemail.sound.model import Examined, MailSound, NotAttached, Sound

#: An hour of noise is listened to in 30 s of processor time, and ffmpeg has 60 s; the machine may be busy.
DEADLINE = 120.0
_LONGEST_ANSWER = 64_000
_LAST_WORDS = 2_000
_FAREWELL = 5.0
_ROOT = Path(__file__).resolve().parents[2]

_Line = dict[str, Any]  # Any: one line of JSON


async def examine(path: Path, *, bars: int = 400, mend: bool = False, deadline: float = DEADLINE) -> Examined:
    """Measure a recorded file and outline it; with `mend`, first give it a true header. Whoever asks bounds how often.

    Raises NoSound when the file holds none, and SoundLost when nobody can tell: the message is then to be treated as
    one that speaks. Leaves no process behind, also when cancelled.
    """
    said, _ = await _ask({"do": "examine", "path": str(path), "bars": bars, "mend": mend}, 0, deadline)
    return Examined(Sound(**said["sound"]), tuple(said["peaks"]), said["repaired"])


async def for_mail(path: Path, *, most_bytes: int, deadline: float = DEADLINE) -> MailSound | NotAttached:
    """Make an attachment of at most `most_bytes`: mp3 where ffmpeg is on PATH, else WAV, its level made even.

    Raises NoSound, and SoundLost when the process hung or died. Leaves no process and no file behind.
    """
    said, content = await _ask({"do": "for_mail", "path": str(path), "most_bytes": most_bytes}, most_bytes, deadline)
    if "not_attached" in said:
        return NotAttached(said["not_attached"])
    attached = said["attached"]
    return MailSound(content, attached["suffix"], attached["mime"], attached["remark"])


async def _ask(job: _Line, most_content: int, deadline: float) -> tuple[_Line, bytes]:
    """Have a new process do a job; returns its line, and the content that follows it."""
    process = await _start()
    try:
        async with asyncio.timeout(deadline), asyncio.TaskGroup() as group:
            last_words = group.create_task(_last_words(process))
            answer = group.create_task(_answer(process, job, most_content))
    except TimeoutError as error:
        raise SoundLost(f"it took longer than {deadline:g} s") from error
    finally:
        await _end(process)
    answered = answer.result()
    if answered is None:
        raise SoundLost(last_words.result() or f"the process ended with status {process.returncode}")
    said, content = answered
    if "no_sound" in said:
        raise NoSound(said["no_sound"])
    return said, content


async def _start() -> asyncio.subprocess.Process:
    # One thread: the calls on the same machine go first.
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    search = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "ignore", "-m", "voicemail.sound.worker"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **threads, "PYTHONPATH": search},
        limit=_LONGEST_ANSWER,
        start_new_session=True,  # so that ffmpeg, which it may start, ends with it
    )


async def _answer(process: asyncio.subprocess.Process, job: _Line, most_content: int) -> tuple[_Line, bytes] | None:
    """Send the job and read what comes back; None when the process ended, or said what no worker of ours says."""
    requests, answers = process.stdin, process.stdout
    assert requests is not None and answers is not None
    try:
        requests.write(json.dumps(job).encode() + b"\n")
        await requests.drain()
        said: _Line = json.loads(await answers.readline())
        length = said.get("attached", {}).get("bytes", 0)
        if length <= most_content:
            return said, await answers.readexactly(length)
    except (OSError, ValueError, EOFError):  # it is gone; a line beyond the limit, or half a line; half a content
        pass
    _kill(process)
    return None


async def _last_words(process: asyncio.subprocess.Process) -> str:
    """Read standard error to its end; why a process died is the last line."""
    errors = process.stderr
    assert errors is not None
    tail = b""
    while heard := await errors.read(_LAST_WORDS):
        tail = (tail + heard)[-_LAST_WORDS:]
    lines = tail.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else ""


async def _end(process: asyncio.subprocess.Process) -> None:
    """End the process, should it still be there, and close its pipes."""
    _kill(process)
    assert process.stdin is not None and process.stdout is not None and process.stderr is not None
    process.stdin.close()
    # A pipe is closed when it was read to its end, which is near, for nobody writes any more.
    with suppress(TimeoutError):
        async with asyncio.timeout(_FAREWELL):
            for pipe in (process.stdout, process.stderr):
                while await pipe.read(_LONGEST_ANSWER):
                    pass
    await process.wait()


def _kill(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:  # else its id may be another's by now
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # what it started ends with it
