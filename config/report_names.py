"""The names of the reports that a schedule can name. `reports.catalogue` has what they are; a test keeps both equal."""

from __future__ import annotations

REPORTS = (
    "day", "departments", "intervals", "heat", "trend", "waits", "people", "menus", "numbers", "transfers", "repeats",
    "reached-nobody", "messages",
)  # fmt: skip
#: Those that are of the whole site only: they follow callers, whom no department has to itself.
OF_THE_WHOLE_SITE = frozenset({"menus", "numbers", "repeats", "reached-nobody"})
