"""What a report can be had as, what such a file is called, and what HTTP and mail call its kind. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from reports.document import Document

#: What a report can be had as, with the type that HTTP calls it.
FORMS: Mapping[str, str] = MappingProxyType(
    {
        "pdf": "application/pdf",
        "csv": "text/csv; charset=utf-8",
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "json": "application/json",
    }
)
#: What a report of several tables becomes that is wanted as CSV.
ZIP = "zip"
_TYPES = {**FORMS, ZIP: "application/zip"}


def media_type(name: str) -> str:
    """Return what kind of file one of ours is, by the ending of its name.

    >>> media_type("day-2026-11-01.zip"), media_type("day-2026-11-01.csv")
    ('application/zip', 'text/csv; charset=utf-8')
    """
    return _TYPES[name.rpartition(".")[2]]


def file_name(doc: Document, ending: str, table: str | None = None) -> str:
    """Return what the file is called, in letters that every system takes.

    >>> from datetime import UTC, date, datetime
    >>> from zoneinfo import ZoneInfo
    >>> from reports.period import days_between
    >>> period = days_between(date(2026, 11, 1), date(2026, 11, 30), ZoneInfo("UTC"))
    >>> file_name(Document("day", "Day by day", "Acme", period, datetime.now(UTC)), "pdf")
    'day-2026-11-01-to-2026-11-30.pdf'
    """
    first, last = doc.period.first.isoformat(), doc.period.last.isoformat()
    days = first if first == last else f"{first}-to-{last}"
    part = f"-{table}" if table else ""
    words = f"{doc.name}{part}-{days}"
    return "".join(letter if letter.isascii() and (letter.isalnum() or letter in "-_") else "-" for letter in words) + (
        f".{ending}"
    )
