"""`report`: every report of the pages as text, JSON, CSV, PDF or XLSX, also while the server runs."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from ledger.files import write_whole
from ledger.journal_reads import JournalReads
from reports.asking import Ask, Facts
from reports.catalogue import REPORTS, NoReport, build
from reports.document import Document
from reports.forms.as_csv import NoTable, csv_of, table_names
from reports.forms.as_json import json_of
from reports.forms.csv_file import zip_of
from reports.forms.named import ZIP
from reports.forms.text import lines_of
from reports.period import NoPeriod, Period, days_between
from reports.period import day_of as read_day
from reports.records import Projection
from reports.recount import differences
from reports.selection import NoSelection
from reports.spans_projection import Projection as Spans
from reports.text import table
from server.data_folder import SiteNote, database_of, read_note
from server.report_room import ask_of, definition_in
from server.terminal import Foreseen, complain, foreseen, put, put_json

FORMATS = ("text", "json", "csv", "pdf", "xlsx")
#: These are files, not lines: they are written to `--out`, or sent on to another program.
_FILES = ("pdf", "xlsx")


def run(
    name: str,
    data: Path,
    start: str | None,
    end: str | None,
    format: str,
    out: Path | None = None,
    *,
    department: str = "",
    person: str = "",
    minutes: int = 60,
    table: str | None = None,
) -> int:
    """Make a report of the days from `start` to `end`; return 0, or 1 when figures do not add up.

    `table` is the only one that is wanted as CSV. Raises `Foreseen` for a report, day, format or table that does not
    exist.
    """
    if format not in FORMATS:
        raise Foreseen(f"there is no format {format!r}; there are {', '.join(FORMATS)}")
    if format in _FILES and out is None and sys.stdout.isatty():
        raise Foreseen(f"{format} is no text: say where to with --out FILE")
    if table is not None and format != "csv":
        raise Foreseen("--table is for --format csv: every other format has all tables")
    if name not in REPORTS:
        raise Foreseen(f"there is no report {name!r}; there are {', '.join(REPORTS)}")
    note = read_note(data)
    period = period_of(start, end, note)
    _require(department, note, person)
    ask = ask_of(note, period, datetime.now(UTC), department=department, person=person, minutes=minutes)
    with foreseen():
        try:
            document = asyncio.run(_document(name, data, note, ask))
        except (NoReport, NoSelection) as error:
            raise Foreseen(str(error)) from None
    if format == "csv":
        _csv(document, out, table)
    else:
        _write(document, format, out)
    for warning in document.warnings:
        complain(warning)
    return 1 if document.warnings else 0


def list_all() -> int:
    """List the reports there are."""
    rows = [(report.name, report.title, report.summary) for report in REPORTS.values()]
    for line in table(("Name", "Report", "Tells"), rows):
        put(line)
    return 0


def check(data: Path, start: str | None, end: str | None) -> int:
    """Count the calls of these days anew and compare that with what reports say; return 0 if it is equal, else 1."""
    note = read_note(data)
    period = period_of(start, end, note)
    ask = ask_of(note, period, datetime.now(UTC))
    with foreseen():
        differences = asyncio.run(_differences(data, note, ask))
    for difference in differences:
        complain(difference)
    put("recounted: the figures differ" if differences else "recounted: every figure is as the reports say")
    return 1 if differences else 0


def rebuild(data: Path, start: str | None, end: str | None) -> int:
    """Derive the records of the calls of these days anew from the journal."""
    note = read_note(data)
    period = period_of(start, end, note)
    with foreseen():
        made = asyncio.run(_rebuilt(data, note, period))
    put(f"{made} {'record' if made == 1 else 'records'} made anew")
    return 0


def day_of(text: str | None, note: SiteNote) -> date:
    """Read a day, the site's today when nothing was written; raises `Foreseen`."""
    if text is None:
        return datetime.now(UTC).astimezone(note.zone).date()
    try:
        return read_day(text)
    except NoPeriod as error:
        raise Foreseen(str(error)) from None


def period_of(start: str | None, end: str | None, note: SiteNote) -> Period:
    """Read a period: today when nothing was written, one day when no end was; raises `Foreseen`."""
    first = day_of(start, note)
    try:
        return days_between(first, first if end is None else day_of(end, note), note.zone)
    except NoPeriod as error:
        raise Foreseen(str(error)) from None


def _require(department: str, note: SiteNote, person: str) -> None:
    if department and department not in note.answer_within:
        raise Foreseen(f"there is no department {department!r}; there are {', '.join(note.answer_within) or 'none'}")
    if person and person not in note.names:
        raise Foreseen(f"there is nobody called {person!r} in the site")


async def _document(name: str, data: Path, note: SiteNote, ask: Ask) -> Document:
    async with database_of(data, note) as database:
        journal = JournalReads(database)
        await Projection(journal, database, lambda: ask.definition).catch_up()
        await Spans(journal, database).catch_up()
        return await build(name, ask, Facts(database, journal))


async def _differences(data: Path, note: SiteNote, ask: Ask) -> list[str]:
    async with database_of(data, note) as database:
        journal = JournalReads(database)
        await Projection(journal, database, lambda: ask.definition).catch_up()
        facts = Facts(database, journal)
        found: list[str] = []
        for day in ask.period.days():
            found += await differences(day, replace(ask, period=day), facts)
        return found


async def _rebuilt(data: Path, note: SiteNote, period: Period) -> int:
    async with database_of(data, note) as database:
        projection = Projection(JournalReads(database), database, lambda: definition_in(note))
        await projection.catch_up()
        return await projection.rebuild(period.start, period.end)


def _write(document: Document, format: str, out: Path | None) -> None:
    match format:
        case "json" if out is None:
            put_json(json_of(document))
        case "json":
            _text(out, json.dumps(json_of(document), ensure_ascii=False) + "\n")
        case "text" if out is None:
            for line in lines_of(document):
                put(line)
        case "text":
            _text(out, "\n".join(lines_of(document)) + "\n")
        case _:
            _file(document, format, out)


def _csv(document: Document, out: Path | None, table: str | None) -> None:
    """Write one table as CSV; all of them into a file that is called a ZIP. Lines end in CR LF, as CSV wants them."""
    which = f"say --table with one of {', '.join(table_names(document))}"
    several = table is None and len(table_names(document)) > 1
    if out is not None and out.suffix.lower() == f".{ZIP}":
        if table is not None:
            raise Foreseen("a ZIP has every table: leave --table out, or give --out a name that ends in .csv")
        write_whole(out, zip_of(document))
    elif out is not None and several:
        raise Foreseen(f"a CSV holds one table: give --out a name that ends in .zip, or {which}")
    else:
        try:
            text = "".join(csv_of(document, table))
        except NoTable as error:
            raise Foreseen(str(error)) from None
        _text(out, text)
        if several:
            complain(f"this is the first table only: {which}, or --out FILE.zip for all")


def _text(out: Path | None, text: str) -> None:
    if out is None:
        sys.stdout.write(text)
    else:
        write_whole(out, text)


def _file(document: Document, format: str, out: Path | None) -> None:
    # Loaded here: what draws takes a moment to load, and text needs none of it.
    from reports.forms.pdf import write_pdf
    from reports.forms.xlsx import write_xlsx

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"report.{format}"
        (write_pdf if format == "pdf" else write_xlsx)(document, path)
        if out is not None:
            write_whole(out, path.read_bytes())
        else:
            with path.open("rb") as made:
                shutil.copyfileobj(made, sys.stdout.buffer)
