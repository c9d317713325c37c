"""What hangs on a customer, for programs: notes, matters (opportunities, offers, orders) and activities."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, TypeVar

from aiohttp import web

from crm_bridge.matters import Matters
from crm_bridge.model import Activity, ChangedMeanwhile, Matter, Note, NotPossible
from crm_bridge.web import api_bodies as bodies
from crm_bridge.web import api_model as shapes
from crm_bridge.web import api_views as views
from crm_bridge.web.api_asking import id_of
from crm_bridge.web.api_customers import CustomerApi
from crm_bridge.web.api_once import Once
from ledger.web.api_model import Shape
from ledger.web.asking import limit_of
from ledger.web.visit import Refusal, Visit, Who

Found = TypeVar("Found", Note, Matter, Activity)

USUAL, MOST = 100, 1_000
#: How the accounts of programs are called; no person's account can have such a name.
_PROGRAM = "token "


@dataclass(frozen=True)
class AttachedApi:
    """Serves what is below /api/v1/customers/{id}."""

    customers: CustomerApi
    matters: Matters
    once: Once

    # ---- notes

    async def list_notes(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Answer with a customer's newest notes."""
        id_, limit = await self._looked_at(visit, who)
        return visit.answer(shapes.NotesAnswer(notes=[*map(views.note, await self.matters.notes(id_, limit))]))

    async def add_note(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Write a note."""

        async def make() -> web.Response:
            given = await bodies.given(visit, bodies.NoteBody)
            customer = await self.customers.find(visit)
            note = await self.matters.add_note(
                customer.id, given.text, who.name, interaction=given.interaction, disposition=given.disposition
            )
            return visit.answer(views.note(note), status=201)

        return await self.once.do(visit, who, make)

    async def change_note(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Write a note's text anew."""
        given = await bodies.given(visit, bodies.NoteChangeBody)
        note = await self._note(visit)
        return visit.answer(views.note(await self.matters.change_note(note.id, given.text, who.name)))

    # ---- matters

    async def list_matters(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Answer with a customer's matters."""
        id_, limit = await self._looked_at(visit, who)
        found = await self.matters.matters(id_, limit)
        return visit.answer(shapes.MattersAnswer(matters=[*map(views.matter, found)]))

    async def add_matter(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Begin an opportunity, offer or order."""

        async def make() -> web.Response:
            given = await bodies.given(visit, bodies.MatterBody)
            customer = await self.customers.find(visit)
            matter = await self.matters.add_matter(
                customer.id,
                given.kind,
                given.title,
                who.name,
                amount=given.amount,
                currency=given.currency,
                stage=given.stage,
                whose=_whose(given.whose, who),
                expected=given.expected,
            )
            return visit.answer(views.matter(matter), status=201)

        return await self.once.do(visit, who, make)

    async def change_matter(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Change an opportunity, offer or order over the version that was seen."""
        given = await bodies.given(visit, bodies.MatterChangeBody)
        matter = await self._matter(visit)
        changed = await self.matters.change_matter(replace(matter, **_sent(given)), who.name)
        return visit.answer(views.matter(changed))

    # ---- activities

    async def list_activities(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Answer with a customer's activities."""
        id_, limit = await self._looked_at(visit, who)
        found = await self.matters.activities(id_, limit)
        return visit.answer(shapes.ActivitiesAnswer(activities=[*map(views.activity, found)]))

    async def add_activity(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Note what is to be done."""

        async def make() -> web.Response:
            given = await bodies.given(visit, bodies.ActivityBody)
            customer = await self.customers.find(visit)
            activity = await self.matters.add_activity(
                customer.id, given.what, given.due, who.name, whose=_whose(given.whose, who), matter=given.matter
            )
            return visit.answer(views.activity(activity), status=201)

        return await self.once.do(visit, who, make)

    async def change_activity(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Change an activity over the version that was seen, or say that it is done."""
        given = await bodies.given(visit, bodies.ActivityChangeBody)
        activity = await self._activity(visit)
        if activity.version != given.version:
            raise ChangedMeanwhile
        sent = _sent(given)
        done = sent.pop("done", None)
        if sent.get("due", activity.due) is None:
            raise Refusal(400, "due: an activity has a day", "leave it out, or send a moment")
        if sent.keys() - {"version"}:
            activity = await self.matters.change_activity(replace(activity, **sent), who.name)
        if done is not None:
            activity = await self.matters.done(activity.id, who.name, done=done)
        return visit.answer(views.activity(activity))

    # ---- what these have in common

    async def _looked_at(self, visit: Visit, who: Who) -> tuple[str, int]:
        limit = limit_of(visit, USUAL, MOST)
        file = await self.customers.find(visit)
        await self.customers.privacy.looked(file.id, who.name)
        return file.id, limit

    async def _note(self, visit: Visit) -> Note:
        try:
            found = await self.matters.note(id_of(visit, "note"))
        except NotPossible:
            raise _missing("note") from None
        return _theirs(visit, found)

    async def _matter(self, visit: Visit) -> Matter:
        try:
            found = await self.matters.matter(id_of(visit, "matter"))
        except NotPossible:
            raise _missing("matter") from None
        return _theirs(visit, found)

    async def _activity(self, visit: Visit) -> Activity:
        try:
            found = await self.matters.activity(id_of(visit, "activity"))
        except NotPossible:
            raise _missing("activity") from None
        return _theirs(visit, found)


def _theirs(visit: Visit, found: Found) -> Found:
    if found.customer != id_of(visit):
        raise _missing(type(found).__name__.lower())
    return found


def _missing(what: str) -> Refusal:
    return Refusal(404, f"this customer has no such {what}", "look at the list of them")


def _sent(given: Shape) -> dict[str, Any]:
    return {name: getattr(given, name) for name in given.model_fields_set}


def _whose(given: str | None, who: Who) -> str:
    """Return whose it is: who asks, unless somebody is named; a program looks after nothing."""
    if given is not None:
        return given
    return "" if who.name.startswith(_PROGRAM) else who.name
