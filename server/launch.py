"""The program's first moments: Ctrl-C ends it with one line, not with a trace, however early it comes.

Owns SIGINT until a command runs, and when it is over. Imports next to nothing itself: that is the time it is about.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NoReturn

#: What a shell shows for a program that Ctrl-C ended.
INTERRUPTED = 130


def main() -> None:
    """Run the command line."""
    with at_once():
        # The launcher holds it back until here, for Python would have told it as a trace.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})

        from server.cli import main as run
    try:
        run()
    except SystemExit as end:
        if end.code == INTERRUPTED:
            _leave()
        raise
    finally:
        if _is_ours():
            signal.signal(signal.SIGINT, _end)  # the work is done: nothing is left to put in order


@contextmanager
def at_once() -> Iterator[None]:
    """Let Ctrl-C end the program in this block without a word to anybody: for imports, where nothing is begun yet.

    As an exception it would be swallowed there now and then, or be told as another one.
    """
    ours = _is_ours()
    if ours:
        signal.signal(signal.SIGINT, _end)
    try:
        yield
    finally:
        if ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)


def _is_ours() -> bool:
    """Tell whether Ctrl-C is Python's own; else a command has it, or the script in whose background we run."""
    return signal.getsignal(signal.SIGINT) is signal.default_int_handler


def say_interrupted() -> None:
    """Say that it was Ctrl-C."""
    os.write(2, b"switchroom: interrupted\n")


def _end(_number: int, _frame: FrameType | None) -> None:
    say_interrupted()
    os._exit(INTERRUPTED)


def _leave() -> NoReturn:
    """End at once, with that status: Python itself may end by the signal instead, when an import was interrupted."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(INTERRUPTED)


if __name__ == "__main__":
    main()
