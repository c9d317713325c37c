"""Looks at folders of this machine that a site names: whether they are there, and can be written into.

A share that has gone away may never answer: nobody waits for it longer than a moment.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from threading import Thread
from typing import NamedTuple

from config.findings import quoted

#: So long may all of them together take, seconds.
PATIENCE = 2.0


class Fault(NamedTuple):
    """What is wrong with a folder, and the mend."""

    message: str
    mend: str


def fault_of(folder: str) -> Fault | None:
    """Return why nothing can be put into a folder; None if it can. May block for as long as the disk does."""
    if not os.path.isdir(folder):  # noqa: PTH112 - of a path too long, or not to be looked at, it says no as well
        return Fault(f"there is no folder {quoted(folder)}", "make it, mount its share, or name another")
    if not os.access(folder, os.W_OK | os.X_OK):
        return Fault(f"nothing can be written into {quoted(folder)}", "let the server's user write there")
    return None


def faults(
    folders: Iterable[str], *, look: Callable[[str], Fault | None] = fault_of, patience: float = PATIENCE
) -> dict[str, Fault]:
    """Return what is wrong with each folder that has a fault; the first that does not answer hides those behind it."""
    todo = list(dict.fromkeys(folders))
    seen: dict[str, Fault | None] = {}

    def look_at_all() -> None:
        for folder in todo:
            seen[folder] = look(folder)

    thread = Thread(target=look_at_all, name="folders of the site", daemon=True)
    thread.start()
    thread.join(patience)
    answered = seen.copy()
    found = {folder: fault for folder, fault in answered.items() if fault is not None}
    if len(answered) < len(todo):
        silent = todo[len(answered)]
        found[silent] = Fault(f"the folder {quoted(silent)} does not answer", "look at its share")
    return found
