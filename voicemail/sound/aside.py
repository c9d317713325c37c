"""Owns looking at a sound from the event loop: each look is a process of its own, with a deadline, killed if it hangs.

A file is somebody else's word: what it does to the process, it does to that one only. Must not import anything that
reads audio.
"""

from __future__ import annotations

from pathlib import Path

from ledger.process import Line, ProcessLost, ask
from voicemail.sound.errors import NoSound, SoundLost
from voicemail.sound.model import Examined, MailSound, NotAttached, Sound

#: An hour of noise is listened to in 30 s of processor time, and ffmpeg has 60 s; the machine may be busy.
DEADLINE = 120.0


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


async def _ask(job: Line, most_content: int, deadline: float) -> tuple[Line, bytes]:
    """Have a new process do a job; returns its line, and the content that follows it."""
    try:
        said, content = await ask("voicemail.sound.worker", job, most_content=most_content, deadline=deadline)
    except ProcessLost as lost:
        raise SoundLost(lost.why) from lost
    if "no_sound" in said:
        raise NoSound(said["no_sound"])
    return said, content
