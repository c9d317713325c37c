"""What the CDR rows of one call amount to: one contact, and how much of it a CDR can tell. Pure.

A CDR knows channels, not callers: that somebody waited in a line, what was pressed, and where the time between the
answer of a menu and the answer of a person lies, is not in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from callrouter.calls import Talk
from callrouter.events import Outcome, Party
from reports.imports.cdr_rows import CdrRow
from reports.imports.model import MOST_LINES, Names
from reports.imports.numbers import Numbers
from reports.model import CallRecord, Unknown

_ANSWERED = "ANSWERED"
_ENDPOINT = re.compile(r"(?P<technology>[^/]+)/(?P<name>.+?)(-[0-9a-f]{4,})?(;[12])?")
_NAME = re.compile(r'"?(?P<name>[^"<]*?)"?\s*<[^>]*>')
#: The application that the caller was in last, and what became of a caller whom nobody answered there.
_MAILBOXES = frozenset({"voicemail", "vm", "minivmrecord", "record"})
_FAXES = frozenset({"receivefax", "rxfax"})
_GAVE_UP_IN = {"queue": "queue", "dial": "ringing"}
_FAILED = frozenset({"FAILED", "CONGESTION"})


@dataclass(frozen=True)
class Inbound:
    """Which calls are customers': they came in such a context, from such a trunk or to such a number."""

    contexts: frozenset[str] = frozenset()
    trunks: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()

    @property
    def says_nothing(self) -> bool:
        """Tell whether no call would be one."""
        return not (self.contexts or self.trunks or self.numbers)

    def has(self, row: CdrRow) -> bool:
        """Tell whether this row is of such a call."""
        dialled = {"".join(filter(str.isdigit, number)) for number in (row.did, row.dst)} - {""}
        return row.context in self.contexts or endpoint_of(row.channel) in self.trunks or bool(dialled & self._digits)

    @property
    def _digits(self) -> frozenset[str]:
        return frozenset("".join(filter(str.isdigit, number)) for number in self.numbers)


@dataclass(frozen=True)
class Reading:
    """How rows are understood. With `menus` the PBX answers calls itself, before a person does."""

    inbound: Inbound
    menus: bool = True
    names: Names = field(default_factory=Names)
    numbers: Numbers = field(default_factory=Numbers)


def endpoint_of(channel: str) -> str:
    """Return whose channel this is.

    >>> endpoint_of("PJSIP/carrier-0000002a"), endpoint_of("Local/101@phones-00000001;2")
    ('carrier', '101')
    """
    found = _ENDPOINT.fullmatch(channel)
    if found is None:
        return channel
    return found["name"].partition("@")[0] if found["technology"] == "Local" else found["name"]


def contact_of(contact: str, source: str, rows: Iterable[CdrRow], reading: Reading) -> CallRecord | None:
    """Return the record of one call's rows; None where it came from inside."""
    told = sorted(set(rows), key=lambda row: (row.start, row.sequence, row.text()))
    odd, told = max(0, len(told) - MOST_LINES), told[:MOST_LINES]
    first = next((row for row in told if reading.inbound.has(row)), None)
    if first is None:
        return None
    talks = _talks(told, reading)
    ended = max(row.end for row in told)
    outcome, gave_up = _outcome(told, talks)
    unknown = {Unknown.LINES, Unknown.MENUS, Unknown.RINGING, Unknown.HUNG_UP_FIRST}
    if reading.menus or not talks:
        unknown.add(Unknown.WAIT)
    if talks and reading.menus:
        unknown.add(Unknown.TALK)
    waited = 0.0 if Unknown.WAIT in unknown else (talks[0].since - told[0].start).total_seconds()
    return CallRecord(
        call=contact,
        offered_at=told[0].start,
        ended_at=ended,
        did=reading.numbers.dialled(first.did or first.dst),
        ani=reading.numbers.caller(first.src),
        ani_name=reading.numbers.name(_name(first.clid, first.src)),
        outcome=outcome,
        abandoned_in=gave_up,
        hung_up_first=Party.UNKNOWN,
        answered_by=talks[-1].agent if talks else "",
        answered_at=talks[0].since if talks else None,
        waited=waited,
        talked=sum(talk.talked or 0.0 for talk in talks),
        talks=talks,
        estimated=not all(row.sure for row in told),
        odd=odd,
        source=source,
        unknown=frozenset(unknown),
    )


def _talks(rows: Sequence[CdrRow], reading: Reading) -> tuple[Talk, ...]:
    """Return the conversations: rows in which somebody's phone was answered.

    A phone behind a Local channel has a row of its own beside the Local channel's: only the phone's counts.
    """
    answered = [row for row in rows if row.disposition == _ANSWERED and row.to_channel]
    phones = [row for row in answered if not row.to_channel.startswith("Local/")] or answered
    talks = {
        (
            reading.names.person(endpoint_of(row.to_channel)),
            row.answer or row.start,
            row.talked or (row.end - (row.answer or row.start)).total_seconds(),
        )
        for row in phones
    }
    return tuple(Talk(agent, "", since, talked) for agent, since, talked in sorted(talks, key=lambda t: (t[1], t[0])))


def _outcome(rows: Sequence[CdrRow], talks: Sequence[Talk]) -> tuple[Outcome, str]:
    """Return how the call ended and where the caller gave up, by the application that the caller was in last."""
    apps = [row.app.lower() for row in rows if row.app]
    if talks:
        return Outcome.ANSWERED, ""
    if any(row.app.lower() in _FAXES and row.disposition == _ANSWERED for row in rows):
        return Outcome.FAX, ""
    if any(row.app.lower() in _MAILBOXES and row.disposition == _ANSWERED for row in rows):
        return Outcome.VOICEMAIL, ""
    if all(row.disposition in _FAILED for row in rows):
        return Outcome.FAILED, ""
    if all(row.disposition == "BUSY" for row in rows):
        return Outcome.UNSERVED, ""
    return Outcome.ABANDONED, _GAVE_UP_IN.get(apps[-1], "menu") if apps else "menu"


def _name(clid: str, number: str) -> str:
    found = _NAME.fullmatch(clid.strip())
    name = found["name"].strip() if found else ""
    return "" if name == number else name
