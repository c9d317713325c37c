"""`import queue-log`, `cdr`, `list` and `forget`: the history of an existing Asterisk, for the reports."""

from __future__ import annotations

import asyncio
import fcntl
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers

from ledger.clock import SystemClock
from reports.imports import store
from reports.imports.formats import Options
from reports.imports.importing import Importer, Told
from reports.imports.model import ImportRefused, Kind, Source
from reports.imports.undoing import forget as forget_source
from reports.text import printable, table
from server.data_folder import SiteNote, database_of, read_note
from server.report_room import definition_in
from server.studio.audit import by_command
from server.terminal import Foreseen, foreseen, progress, put, put_json, stderr

#: Where lists of what was not understood lie, in the data folder.
FOLDER = "history"
_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
_SHOWN = 5


@dataclass(frozen=True)
class Wish:
    """What was asked for on the command line, besides the file. '' for `zone` and `country` are the site's own."""

    host: str = ""
    zone: str = ""
    encoding: str = "utf-8"
    queues: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    columns: str = ""
    contexts: tuple[str, ...] = ()
    trunks: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    menus: bool = True
    country: str = ""
    inside: bool = False


def run(kind: Kind, file: Path, data: Path, wish: Wish, *, json: bool) -> int:
    """Import a file and tell what came of it; return 0, or 1 where lines were not understood.

    Raises `Foreseen` for what is no such file, and for options that are none.
    """
    note = read_note(data)
    source, options = _source(kind, wish), _options(wish, note)
    listing = data / FOLDER / f"{source.name}-{_plain(file.name)}.not-understood.txt"
    with foreseen(), _refusals(), _only_one(data):
        told = asyncio.run(_import(data, note, file, source, options, wish.encoding, listing))
    where = listing if told.faults else None
    if json:
        put_json(_as_json(source, file, told, where))
    else:
        _tell(source, file, told, where, note)
    return 1 if told.faults else 0


def show(data: Path, *, json: bool) -> int:
    """List what was imported."""
    note = read_note(data)
    with foreseen():
        found = asyncio.run(_list(data, note))
    if json:
        put_json([{**asdict(row), "contacts": contacts} for row, contacts in found])
        return 0
    if not found:
        put("Nothing was imported yet.")
        return 0
    rows = [
        [row.source, f"{contacts:,}", _day(row.first_at, note), _day(row.last_at, note), _day(row.imported_at, note)]
        for row, contacts in found
    ]
    for line in table(["source", "calls", "from", "to", "imported"], rows):
        put(line)
    return 0


def forget(data: Path, source: str, *, json: bool) -> int:
    """Take an import back."""
    note = read_note(data)
    with foreseen(), _refusals(), _only_one(data):
        gone = asyncio.run(_forget(data, note, source))
    if json:
        put_json({"source": source, "forgotten": gone})
    else:
        put(f"calls of {printable(source)} taken out of the reports: {gone:,}")
    return 0


async def _import(
    data: Path, note: SiteNote, file: Path, source: Source, options: Options, encoding: str, listing: Path
) -> Told:
    with progress() as bar:

        def show_it(done: float, told: Told) -> None:
            bar(f"reading {file.name} ({told.lines:,} lines, {told.contacts:,} calls)", done)

        async with database_of(data, note) as database:
            importer = Importer(database, definition_in(note))
            told = await importer.take(file, source, options, listing, encoding=encoding, show=show_it)
            await by_command(database, SystemClock().now(), "imported calls", source.name)
            return told


async def _list(data: Path, note: SiteNote) -> list[tuple[store.SourceRow, int]]:
    async with database_of(data, note) as database, database.reading() as session:
        return [(row, await store.count_contacts(session, row.source)) for row in await store.list_sources(session)]


