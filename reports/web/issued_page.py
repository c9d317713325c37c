"""Issued reports as pages: ordered, followed while they are made, read as they were, sent again. Parses, renders."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from aiohttp import web

from ledger.delivery_model import DeliveryState
from ledger.web.visit import Visit, Who
from reports.catalogue import REPORTS
from reports.forms.named import ZIP, media_type
from reports.issued import Issued, State
from reports.web.issued_room import HOME, IssuedRoom, place_of

__all__ = ["HOME", "IssuedPage"]

#: Rows of a page.
MOST = 50
_TONES = {State.MAKING: "warn", State.READY: "good", State.FAILED: "bad", State.CANCELLED: ""}


@dataclass(frozen=True)
class Row:
    """An issued report in the list; `mails` says what became of its mails, `form` what its file is."""

    one: Issued
    title: str
    period: str
    tone: str
    form: str
    mails: str = ""
    refused: bool = False
    waiting: bool = False


class IssuedPage:
    """Serves /reports/issued and what is below it, and takes orders at /reports/{name}/issue."""

    def __init__(self, room: IssuedRoom) -> None:
        self._room = room

    async def order(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Have a report made in the background, and lead to where it can be followed."""
        said = {name: " ".join(value.split()) for name, value in (await visit.form()).items() if value.strip()}
        form = said.pop("form", "pdf")
        id_ = await self._room.order(visit.request.match_info["name"], form, said, who)
        raise web.HTTPSeeOther(f"{HOME}/{id_}")

    async def show_list(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Show what was issued, the newest first."""
        found, further = await self._room.newest(who, place_of(visit.query("before")), MOST)
        mails = await self._room.issuing.mails([one.id for one in found])
        rows = [_row(one, [mail.state for mail in mails if mail.about == one.id]) for one in found]
        reports = self._room.reports
        schedules = reports.site().reports.schedules if reports.sight(who) is None else {}
        return visit.page("issued/list.html", rows=rows, further=further, schedules=schedules, zone=reports.zone)

    async def show(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Show one: how far it is, what became of its mails, and the report as it was made."""
        room = self._room
        one = await room.get(visit.request.match_info["id"], who)
        made = await room.as_made(one) if one.state is State.READY else None
        mails = await room.issuing.mails([one.id]) if who.sees_all else []
        return await asyncio.to_thread(  # with many rows it takes longer than calls should wait
            visit.page,
            "issued/one.html",
            row=_row(one, [mail.state for mail in mails]),
            one=one,
            making=one.state is State.MAKING,
            doc=made[0] if made else None,
            view=made[1] if made else None,
            mails=mails,
            told=await room.issuing.mails_of_failure([one.id]) if who.sees_all else [],
            may_change=room.may_change(one, who),
            may_send=who.sees_all and bool(one.order.to) and one.state is State.READY,
            zone=room.reports.zone,
        )

    async def send(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Send the file."""
        one = await self._room.get(visit.request.match_info["id"], who)
        return sent(one, await self._room.content(one))

    async def cancel(self, visit: Visit, who: Who) -> web.StreamResponse:
        """End the making of one."""
        one = await self._room.own(visit.request.match_info["id"], who)
        await self._room.issuing.cancel(one.id)
        raise web.HTTPSeeOther(f"{HOME}/{one.id}")

    async def make_again(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Make one anew that failed or was cancelled."""
        one = await self._room.own(visit.request.match_info["id"], who)
        await self._room.issuing.make_again(one.id)
        raise web.HTTPSeeOther(f"{HOME}/{one.id}")

    async def send_again(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Mail one once more."""
        one = await self._room.get(visit.request.match_info["id"], who)
        await self._room.issuing.send_again(one.id)
        raise web.HTTPSeeOther(f"{HOME}/{one.id}")


def sent(one: Issued, content: bytes) -> web.Response:
    """Answer with the file of a report, to be saved."""
    headers = {
        "Content-Type": media_type(one.summary.name),
        "Content-Disposition": f'attachment; filename="{one.summary.name}"',
        "Cache-Control": "no-store",
    }
    return web.Response(body=content, headers=headers)


def title_of(one: Issued) -> str:
    """Return what a report is called, before it is made as well."""
    known = REPORTS.get(one.order.report)
    return one.summary.title or (known.title if known is not None else one.order.report)


def _row(one: Issued, states: list[DeliveryState]) -> Row:
    refused = states.count(DeliveryState.REFUSED)
    waiting = states.count(DeliveryState.WAITING)
    parts = (states.count(DeliveryState.ACCEPTED), "sent"), (waiting, "under way"), (refused, "refused")
    mails = ", ".join(f"{count} {word}" for count, word in parts if count)
    form = one.order.form.upper() + (" (ZIP)" if one.summary.name.endswith(f".{ZIP}") else "")
    period = one.order.period.title()
    return Row(one, title_of(one), period, _TONES[one.state], form, mails, bool(refused), bool(waiting))
