"""Sockets and files of this very process, found by what they are: for cutting a phone off, and for a file's end.

Linux only (`/proc/self/fd`). Knows nothing of phones.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Set
from pathlib import Path


def has_open(path: Path) -> bool:
    """Tell whether this process has the file open."""
    return str(path.resolve()) in _descriptors().values()


def cut(addresses: Set[str]) -> int:
    """Replace our UDP sockets bound to these "host:port" by dead ones, and return how many.

    Whoever holds the descriptor goes on believing in it, but nothing comes in and nothing gets out: a pulled cable.
    """
    count = 0
    for number, target in _descriptors().items():
        if target.startswith("socket:") and _bound_to(number) in addresses:
            dead, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
            with dead, other:
                os.dup2(dead.fileno(), number)
            count += 1
    return count


def _bound_to(number: int) -> str:
    with socket.socket(fileno=os.dup(number)) as probe:
        if probe.family != socket.AF_INET:
            return ""
        host, port = probe.getsockname()
        return f"{host}:{port}"


def _descriptors() -> dict[int, str]:
    found: dict[int, str] = {}
    for entry in Path("/proc/self/fd").iterdir():
        try:
            found[int(entry.name)] = str(entry.readlink())
        except OSError:
            continue  # closed between the listing and the look
    return found
