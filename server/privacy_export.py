"""All that is known of a person in one ZIP: JSON for machines, sound and pages, and one page for people to read.

Owns what is in it and that it is written piece by piece: whatever there is, little of it is in memory at once.
"""

from __future__ import annotations

import asyncio
import json
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import jinja2

import crm_bridge.privacy
from callrouter.archive import events_of
from callrouter.story import sentence
from config.schema import Site
from crm_bridge.connectors.told_about import each_about
from crm_bridge.privacy import Privacy
from crm_bridge.privacy_exports import Progress
from crm_bridge.web.amounts import written
from fax.forgetting import ForgetFaxes
from fax.model import Fax
from fax.promises import KIND as FAX
from fax.promises import REPORT
from ledger.clock import Clock
from ledger.deliveries import Deliveries
from ledger.forgetting import in_order
from ledger.forgetting_words import Whom
from ledger.journal_reads import JournalReads
from ledger.spool import Spool
from voicemail.forgetting import ForgetMessages
from voicemail.model import Message
from voicemail.promises import KIND as VOICEMAIL

#: Calls read at once; a page for people tells so many contacts, the newest, and the rest is in the JSON.
_CALLS, SHOWN = 20, 500
_TEMPLATES = Path(crm_bridge.privacy.__file__).parent / "templates" / "privacy"
#: Parts, as progress counts them.
PARTS = ("the file", "contacts", "calls", "voicemails", "faxes", "mails", "other systems", "the overview")


@dataclass(frozen=True)
class Everything:
    """Writes exports."""

    site: Callable[[], Site]
    clock: Clock
    privacy: Privacy
    journal: JournalReads
    messages: ForgetMessages
    faxes: ForgetFaxes
    deliveries: Deliveries
    spool: Spool
    widen: Callable[[Whom], Awaitable[Whom]]

    async def write(self, customer: str, path: Path, progress: Progress) -> None:
        """Write everything about a customer into a ZIP. Raises NoSuchCustomer, LedgerError, OSError."""
        whom = await self.widen((await self.privacy.look_over(customer)).whom)
        shown: dict[str, _Part] = {}
        async with _zip(path) as to:
            await progress(PARTS[0], 0, len(PARTS))
            known = await self.privacy.export(customer, interactions=False)
            await to.put("customer.json", known)
            await progress(PARTS[1], 1, len(PARTS))
            shown["contacts"] = await to.put_each(
                "interactions.json", self.privacy.each_interaction(customer), lambda one: str(one["started"])
            )
            await progress(PARTS[2], 2, len(PARTS))
            shown["calls"] = await to.put_each("calls.json", self._calls(whom))
            await progress(PARTS[3], 3, len(PARTS))
            messages = await self.messages.find(whom)
            shown["voicemails"] = await to.put_each("voicemails.json", self._messages(to, messages))
            await progress(PARTS[4], 4, len(PARTS))
            faxes = await self.faxes.find(whom)
            shown["faxes"] = await to.put_each("faxes.json", self._faxes(to, faxes))
            await progress(PARTS[5], 5, len(PARTS))
            about = {VOICEMAIL: messages, FAX: faxes, REPORT: faxes}
            shown["mails"] = await to.put_each("mails.json", self._mails(about))
            await progress(PARTS[6], 6, len(PARTS))
            told = each_about(self.privacy.db, whom.customers, whom.calls)
            shown["told"] = await to.put_each("other-systems.json", told)
            await progress(PARTS[7], 7, len(PARTS))
            await to.put_text("overview.html", await asyncio.to_thread(self._overview, known, shown))
        await progress("", len(PARTS), len(PARTS))

    async def _calls(self, whom: Whom) -> AsyncIterator[dict[str, Any]]:
        calls = await in_order(self.privacy.db, whom.calls)
        for begin in range(0, len(calls), _CALLS):
            for call, entries in (await self.journal.of_calls(calls[begin : begin + _CALLS])).items():
                events = [
                    {"at": event.at.isoformat(), "what": event.KIND, "said": sentence(event), **_own(entry.data)}
                    for entry in entries
                    for event in events_of([entry])
                ]
                yield {"call": call, "began": entries[0].at.isoformat() if entries else "", "events": events}

    async def _messages(self, to: _Zip, ids: list[str]) -> AsyncIterator[dict[str, Any]]:
        for id_ in ids:
            message = await self.messages.get(id_)
            if message is None:
                continue
            name = f"voicemails/{self._day(message.taken_at)}-{id_[:8]}.wav"
            sound = name if await to.put_file(name, self.spool, message.file) else ""
            yield _message(message, sound)

    async def _faxes(self, to: _Zip, ids: list[str]) -> AsyncIterator[dict[str, Any]]:
        for id_ in ids:
            fax = await self.faxes.get(id_)
            if fax is None:
                continue
            stem = f"faxes/{self._day(fax.at)}-{id_[:8]}"
            kinds = (("pages", fax.pdf, ".pdf"), ("original", fax.file, ".tif"), ("report", fax.report, "-report.pdf"))
            files = {
                kind: stem + end
                for kind, file, end in kinds
                # The pages as they came are put in only where there is no PDF of them.
                if file and not (kind == "original" and fax.pdf) and await to.put_file(stem + end, self.spool, file)
            }
            yield _fax(fax, files)

    async def _mails(self, about: Mapping[str, list[str]]) -> AsyncIterator[dict[str, Any]]:
        for kind, ids in about.items():
            for begin in range(0, len(ids), _CALLS):
                for delivery in await self.deliveries.list_about(kind, ids[begin : begin + _CALLS]):
                    yield {
                        "about": delivery.about,
                        "what": kind,
                        "channel": delivery.channel,
                        "receiver": delivery.receiver,
                        "state": delivery.state.value,
                        "promised": delivery.created_at.isoformat(),
                        "ended": delivery.ended_at.isoformat() if delivery.ended_at else "",
                    }

    def _day(self, at: datetime) -> str:
        return f"{at.astimezone(self.site().company.zone):%Y-%m-%d}"

    def _overview(self, known: Mapping[str, Any], shown: Mapping[str, _Part]) -> str:
        """Return the page for people. Blocks."""
        site = self.site()

        def local(text: str) -> str:
            there = datetime.fromisoformat(text).astimezone(site.company.zone)
            return f"{there.day} {there:%b %Y, %H:%M}"

        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(_TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined,
            trim_blocks=True, lstrip_blocks=True,
        )  # fmt: skip
        environment.filters.update(local=local, money=written, length=len, clock=_clock)
        return environment.get_template("overview.html").render(
            company=site.company.name, zone=site.company.timezone, made=self.clock.now().isoformat(),
            known=known, details=known["customer"]["details"], shown=shown, most=SHOWN,
        )  # fmt: skip


