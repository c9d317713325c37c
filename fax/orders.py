"""Orders: what people want to have sent, taken and checked, until it is safe and waits for its turn.

Owns what may be sent from where to whom. Knows no line; calling is the queue's work.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from callrouter.allowed import CannotCall, number_to_call
from config.mailboxes import is_address
from config.schema import Site
from config.values import e164
from fax import store
from fax.documents import kind
from fax.documents.errors import NotSendable
from fax.documents.model import MOST_NOTE, MOST_WORDS, Limits, Resolution
from fax.model import CoverNote, Direction, Fax, NotPossible, Order, State, Step
from fax.work import PREPARE, REPORT
from ledger.clock import Clock
from ledger.database import Database
from ledger.ids import new_id
from ledger.jobs import Job, Jobs
from ledger.spool import Spool, SpoolFile
from ledger.spool_register import SpoolRegister
from ledger.storable import storable_text

#: So far ahead a fax may be ordered.
FURTHEST = timedelta(days=366)
#: The most letters of a name or subject, and the most addresses that are told what became of it.
MOST_LETTERS, MOST_CONFIRM, MOST_ADDRESS = 200, 10, 254
LARGEST = Limits().bytes


class Orders:
    """Takes orders. One for the server."""

    def __init__(
        self,
        db: Database,
        spool: Spool,
        register: SpoolRegister,
        jobs: Jobs,
        site: Callable[[], Site],
        clock: Clock,
    ) -> None:
        self._db = db
        self._spool = spool
        self._register = register
        self._jobs = jobs
        self._site = site
        self._clock = clock
        #: Ends the call with a fax; set by who places the calls.
        self.ask_to_stop: Callable[[str], Awaitable[None]] = _nobody_calls

    async def submit(self, order: Order, document: Path, *, again_of: str = "") -> Fax:
        """Check an order, copy its document, and queue it; `again_of` is the fax whose repetition it is.

        Raises NotPossible, LedgerError and OSError.
        """
        fax = self._fax(_storable(order))
        async with self._db.reading() as session:
            known = await store.find(session, fax.id)
        if known is not None:
            return known
        name, digest = await asyncio.to_thread(_look_at, document)
        # Of two who come with one key at the same time, each with another document, only one is sent.
        ours = Spool.name_for(f"document {digest} of {fax.id}")
        file = await self._spool.adopt(document, name=ours, limit=LARGEST)
        return await self._queue(replace(fax, kind=name, original=file.name), file, again_of)

    async def refuse(self, order: Order, why: str) -> Fax:
        """Write down an order that nobody can carry out, from one who cannot be told at once. Raises LedgerError.

        It is a fax that failed, without a document; who ordered it is told like any other. The same key twice is once.
        """
        order, now = _storable(order), self._clock.now()
        fax = Fax(
            id=Spool.name_for(f"order {order.key}") if order.key else new_id(),
            direction=Direction.OUT,
            box=order.box,
            state=State.FAILED,
            at=now,
            keep_until=now + timedelta(days=self._site().faxbox(order.box).keep),
            number=order.number[:MOST_LETTERS],
            subject=order.subject[:MOST_LETTERS],
            sent_by=order.sent_by,
            confirm=tuple(filter(_is_address, order.confirm)),
            why=storable_text(why),
            seen_at=now,
            seen_by=order.sent_by,
            ended_at=now,
        )
        async with self._db.writing() as session:
            if await store.add(session, fax):
                await store.add_step(session, fax.id, Step(now, "refused", order.sent_by, fax.why))
                await self._jobs.add(session, Job(REPORT, f"{REPORT} {fax.id}", {"fax": fax.id}))
        return fax

    async def submit_again(self, fax: Fax, by: str) -> Fax:
        """Queue the document of another fax as a new one. Raises NotPossible when its pages are gone."""
        if not fax.original or not await self._spool.exists(fax.original):
            raise NotPossible("its document is not kept any more")
        order = Order(
            fax.box, fax.number, by, name=fax.name, subject=fax.subject, cover=fax.cover, resolution=fax.resolution,
            confirm=fax.confirm,
        )  # fmt: skip
        return await self.submit(order, self._spool.path_of(fax.original), again_of=fax.id)

    async def _queue(self, fax: Fax, file: SpoolFile, again_of: str) -> Fax:
        now = fax.at
        async with self._db.writing() as session:
            if await store.add(session, fax):
                await self._register.record(session, file, now, fax.keep_until)
                when = "" if fax.send_at is None else f", not before {fax.send_at.isoformat()}"
                detail = f"to {fax.number} from {fax.box}{when}"
                await store.add_step(session, fax.id, Step(now, "ordered", fax.sent_by, detail))
                detail = f"{fax.kind}, {file.size} bytes, SHA-256 {file.sha256}"
                await store.add_step(session, fax.id, Step(now, "stored", detail=detail))
                if again_of:
                    await store.add_step(session, again_of, Step(now, "sent again", fax.sent_by, f"as {fax.id[:8]}"))
                await self._jobs.add(session, Job(PREPARE, f"{PREPARE} {fax.id}", {"fax": fax.id}))
                return fax
            first = await store.find(session, fax.id)
        if first is not None and first.original != file.name:
            await self._spool.remove(file.name)
        return first or fax

    def _fax(self, order: Order) -> Fax:
        """Return the order as a fax; raises NotPossible for what cannot be sent."""
        site, now = self._site(), self._clock.now()
        if order.box not in site.faxboxes:
            raise NotPossible(f"there is no fax box {order.box!r} to send from")
        try:
            number = number_to_call(site, order.number)
        except CannotCall as refused:
            raise NotPossible(str(refused)) from refused
        box = site.faxbox(order.box)
        _check_words(order)
        return Fax(
            id=Spool.name_for(f"order {order.key}") if order.key else new_id(),
            direction=Direction.OUT,
            box=order.box,
            state=State.PREPARING,
            at=now,
            keep_until=max(now, _send_at(order.send_at, now) or now) + timedelta(days=box.keep),
            number=number,
            name=order.name.strip(),
            did=e164(box.number or "", site.company.country) or "",
            subject=order.subject.strip(),
            resolution=order.resolution or Resolution(site.fax.resolution),
            cover=order.cover,
            sent_by=order.sent_by,
            confirm=tuple(dict.fromkeys(order.confirm)),
            send_at=_send_at(order.send_at, now),
            seen_at=now,
            seen_by=order.sent_by,
        )


def _send_at(wanted: datetime | None, now: datetime) -> datetime | None:
    if wanted is not None and wanted.utcoffset() is None:
        raise NotPossible("the time to send at needs a time zone")
    if wanted is None or wanted <= now:
        return None
    if wanted > now + FURTHEST:
        raise NotPossible("a fax is ordered a year ahead at most")
    return wanted


def _storable(order: Order) -> Order:
    """Return an order with texts that every database takes."""
    cover = order.cover
    if cover is not None:
        cover = CoverNote(storable_text(cover.to), storable_text(cover.sender), storable_text(cover.note))
    return replace(
        order,
        box=storable_text(order.box),
        number=storable_text(order.number),
        sent_by=storable_text(order.sent_by),
        name=storable_text(order.name),
        subject=storable_text(order.subject),
        cover=cover,
        confirm=tuple(storable_text(address) for address in order.confirm),
        key=storable_text(order.key),
    )


def _is_address(text: str) -> bool:
    return len(text) <= MOST_ADDRESS and is_address(text)


def _check_words(order: Order) -> None:
    if len(order.name) > MOST_LETTERS or len(order.subject) > MOST_LETTERS:
        raise NotPossible(f"name and subject have at most {MOST_LETTERS} letters each")
    if len(order.confirm) > MOST_CONFIRM:
        raise NotPossible(f"at most {MOST_CONFIRM} addresses are told what became of a fax")
    if not all(map(_is_address, order.confirm)):
        raise NotPossible("who is told what became of it is no mail address")
    cover = order.cover or CoverNote()
    if len(cover.to) > MOST_WORDS or len(cover.sender) > MOST_WORDS or len(cover.note) > MOST_NOTE:
        raise NotPossible(f"a line of the cover sheet has at most {MOST_WORDS} letters, its note {MOST_NOTE}")


def _look_at(document: Path) -> tuple[str, str]:
    """Name the kind of a document by its beginning, so that who sends it is told at once; and its digest. Blocks."""
    size = document.stat().st_size
    if size > LARGEST:
        raise NotPossible(f"the document has {size // 1_000_000} MB, at most {LARGEST // 1_000_000} can be sent")
    with document.open("rb") as file:
        head = file.read(kind.HEAD)
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    try:
        return (kind.tell(head) or kind.Kind.TEXT).value, digest
    except NotSendable as refused:
        raise NotPossible(refused.why) from refused


async def _nobody_calls(_fax: str) -> None:
    """Nobody places calls yet, so there is none to be ended."""
