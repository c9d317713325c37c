"""The names of the reports that a schedule can name. `reports.catalogue` has what they are; a test keeps both equal."""

from __future__ import annotations

REPORTS = (
    "day", "departments", "intervals", "heat", "trend", "waits", "people", "menus", "numbers", "transfers", "repeats",
    "reached-nobody",
)  # fmt: skip
