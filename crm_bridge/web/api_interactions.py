"""Interactions for programs: every contact of every customer, and whose one is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from callrouter.caller_number import number_of
from crm_bridge import store_interactions
from crm_bridge.files import Files
from crm_bridge.matters import Matters
from crm_bridge.model import Direction, Interaction, Medium
from crm_bridge.privacy import Privacy
from crm_bridge.web import api_bodies as bodies
from crm_bridge.web import api_model as shapes
from crm_bridge.web import api_views as views
from crm_bridge.web.api_asking import before_of, cursor_of, id_of, moment_of, text_of
from crm_bridge.web.api_store import Wanted, list_wanted
from crm_bridge.writing import Cabinet
from ledger.web.asking import limit_of, one_of
from ledger.web.visit import Refusal, Visit, Who

AT = "/api/v1/interactions"
USUAL, MOST = 50, 200


@dataclass(frozen=True)
class InteractionApi:
    """Serves /api/v1/interactions."""

    cabinet: Cabinet
    files: Files
    matters: Matters
    privacy: Privacy
    #: Whether who asks may read what is written in customers' files, such as notes.
    may_read_files: Callable[[Visit], bool]

    async def list_interactions(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Answer with a page of interactions, the newest first."""
        limit = limit_of(visit, USUAL, MOST)
        wanted = Wanted(
            customer=text_of(visit, "customer"),
            number=self._number(visit),
            medium=one_of(visit, "medium", Medium, Medium.VOICE) if visit.query("medium") else None,
            direction=one_of(visit, "direction", Direction, Direction.IN) if visit.query("direction") else None,
            since=moment_of(visit, "from"),
            until=moment_of(visit, "to"),
            before=before_of(visit),
        )
        async with self.cabinet.db.reading() as session:
            found = await list_wanted(session, wanted, limit + 1)
        page = found[:limit]
        if wanted.customer or wanted.number:  # who asks for somebody's looks at somebody
            those = {one.customer for one in page if one.customer is not None} | {wanted.customer}
            await self.privacy.looked_at(those, who.name)
        behind = (page[-1].started.isoformat(), page[-1].id) if len(found) > limit else None
        told = shapes.InteractionsAnswer(interactions=[*map(views.interaction, page)], next=cursor_of(behind))
        return visit.answer(told)

    async def tell_interaction(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Answer with one interaction and the notes about it."""
        return await self._answer(visit, who, await self._find(visit))

    async def change_interaction(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Say whose an interaction is, and answer with it."""
        given = await bodies.given(visit, bodies.AssignBody)
        found = await self._find(visit)
        return await self._answer(visit, who, await self.files.assign(found.id, given.customer, who.name))

    async def _answer(self, visit: Visit, who: Who, found: Interaction) -> web.Response:
        if found.customer is not None:
            await self.privacy.looked(found.customer, who.name)
        notes = await self.matters.notes_about(found.id) if self.may_read_files(visit) else []
        told = shapes.InteractionStoryAnswer(interaction=views.interaction(found), notes=[*map(views.note, notes)])
        return visit.answer(told)

    async def _find(self, visit: Visit) -> Interaction:
        id_ = id_of(visit)
        async with self.cabinet.db.reading() as session:
            found = await store_interactions.find(session, id_) if id_ else None
        if found is None:
            raise Refusal(404, "there is no such interaction", f"they are at {AT}")
        return found

    def _number(self, visit: Visit) -> str:
        text = text_of(visit, "number", 60)
        number = number_of(text, self.cabinet.country) if text else ""
        if number is None:
            raise Refusal(400, "`number` is no telephone number", "write one such as +37060000001")
        return number