@dataclass(frozen=True)
class _Part:
    """What the page shows of one list: the last or newest, the newest behind, of so many."""

    newest: list[dict[str, Any]]
    count: int


@asynccontextmanager
async def _zip(path: Path) -> AsyncIterator[_Zip]:
    """Open a ZIP to be written; it is whole when the block ends well."""
    file = await asyncio.to_thread(zipfile.ZipFile, path, "w", zipfile.ZIP_DEFLATED)
    try:
        yield _Zip(file)
    finally:
        await asyncio.to_thread(file.close)


class _Zip:
    """A ZIP in the writing; everything that takes time is done in a thread, one piece at a time."""

    def __init__(self, file: zipfile.ZipFile) -> None:
        self._file = file

    async def put_text(self, name: str, text: str) -> None:
        """Write a text."""
        await asyncio.to_thread(self._file.writestr, name, text)

    async def put(self, name: str, value: object) -> None:
        """Write a value as JSON."""
        await self.put_text(name, json.dumps(value, ensure_ascii=False, indent=1))

    async def put_file(self, name: str, spool: Spool, file: str) -> bool:
        """Write a file of the spool; False when it is gone."""
        if not file or not await spool.exists(file):
            return False
        try:
            await asyncio.to_thread(self._file.write, spool.path_of(file), name)
        except FileNotFoundError:  # its time was over this moment
            return False
        return True

    async def put_each(
        self, name: str, values: AsyncIterator[dict[str, Any]], when: Callable[[dict[str, Any]], str] = lambda _: ""
    ) -> _Part:
        """Write values as a list of JSON, one a line, and return how many, and the last of them or the newest.

        They are gathered in a file aside: what they are about may be put in at the same time.
        """
        newest: list[dict[str, Any]] = []
        count = 0
        aside = Path(f"{self._file.filename}.part")
        try:
            with await asyncio.to_thread(aside.open, "w") as lines:
                before = "[\n"
                async for value in values:
                    text = before + json.dumps(value, ensure_ascii=False)
                    await asyncio.to_thread(lines.write, text)
                    before = ",\n"
                    count += 1
                    newest.append(value)
                    if len(newest) >= 2 * SHOWN:
                        newest = sorted(newest, key=when)[-SHOWN:]
                await asyncio.to_thread(lines.write, "[]\n" if before == "[\n" else "\n]\n")
            await asyncio.to_thread(self._file.write, aside, name)
        finally:
            await asyncio.to_thread(aside.unlink, missing_ok=True)
        return _Part(sorted(newest, key=when)[-SHOWN:], count)


def _message(message: Message, sound: str) -> dict[str, Any]:
    return {
        "id": message.id,
        "at": message.taken_at.isoformat(),
        "mailbox": message.mailbox,
        "from": message.ani,
        "name": message.ani_name,
        "seconds": message.seconds,
        "facts": dict(message.facts),
        "transcript": message.text,
        "sound": sound,
    }


def _fax(fax: Fax, files: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": fax.id,
        "at": fax.at.isoformat(),
        "direction": fax.direction.value,
        "box": fax.box,
        "number": fax.number,
        "name": fax.name,
        "station": fax.station,
        "pages": fax.pages,
        "state": fax.state.value,
        "subject": fax.subject,
        "cover": asdict(fax.cover) if fax.cover else None,
        "text": fax.text,
        "files": dict(files),
    }


def _own(data: Mapping[str, Any]) -> dict[str, Any]:
    return {"data": dict(data)} if data else {}


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"