async def _forget(data: Path, note: SiteNote, source: str) -> int:
    with progress() as bar:
        async with database_of(data, note) as database:
            gone = await forget_source(
                database, source, definition_in(note), lambda gone: bar(f"forgetting ({gone:,} calls)", None)
            )
            await by_command(database, SystemClock().now(), "forgot an import of calls", source)
            return gone


def _source(kind: Kind, wish: Wish) -> Source:
    if wish.host and not _HOST.fullmatch(wish.host):
        raise Foreseen(f"{wish.host[:80]!r} is no name for an Asterisk: letters, digits, dots and dashes")
    return Source(kind, wish.host)


def _options(wish: Wish, note: SiteNote) -> Options:
    zone = wish.zone or note.timezone
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise Foreseen(f"there is no time zone {zone[:80]!r}: write one such as Europe/Vilnius") from None
    try:
        "".encode(wish.encoding)
    except LookupError:
        raise Foreseen(f"there is no encoding {wish.encoding[:80]!r}: write one such as utf-8 or cp1257") from None
    options = Options(zone=zone, departments=_pairs("--queue", wish.queues), people=_pairs("--agent", wish.agents))
    return replace(
        options,
        columns=wish.columns,
        contexts=wish.contexts,
        trunks=wish.trunks,
        numbers=wish.numbers,
        menus=wish.menus,
        country=_country(wish.country or note.country),
        inside=wish.inside,
    )


def _country(text: str) -> str:
    country = text.strip().upper()
    if country not in phonenumbers.SUPPORTED_REGIONS:
        raise Foreseen(f"there is no country {text[:80]!r}: write its two letters, such as LT")
    return country


def _pairs(option: str, given: Sequence[str]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in given:
        theirs, equals, ours = text.rpartition("=")
        if not (equals and theirs.strip() and ours.strip()):
            raise Foreseen(f"{option} {text[:80]!r}: write it as NAME-IN-THE-FILE=OUR-NAME")
        pairs[theirs.strip()] = ours.strip()
    return pairs


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except ImportRefused as why:
        raise Foreseen(str(why)) from why


@contextmanager
def _only_one(data: Path) -> Iterator[None]:
    """Keep a second import away from this folder; however this one ends, the next may begin."""
    folder = data / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "import.lock").open("a") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Foreseen("another import is under way in this data folder: wait until it has ended") from None
        yield


def _as_json(source: Source, file: Path, told: Told, listing: Path | None) -> dict[str, object]:
    return {
        "source": source.name,
        "file": str(file),
        "from": told.first_at and told.first_at.isoformat(),
        "to": told.last_at and told.last_at.isoformat(),
        "lines": told.lines,
        "lines_read_before": told.known_lines,
        "calls": told.contacts,
        "calls_of_our_journal": told.ours,
        "moments_of_agents": told.moments,
        "not_understood": told.faults,
        "not_understood_list": listing and str(listing),
        "remarks": dict(told.asides),
    }


def _tell(source: Source, file: Path, told: Told, listing: Path | None, note: SiteNote) -> None:
    before = f", after {told.known_lines:,} that were read before" if told.known_lines else ""
    put(f"{printable(file.name)} as {source.name}")
    put(f"lines read: {told.lines:,}{before}")
    put(f"new calls: {told.contacts:,}; what agents did: {told.moments:,}")
    if told.ours:
        put(f"calls of our own journal, which are not imported again: {told.ours:,}")
    for aside, count in told.asides.most_common():
        put(f"{printable(aside)}: {count:,}")
    for fault in told.first_faults[:_SHOWN]:
        stderr.print(f"not understood: line {fault.line:,}: {fault.why}")
    if listing is not None:
        stderr.print(f"lines not understood: {told.faults:,}; all are listed in {listing}")
    if told.first_at and told.last_at:
        put(f"the days: {_day(told.first_at, note)} to {_day(told.last_at, note)}")


def _day(at: datetime | None, note: SiteNote) -> str:
    return "" if at is None else at.astimezone(note.zone).date().isoformat()


def _plain(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]", "_", name)[:80]
