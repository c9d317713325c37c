"""Owns rows as JSON between the process that reads and the one that asked: lists by position, for they are many."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from crm_bridge.exchange.model import Address, Kind, NewCustomer, NewHandle, NewPhone
from crm_bridge.exchange.plan import plan_of
from crm_bridge.exchange.rows import Batch, Preview, Refused, Row

Said = list[Any]  # Any: JSON
_NOBODY = NewCustomer(Kind.PERSON)


def pack_batch(batch: Batch) -> bytes:
    """Return a batch as bytes."""
    return _bytes([[*map(_row, batch.rows)], [*map(_refused, batch.refused)], batch.done, batch.read])


def unpack_batch(content: bytes) -> Batch:
    """Return the batch of `pack_batch`."""
    rows, refused, done, read = json.loads(content)
    return Batch(tuple(map(_row_of, rows)), tuple(map(_refused_of, refused)), done, read)


def pack_ready(batch: Batch, make: Callable[[NewCustomer], Said]) -> bytes:
    """Return a batch as bytes, with what the receiver makes of each customer in the customer's place."""
    rows = [[row.number, row.key, make(row.customer), row.warnings, row.like, row.cells] for row in batch.rows]
    return _bytes([rows, [*map(_refused, batch.refused)], batch.done, batch.read])


def unpack_ready(content: bytes, take: Callable[[Said], object]) -> Batch:
    """Return the batch of `pack_ready`; `take` reads what the receiver made."""
    said, refused, done, read = json.loads(content)
    rows = [
        Row(number, key, _NOBODY, tuple(warnings), like, tuple(cells), take(ready))
        for number, key, ready, warnings, like, cells in said
    ]
    return Batch(tuple(rows), tuple(map(_refused_of, refused)), done, read)


def pack_preview(preview: Preview) -> bytes:
    """Return a preview as bytes."""
    rows = [_row(row) if isinstance(row, Row) else _refused(row) for row in preview.rows]
    return _bytes([preview.plan.as_dict(), preview.size, rows])


def unpack_preview(content: bytes) -> Preview:
    """Return the preview of `pack_preview`."""
    plan, size, rows = json.loads(content)
    # A refused row has three values, another has more.
    return Preview(plan_of(plan), size, tuple(_refused_of(row) if len(row) == 3 else _row_of(row) for row in rows))


def _bytes(said: Said) -> bytes:
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def _row(row: Row) -> Said:
    one, at = row.customer, row.customer.address
    customer = [
        one.kind.value,
        one.name,
        one.organisation,
        [[phone.number, phone.label, phone.written] for phone in one.phones],
        one.mails,
        [[handle.medium, handle.name] for handle in one.handles],
        [at.street, at.postal_code, at.city, at.region, at.country],
        one.website,
        one.language,
        one.status,
        one.owner,
        one.tags,
        one.note,
        one.own,
    ]
    return [row.number, row.key, customer, row.warnings, row.like, row.cells]


def _row_of(said: Said) -> Row:
    (
        number,
        key,
        (kind, *names, phones, mails, handles, at, website, language, status, owner, tags, note, own),
        *more,
    ) = said
    name, organisation = names
    warnings, like, cells = more
    customer = NewCustomer(
        Kind(kind),
        name,
        organisation,
        tuple(NewPhone(*phone) for phone in phones),
        tuple(mails),
        tuple(NewHandle(*handle) for handle in handles),
        Address(*at),
        website,
        language,
        status,
        owner,
        tuple(tags),
        note,
        own,
    )
    return Row(number, key, customer, tuple(warnings), like, tuple(cells))


def _refused(row: Refused) -> Said:
    return [row.number, row.why, row.cells]


def _refused_of(said: Said) -> Refused:
    number, why, cells = said
    return Refused(number, why, tuple(cells))
