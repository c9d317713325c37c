"""Sample files of an Asterisk for tests of imports, and what the reports have of them afterwards."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from ledger.database import Database
from reports import store
from reports.imports.formats import Options
from reports.imports.importing import Importer, Told
from reports.imports.model import Kind, Source
from reports.model import CallRecord
from reports.rules import Definition

T = 1_795_309_200  # 2026-11-22 01:00:00 UTC, 03:00:00 in Vilnius
ZONE = "Europe/Vilnius"
QUEUE_LOG, CDR = Source(Kind.QUEUE_LOG), Source(Kind.CDR)
FROM_TRUNK = Options(ZONE, contexts=("from-trunk",), menus=False)


def call(n: int, *, wait: int = 10, talk: int = 60, end: str = "COMPLETECALLER") -> list[str]:
    """The lines of one call, every one of them a minute after the one before."""
    begin, uniqueid = T + 60 * n, f"{T + 60 * n}.{n}"
    left = f"{begin + wait}|{uniqueid}|support|NONE|ABANDON|1|1|{wait}"
    answered = [
        f"{begin + wait}|{uniqueid}|support|alice|CONNECT|{wait}|{begin}.9{n}|3",
        f"{begin + wait + talk}|{uniqueid}|support|alice|{end}|{wait}|{talk}|1",
    ]
    enter = f"{begin}|{uniqueid}|support|NONE|ENTERQUEUE||+3706000{n:04}|1"
    return [enter, *([left] if end == "ABANDON" else answered)]


def log_of(calls: int) -> list[str]:
    """The lines of many calls, each third one given up, in the order of their times."""
    lines = [line for n in range(calls) for line in call(n, end="ABANDON" if n % 3 == 2 else "COMPLETECALLER")]
    return sorted(lines, key=lambda line: line.split("|")[0])


def cdr_row(n: int, *, lasted: int = 75, to: str = "PJSIP/101-0000002b", app: str = "Dial") -> str:
    """A row of Master.csv for the same call."""
    begin = T + 60 * n
    start, end = (f"{datetime.fromtimestamp(at + 7200, UTC):%Y-%m-%d %H:%M:%S}" for at in (begin, begin + lasted))
    return (
        f'"","+3706000{n:04}","+37052000000","from-trunk","<1>","PJSIP/carrier-0000002a","{to}","{app}","x",'
        f'"{start}","{start}","{end}",{lasted},{lasted},"ANSWERED","DOCUMENTATION","{begin}.{n}"'
    )


def write(path: Path, lines: Sequence[str], *, ended: bool = True) -> Path:
    """Write a file of these lines."""
    text = "\n".join(lines) + ("\n" if lines and ended else "")
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text)
    return path


async def take(db: Database, path: Path, source: Source = QUEUE_LOG, options: Options | None = None) -> Told:
    """Import a file."""
    options = options or (FROM_TRUNK if source.kind is Kind.CDR else Options(ZONE))
    return await Importer(db, Definition()).take(path, source, options, path.with_suffix(".list"))


async def records(db: Database) -> dict[str, CallRecord]:
    """Return every record, by its call."""
    async with db.reading() as session:
        found = await store.list_between(
            session, datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC), limit=100_000
        )
    return {record.call: record for record in found}
