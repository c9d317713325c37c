"""`customers`: import, export, find, show.

An import is handed to the running server: only there does it make way for calls, and it goes on when this terminal is
closed or the server is killed. Everything else reads the data folder itself, which is safe beside a running server.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from config.customers import CustomerSettings
from crm_bridge.exchange.aside import look
from crm_bridge.exchange.bring_in import Progress, Report, bring_in
from crm_bridge.exchange.errors import ExchangeError
from crm_bridge.exchange.receiver import Became
from crm_bridge.exporting import Exports, Wanted
from crm_bridge.files import Files
from crm_bridge.importing_model import LARGEST, LIMITS, Rule
from crm_bridge.importing_trial import Trial
from crm_bridge.model import Customer, CustomerFile, Entry, NoSuchCustomer
from crm_bridge.privacy import Privacy
from crm_bridge.service import Customers
from crm_bridge.web.import_asking import mapped, wishes_of
from crm_bridge.writing import Cabinet
from ivr.attendant import snapshot
from ledger.clock import SystemClock
from ledger.database import Database
from ledger.jobs import Jobs
from ledger.web.visit import Refusal
from reports.text import printable, table
from server.data_folder import SiteNote, database_of, read_note
from server.launch import INTERRUPTED
from server.local_server import ask, find_server
from server.local_upload import hand_over
from server.settings import Settings
from server.studio.audit import by_command
from server.terminal import Foreseen, foreseen, progress, put, put_json, remark

API = "/api/v1/customers/imports"
#: Who waits looks so often, seconds, and puts up with a server that is away for so long.
LOOK_EVERY, SERVER_AWAY = 0.5, 600.0
#: Who did it, where that is written down.
BY = "command line"
_HEADS = ("id", "name", "organisation", "numbers", "status")
#: Refused rows that are printed; with --json they come from the API.
_SHOWN = 20
_UNDER_WAY = ("waiting", "running")


@dataclass(frozen=True)
class Wish:
    """How a file is to be imported, as the options say it; '' for what was left out."""

    file: Path
    rule: str = "skip"
    columns: tuple[str, ...] = ()
    encoding: str = ""
    delimiter: str = ""
    header: str = ""

    def fields(self) -> dict[str, str]:
        """Return it as the server's form has it."""
        fields = {"encoding": self.encoding, "delimiter": self.delimiter, "header": self.header}
        fields |= {"rule": self.rule, "map": " ".join(self.columns)}
        return {name: value for name, value in fields.items() if value}


def import_file(data: Path, wish: Wish, *, dry_run: bool, json: bool) -> int:
    """Import a file and see it through; return 1 when it came to no good end, or rows were refused."""
    _look_at(wish)
    with foreseen():
        if dry_run:
            return _try(data, wish, json=json)
        find_server(data)
        one = hand_over(data, API, wish.fields(), "document", wish.file)
        try:
            one = _wait(data, one["id"])
        except KeyboardInterrupt:
            remark(f"import {one['id']} goes on; the page /customers/import shows it")
            return INTERRUPTED
        refused = ask(data, "GET", f"{API}/{quote(one['id'])}/refused")["rows"] if one["refused"] else []
    if json:
        put_json({"import": one, "refused": refused})
    else:
        _tell(one, refused)
    return 0 if one["state"] == "done" and not one["refused"] else 1


def export_file(data: Path, file: Path, form: str, status: str, tag: str, *, json: bool) -> int:
    """Write customers into a new file."""
    if file.exists():
        raise Foreseen(f"{file} is there already: name a file that is not")
    form = form or ("vcard" if file.suffix.lower() in (".vcf", ".vcard") else "csv")
    if form not in ("csv", "vcard"):
        raise Foreseen(f"--format is csv or vcard, not {form!r}")

    async def run() -> int:
        written = 0
        async with _house(data) as (cabinet, _):
            await by_command(cabinet.db, cabinet.clock.now(), "exported customers", form)
            pieces = Exports(cabinet).write(Wanted(form, status, tag), BY)
            part = file.with_name(f"{file.name}.part")
            with progress() as show:
                try:
                    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
                    with os.fdopen(descriptor, "wb") as out:
                        async with aclosing(pieces):  # type: ignore[type-var]  # a generator, typed as what callers need
                            async for piece in pieces:
                                await asyncio.to_thread(out.write, piece)
                                written += len(piece)
                                show(f"{written / 1_000_000:.1f} MB", None)
                    part.replace(file)
                finally:
                    part.unlink(missing_ok=True)
        return written

    with foreseen():
        size = asyncio.run(run())
    if json:
        put_json({"file": str(file), "format": form, "size": size})
    else:
        put(f"{size} bytes in {file}; who exported is written down")
    return 0


