"""The desk: the page of one person with a phone, with who is calling, who that is, and the work after a call.

Owns which parts are on it. A person sees the calls of his own phone only, whatever his role.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from aiohttp import web

from callrouter import archive
from callrouter import events as ev
from callrouter.calls import Call, fold
from callrouter.events import Event
from crm_bridge import pop, store_desk
from crm_bridge.pop import Stage, Subject
from crm_bridge.pop_room import subject_in
from crm_bridge.web import desk_view
from crm_bridge.web.desk_room import DeskRoom
from crm_bridge.web.desk_view import After, Card
from crm_bridge.web.words import name_of, shown
from ledger.ids import new_id
from ledger.web.times import age, exact
from ledger.web.visit import Refusal, Visit, Who

#: Calls of the day on the page, and letters of a note kept with a call.
TODAY, _KEPT = 25, 300
#: Missing dispositions are shown for so long, and so many.
MISSING_SINCE, MISSING = timedelta(days=14), 200
#: What a deed says when it is done.
_SAID = {
    "give": "The call is with its customer now.",
    "new": "A new customer has the call now.",
    "after": "Written down.",
    "kept": "Written down. It is kept with the call until somebody says whose call it was.",
    "later": "Put aside. Your calls of today have it.",
}


@dataclass(frozen=True)
class Toast:
    """What was just done."""

    text: str
    undo: str = ""


@dataclass(frozen=True)
class OwnCall:
    """A call of the day. `asked` says that something is to be said of it still."""

    id: str
    at: datetime
    name: str
    number: str
    out: bool
    department: str
    talked: float
    disposition: str
    missing: bool


@dataclass(frozen=True)
class Missing:
    """A call of which nobody said what came of it, though that is required."""

    call: str
    agent: str
    department: str
    exact: str
    age: str


@dataclass(frozen=True)
class Now:
    """What changes on a desk by itself. `whose` is the call of `after` where it is no card of its own any more."""

    state: tuple[str, str] = ("", "calm")
    cards: tuple[Card, ...] = ()
    after: After | None = None
    whose: Card | None = None
    #: Who called, and where that call is now.
    went: tuple[str, str] | None = None
    #: Is in every form of this one look, so that a form sent again is known.
    once: str = field(default_factory=new_id)


class DeskPages:
    """Serves /desk; `position` is where the live news is now, `state_of` says what a person's phone and roster do."""

    def __init__(self, room: DeskRoom, position: Callable[[], str], state_of: Callable[[str], tuple[str, str]]) -> None:
        self._room = room
        self._position = position
        self._state_of = state_of

    async def show(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Show the whole desk."""
        # First the place in the news: what happens while we look comes twice rather than never.
        position, now = self._position(), self._room.clock.now()
        said = _SAID.get(visit.query("did") or "")
        missing = len(await self._missing()) if who.sees_all else 0
        return visit.page(
            "desk/desk.html",
            position=position,
            now=now,
            who=who,
            person=pop.person_title(who.person, self._room.site()) if who.person else "",
            said=Toast(said) if said else None,
            missing=missing,
            calls=await self._today(who.person, now) if who.person else [],
            desk=await self._now(who, visit.query("call") or ""),
        )

    async def show_now(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Show what changes by itself: a part of the page that is open already."""
        return visit.page("desk/now.html", who=who, now=self._room.clock.now(), desk=await self._now(who, ""))

    async def look_elsewhere(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Show who has the caller's number by the word of other systems, for which the pop does not wait."""
        subject = await self.subject(visit, who)
        whose = await self._room.whose(subject)
        number = whose.match.number or subject.number
        found = await self._room.look_up(number) if number else []
        rows = [(shown(f.name or f.company or f.id, 80), shown(f.company if f.name else "", 80), f) for f in found[:10]]
        return visit.page("desk/elsewhere.html", found=rows)

    async def look_for(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Show whom somebody types the name of who has learnt who is calling."""
        subject = await self.subject(visit, who)
        words = (visit.query("words") or "").replace("\0", " ")[:100].strip()
        found = await self._room.customers.search(words, 8) if words else []
        rows = [desk_view.choice_of(customer) for customer in found]
        whose = await self._room.whose(subject)
        return visit.page(
            "desk/found.html", id=subject.id, rows=rows, words=words, number=whose.match.number, once=new_id()
        )

    async def list_missing(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Show supervisors of which calls nobody said what came of them."""
        return visit.page("desk/missing.html", rows=await self._missing(), days=MISSING_SINCE.days)

    async def subject(self, visit: Visit, who: Who) -> Subject:
        """Return the call that is meant, if it is on this person's desk or was talked in there; raises Refusal."""
        if not who.person:
            raise Refusal(404, "this account belongs to nobody with a phone", "ask an admin to give it a person")
        found = await self._room.pops.find(visit.request.match_info["call"], who.person)
        if found is None:
            raise Refusal(404, "there is no such call on your desk", "your calls are at /desk")
        return found

    async def _now(self, who: Who, wanted: str) -> Now:
        if not who.person:
            return Now()
        room, site, now = self._room, self._room.site(), self._room.clock.now()
        subjects = room.pops.on_desk(who.person)
        cards = [desk_view.card(one, await room.known(one, who), site, now) for one in subjects]
        after, whose = await self._after(who, wanted, dict(zip([s.id for s in subjects], cards, strict=True)))
        went = room.pops.went(who.person)
        gone = (shown(went.ani_name, 60) or went.ani or "The caller", pop.where_now(went, site)) if went else None
        return Now(self._state_of(who.person), tuple(cards), after, whose, gone)

    async def _after(self, who: Who, wanted: str, cards: dict[str, Card]) -> tuple[After | None, Card | None]:
        """Return the form of the work after a call, and the call itself where it is no card of its own any more.

        A call that is owed goes first, then one that was asked for, then the talk of now, then the last one.
        """
        room, site = self._room, self._room.site()
        owed = room.pops.after(who.person)
        talk = next((id_ for id_, card in cards.items() if card.stage is Stage.TALKING), "")
        id_ = owed if room.pops.owes(who.person, owed) else wanted or talk or owed
        subject = await room.pops.find(id_, who.person) if id_ else None
        if subject is None or not (subject.talked or subject.stage is Stage.TALKING):
            return None, None
        card = cards.get(id_)
        if card is None:
            card = desk_view.card(subject, await room.known(subject, who), site, room.clock.now())
        kept = [shown(held.text, _KEPT) for held in await room.after.held(id_) if held.text]
        kept += [shown(note.text, _KEPT) for note in await room.matters.notes_about(id_) if note.text]
        said = _said_of(await self._story(id_), who.person)
        form = desk_view.after(subject, card, site, owed=room.pops.owes(who.person, id_), said=said or "", kept=kept)
        return form, None if id_ in cards else card

    async def _story(self, call: str) -> list[Event]:
        async with self._room.database.reading() as session:
            return archive.events_of(await store_desk.entries_of(session, [call]))

    async def _today(self, person: str, now: datetime) -> list[OwnCall]:
        room, site = self._room, self._room.site()
        midnight = datetime.combine(now.astimezone(site.company.zone).date(), time(), site.company.zone)
        async with room.database.reading() as session:
            ids = await store_desk.own_calls(session, person, midnight, TODAY)
            events = archive.events_of(await store_desk.entries_of(session, ids))
        calls = []
        for id_ in ids:
            story = [event for event in events if event.call == id_]
            subject = subject_in(story, person)
            if subject is not None:
                calls.append(await self._own(subject, story))
        return calls

    async def _own(self, subject: Subject, story: list[Event]) -> OwnCall:
        room, site = self._room, self._room.site()
        customer = await room.customers.find_of_call(subject.id, subject.number, subject.did)
        said = _said_of(story, subject.person)
        missed = any(isinstance(e, ev.DispositionMissed) and e.agent == subject.person for e in story)
        return OwnCall(
            subject.id,
            subject.began,
            name_of(customer) if customer is not None else subject.number or "Number withheld",
            subject.number if customer is not None and customer.name else "",
            subject.call is None,
            pop.department_title(subject.department, site) if subject.department else "",
            _talked(fold(story), story, subject.person),
            said or "",
            missing=missed and said is None,
        )

    async def _missing(self) -> list[Missing]:
        room, site, now = self._room, self._room.site(), self._room.clock.now()
        async with room.database.reading() as session:
            found = await store_desk.missing(session, now - MISSING_SINCE, MISSING)
        zone = site.company.zone
        return [
            Missing(
                call, pop.person_title(agent, site), pop.department_title(department, site), exact(at, zone),
                age(at, now, zone),
            )
            for call, agent, department, at in found
        ]  # fmt: skip


def _said_of(story: list[Event], person: str) -> str | None:
    """Return what a person said last came of a call; None if he said nothing."""
    said = [event.disposition for event in story if isinstance(event, ev.CallDisposed) and event.agent == person]
    return said[-1] if said else None


def _talked(call: Call | None, story: list[Event], person: str) -> float:
    """Return for how long a person talked in a call."""
    out = sum(event.talked for event in story if isinstance(event, ev.OutboundEnded) and event.agent == person)
    return out + sum(talk.talked or 0.0 for talk in (call.talks if call is not None else ()) if talk.agent == person)
