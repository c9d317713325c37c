"""The file of a message: how its recording ended, how much of it is on disk, whether the disk has room for more.

Owns what RECORD FILE's answer is worth (Asterisk 22 [measured]): on a full disk it ends like any other recording,
with a length that was never written, or a negative one. So the file itself is asked. All but `how_ended` blocks.
"""

from __future__ import annotations

import os
from pathlib import Path

from ivr.conversation import UNNOTICED, CannotRecord, EndedBy, Recording

#: Telephone audio: samples a second, bytes a sample, and the head of a WAV file as Asterisk writes it.
RATE, SAMPLE, HEAD = 8000, 2, 44
#: A minute of sound. With less room than this, a caller is not asked to speak.
ROOM = 1024 * 1024
#: Asterisk writes in pieces of 32 KiB; with less room than a few of them left, the last one may be missing.
LAST_ROOM = 128 * 1024
#: Milliseconds that may be left when the limit ends a recording: one frame, and a slow machine.
LEFT_AT_LIMIT = 100


def how_ended(result: int | str, data: str) -> EndedBy | None:
    """Read the answer of RECORD FILE; None if nothing was recorded, be it the file's fault or the caller's.

    With "timeout" the result is the time that was left, in milliseconds: much of it when silence was the end.
    "randomerror" with a key is what Asterisk calls a key pressed during the beep.
    """
    match data:
        case "hangup" | "waitfor":
            return EndedBy.HANGUP
        case "timeout":
            return EndedBy.SILENCE if isinstance(result, int) and result > LEFT_AT_LIMIT else EndedBy.LONGEST
        case "dtmf" | "randomerror" if isinstance(result, int) and result > 0:
            return EndedBy.KEY
    return None


def require_room(file: Path) -> None:
    """Make sure that there is room for a message. Raises `CannotRecord`."""
    if _room(file) < ROOM:
        raise CannotRecord


def stored(file: Path, ended_by: EndedBy, samples: int) -> Recording:
    """Return the recording as it is on disk, of which Asterisk tells so many samples.

    Raises `CannotRecord` with what there is of it, if the disk did not take all.
    """
    try:
        size = file.stat().st_size
    except FileNotFoundError:
        if samples or ended_by is not EndedBy.KEY:
            raise CannotRecord from None
        return Recording(str(file), 0.0, ended_by)
    seconds = max(0, size - HEAD) / (SAMPLE * RATE)
    recording = Recording(str(file), seconds, ended_by)
    if size < HEAD or seconds + UNNOTICED < samples / RATE or _room(file) < LAST_ROOM:
        raise CannotRecord(recording if seconds else None)
    return recording


def remove(file: Path) -> None:
    """Remove a recording, if it is there. Raises OSError."""
    file.unlink(missing_ok=True)


def _room(file: Path) -> int:
    try:
        found = os.statvfs(file.parent)
    except FileNotFoundError:
        return 0
    return found.f_bavail * found.f_frsize