def find(data: Path, text: str, *, json: bool) -> int:
    """Print whom somebody who types this looks for; return 1 for nobody."""

    async def run() -> list[Customer]:
        async with _house(data) as (cabinet, note):
            return await Customers(cabinet.db, note.country).search(text)

    with foreseen():
        found = asyncio.run(run())
    if json:
        put_json({"customers": [_short(one) for one in found]})
    elif not found:
        put("nobody")
    for line in table(_HEADS, [_row(one) for one in found]) if found and not json else ():
        put(printable(line))
    return 0 if found else 1


def show(data: Path, id_: str, *, json: bool) -> int:
    """Print all that is written of a customer, and what passed; return 1 for nobody. That somebody looked is noted."""

    async def run() -> tuple[CustomerFile, Sequence[Entry]]:
        async with _house(data) as (cabinet, note):
            file = await Files(cabinet).get(id_)
            await Privacy(cabinet).looked(id_, BY)
            return file, (await Customers(cabinet.db, note.country).timeline(id_, limit=20)).entries

    with foreseen():
        try:
            file, entries = asyncio.run(run())
        except NoSuchCustomer:
            put("there is no such customer: `customers find` lists ids")
            return 1
    facts = _facts(file)
    if json:
        put_json({"id": file.id, **facts, "history": [{"at": e.at, "what": _said(e)} for e in entries]})
        return 0
    for name, value in facts.items():
        if value:
            put(printable(f"{name:<14} {', '.join(value) if isinstance(value, list) else value}"))
    zone = read_note(data).zone
    for entry in entries:
        put(printable(f"{entry.at.astimezone(zone):%Y-%m-%d %H:%M}  {_said(entry)}"))
    return 0


def _look_at(wish: Wish) -> None:
    if not wish.file.is_file():
        raise Foreseen(f"{wish.file} is {'no file' if wish.file.exists() else 'not there'}")
    if wish.file.stat().st_size > LARGEST:
        raise Foreseen(f"{wish.file} has more than {LARGEST // 1_000_000} MB: split it")
    if wish.rule not in set(Rule):
        raise Foreseen(f"--existing is one of {', '.join(Rule)}, not {wish.rule!r}")
    try:
        wishes_of({**wish.fields(), **mapped(wish.columns)})
    except Refusal as refused:
        raise Foreseen(f"{str(refused).replace('`', '--')}; {refused.hint}") from None


def _try(data: Path, wish: Wish, *, json: bool) -> int:
    """Say what an import would do, and do nothing."""

    async def run() -> tuple[Report, int, Sequence[str]]:
        async with _house(data) as (cabinet, note):
            settings = cabinet.settings()
            own = [*settings.fields, *(field.label for field in settings.fields.values() if field.label)]
            wishes = wishes_of({**wish.fields(), **mapped(wish.columns)})
            plan = (await look(wish.file, note.country, own=own, wishes=wishes, limits=LIMITS)).plan
            trial = Trial(cabinet.db, settings, note.country, plan, Rule(wish.rule))
            columns = [
                f"{n}={c.field.value}" + (f"|{c.label}" if c.label else "") for n, c in enumerate(plan.columns, 1)
            ]
            with progress() as told:

                def tell(now: Progress) -> None:
                    told(f"{now.read:,} rows", now.done / now.size if now.size else None)

                report = await bring_in(wish.file, plan, trial, tell=tell, limits=replace(LIMITS, listed=1_000))
            return report, trial.companies, columns

    try:
        report, companies, columns = asyncio.run(run())
    except ExchangeError as error:
        raise Foreseen(error.why) from None
    became = report.progress.became
    refused = [{"row": row.number, "why": row.why, "cells": list(row.cells)} for row in report.refused.rows]
    told: dict[str, Any] = {
        "state": "dry run",
        "rows": report.progress.read,
        "added": became[Became.ADDED],
        "joined": became[Became.MERGED],
        "left_out": became[Became.KNOWN],
        "refused": report.refused.count,
        "incomplete": report.warned.count,
        "organisations": companies,
        "columns": columns,
    }
    if json:
        put_json({"import": told, "refused": refused})
    else:
        put(printable(f"columns: {' '.join(columns)}" if columns else "cards"))
        _tell(told, refused)
    return 0 if not refused else 1


