"""Engines for the tests of the processes: they run where the real ones do, and misbehave on purpose.

Each tells through the pipe `begun` in its model's folder, if there is one, which process it is in.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np

from voicemail.transcription.decoding import RATE
from voicemail.transcription.g711 import Samples
from voicemail.transcription.model import EngineFailed, ModelChoice, Word


def tell(folder: Path) -> None:
    """Write this process's id into the pipe; waits until somebody reads it."""
    if (folder / "begun").exists():
        (folder / "begun").write_text(f"{os.getpid()}\n")


class Counting:
    """Say how many messages this process has heard, and in which process."""

    name = "counting 1"

    def __init__(self, choice: ModelChoice) -> None:
        self.heard = 0

    def transcribe(self, samples: Samples) -> list[Word]:
        self.heard += 1
        end = len(samples) / RATE
        return [Word(f"message-{self.heard}", 0.0, end, 1.0), Word(str(os.getpid()), end, end, 0.5)]


class Hanging:
    """Never answer, deaf to every signal that asks politely."""

    name = "hanging 1"

    def __init__(self, choice: ModelChoice) -> None:
        self.folder = choice.folder

    def transcribe(self, samples: Samples) -> list[Word]:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        tell(self.folder)
        threading.Event().wait()
        return []


class HangingModel(Hanging):
    """Never finish loading."""

    def __init__(self, choice: ModelChoice) -> None:
        super().__init__(choice)
        self.transcribe(np.zeros(0, np.float32))


class Crashing(Counting):
    """Die as native code does."""

    def transcribe(self, samples: Samples) -> list[Word]:
        print("ASSERTION_FAILED (ivector.cc:12)", file=sys.stderr)
        os.kill(os.getpid(), signal.SIGABRT)
        return []


class Exiting(Counting):
    """Leave as vosk does when it finds no model."""

    def __init__(self, choice: ModelChoice) -> None:
        sys.exit(1)


class Refusing(Counting):
    """Say what is wrong, and be ready for the next."""

    def transcribe(self, samples: Samples) -> list[Word]:
        if len(samples) < RATE:
            raise EngineFailed("too little to go by")
        return super().transcribe(samples)


class Greedy(Counting):
    """Want more memory than a process may have."""

    def transcribe(self, samples: Samples) -> list[Word]:
        np.zeros(1 << 40, np.uint8)
        return []


class Chatty(Counting):
    """Print on both outputs, from Python and from a program, more than any pipe holds."""

    def transcribe(self, samples: Samples) -> list[Word]:
        print('{"words": []}')
        subprocess.run(["echo", '{"words": []}'], check=True, timeout=30)
        sys.stderr.write("LOG (VoskAPI:ReadDataFiles():model.cc:213)\n" * 10_000)
        return super().transcribe(samples)


class Talkative(Counting):
    """Hear as many words as fit into four hours."""

    def transcribe(self, samples: Samples) -> list[Word]:
        return [Word("ačiū", n / 4, n / 4 + 0.2, 0.5) for n in range(50_000)]
