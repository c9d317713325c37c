"""Gives all customers, or those of a status or tag, as an export writes them: some at a time, and notes who asked.

Owns the way from our customers to those of a file; how a file is written is in `exchange`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog

from config.customers import CustomerSettings
from crm_bridge import exporting_store as store
from crm_bridge.exchange.csv_export import CsvExport
from crm_bridge.exchange.export import Form, export
from crm_bridge.exchange.model import Address, Kind, NewCustomer, NewHandle, NewPhone
from crm_bridge.exchange.vcard_export import VcardExport
from crm_bridge.model import CustomerFile
from crm_bridge.writing import Cabinet
from ledger.ids import new_id

log = structlog.get_logger(__name__)

#: Customers that are in memory at once.
AT_ONCE = 200
FORMS = ("csv", "vcard")


@dataclass(frozen=True)
class Wanted:
    """Which customers, and how: `form` is one of FORMS, '' for any status or tag."""

    form: str = "csv"
    status: str = ""
    tag: str = ""


@dataclass(frozen=True)
class Export:
    """An export that somebody asked for; `count` is None where it did not come to its end."""

    id: str
    by: str
    at: datetime
    form: str
    status: str
    tag: str
    count: int | None


class Exports:
    """All exports of this house."""

    def __init__(self, cabinet: Cabinet) -> None:
        self._cabinet = cabinet

    async def write(self, wanted: Wanted, by: str) -> AsyncIterator[bytes]:
        """Yield a file piece by piece; that somebody asked is written down before the first. Raises LedgerError."""
        id_ = new_id()
        async with self._cabinet.db.writing() as session:
            now = self._cabinet.clock.now()
            await store.add(session, Export(id_, by, now, wanted.form, wanted.status, wanted.tag, None))
        log.info("customers are exported", export=id_, by=by, form=wanted.form)
        counted = _Counted()
        async for piece in export(self._customers(wanted, counted), self._form(wanted)):
            yield piece
        async with self._cabinet.db.writing() as session:
            await store.ended(session, id_, counted.number)

    async def list_newest(self, limit: int = 20) -> list[Export]:
        """List exports, the newest first."""
        async with self._cabinet.db.reading() as session:
            return [Export(**row) for row in await store.list_newest(session, limit)]

    def _form(self, wanted: Wanted) -> Form:
        if wanted.form == "vcard":
            return VcardExport()
        return CsvExport([field.label or name for name, field in self._cabinet.settings().fields.items()])

    async def _customers(self, wanted: Wanted, counted: _Counted) -> AsyncIterator[NewCustomer]:
        settings = self._cabinet.settings()
        after: str | None = ""
        while after is not None:
            async with (
                self._cabinet.db.reading() as session
            ):  # a short one each time: whoever reads slowly keeps nothing
                files, after = await store.list_some(session, wanted.status, wanted.tag, after, AT_ONCE)
                notes = await store.notes_of(session, [file.id for file in files])
            for file in files:
                counted.number += 1
                yield customer_of(file, notes, settings)


@dataclass
class _Counted:
    number: int = 0


def content_type_of(form: str) -> str:
    """Return what kind of file it is."""
    return VcardExport.content_type if form == "vcard" else CsvExport.content_type


def customer_of(file: CustomerFile, notes: Mapping[str, str], settings: CustomerSettings) -> NewCustomer:
    """Return a customer as a file tells of it."""
    details = file.details
    own = {
        (field.label or name): str(details.fields[name])
        for name, field in settings.fields.items()
        if name in details.fields
    }
    return NewCustomer(
        Kind(details.kind.value),
        details.name,
        file.company,
        tuple(NewPhone(phone.number, phone.label, phone.written) for phone in details.phones),
        tuple(mail.address for mail in details.mails),
        tuple(NewHandle(handle.service, handle.handle) for handle in details.handles),
        Address(street=details.address),
        details.website,
        details.language,
        details.status,
        details.owner,
        details.tags,
        notes.get(file.id, ""),
        own,
    )
