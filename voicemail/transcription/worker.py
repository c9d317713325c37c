"""Owns the process that listens: one JSON line in, one message's words out, until input ends.

Run as `python -m voicemail.transcription.worker CHOICE`; workers.py is the other end. Anything unforeseen ends the
process, and the other end says so.
"""

import json
import os
import resource
import select
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from voicemail.transcription.decoding import RATE, read_pieces
from voicemail.transcription.model import ModelChoice, TranscriptionError
from voicemail.transcription.recogniser import Recogniser, load
from voicemail.transcription.wav import read_layout

LONGEST_LINE = 64_000
_POLITENESS = 10  # calls on the same machine go first
# A leak must end this process, not the machine. Address space is more than memory: an engine at rest has 1.4 GB of it,
# and the makers of vosk's largest models speak of eight times the files.
_ROOM, _ROOM_FOR_MODEL = 4 << 30, 8
# Shorter is no word in any language, and no engine promises to bear it.
_SHORTEST = RATE // 10


class Listener:
    """Answer jobs with one model, which is loaded with the first of them and kept."""

    def __init__(self, choice: ModelChoice) -> None:
        self._choice = choice
        self._recogniser: Recogniser | None = None

    def answer(self, job: dict[str, Any]) -> dict[str, Any]:  # Any: one line of JSON
        """Do one job: a `path`, and the `longest` message in seconds."""
        try:
            if self._recogniser is None:
                self._recogniser = load(self._choice)
            return self._listen(self._recogniser, Path(job["path"]), float(job["longest"]))
        except TranscriptionError as error:
            return {"error": type(error).__name__, "why": error.why}

    def _listen(self, recogniser: Recogniser, path: Path, longest: float) -> dict[str, Any]:
        layout = read_layout(path, longest)
        words = [
            (word.text, round(piece.start + word.start, 3), round(piece.start + word.end, 3), round(word.confidence, 4))
            for piece in read_pieces(path, layout)
            if len(piece.samples) >= _SHORTEST
            for word in recogniser.transcribe(piece.samples)
        ]
        return {"engine": recogniser.name, "seconds": layout.seconds, "words": words}


def main() -> None:
    """Answer each line of standard input on what was standard output."""
    told = json.loads(sys.argv[1])
    choice = ModelChoice(told["engine"], Path(told["folder"]), told["language"], told["threads"])
    # Native libraries print as they like: that must not land between our lines.
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as answers:
        os.dup2(2, 1)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which ends us in its own order
        os.nice(_POLITENESS)
        _limit_memory(choice.folder)
        threading.Thread(target=_leave_with_the_server, daemon=True).start()
        listener = Listener(choice)
        while line := sys.stdin.readline(LONGEST_LINE):
            answers.write(json.dumps(listener.answer(json.loads(line)), ensure_ascii=False) + "\n")
            answers.flush()


def _limit_memory(folder: Path) -> None:
    model = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    room = _ROOM + _ROOM_FOR_MODEL * model
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (room if most == resource.RLIM_INFINITY else min(room, most), most))


def _leave_with_the_server() -> None:
    """End the process when nobody holds the other end of its input any more, in the middle of a message if need be.

    A server that is killed cannot end us, and the next one gives the same message to a process of its own.
    """
    waiting = select.poll()
    waiting.register(0, 0)  # only the hang-up, which nobody has to ask for
    waiting.poll()
    os._exit(0)


if __name__ == "__main__":
    main()
