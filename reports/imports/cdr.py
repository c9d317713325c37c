"""Asterisk's CDR files as a format of imports: Master.csv of cdr_csv, and what cdr_custom writes.

Owns finding out which column is what. Read from the sources of Asterisk (cdr/cdr_csv.c, main/cdr.c) and from its
sample cdr_custom.conf.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import tzinfo

from reports.imports.cdr_contact import Reading, contact_of, endpoint_of
from reports.imports.cdr_rows import NEEDED, columns_of, guessed, header_of, read_row, row_from
from reports.imports.model import Entry, Fault, ImportRefused, Parsed
from reports.imports.queue_lines import NotUnderstood
from reports.model import CallRecord

NO_IDS = "rows without an id: each was taken for a call of its own (loguniqueid=yes in cdr.conf writes ids)"


class Cdr:
    """The format. `zone` is the clock of the machine that wrote the file; `columns`, if any, as in `columns_of`."""

    def __init__(self, zone: tzinfo, reading: Reading, columns: str = "") -> None:
        self._zone = zone
        self._reading = reading
        self._columns = columns_of(columns) if columns else None
        self._header = False

    def begin(self, first: Sequence[str]) -> None:
        """Find out the columns, and see that it was said which calls are customers'; raises ImportRefused."""
        self._header = self._columns is None and _header(first) is not None
        if self._header:
            self._columns = _header(first)
        if self._columns is None:
            self._columns = next((columns for line in first if (columns := _guess(line)) is not None), None)
        if self._columns is None:
            raise ImportRefused(
                "what its columns are cannot be seen: name them with --columns, as cdr_custom.conf does"
            )
        if missing := sorted(NEEDED - set(self._columns)):
            raise ImportRefused(f"it has no column {', '.join(missing)}: without that a row says nothing of a call")
        if self._reading.inbound.says_nothing:
            raise ImportRefused(
                f"say which calls are customers', by --context, --trunk or --number. {self._seen(first)}"
            )

    def parse(self, number: int, text: str) -> Parsed:
        """Return what a row says; never raises."""
        assert self._columns is not None, "begin comes first"
        if not text.strip() or (number == 1 and self._header):
            return Parsed()
        try:
            row, doubt = read_row(text, self._columns, self._zone)
        except NotUnderstood as why:
            return Parsed(fault=Fault(number, text, str(why)))
        if not row.linkedid and not row.uniqueid:
            if not self._reading.inbound.has(row):
                return Parsed()
            doubt = doubt or NO_IDS
        return Parsed(entry=Entry(row.key, row.text(), row.end), aside=doubt)

    def record(self, contact: str, source: str, lines: Sequence[str]) -> CallRecord | None:
        """Return the contact that these kept rows amount to; None for a call from inside."""
        return contact_of(contact, source, [row_from(line) for line in lines], self._reading)

    def _seen(self, first: Sequence[str]) -> str:
        """Say what there is to choose from."""
        contexts: Counter[str] = Counter()
        endpoints: Counter[str] = Counter()
        for place, line in enumerate(first):
            try:
                row, _ = read_row(line, self._columns or (), self._zone)
            except NotUnderstood:
                continue
            if place or not self._header:
                contexts[row.context] += 1
                endpoints[endpoint_of(row.channel)] += 1
        most = [", ".join(name for name, _ in found.most_common(5) if name) for found in (contexts, endpoints)]
        return f"Its first rows have the contexts {most[0] or '(none)'} and calls from {most[1] or '(none)'}"


def _header(first: Sequence[str]) -> tuple[str, ...] | None:
    try:
        return header_of(first[0]) if first else None
    except NotUnderstood:
        return None


def _guess(line: str) -> tuple[str, ...] | None:
    try:
        return guessed(line)
    except NotUnderstood:
        return None
