"""One line of Asterisk's queue_log: its fields, and what each event of it carries. Pure.

Owns the text forms: `epoch|callid|queue|agent|event|data…` of the file, and comma-separated exports of the database
table that Asterisk writes instead (Realtime). What a contact's lines amount to is in `queue_log`.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from reports.imports import uniqueids

#: In these fields Asterisk (main/logger.c) and its `QueueLog` application write NONE where there is nothing.
NONE = "NONE"
_EVENT = re.compile(r"[A-Z][A-Z0-9_]{1,39}")
_EPOCH = re.compile(r"\d{9,11}(\.\d{1,9})?")
_FIRST, _LAST = 9 * 10**8, 10**10  # Asterisk began in 1999
_BEGIN = datetime(1970, 1, 1, tzinfo=UTC)
#: The columns of the table, by the names that Asterisk gives them.
_TABLE = ("time", "callid", "queuename", "agent", "event")


class NotUnderstood(ValueError):
    """This is no line of a queue_log; the text says why."""


@dataclass(frozen=True)
class QueueLine:
    """One line. `call` is the caller's channel's uniqueid, '' for none."""

    at: datetime
    call: str
    queue: str
    agent: str
    event: str
    data: tuple[str, ...] = ()

    def field(self, place: int) -> str:
        """Return a field of the event's own, '' where it is missing."""
        return self.data[place] if -len(self.data) <= place < len(self.data) else ""

    def number(self, place: int) -> float | None:
        """Return such a field as a number that is not negative, None where it is none."""
        text = self.field(place).strip()
        return float(text) if re.fullmatch(r"\d{1,9}(\.\d{1,6})?", text) else None

    def text(self) -> str:
        """Return the line in the form of the file, which is kept with its contact."""
        epoch = (self.at - _BEGIN) / timedelta(seconds=1)
        stamp = f"{epoch:.6f}".rstrip("0").rstrip(".")
        fields = (self.call or NONE, self.queue or NONE, self.agent or NONE, self.event, *self.data)
        return "|".join((stamp, *(field.replace("|", "_") for field in fields)))


def read_line(text: str) -> QueueLine:
    """Read a line of the file; raises NotUnderstood."""
    fields = text.strip().split("|")
    if len(fields) < 5:
        raise NotUnderstood(f"it has {len(fields)} of the 5 fields that every line has")
    return _line(_at(fields[0]), fields[1:5], fields[5:])


def table_columns(text: str) -> Mapping[str, int] | None:
    """Return where each column is if this is the first line of an export of the table, else None."""
    names = [name.strip().lower() for name in _cells(text)]
    if not set(_TABLE) <= set(names):
        return None
    return {name: names.index(name) for name in names}


def read_row(text: str, columns: Mapping[str, int], zone: tzinfo) -> QueueLine:
    """Read a row of such an export; its times may be local times of the machine. Raises NotUnderstood."""
    cells = _cells(text)
    if len(cells) <= max(columns.values()):
        raise NotUnderstood(f"it has {len(cells)} of {max(columns.values()) + 1} columns")
    at, *fields = (cells[columns[name]].strip() for name in _TABLE)
    if "data1" in columns:
        data = [cells[columns[name]] for name in ("data1", "data2", "data3", "data4", "data5") if name in columns]
    else:
        data = cells[columns["data"]].split("|") if "data" in columns else []
    while data and not data[-1]:
        data.pop()
    return _line(_at(at) if _EPOCH.fullmatch(at) else _local(at, zone), fields, data)


def _line(at: datetime, fields: Sequence[str], data: Sequence[str]) -> QueueLine:
    call, queue, agent, event = (field.strip() for field in fields)
    if not _EVENT.fullmatch(event):
        raise NotUnderstood("its fifth field is no event")
    call, queue, agent = ("" if field == NONE else field for field in (call, queue, agent))
    if call and not uniqueids.is_one(call):
        raise NotUnderstood("its call id is none of Asterisk's")
    return QueueLine(at, call, queue, agent, event, tuple(data))


def _at(text: str) -> datetime:
    text = text.strip()
    if not _EPOCH.fullmatch(text) or not _FIRST <= float(text) < _LAST:
        raise NotUnderstood("its first field is no time in seconds since 1970")
    return _BEGIN + timedelta(seconds=int(text.split(".")[0]), microseconds=_micro(text))


def _micro(text: str) -> int:
    return int((text.partition(".")[2] + "000000")[:6])


def _local(text: str, zone: tzinfo) -> datetime:
    try:
        at = datetime.fromisoformat(text)
        if not 1999 <= at.year < 2200:
            raise ValueError
    except ValueError:
        raise NotUnderstood("its time is none that Asterisk writes") from None
    return (at if at.tzinfo is not None else at.replace(tzinfo=zone)).astimezone(UTC)


def _cells(text: str) -> list[str]:
    try:
        return next(csv.reader([text], strict=True), [])
    except csv.Error as error:
        raise NotUnderstood(f"its quotation marks do not match ({error})") from None
