"""What is on its way to other systems and concerns a person: they may ask who is told what of them.

Owns reading it, for exports. What it is about is forgotten by `store.erase`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from typing import Any

import sqlalchemy as sa

from crm_bridge.connectors import store
from ledger.database import Database
from ledger.forgetting import some


async def each_about(
    db: Database, customers: Collection[str], calls: Collection[str], page: int = 100
) -> AsyncIterator[dict[str, Any]]:
    """Yield events about customers or in calls that wait for other systems, or failed; a short session a page."""
    c = store.waiting.c
    theirs: list[sa.ColumnElement[bool]] = [c.customer.in_(asked) for asked in some(customers)]
    theirs += [c.call.in_(asked) & c.customer.not_in(sorted(customers)) for asked in some(calls)]
    for which in theirs:
        after = (0, "")
        while True:
            query = sa.select(store.waiting).where(which, sa.tuple_(c.seq, c.receiver) > sa.tuple_(*after))
            async with db.reading() as session:
                rows = (await session.execute(query.order_by(c.seq, c.receiver).limit(page))).mappings().all()
            for row in rows:
                payload = row["payload"]
                yield {
                    "receiver": row["receiver"],
                    "state": row["state"],
                    "tries": row["attempts"],
                    "at": payload["at"],
                    "what": payload["kind"],
                    "told": payload,
                }
            if len(rows) < page:
                break
            after = (rows[-1]["seq"], rows[-1]["receiver"])
