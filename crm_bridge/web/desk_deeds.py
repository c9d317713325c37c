"""What is done at a desk: saying whose a call is, and what came of it. Parse, call, lead back to the desk."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from aiohttp import web

from crm_bridge.after_call import Said, Talked
from crm_bridge.matching import Matched
from crm_bridge.model import Details, Kind, Phone
from crm_bridge.pop import Subject
from crm_bridge.pop_room import asks_of, department_of
from crm_bridge.web.desk import DeskPages
from crm_bridge.web.desk_once import once_of
from crm_bridge.web.desk_room import DeskRoom
from ledger.web.asking import needed
from ledger.web.leading import lead_to
from ledger.web.visit import Refusal, Visit, Who

HOME = "/desk"
#: By when something is due on its day, at the site.
BY = time(17)


class DeskDeeds:
    """Does what the forms of a desk ask for."""

    def __init__(self, room: DeskRoom, pages: DeskPages) -> None:
        self._room = room
        self._pages = pages

    async def give(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Say that a customer there is calls: the call is his, and a number that is nobody's becomes his."""
        subject = await self._pages.subject(visit, who)
        await self._give(subject, needed(await visit.form(), "customer")[:64], who)
        return lead_to(HOME, did="give")

    async def new(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Write a new customer who calls, with the number where it is nobody's."""
        subject = await self._pages.subject(visit, who)
        form = await visit.form()
        kind = Kind.ORGANISATION if form.get("kind") == Kind.ORGANISATION else Kind.PERSON
        name = needed(form, "name")
        language = subject.call.language if subject.call is not None else ""

        async def make() -> str:
            number = await self._free_number(subject)
            phones = (Phone("", number),) if number else ()
            return (await self._room.files.add(Details(name, kind, phones=phones, language=language), who.name)).id

        customer = await self._room.once.do(once_of(form, "new", subject.id, who.name), make)
        await self._room.after.give(subject.id, customer, who.name)
        return lead_to(HOME, did="new")

    async def after(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Write down what came of a call, a note, and what is to be done next."""
        subject = await self._pages.subject(visit, who)
        form = await visit.form()
        site = self._room.site()
        department = department_of(subject, site)
        rules = site.departments.get(department)
        disposition = form.get("disposition", "").strip()
        if disposition and (rules is None or disposition not in rules.dispositions):
            raise Refusal(400, "that is none of the department’s dispositions", "choose one of those shown")
        required = asks_of(subject, site) == "required" or self._room.pops.owes(who.person, subject.id)
        if required and not disposition:
            raise Refusal(400, "say what came of the call", "choose one of the dispositions; the note is up to you")
        due = _due(form.get("due", ""), site.company.zone)
        said = Said(disposition, form.get("note", ""), form.get("next", "").strip(), due)
        customer = await self._room.certain(subject)
        filed = await self._room.after.say(
            Talked(subject.id, subject.person, department),
            said,
            customer.id if customer is not None else None,
            who.name,
            once=form.get("once", "")[:64],
            forgotten=lambda: self._room.pops.is_forgotten(subject),
        )
        return lead_to(HOME, did="after" if filed or not (said.note or said.next) else "kept")

    async def later(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Put the work after the last call aside."""
        subject = await self._pages.subject(visit, who)
        if self._room.pops.owes(who.person, subject.id):
            raise Refusal(409, "say what came of the call first", "choose one of the dispositions")
        self._room.pops.let_go(who.person)
        return lead_to(HOME, did="later")

    async def _give(self, subject: Subject, customer: str, who: Who) -> None:
        number = await self._free_number(subject)
        if number:
            await self._room.files.attach(number, customer, who.name)
        await self._room.after.give(subject.id, customer, who.name)

    async def _free_number(self, subject: Subject) -> str:
        """Return the caller's number in E.164 where it is nobody's, '' otherwise."""
        match = (await self._room.whose(subject)).match
        return match.number if match.kind is Matched.UNKNOWN else ""


def _due(text: str, zone: ZoneInfo) -> datetime | None:
    """Return the moment by which something is to be done on a day; raises Refusal for what is no day."""
    if not text.strip():
        return None
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        raise Refusal(400, "that is no day", "write it as 2026-11-20") from None
    if not 2000 <= day.year <= 2200:
        raise Refusal(400, "that is no day anybody will see", "write it as 2026-11-20")
    return datetime.combine(day, BY, zone)
