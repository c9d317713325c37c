"""A report as a file, made beside the calls: PDF and workbook in a process of their own, the others in a thread.

Owns how long that may take, how large it may be, and how many at once.
"""

from __future__ import annotations

import asyncio
import json
import pickle
from dataclasses import dataclass

from ledger.process import ProcessLost, ask
from reports.document import Document
from reports.forms.as_json import json_of
from reports.forms.csv_file import csv_file, ending_of
from reports.forms.named import file_name, media_type

#: The forms whose making takes the processor for itself.
HEAVY = ("pdf", "xlsx")
#: Seconds until it is made, and bytes it may have.
SECONDS = 60.0
LARGEST = 50_000_000
#: Processes at once; who comes after waits in line.
AT_ONCE = 2


class NoPaper(Exception):
    """The report cannot be made into this form; the text says why."""


@dataclass(frozen=True)
class Paper:
    """A report as a file."""

    content: bytes
    content_type: str
    name: str


class Papers:
    """Makes files of reports."""

    def __init__(self, at_once: int = AT_ONCE, seconds: float = SECONDS, largest: int = LARGEST) -> None:
        self._turn = asyncio.Semaphore(at_once)
        self._seconds = seconds
        self._largest = largest

    async def make(self, doc: Document, form: str, base_url: str = "", table: str | None = None) -> Paper:
        """Return the report in this form, linked to the pages at `base_url`; `table` is which of them CSV is to hold,
        left out all of them.

        Raises NoPaper, and NoTable for a table that is not in the report.
        """
        try:
            async with asyncio.timeout(self._seconds):
                content = await self._content(doc, form, base_url, table)
        except TimeoutError:
            raise NoPaper(f"it took longer than {self._seconds:g} s: ask for less time") from None
        if len(content) > self._largest:
            raise NoPaper(f"it has more than {self._largest // 1_000_000} MB: ask for less time")
        name = file_name(doc, ending_of(doc, form, table), table)
        return Paper(content, media_type(name), name)

    async def _content(self, doc: Document, form: str, base_url: str, table: str | None) -> bytes:
        if form == "csv":
            return await asyncio.to_thread(csv_file, doc, table)
        if form == "json":
            return await asyncio.to_thread(lambda: json.dumps(json_of(doc), ensure_ascii=False, indent=1).encode())
        packed = await asyncio.to_thread(pickle.dumps, doc)
        job = {"form": form, "base_url": base_url, "document": len(packed)}
        async with self._turn:
            try:
                _, content = await ask(
                    "reports.web.paper_worker", job, more=packed, most_content=self._largest, deadline=self._seconds
                )
            except ProcessLost as lost:
                raise NoPaper(f"it could not be made: {lost.why[:200]}") from lost
        return content
