"""Owns looking at a take from the event loop: each look is a process of its own, with a deadline, killed if it hangs.

A take is somebody else's word: what it does to the process, it does to that one only. Must not import anything that
reads audio.
"""

from __future__ import annotations

from pathlib import Path

from ivr.speech.take_model import Measured
from ledger.process import Line, ProcessLost, ask

#: Five minutes are read in a second or two; the machine may be busy.
DEADLINE = 60.0


class BadTake(Exception):
    """This cannot become a recording; the text says why, for whoever spoke or sent it."""


async def convert(source: Path, into: Path, *, deadline: float = DEADLINE) -> Measured:
    """Write what a file of nearly any kind holds into a WAV of the telephone's, and measure it. Raises BadTake."""
    return await _ask({"do": "convert", "path": str(source), "into": str(into)}, deadline)


async def finish(take: Path, into: Path, *, trim: bool, level: bool, deadline: float = DEADLINE) -> Measured:
    """Write a converted take into a recording, trimmed and levelled where that is wanted. Raises BadTake."""
    job: Line = {"do": "finish", "path": str(take), "into": str(into), "trim": trim, "level": level}
    return await _ask(job, deadline)


async def _ask(job: Line, deadline: float) -> Measured:
    try:
        said, _ = await ask("ivr.speech.take_worker", job, most_content=0, deadline=deadline)
    except ProcessLost as lost:
        raise BadTake("the file cannot be read: it took too long, or too much memory") from lost
    if "refused" in said:
        raise BadTake(str(said["refused"]))
    measured = said["measured"]
    return Measured(**{**measured, "peaks": tuple(measured["peaks"])})
