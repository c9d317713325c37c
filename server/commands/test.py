"""`test`: the whole suite, as continuous integration runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def run(arguments: list[str]) -> int:
    """Run pytest on the project, whatever folder we are in, and return its status."""
    chosen = arguments or ["tests"]
    return subprocess.call(
        [sys.executable, "-m", "pytest", *chosen],
        cwd=ROOT,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
