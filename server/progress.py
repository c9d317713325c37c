"""Progress of long work, as a value; how it is shown is the command line's business."""

from __future__ import annotations

from collections.abc import Callable

#: What is being done, and how much of it (0..1); None where nobody can know.
Show = Callable[[str, float | None], None]


def silent(what: str, done: float | None) -> None:
    """Show nothing."""
