"""The board of opportunities: a column for each of the site's stages, with what its cards come to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from crm_bridge.model import Matter, MatterKind
from crm_bridge.web import amounts
from crm_bridge.web.asking import words_of
from crm_bridge.web.business import BusinessView, ShownMatter
from crm_bridge.web.names import Names
from crm_bridge.web.room import CustomersRoom
from crm_bridge.web.saying import toast_of
from ledger.web.asking import one_of
from ledger.web.visit import Visit, Who

#: Cards of a column that are drawn; its sum and count are of all.
MOST = 100


@dataclass(frozen=True)
class Column:
    """A stage with its cards. `hidden` are more than are drawn; of `gone` the site knows nothing any more."""

    stage: str
    tone: str
    count: int
    total: str
    cards: tuple[ShownMatter, ...]
    hidden: int
    gone: bool = False


class BoardPage:
    """Serves /opportunities. `position` tells where in the news a page begins to listen."""

    def __init__(self, room: CustomersRoom, position: Callable[[], str]) -> None:
        self._room = room
        self._position = position

    async def show(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Show the matters of one kind, of everybody or of one owner."""
        room, position = self._room, self._position()
        kind, owner = one_of(visit, "kind", MatterKind, MatterKind.OPPORTUNITY), words_of(visit, "owner")
        matters = [*await room.matters.board(kind), *await room.matters.board(kind, closed=True)]
        matters = [matter for matter in matters if owner in ("", matter.whose)]
        drawn: dict[str, list[Matter]] = {stage.name: [] for stage in room.settings.stages}
        for matter in matters:
            drawn.setdefault(matter.stage, []).append(matter)
        named = {matter.customer for cards in drawn.values() for matter in cards[:MOST]}
        names = await Names.of(room, who.name, named)
        view = BusinessView(room.settings, room.zone, room.clock.now(), names)
        return visit.page(
            "customers/board.html",
            columns=[_column(stage, cards, view) for stage, cards in drawn.items()],
            kind=kind,
            kinds=list(MatterKind),
            owner=owner,
            owners=names.choices(owner),
            any=bool(matters),
            toast=toast_of(visit),
            position=position,
            now=room.clock.now(),
        )


def _column(stage: str, cards: list[Matter], view: BusinessView) -> Column:
    known = view.settings.stage(stage)
    tone = {"won": "good", "lost": "bad"}.get((known.ends or "") if known is not None else "", "calm")
    shown = tuple(view.matter(card) for card in cards[:MOST])
    return Column(stage, tone, len(cards), amounts.sums(cards), shown, len(cards) - len(shown), gone=known is None)
