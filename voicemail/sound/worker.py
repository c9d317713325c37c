"""Owns the process that looks at one sound: one JSON line in, one JSON line and perhaps an attachment out.

Run as `python -m voicemail.sound.worker`; aside.py is the other end. Anything unforeseen ends the process, and the
other end says so.
"""

import json
import os
import resource
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from voicemail.sound.errors import NoSound
from voicemail.sound.for_mail import prepare
from voicemail.sound.model import NotAttached
from voicemail.sound.speaking import measure
from voicemail.sound.telephone_wav import repair
from voicemail.sound.waveform import peaks

LONGEST_LINE = 64_000
_POLITENESS = 10  # calls on the same machine go first
#: Of address space; the largest sound we make an attachment of needs half of it.
_MOST_MEMORY = 2 << 30

Job = dict[str, Any]  # Any: one line of JSON


def main() -> None:
    """Answer the line of standard input on what was standard output."""
    # Native libraries print as they like: that must not land between our lines.
    with os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)
        os.nice(_POLITENESS)
        resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # people's voices do not belong into a dump
        try:
            answer(json.loads(sys.stdin.readline(LONGEST_LINE)), answers)
        except NoSound as error:
            _say(answers, {"no_sound": error.why})


def answer(job: Job, answers: BinaryIO) -> None:
    """Do one job: `examine` a file, or make an attachment `for_mail`. Raises NoSound."""
    path = Path(job["path"])
    if job["do"] == "for_mail":
        made = prepare(path, int(job["most_bytes"]))
        if isinstance(made, NotAttached):
            _say(answers, {"not_attached": made.why})
            return
        attached = {"suffix": made.suffix, "mime": made.mime, "remark": made.remark}
        _say(answers, {"attached": attached, "content": len(made.content)})
        answers.write(made.content)
        return
    repaired = bool(job["mend"]) and repair(path)
    _say(answers, {"sound": asdict(measure(path)), "peaks": peaks(path, int(job["bars"])), "repaired": repaired})


def _say(answers: BinaryIO, said: Job) -> None:
    answers.write(json.dumps(said).encode() + b"\n")


if __name__ == "__main__":
    main()
