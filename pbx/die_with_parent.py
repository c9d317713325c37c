"""Owns one thing: becoming another program that the kernel ends when our parent dies. For tests and the demo.

Usage: python die_with_parent.py PARENT_PID PROGRAM ARGUMENT…
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main(words: list[str]) -> None:
    parent, command = int(words[0]), words[1:]
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        sys.exit(f"prctl: {os.strerror(ctypes.get_errno())}")
    if os.getppid() != parent:
        sys.exit("the parent died before we could ask to die with it")
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted; the process id stays the same


if __name__ == "__main__":
    main(sys.argv[1:])
