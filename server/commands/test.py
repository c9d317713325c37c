"""`test`: the whole suite, as continuous integration runs it.

Owns what runs beside what, and which tests get a second try.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO

from server.terminal import stderr

ROOT = Path(__file__).resolve().parents[2]

#: What keeps the processors busy, in several processes. It runs beside the phones, on the time that these leave over.
QUICK = ("-n", "3", "-m", "not asterisk", "--cache-clear")
#: What waits most of the time, for phones and fax machines: it has its own note of what failed, for both are under way.
PHONES = ("-n", "4", "-m", "asterisk", "--cache-clear", "-o", "cache_dir=.pytest_cache/phones")
#: File by file, in the order of `tests/conftest.py`.
FILE_BY_FILE = ("--dist", "loadfile", "--no-loadscope-reorder")
#: How far the quick tests stand back, so that no phone hears them: of 19 steps.
POLITENESS = 15
#: Tests of these marks have real phones and browsers in them, which wait for nobody on a busy machine.
REAL_TIME = "asterisk or browser"
#: More than so many failures are no accident.
MOST_AGAIN = 3
#: Where pytest keeps which tests failed, from the project's root.
FAILED = (Path(".pytest_cache/v/cache/lastfailed"), Path(".pytest_cache/phones/v/cache/lastfailed"))

_FAILED, _NOTHING_COLLECTED = 1, 5


def run(arguments: list[str], root: Path = ROOT) -> int:
    """Run pytest on the project, whatever folder we are in, and return its status.

    Without arguments the whole suite runs, to its end whatever fails; then a few failed tests of real time are run
    once more, alone, and named. A part of it runs as pytest would.
    """
    if arguments:
        return _pytest(arguments, root)
    bad = [status for status in _whole(root) if status]
    return _again(root) if set(bad) == {_FAILED} else next(iter(bad), 0)


def _whole(root: Path) -> list[int]:
    """Run both parts at once, and return how each ended; what the phones' part says comes when both are over."""
    with tempfile.TemporaryFile() as said:
        parts = [_start(["tests", *PHONES, *FILE_BY_FILE], root, said)]
        try:
            parts.append(_start(["tests", *QUICK, *FILE_BY_FILE], root))
            # Before it has started processes of its own, which are as polite.
            os.setpriority(os.PRIO_PROCESS, parts[-1].pid, POLITENESS)
            ended = [part.wait() for part in reversed(parts)]
        except BaseException:
            for part in parts:
                part.kill()
            raise
        finally:
            said.seek(0)
            shutil.copyfileobj(said, sys.stdout.buffer)
            sys.stdout.flush()
    return ended


def _again(root: Path) -> int:
    """Run what failed once more if it is little and of real time; return the status of the whole."""
    try:
        kept = [json.loads(path.read_text("utf-8")) for name in FAILED if (path := root / name).exists()]
    except (OSError, ValueError):
        return _FAILED
    failed = sorted(test for tests in kept for test in tests)
    if not 0 < len(failed) <= MOST_AGAIN or not _are_of_real_time(failed, root):
        return _FAILED
    _say("Once more, alone, for a busy machine may be the cause", failed)
    if _pytest(failed, root):
        return _FAILED
    _say("PASSED AT THE SECOND TRY ONLY, look into it", failed)
    return 0


def _are_of_real_time(tests: list[str], root: Path) -> bool:
    others = ["--collect-only", "-q", "-m", f"not ({REAL_TIME})", *tests]
    return _pytest(others, root, subprocess.DEVNULL) == _NOTHING_COLLECTED


def _pytest(arguments: list[str], root: Path, output: int | None = None) -> int:
    return subprocess.call(_command(arguments), cwd=root, env=_environment(), stdout=output)


def _start(arguments: list[str], root: Path, output: IO[bytes] | None = None) -> subprocess.Popen[bytes]:
    return subprocess.Popen(_command(arguments), cwd=root, env=_environment(), stdout=output)


def _command(arguments: list[str]) -> list[str]:
    return [sys.executable, "-m", "pytest", *arguments]


def _environment() -> dict[str, str]:
    # The programs that tests start by the hundred need not be compiled each time.
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _say(what: str, tests: list[str]) -> None:
    stderr.print(f"{what}: {', '.join(tests)}", markup=False, highlight=False, soft_wrap=True)
