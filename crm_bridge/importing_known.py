"""What imports have of a person, for whoever asks what is known of them: where they came from, and rows set aside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from crm_bridge.importing_tables import imported, imports, told
from ledger.forgetting import holds, some
from ledger.forgetting_words import Whom

#: Nobody is in more rows than that.
_MOST = 10_000


async def list_known(session: AsyncSession, whom: Whom) -> list[dict[str, Any]]:
    """List rows of imported files that brought the person, and rows set aside that name the person, by file and row."""
    c, rows = imports.c, []
    for asked in some(whom.customers):
        brought = sa.select(c.file_name, c.at, c.by, imported.c.row, imported.c.gave)
        brought = brought.join(imported, imported.c["import"] == c.id).where(imported.c.customer.in_(asked))
        rows += [_row(row, "taken in", {"gave": row["gave"]}) for row in await _all(session, brought)]
    if texts := [*whom.searched, *whom.alone]:
        aside = sa.select(c.file_name, c.at, c.by, told.c.row, told.c.taken, told.c.why, told.c.cells)
        aside = aside.join(told, told.c["import"] == c.id).where(holds(told.c.cells, texts) | holds(told.c.why, texts))
        for row in await _all(session, aside):
            became = "taken in part" if row["taken"] else "refused"
            rows.append(_row(row, became, {"why": row["why"], "cells": list(row["cells"])}))
    return sorted(rows, key=lambda row: (row["at"], row["file"], row["row"]))


async def _all(session: AsyncSession, query: sa.Select[Any]) -> list[Mapping[Any, Any]]:
    return list((await session.execute(query.limit(_MOST))).mappings())


def _row(row: Mapping[Any, Any], became: str, more: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "file": row["file_name"],
        "at": row["at"].isoformat(),
        "by": row["by"],
        "row": row["row"],
        "became": became,
        **more,
    }
