"""`python -m pbx.softphone_worker`: the process that holds softphones; command lines in, event lines out.

Ends when its input ends, so that it cannot outlive the one who started it. Of pjsua2 it knows only the engine.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator

from pbx import softphone_wire as wire
from pbx.softphone_engine import MAX_CALLS, MAX_PHONES, Engine
from pbx.softphone_leg import EngineError

TURN_MS = 5
"""How long the library may sleep before we look for commands again."""


class Lines:
    """What has come in on a non-blocking descriptor, as whole lines; keeps at most one that is not whole."""

    def __init__(self, fileno: int) -> None:
        os.set_blocking(fileno, False)
        self._fileno = fileno
        self._rest = b""
        self.ended = False

    def __iter__(self) -> Iterator[bytes]:
        try:
            data = os.read(self._fileno, wire.MAX_LINE)
        except BlockingIOError:
            return
        self.ended = not data
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > wire.MAX_LINE:
            raise wire.WireError("line too long")
        yield from lines


def main() -> int:
    """Serve commands until told to quit or until the input ends; return the exit status."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is the parent's to handle
    # The library prints on standard output; that must not end up between our lines.
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)

    def emit(message: wire.Message) -> None:
        out.write(wire.encode_message(message))

    commands = Lines(0)
    engine = Engine(emit)
    emit(wire.Ready(MAX_PHONES, MAX_CALLS))
    try:
        while not commands.ended:
            engine.turn(TURN_MS)
            for line in commands:
                number, command = wire.decode_command(line)
                if isinstance(command, wire.Quit):
                    engine.close()
                    emit(wire.Done(number, time.monotonic()))
                    return 0
                try:
                    value = engine.do(command)
                except EngineError as error:
                    emit(wire.Refused(number, str(error)))
                else:
                    emit(wire.Done(number, time.monotonic(), value))
        engine.close()
    except BrokenPipeError:
        return 1  # nobody is left to tell
    return 0


if __name__ == "__main__":
    sys.exit(main())
