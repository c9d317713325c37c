"""The form of a new fax: filled in for an answer, with what is wrong beside each field."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from aiohttp import web

from fax.documents.model import Resolution
from fax.model import NoSuchFax
from fax.orders import LARGEST
from fax.web.draft import Draft
from fax.web.pages import HOME
from fax.web.room import FaxRoom
from fax.web.sending import Sending
from ledger.web.leading import lead_to
from ledger.web.visit import Refusal, Visit, Who

#: In the words of fax machines, and what each is good for.
RESOLUTIONS = {
    Resolution.STANDARD: "Standard: quick, for large letters",
    Resolution.FINE: "Fine: for ordinary letters",
    Resolution.SUPERFINE: "Super fine: slow, for small print",
}


class NewPage:
    """Serves /fax/new."""

    def __init__(self, room: FaxRoom, sending: Sending) -> None:
        self._room = room
        self._sending = sending

    async def show(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Show the form; `answer` names a fax whose other side it goes to."""
        boxes = self._boxes(who)
        draft = Draft(
            box=boxes[0][0] if len(boxes) == 1 else "",
            resolution=self._room.site().fax.resolution,
            when="now",
            key=secrets.token_hex(16),
        )
        if (id_ := visit.query("answer")) is not None:
            draft = await self._answer(draft, id_, who)
        return self._page(visit, who, draft, {})

    async def send(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Queue what the form says and lead to its page, or show the form again with what is wrong."""
        self._boxes(who)
        taken = await self._sending.take(visit, who)
        if taken.fax is None:
            return self._page(visit, who, taken.draft, taken.mistakes)
        return lead_to(f"{HOME}/{taken.fax.id}", did="queued")

    def _page(self, visit: Visit, who: Who, draft: Draft, mistakes: Mapping[str, str]) -> web.Response:
        site = self._room.site()
        return visit.page(
            "fax/new.html",
            status=422 if mistakes else 200,
            who=who,
            draft=draft,
            mistakes=mistakes,
            boxes=self._room.sends_from(who),
            told={name: list(site.faxbox(name).confirm) for name in site.faxboxes},
            resolutions=RESOLUTIONS,
            zone=str(site.company.zone),
            earliest=self._room.clock.now().astimezone(site.company.zone),
            largest=LARGEST,
        )

    def _boxes(self, who: Who) -> list[tuple[str, str]]:
        boxes = self._room.sends_from(who)
        if not boxes:
            raise Refusal(403, "there is no fax box that you send from", "an admin can give you one in the site")
        return boxes

    async def _answer(self, draft: Draft, id_: str, who: Who) -> Draft:
        try:
            fax = await self._room.find(id_, who)
        except NoSuchFax:
            return draft
        name = (await self._room.names_of([fax])).get(fax.id, "") or fax.name
        box = fax.box if fax.box in dict(self._room.sends_from(who)) else draft.box
        return Draft(
            box=box, number=fax.number, name=name, cover_to=name, resolution=draft.resolution, when="now", key=draft.key
        )
