"""Owns the process that works on one document: one JSON line and perhaps a picture in, one line and perhaps a PDF out.

Run as `python -m fax.documents.worker`; aside.py is the other end. Anything unforeseen ends the process, and the other
end says so.
"""

import json
import math
import os
import resource
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from fax.documents.errors import NoRoom, NotSendable, TooLarge
from fax.documents.model import Attempt, Cover, Limits, Outcome, Report, Resolution

LONGEST_LINE = 1_000_000
_POLITENESS = 10  # calls on the same machine go first
#: Of address space. A page of a metre and the largest picture that we take fit.
_MOST_MEMORY = 3 << 29
_MOST_FILES = 64
_SLACK = 1 << 16

Job = dict[str, Any]  # Any: one line of JSON


def main() -> None:
    """Answer the line of standard input on what was standard output."""
    # Native libraries print as they like: that must not land between our lines.
    with os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)
        os.nice(_POLITENESS)
        job: Job = json.loads(sys.stdin.buffer.readline(LONGEST_LINE))
        limits = Limits(**job["limits"])
        _confine(limits)
        try:
            answer(job, limits, sys.stdin.buffer, answers)
        except (NotSendable, NoRoom) as error:
            _say(answers, {"refused": type(error).__name__, "why": error.why})
        except MemoryError:
            refused = TooLarge("The document takes more memory to draw than a document may.")
            _say(answers, {"refused": type(refused).__name__, "why": refused.why})


def answer(job: Job, limits: Limits, more: BinaryIO, answers: BinaryIO) -> None:
    """Do one job: `prepare` a document, or draw a `report`. Raises NotSendable and NoRoom."""
    if job["do"] == "report":
        # Not loaded for the other job, nor the other's for this one: each starts faster.
        from fax.documents.report import draw

        content = draw(_report(job["report"], more.read(int(job["picture"]))))
        _say(answers, {"content": len(content)})
        answers.write(content)
        return
    from fax.documents.convert import convert

    cover = None if job["cover"] is None else Cover(**job["cover"])
    _say(answers, asdict(convert(Path(job["path"]), Path(job["into"]), Resolution(job["resolution"]), cover, limits)))


def _report(fields: Job, picture: bytes) -> Report:
    attempts = tuple(Attempt(**{**one, "outcome": Outcome(one["outcome"])}) for one in fields.pop("attempts"))
    fields["outcome"], fields["resolution"] = Outcome(fields["outcome"]), Resolution(fields["resolution"])
    return Report(**fields, attempts=attempts, picture=picture)


def _confine(limits: Limits) -> None:
    processor = math.ceil(limits.seconds / 2)
    for what, soft, hard in (
        (resource.RLIMIT_AS, _MOST_MEMORY, _MOST_MEMORY),
        (resource.RLIMIT_CPU, processor, processor + 1),
        (resource.RLIMIT_FSIZE, limits.tiff_bytes + _SLACK, limits.tiff_bytes + _SLACK),
        (resource.RLIMIT_NOFILE, _MOST_FILES, _MOST_FILES),
        (resource.RLIMIT_CORE, 0, 0),  # people's letters do not belong into a dump
    ):
        resource.setrlimit(what, (soft, hard))


def _say(answers: BinaryIO, said: Job) -> None:
    answers.write(json.dumps(said).encode() + b"\n")


if __name__ == "__main__":
    main()
