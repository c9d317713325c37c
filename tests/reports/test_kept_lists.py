"""Lists of calls that people keep: those that name somebody who is forgotten go, all others stay."""

from __future__ import annotations

from ledger.clock import ManualClock
from ledger.database import Database
from ledger.forgetting_words import Whom
from reports.forgetting import mask_mentions
from reports.web.filters import Filters
from tests.reports.issued_house import MONDAY

ONA = Whom(
    "erased abcdefghijkl",
    numbers=("+37060000001",),
    local=("60000001",),
    names=("Ona Onaitė", "Ona"),
    alone=("Ona Onaitė",),
)


async def test_lists_that_name_somebody_go(db: Database) -> None:
    filters = Filters(db, ManualClock(MONDAY))
    going = {
        "as dialled": "?number=8+600+00001",
        "E.164": "?number=%2B37060000001",
        "local": "?outcome=answered&number=60000001",
        "apart": "?number=600-00001",
        "calls of ona onaitė": "?outcome=answered",
        "8 600 00001 again": "?period=today",
    }
    staying = {"somebody else": "?number=60000002", "part of many": "?number=600", "Ona of sales": "?department=sales"}
    for name, query in {**going, **staying}.items():
        await filters.keep("sue", name, query)
    await mask_mentions(db, ONA)
    assert {one.name: one.query for one in await filters.of("sue")} == staying
    await mask_mentions(db, Whom("erased x"))
    assert len(await filters.of("sue")) == len(staying)
