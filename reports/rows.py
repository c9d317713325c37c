"""The form of a record in the tables: what of it becomes which row, and back. Pure.

Owns the contact's one stay in all lines together, by which the site's service level is counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from callrouter.calls import Talk
from callrouter.events import Outcome
from reports.metrics import wait_for_answer
from reports.model import CallRecord, Left, Offer, Outgoing, Stay, Step, Transfer, Unknown

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

Row = dict[str, Any]  # what JSON may hold


def second_of(at: datetime) -> int:
    """Return the second of epoch in which a moment lies."""
    return (at - _EPOCH) // timedelta(seconds=1)


def call_row(record: CallRecord) -> Row:
    """Return the row of the contact itself."""
    left, department, wait = _line(record)
    return {
        "call": record.call,
        "second": second_of(record.offered_at),
        "offered_at": record.offered_at,
        "ended_at": record.ended_at,
        "did": record.did,
        "ani": record.ani,
        "ani_name": record.ani_name,
        "language": record.language,
        "path": list(record.path),
        "keys": list(record.keys),
        "facts": dict(record.facts),
        "destination": record.destination,
        "outcome": record.outcome,
        "abandoned_in": record.abandoned_in,
        "hung_up_first": record.hung_up_first,
        "answered_by": record.answered_by,
        "answered_at": record.answered_at,
        "waited_ms": None if Unknown.WAIT in record.unknown else _ms(record.waited),
        "talked_ms": None if Unknown.TALK in record.unknown else _ms(record.talked),
        "answer_ms": _ms(wait_for_answer(record)),
        "line_left": left,
        "line_department": department,
        "line_wait_ms": None if Unknown.WAIT in record.unknown else wait,
        "disposition": record.disposition,
        "estimated": record.estimated,
        "odd": record.odd,
        "source": record.source,
        "filled": record.filled,
        "unknown": " ".join(sorted(unknown.name for unknown in record.unknown)),
    }


def part_rows(record: CallRecord) -> tuple[list[Row], ...]:
    """Return the rows of its parts, in the order of `tables.PARTS`."""
    call, second = record.call, second_of(record.offered_at)
    return (
        [
            {
                "call": call, "n": n, "second": second, "department": stay.department, "joined_us": _us(stay.joined_at),
                "left": stay.left, "waited_ms": _ms(stay.waited), "answered_by": stay.answered_by, "to": stay.to,
            }
            for n, stay in enumerate(record.stays)
        ],
        [
            {
                "call": call, "n": n, "second": second, "agent": offer.agent, "department": offer.department,
                "at_us": _us(offer.at), "reply": offer.reply, "rang_ms": _ms(offer.rang),
            }
            for n, offer in enumerate(record.offers)
        ],
        [
            {
                "call": call, "n": n, "second": second, "agent": talk.agent, "department": talk.department,
                "since_us": _us(talk.since), "talked_ms": _ms(talk.talked), "held_ms": _ms(talk.held) or 0,
            }
            for n, talk in enumerate(record.talks)
        ],
        [
            {"call": call, "n": n, "second": second, "menu": step.menu, "keys": step.keys, "to": step.to}
            for n, step in enumerate(record.steps)
        ],
        [
            {
                "call": call, "n": n, "second": second, "agent": moved.agent, "to": moved.to, "at_us": _us(moved.at),
                "how": moved.how,
            }
            for n, moved in enumerate(record.transfers)
        ],
    )  # fmt: skip


def record_from(row: Mapping[str, Any], parts: Sequence[Sequence[Mapping[str, Any]]]) -> CallRecord:
    """Return the record of a row and of its parts, each in their order, as `part_rows` gives them."""
    stays, ringings, talks, steps, transfers = parts
    return CallRecord(
        call=row["call"],
        offered_at=row["offered_at"],
        ended_at=row["ended_at"],
        did=row["did"],
        ani=row["ani"],
        ani_name=row["ani_name"],
        language=row["language"],
        path=tuple(row["path"]),
        keys=tuple(row["keys"]),
        facts=dict(row["facts"]),
        destination=row["destination"],
        outcome=None if row["outcome"] is None else Outcome(row["outcome"]),
        abandoned_in=row["abandoned_in"],
        hung_up_first=row["hung_up_first"],
        answered_by=row["answered_by"],
        answered_at=row["answered_at"],
        waited=_seconds(row["waited_ms"]) or 0.0,
        talked=_seconds(row["talked_ms"]) or 0.0,
        stays=tuple(
            Stay(s["department"], _at(s["joined_us"]), Left(s["left"]), _seconds(s["waited_ms"]), *_ended(s))
            for s in stays
        ),
        offers=tuple(
            Offer(o["agent"], o["department"], _at(o["at_us"]), o["reply"], _seconds(o["rang_ms"])) for o in ringings
        ),
        talks=tuple(
            Talk(t["agent"], t["department"], _at(t["since_us"]), _seconds(t["talked_ms"]), t["held_ms"] / 1000)
            for t in talks
        ),
        estimated=row["estimated"],
        odd=row["odd"],
        steps=tuple(Step(s["menu"], s["keys"], s["to"]) for s in steps),
        transfers=tuple(Transfer(t["agent"], t["to"], _at(t["at_us"]), t["how"]) for t in transfers),
        disposition=row["disposition"],
        source=row["source"],
        filled=row["filled"],
        unknown=frozenset(Unknown[name] for name in row["unknown"].split()),
    )


def outgoing_row(outgoing: Outgoing) -> Row:
    """Return the row of a call that we placed."""
    return {
        "call": outgoing.call,
        "second": second_of(outgoing.began_at),
        "began_us": _us(outgoing.began_at),
        "person": outgoing.person,
        "number": outgoing.number,
        "about": outgoing.about,
        "answered": outgoing.answered,
        "ended_us": None if outgoing.ended_at is None else _us(outgoing.ended_at),
        "talked_ms": _ms(outgoing.talked),
    }


def _line(record: CallRecord) -> tuple[str, str, int | None]:
    """Return how the stay in all lines together ended, in which, and after how long: at the first answer, if any.

    The wait is of all lines up to there; None while the caller waits, and where the end of waiting was not seen.
    Whether somebody was answered in time, or gave up at once, a part of the wait does not tell.
    """
    if not record.stays:
        return "", "", None
    last = next((stay for stay in record.stays if stay.left is Left.ANSWERED), record.stays[-1])
    if any(stay.left is Left.WAITING for stay in record.stays):
        return Left.WAITING, record.stays[-1].department, None
    waits = [stay.waited for stay in record.stays[: record.stays.index(last) + 1]]
    known = [wait for wait in waits if wait is not None]
    if len(known) < len(waits) and last.left in (Left.ANSWERED, Left.ABANDONED):
        return last.left, last.department, None
    return last.left, last.department, _ms(sum(known)) if known else None


def _ended(stay: Mapping[str, Any]) -> tuple[str, str]:
    return stay["answered_by"], stay["to"]


def _us(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


def _at(us: int) -> datetime:
    return _EPOCH + timedelta(microseconds=us)


def _ms(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)


def _seconds(ms: int | None) -> float | None:
    return None if ms is None else ms / 1000
