"""One contact out of what several sources tell of the same call: our journal and files of Asterisk. Pure.

Owns who is believed: our own journal first, then the queue_log, which knows lines and waits, then CEL and CDR. The ends
that the first did not see are taken from the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from callrouter.switchboard import call_id
from reports.imports.filling import filled
from reports.imports.model import Format, Kind
from reports.imports.store import Contact
from reports.imports.unseen import ended_unseen
from reports.model import CallRecord

BELIEVED = (Kind.QUEUE_LOG, Kind.CEL, Kind.CDR)


@dataclass(frozen=True)
class Known:
    """A source as far as its lines need it: how they are read, and the last moment that it tells of."""

    kind: str
    format: Format
    horizon: datetime | None = None


@dataclass(frozen=True)
class Joined:
    """What became of the contacts of one call: their record, and those whose records another stands for.

    `record` is None for a call from inside, and for one that has not ended as far as was read.
    """

    record: CallRecord | None
    over: bool
    instead_of: tuple[str, ...]


def twin_of(host: str, key: str) -> str:
    """Return what files of one Asterisk have in common for one call."""
    return f"{host}|{key}"[:200]


def own_of(twin: str) -> str:
    """Return the call of our journal that this would be; '' where the file is of another Asterisk."""
    host, _, key = twin.partition("|")
    return "" if host else call_id(key)


def told_of(contacts: Sequence[Contact], sources: Mapping[str, Known]) -> list[CallRecord]:
    """Return what each source tells of one call, the most believed first."""
    known = [contact for contact in contacts if contact.source in sources]
    known.sort(key=lambda contact: (BELIEVED.index(Kind(sources[contact.source].kind)), contact.contact))
    records = [sources[c.source].format.record(c.contact, c.source, c.lines) for c in known]
    return [record for record in records if record is not None]


def joined(contacts: Sequence[Contact], sources: Mapping[str, Known], *, at_end: bool) -> Joined:
    """Return the one record of contacts that are one call.

    `at_end` is True when the file was read to its end: what has not ended then is in progress, or its end was not
    told, see `unseen`.
    """
    told = told_of(contacts, sources)
    if not told:
        return Joined(None, over=True, instead_of=tuple(contact.contact for contact in contacts))
    record = told[0]
    for other in told[1:]:
        record = filled(record, other)
    over = record.ended_at is not None
    horizon = sources[record.source].horizon
    if at_end and horizon is not None:
        record = ended_unseen(record, horizon)
    instead_of = tuple(contact.contact for contact in contacts if contact.contact != record.call)
    return Joined(record if over or at_end else None, over, instead_of)


def filled_from(record: CallRecord, contacts: Sequence[Contact], sources: Mapping[str, Known]) -> CallRecord:
    """Return a record of our own journal with what these contacts tell of an end that we did not see."""
    for told in told_of(contacts, sources):
        record = filled(record, told)
    return record
