"""`test`: the whole suite, as continuous integration runs it.

Owns what runs beside what, and which tests get a second try.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from server.terminal import stderr

ROOT = Path(__file__).resolve().parents[2]

#: The whole suite runs in several processes, file by file in the order of `tests/conftest.py`. First what keeps the
#: processors busy; then, when nothing disturbs their sound any more, what waits for phones and fax machines.
WHOLE = (("-n", "3", "-m", "not asterisk", "--cache-clear"), ("-n", "4", "-m", "asterisk"))
FILE_BY_FILE = ("--dist", "loadfile", "--no-loadscope-reorder")
#: Tests of these marks have real phones and browsers in them, which wait for nobody on a busy machine.
REAL_TIME = "asterisk or browser"
#: More than so many failures are no accident.
MOST_AGAIN = 3
#: Where pytest keeps which tests failed, from the project's root.
FAILED = Path(".pytest_cache/v/cache/lastfailed")

_FAILED, _NOTHING_COLLECTED = 1, 5


def run(arguments: list[str], root: Path = ROOT) -> int:
    """Run pytest on the project, whatever folder we are in, and return its status.

    Without arguments the whole suite runs, to its end whatever fails; then a few failed tests of real time are run
    once more, alone, and named. A part of it runs as pytest would.
    """
    if arguments:
        return _pytest(arguments, root)
    ended = [_pytest(["tests", *part, *FILE_BY_FILE], root) for part in WHOLE]
    bad = [status for status in ended if status]
    return _again(root) if set(bad) == {_FAILED} else next(iter(bad), 0)


def _again(root: Path) -> int:
    """Run what failed once more if it is little and of real time; return the status of the whole."""
    try:
        failed = sorted(json.loads((root / FAILED).read_text("utf-8")))
    except (OSError, ValueError):
        return _FAILED
    if not 0 < len(failed) <= MOST_AGAIN or not _are_of_real_time(failed, root):
        return _FAILED
    _say("Once more, alone, for a busy machine may be the cause", failed)
    if _pytest(failed, root):
        return _FAILED
    _say("PASSED AT THE SECOND TRY ONLY, look into it", failed)
    return 0


def _are_of_real_time(tests: list[str], root: Path) -> bool:
    others = ["--collect-only", "-q", "-m", f"not ({REAL_TIME})", *tests]
    return _pytest(others, root, output=subprocess.DEVNULL) == _NOTHING_COLLECTED


def _pytest(arguments: list[str], root: Path, output: int | None = None) -> int:
    # The programs that tests start by the hundred need not be compiled each time.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.call([sys.executable, "-m", "pytest", *arguments], cwd=root, env=environment, stdout=output)


def _say(what: str, tests: list[str]) -> None:
    stderr.print(f"{what}: {', '.join(tests)}", markup=False, highlight=False, soft_wrap=True)