def _wait(data: Path, id_: str) -> Any:  # Any: JSON
    there = time.monotonic()
    with progress() as show:
        while True:
            try:
                one = ask(data, "GET", f"{API}/{quote(id_, safe='')}")
                there = time.monotonic()
            except Foreseen as away:
                if time.monotonic() > there + SERVER_AWAY:
                    raise Foreseen(f"{away}; import {id_} goes on when it is back") from None
                show("the server does not answer", None)
            else:
                if one["state"] not in _UNDER_WAY:
                    return one
                show(f"{one['rows']:,} rows" if not one["why"] else one["why"], one["share"])
            time.sleep(LOOK_EVERY)


def _tell(one: Mapping[str, Any], refused: Sequence[Mapping[str, Any]]) -> None:
    counts = ("added", "joined", "left_out", "refused", "organisations")
    put(f"{one['state']}: " + ", ".join(f"{one[name]:,} {name.replace('_', ' ')}" for name in counts))
    if one.get("why"):
        put(printable(str(one["why"])))
    for row in refused[:_SHOWN]:
        put(printable(f"row {row['row']}: {row['why']}"))
    if one["refused"] > min(len(refused), _SHOWN):
        put(f"{one['refused'] - min(len(refused), _SHOWN):,} more refused rows: the page of the import has them as CSV")


@asynccontextmanager
async def _house(data: Path) -> AsyncIterator[tuple[Cabinet, SiteNote]]:
    """Open the data folder as one who changes little and reads much. Raises Foreseen, DatabaseError."""
    note = read_note(data)
    settings = await asyncio.to_thread(_settings, data)
    async with database_of(data, note) as database:
        yield _cabinet(database, settings, note), note


def _cabinet(database: Database, settings: CustomerSettings, note: SiteNote) -> Cabinet:
    clock = SystemClock()
    return Cabinet(database, Jobs(database, clock), lambda: settings, clock, note.country)


def _settings(data: Path) -> CustomerSettings:
    """Return what the site says of customers, as the server published it."""
    try:
        return snapshot.read(Settings(site=data, data=data).snapshot).site.customers
    except snapshot.BadSnapshot:
        return CustomerSettings()


def _short(one: Customer) -> dict[str, object]:
    return {
        "id": one.id,
        "name": one.name,
        "kind": one.kind.value,
        "organisation": one.company,
        "numbers": list(one.numbers),
        "status": one.status,
    }


def _row(one: Customer) -> tuple[str, ...]:
    return (one.id, one.name, one.company, ", ".join(one.numbers), one.status)


def _facts(file: CustomerFile) -> dict[str, str | list[str]]:
    details = file.details
    return {
        "name": details.name,
        "kind": details.kind.value,
        "organisation": file.company,
        "numbers": [f"{p.number} ({p.label})" if p.label else p.number for p in details.phones],
        "mails": [mail.address for mail in details.mails],
        "handles": [f"{handle.service}: {handle.handle}" for handle in details.handles],
        "address": details.address.replace("\n", ", "),
        "website": details.website,
        "language": details.language,
        "status": details.status,
        "owner": details.owner,
        "tags": list(details.tags),
        **{f"field {name}": str(value) for name, value in details.fields.items()},
    }


def _said(entry: Entry) -> str:
    if entry.interaction is not None:
        one = entry.interaction
        return f"{one.medium.value} {one.direction.value}, {one.outcome or one.result or 'going on'}"
    return f"{entry.step.what}{f' by {entry.step.by}' if entry.step.by else ''}" if entry.step is not None else ""
