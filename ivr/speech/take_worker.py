"""Owns the process that reads one take: one JSON line in, one out. Anything unforeseen ends it, and it only.

Run as `python -m ivr.speech.take_worker`; `takes` is the other end.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ivr.speech.errors import SpeechError
from ivr.speech.take import convert, finish

LONGEST_LINE = 64_000
_POLITENESS = 10  # calls on the same machine go first
#: Of address space, of the processor, and of a file that it writes: far more than five minutes need.
_MOST_MEMORY, _MOST_SECONDS, _MOST_FILE = 2 << 30, 60, 64 << 20


def main() -> None:
    """Answer the line of standard input on what was standard output."""
    # Native libraries print as they like: that must not land between our lines.
    with os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)
        os.nice(_POLITENESS)
        resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (_MOST_SECONDS, _MOST_SECONDS))
        resource.setrlimit(resource.RLIMIT_FSIZE, (_MOST_FILE, _MOST_FILE))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # people's voices do not belong into a dump
        answers.write(json.dumps(answer(json.loads(sys.stdin.readline(LONGEST_LINE)))).encode() + b"\n")


def answer(job: dict[str, Any]) -> dict[str, Any]:  # Any: one line of JSON
    """Do one job: `convert` a file, or `finish` a take."""
    source, into = Path(job["path"]), Path(job["into"])
    try:
        if job["do"] == "convert":
            return {"measured": asdict(convert(source, into))}
        return {"measured": asdict(finish(source, into, trim=bool(job["trim"]), level=bool(job["level"])))}
    except SpeechError as error:
        return {"refused": error.detail or str(error)}


if __name__ == "__main__":
    main()
