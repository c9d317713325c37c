"""`test`: the whole suite, as continuous integration runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

#: The whole suite runs in several processes, file by file in the order of `tests/conftest.py`. First what keeps the
#: processors busy; then, when nothing disturbs their sound any more, what waits for phones and fax machines.
WHOLE = (("-n", "3", "-m", "not asterisk"), ("-n", "4", "-m", "asterisk"))
FILE_BY_FILE = ("--dist", "loadfile", "--no-loadscope-reorder")


def run(arguments: list[str]) -> int:
    """Run pytest on the project, whatever folder we are in, and return its status.

    Without arguments the whole suite runs, to its end whatever fails; a part of it runs as pytest would.
    """
    runs = [arguments] if arguments else [["tests", *part, *FILE_BY_FILE] for part in WHOLE]
    # The programs that tests start by the hundred need not be compiled each time.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    ended = [subprocess.call([sys.executable, "-m", "pytest", *one], cwd=ROOT, env=environment) for one in runs]
    return next(filter(None, ended), 0)
