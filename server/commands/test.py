"""`test`: the whole suite, as continuous integration runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


#: The whole suite runs in several processes, file by file in the order of `tests/conftest.py`: most of it waits for
#: phones and processes. A part of it runs as pytest would.
WHOLE = ("tests", "-n", "3", "--dist", "loadfile", "--no-loadscope-reorder")


def run(arguments: list[str]) -> int:
    """Run pytest on the project, whatever folder we are in, and return its status."""
    chosen = arguments or list(WHOLE)
    return subprocess.call(
        [sys.executable, "-m", "pytest", *chosen],
        cwd=ROOT,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
