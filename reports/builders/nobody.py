"""Callers who reached nobody and were not called back: one line a person, gone once they get through."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa

from callrouter.archive import LONGEST_CALL
from callrouter.events import Outcome
from ledger.tables import UtcDateTime
from reports import metrics
from reports import tables as t
from reports.asking import Ask, Facts
from reports.builders.base import Report, document, lights
from reports.counting import REACHED_NOBODY
from reports.document import Cell, Document, Table, Unit
from reports.document import Column as C
from reports.rows import second_of
from reports.terms import term_of

NAME = ("reached-nobody", "Reached nobody")
MOST = 1_000
#: No call lasts longer, seconds: one that began before a try and ended after it began no earlier than that.
LONGEST = int(LONGEST_CALL.total_seconds())
MICRO = 1_000_000


async def build(ask: Ask, facts: Facts) -> Document:
    """Make the report: everybody whose last try in this time failed, and whom nobody has spoken to since, up to now."""
    seen = await lights(ask, facts)
    c = t.calls.c
    later, back = t.calls.alias("later"), t.outgoing
    last, tried_at = sa.func.max(c.second), sa.func.max(c.offered_at, type_=UtcDateTime())
    start, end = second_of(ask.period.start), second_of(ask.period.end)
    # Whoever got through, left a message or a fax, or is talking now, waits for nothing.
    served = (Outcome.ANSWERED, Outcome.VOICEMAIL, Outcome.FAX)
    tries = (
        sa.select(
            c.ani, sa.func.count().label("tries"), sa.func.min(c.second).label("first"), last.label("last"),
            tried_at.label("tried_at"), sa.func.max(c.ani_name).label("name"),
        )
        .where(c.second >= start, c.second < end, c.ani != "", c.outcome.in_(REACHED_NOBODY))
        .group_by(c.ani)
        .subquery()
    )  # fmt: skip
    # It is the end of a conversation that counts, not its beginning: who was in line already may be served later.
    begun = tries.c.last - LONGEST
    got_through = sa.exists().where(
        later.c.ani == tries.c.ani,
        later.c.second >= begun,
        sa.or_(
            later.c.outcome.in_(served) & (later.c.ended_at >= tries.c.tried_at),
            later.c.ended_at.is_(None) & ((later.c.second >= tries.c.last) | (later.c.source == "")),
        ),
    )
    called_back = sa.exists().where(
        back.c.number == tries.c.ani,
        back.c.second >= begun,
        back.c.answered.is_(True),
        sa.func.coalesce(back.c.ended_us, back.c.began_us + LONGEST * MICRO) >= tries.c.last * MICRO,
    )
    rows = await facts.rows(
        sa.select(tries).where(~got_through, ~called_back).order_by(tries.c.last.desc(), tries.c.ani).limit(MOST + 1)
    )
    withheld = await facts.rows(
        sa.select(sa.func.count().label("n")).where(
            c.second >= start, c.second < end, c.ani == "", c.outcome.in_(REACHED_NOBODY)
        )
    )
    table = Table(
        "callers",
        "Callers who reached nobody",
        (
            C("number", "Number"), C("name", "Name"), C("tries", "Tries", Unit.COUNT, "reached_nobody"),
            C("first", "First", Unit.MOMENT), C("last", "Last", Unit.MOMENT),
        ),
        tuple(
            (
                Cell(row["ani"]),
                Cell(row["name"]),
                Cell(row["tries"], ask.behind("reached_nobody", ani=row["ani"])),
                Cell(datetime.fromtimestamp(row["first"], UTC)),
                Cell(datetime.fromtimestamp(row["last"], UTC)),
            )
            for row in rows[:MOST]
        ),
        empty="everybody got through, left a message or was called back",
        note=f"the last {MOST}; there are more" if len(rows) > MOST else "",
    )  # fmt: skip
    hidden = withheld[0]["n"]
    notes = [f"{hidden} more tries came without a number: nobody can be called back"] if hidden else []
    terms = [term_of("reached_nobody", "Reached nobody", metrics.reached_nobody)]
    return document(NAME, ask, parts=[table], terms=terms, seen=seen, notes=notes, whole=True)


_SUMMARY = "Callers who reached nobody and were not called back, one line a person."
REPORT = Report(*NAME, _SUMMARY, build, whole_site=True)
