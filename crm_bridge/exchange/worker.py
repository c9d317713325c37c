"""Owns the process that reads one file: one JSON line in; out come pieces, each a line with the length and the content.

Run as `python -m crm_bridge.exchange.worker`; aside.py is the other end. Anything unforeseen ends the process, and the
other end says so.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import sys
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

from crm_bridge.exchange.errors import ExchangeError, NotReadable
from crm_bridge.exchange.limits import Limits
from crm_bridge.exchange.look import look
from crm_bridge.exchange.plan import Field, Wishes, plan_of
from crm_bridge.exchange.reading import read
from crm_bridge.exchange.rows import Mark
from crm_bridge.exchange.wire import pack_batch, pack_preview, pack_ready

_LONGEST_JOB = 4 << 20
#: Rows are no rings of objects: to look for such among them takes a third of the time.
_RARELY = 100_000
_POLITENESS = 10  # calls on the same machine go first
#: Of address space: half a million remembered numbers take a tenth of it.
_MOST_MEMORY = 1 << 30
_MOST_FILES = 32

Line = dict[str, Any]  # Any: one line of JSON


def main() -> None:
    """Answer the line of standard input on what was standard output."""
    with os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)
        job: Line = json.loads(sys.stdin.readline(_LONGEST_JOB))
        gc.freeze()
        gc.set_threshold(_RARELY)
        limits = Limits(**job["limits"])
        _restrain(limits)
        try:
            _JOBS[job["do"]](job, limits, answers)
        except ExchangeError as error:
            _say(answers, {"refused": type(error).__name__, "why": error.why})
        except FileNotFoundError:
            _say(answers, {"refused": NotReadable.__name__, "why": "The file is not there any more: bring it again."})
        except MemoryError:
            _say(answers, {"refused": NotReadable.__name__, "why": "The file needs more memory than it is worth."})


def _look(job: Line, limits: Limits, answers: BinaryIO) -> None:
    said = job["wishes"]
    meanings = {int(index): (Field(field), str(label)) for index, (field, label) in said["meanings"].items()}
    wishes = Wishes(said["encoding"], said["delimiter"], said["header"], meanings)
    preview = look(Path(job["path"]), job["country"], own=job["own"], wishes=wishes, limits=limits)
    _say(answers, {}, pack_preview(preview))


def _read(job: Line, limits: Limits, answers: BinaryIO) -> None:
    pack = pack_batch
    if (prepare := job.get("prepare")) is not None:
        make = import_module(prepare["by"]).making(prepare["with"])
        pack = partial(pack_ready, make=make)
    for batch in read(Path(job["path"]), plan_of(job["plan"]), limits, Mark(**job["after"])):
        _say(answers, {}, pack(batch))
        answers.flush()
    _say(answers, {"end": True})


_JOBS = {"look": _look, "read": _read}


def _restrain(limits: Limits) -> None:
    os.nice(_POLITENESS)
    for what, most in (
        (resource.RLIMIT_AS, _MOST_MEMORY),
        (resource.RLIMIT_CPU, limits.seconds),
        (resource.RLIMIT_FSIZE, 0),  # it writes nothing
        (resource.RLIMIT_NOFILE, _MOST_FILES),
        (resource.RLIMIT_CORE, 0),  # people's data does not belong into a dump
    ):
        _, hard = resource.getrlimit(what)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most, most))


def _say(answers: BinaryIO, said: Line, content: bytes = b"") -> None:
    answers.write(json.dumps({**said, "content": len(content)}).encode() + b"\n" + content)


if __name__ == "__main__":
    main()
