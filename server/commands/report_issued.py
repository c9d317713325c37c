"""`report issued`: what was issued, when, by whom, and what became of it; also while the server runs."""

from __future__ import annotations

import asyncio
from pathlib import Path

from reports import issued_store
from reports.issued import Issued
from reports.text import table
from server.data_folder import SiteNote, database_of, read_note
from server.terminal import Foreseen, foreseen, put, put_json

#: So many are listed, the newest first.
MOST = 200
FORMATS = ("text", "json")


def run(data: Path, format: str) -> int:
    """List issued reports, the newest first. Raises `Foreseen` for a format that there is not."""
    if format not in FORMATS:
        raise Foreseen(f"issued reports are listed as {' or '.join(FORMATS)}, not as {format!r}")
    note = read_note(data)
    with foreseen():
        found = asyncio.run(_issued(data, note))
    if format == "json":
        put_json([_plain(one) for one in found])
    elif not found:
        put("no report was issued yet")
    else:
        heads = ("Asked for", "Report", "Period", "By", "As", "State", "Id")
        for line in table(heads, [_row(one, note) for one in found]):
            put(line)
    return 0


async def _issued(data: Path, note: SiteNote) -> list[Issued]:
    async with database_of(data, note) as database, database.reading() as session:
        return await issued_store.list_newest(session, MOST)


def _row(one: Issued, note: SiteNote) -> tuple[str, ...]:
    state = f"{one.state.value}, late" if one.late else one.state.value
    return (
        f"{one.asked_at.astimezone(note.zone):%Y-%m-%d %H:%M}",
        one.order.report,
        one.order.period.title(),
        f"schedule {one.order.schedule}" if one.order.schedule else one.order.by,
        one.order.form,
        f"{state}: {one.why}" if one.why else state,
        one.id,
    )


def _plain(one: Issued) -> dict[str, object]:
    order = one.order
    return {
        "id": one.id,
        "report": order.report,
        "from": order.period.start.isoformat(),
        "to": order.period.end.isoformat(),
        "schedule": order.schedule or None,
        "due": order.moment.isoformat() if order.moment else None,
        "asked_by": order.by or None,
        "asked_at": one.asked_at.isoformat(),
        "made_at": one.made_at.isoformat() if one.made_at else None,
        "format": order.form,
        "state": one.state.value,
        "late": one.late,
        "why": one.why,
        "department": order.department or None,
        "receivers": len(order.to),
    }
