"""Reception: takes a call from its first ring to its last, and writes down all of it.

Owns the order of things: number dialled, menus, destination, end. Menus, waiting and ringing have rooms of
their own; which medium the caller is on is unknown here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial

from callrouter import events as ev
from callrouter.closed_door import ClosedDoor
from callrouter.connector import ended_by
from callrouter.events import Outcome, Party
from callrouter.fax_tones import FAX_TONE, FaxTone, HearsNothing
from callrouter.faxes import Faxes
from callrouter.leaving import Leaving
from callrouter.messages import Messages
from callrouter.on_the_way import OnTheWay
from callrouter.ports import Lines, Phones, Staff, Story
from callrouter.receiving import Receiving
from callrouter.steps import as_event
from callrouter.visit import Arrival, Ending, Visit
from callrouter.waiting import Elsewhere, WaitingCaller, Wakeable
from config.schema import Number, Site
from config.values import Destination
from ivr import phrases
from ivr.conversation import CallerGone, HandedOver, Reply
from ivr.fax_came import Came
from ivr.interpreter import Dialogue
from ivr.speech.spoken import Spoken
from ivr.steps import Note, Step
from ledger.clock import Clock

__all__ = ["Arrival", "Reception"]

#: How long the phone of a person rings who was dialled directly, seconds.
RING_PERSON = 20.0
#: A caller who was led to more destinations than this goes in circles and is asked to call again.
MOST_DESTINATIONS = 20


class Reception:
    """Serves callers; one per version of the site, since a call stays on the version it began with."""

    def __init__(
        self,
        site: Site,
        *,
        roster: Staff,
        room: Lines,
        connector: Phones,
        chronicle: Story,
        messages: Messages,
        faxes: Faxes,
        clock: Clock,
        left_open: Callable[[Arrival], None],
        menu_time: Callable[[Arrival], datetime] | None = None,
        door: ClosedDoor | None = None,
    ) -> None:
        """`left_open` sees to the end of a call that a fault of ours leaves to the emergency attendant.

        `menu_time` is the time by which the menus take a call to be made: now. `door` knows what is closed by hand.
        """
        self.site = site
        self._roster = roster
        self._room = room
        self._connector = connector
        self._chronicle = chronicle
        self._leaving = Leaving(chronicle, messages, clock)
        self._receiving = Receiving(chronicle, faxes, clock)
        self._clock = clock
        self._left_open = left_open
        self._menu_time = menu_time
        self._door = door
        self._on_the_way: OnTheWay[Visit] = OnTheWay(self._lost_on_the_way)
        self._visits = 0

    @property
    def is_idle(self) -> bool:
        """Tell whether nobody is being served, nor on the way to be taken up again."""
        return not self._visits and not self._on_the_way

    def expects(self, call: str) -> bool:
        """Tell whether this call was transferred and waits to be taken up again."""
        return call in self._on_the_way

    async def resume(self, conversation: Wakeable, call: str, to: Destination | None, tone: FaxTone) -> None:
        """Go on with a call that an agent transferred blindly; `to` is None where nobody has that extension.

        Whom nobody answers there comes back to that agent, then to the line he came from. Ends the call in the
        journal like `receive`.
        """
        visit = self._on_the_way.take(call)
        assert visit is not None, "only who is expected is resumed"
        visit.move_to(conversation, tone, self._now())
        visit.instead = self._back(call)
        async with self._to_the_end(visit):
            why = "transferred"
            if to is None:
                await conversation.play([self._phrase(visit, "unknown_extension")], interruptible=False)
                to, why = (visit.instead.pop(0) if visit.instead else None), "nobody has that extension"
            if to is not None:
                await self._lead(visit, to, why)

    async def resume_as_fax(self, conversation: Wakeable, arrival: Arrival) -> None:
        """Take the fax of a machine that was heard on a line for people. Ends the call in the journal like `receive`.

        A call that no conversation of ours knows lost it on the way, with the process that had it.
        """
        visit = self._on_the_way.take(arrival.call)
        if visit is None:
            visit = self._visit_of(conversation, arrival)
        else:
            visit.move_to(conversation, HearsNothing(), self._now())
        box, menus = self._fax_box(visit), visit.dialogue.path
        origin = menus[-1] if menus and visit.place == "menu" else visit.place
        visit.is_machine = True
        async with self._to_the_end(visit):
            if box is not None:
                to = Destination(kind="fax", name=box)
                self._tell(ev.BranchTaken(at=self._now(), call=arrival.call, origin=origin, to=str(to), why=FAX_TONE))
                await self._lead(visit, to, FAX_TONE)

    async def receive(self, conversation: Wakeable, arrival: Arrival, tone: FaxTone) -> None:
        """Serve one caller until the call is over. A caller who hangs up is a normal end.

        `tone` listens for fax machines, where the number does.
        Leaves `CallOffered` and `CallEnded` in the journal. An error of ours is journaled as `CallFailed` and
        raised, so that the emergency attendant can take over; how the call ended is then told by its report.
        """
        number = self.site.find_number(arrival.did)
        self._offered(arrival, number)
        dialogue = self._dialogue(conversation, arrival, number)
        visit = Visit(conversation, dialogue, arrival, number.priority if number else 0, tone)
        async with self._to_the_end(visit):
            await self._serve(visit, number)

    async def missed(self, arrival: Arrival) -> None:
        """Write down a caller who hung up before we could answer."""
        self._offered(arrival, self.site.find_number(arrival.did))
        await self._tell_end(arrival.call, Ending(Outcome.ABANDONED, Party.CALLER, "arrival"))

    @asynccontextmanager
    async def _to_the_end(self, visit: Visit) -> AsyncIterator[None]:
        """Hang up once the caller was served, and tell how the call ended."""
        gone: CallerGone | None = None
        self._visits += 1
        try:
            try:
                yield
            except CallerGone as error:
                gone = error
            if not visit.goes_on and await self._is_machine(visit):
                self._goes_on(visit)
            elif gone is not None:
                visit.caller_is_gone(gone)
            elif not visit.goes_on:
                await visit.conversation.hangup()
        except Exception as error:
            self._tell(ev.CallFailed(at=self._now(), call=visit.arrival.call, error=type(error).__name__))
            self._left_open(visit.arrival)
            raise
        finally:
            self._visits -= 1
        # Not in a `finally`: a server that is closed leaves the call open, and the next one finds it again.
        if not visit.goes_on:
            self._tell_end(visit.arrival.call, visit.ending)

    async def _serve(self, visit: Visit, number: Number | None) -> None:
        if number is None:
            visit.ending = Ending(Outcome.UNKNOWN_NUMBER)
            await visit.conversation.play([self._phrase(visit, "unknown_number")], interruptible=False)
            return
        for name, value in number.facts.items():
            visit.dialogue.facts[name] = value
            self._tell(ev.FactNamed(at=self._now(), call=visit.arrival.call, name=name, value=value))
        turned = await self._door.at_number(visit, number) if self._door else None
        entry = turned or Elsewhere(number.entry, "number dialled")
        await self._lead(visit, entry.destination, entry.why)

    async def _lead(self, visit: Visit, destination: Destination, why: str) -> None:
        """Lead the caller on until somebody served him, or nothing is left to try."""
        for _ in range(MOST_DESTINATIONS):
            visit.place = "menu"
            outcome = await visit.dialogue.follow(destination, why)
            following = await self._go(visit, outcome.destination)
            if following is None:
                return
            destination, why = following.destination, following.why
            target = str(self.site.resolve(destination))
            self._tell(
                ev.BranchTaken(
                    at=self._now(), call=visit.arrival.call, origin=str(outcome.destination), to=target, why=why
                )
            )
        await visit.conversation.play([self._phrase(visit, "nobody_here")], interruptible=False)

    async def _go(self, visit: Visit, destination: Destination) -> Elsewhere | None:
        """Bring the caller to the destination; return where to go from there, or None when the call is done."""
        match destination.kind:
            case "department":
                return await self._department(visit, destination.name)
            case "person":
                return await self._person(visit, destination.name)
            case "voicemail":
                return await self._message(visit, destination.name)
            case "fax":
                return await self._fax(visit, destination.name)
            case _:
                visit.ending = Ending(Outcome.CLOSED if visit.dialogue.met_closed else Outcome.UNSERVED)
                return None

    async def _department(self, visit: Visit, department: str) -> Elsewhere | None:
        door = self._door
        if door and (turned := await door.at_department(visit, department)):
            return turned
        visit.place = "queue"
        waiting = WaitingCaller(
            visit.conversation,
            visit.dialogue,
            visit.arrival.call,
            visit.arrival.uniqueid,
            department,
            visit.priority,
            self._room,
            self._connector,
            self._chronicle,
            self._clock,
            partial(self._is_machine, visit),
            is_closed=lambda: door is not None and door.keeps_out(visit, department) is not None,
        )
        left = await waiting.wait(anybody_here=self._roster.logged_in(department))
        if isinstance(left, Elsewhere):
            return left
        self._talked(visit, left)
        return None

    async def _person(self, visit: Visit, name: str) -> Elsewhere | None:
        visit.place = "ringing"
        person = self.site.people[name]
        trouble = self._roster.phone_trouble(name)
        self._tell(ev.AgentsOffered(at=self._now(), call=visit.arrival.call, agents=(name,), why="dialled directly"))
        handed = HandedOver(Reply.UNREACHABLE)
        if not trouble:
            handed = await self._connector.connect(
                visit.conversation,
                call=visit.arrival.call,
                uniqueid=visit.arrival.uniqueid,
                agents=(name,),
                ring_for=RING_PERSON,
                waiting_since=self._clock.monotonic(),
            )
        else:
            reply = Reply.UNREACHABLE if "registered" in trouble else Reply.BUSY
            self._tell(ev.OfferEnded(at=self._now(), call=visit.arrival.call, agent=name, reply=reply.value))
        if handed.reply is Reply.ANSWERED:
            self._talked(visit, handed)
            return None
        if handed.caller_gone:
            raise CallerGone
        await visit.conversation.play([self._phrase(visit, "no_answer")], interruptible=False)
        why = f"{name}: {trouble or handed.reply.value}"
        if person.no_answer is not None:
            return Elsewhere(person.no_answer, why)
        if visit.instead:
            return Elsewhere(visit.instead.pop(0), why)
        return None

    def _back(self, call: str) -> list[Destination]:
        """Return where a transferred caller came from: whoever transferred him, and the line he had waited in."""
        known = self._chronicle.calls.get(call)
        if known is None or not known.talks:
            return []
        talk = known.talks[-1]
        back = []
        if talk.agent in self.site.people:
            back.append(Destination(kind="person", name=talk.agent))
        if talk.department in self.site.departments:
            back.append(Destination(kind="department", name=talk.department))
        return back

    async def _message(self, visit: Visit, mailbox: str) -> Elsewhere | None:
        visit.place = "voicemail"
        left = await self._leaving.leave(
            visit.conversation, visit.dialogue, call=visit.arrival.call, mailbox=mailbox,
            note=self._note(visit.arrival), is_machine=partial(self._is_machine, visit),
        )  # fmt: skip
        if left.kept:
            outcome = Outcome.ABANDONED if left.empty else Outcome.VOICEMAIL
            by = Party.CALLER if left.gone else Party.US
            visit.ending = Ending(outcome, by, "voicemail" if left.empty else "")
        elif left.gone:
            raise CallerGone
        elif left.refused and not visit.was_refused:
            visit.was_refused = True
            return Elsewhere(Destination(kind="back"), "no message can be written here now")
        return None

    async def _fax(self, visit: Visit, box: str) -> Elsewhere | None:
        visit.place = "fax"
        await visit.tone.stop()  # or Asterisk would take the machine away from here as well
        visit.tone = HearsNothing()
        received = await self._receiving.receive(
            visit.conversation, visit.dialogue, call=visit.arrival.call, box=box, note=self._note(visit.arrival),
            heard=visit.is_machine,
        )  # fmt: skip
        if received.came is Came.VOICE and visit.dialogue.path and not visit.was_refused:
            visit.was_refused = True
            return Elsewhere(Destination(kind="back"), "no fax machine was heard")
        visit.took_fax(received)
        return None

    def _talked(self, visit: Visit, handed: HandedOver) -> None:
        visit.ending = Ending(Outcome.ANSWERED, ended_by(handed), estimated=handed.cut)
        if handed.transferred:
            self._goes_on(visit)

    # ---- from one conversation into the next

    def _goes_on(self, visit: Visit) -> None:
        visit.goes_on = True
        self._on_the_way.keep(visit.arrival.call, visit)

    def _visit_of(self, conversation: Wakeable, arrival: Arrival) -> Visit:
        """Take up a call of an earlier process, or one that nobody knows."""
        known = self._chronicle.calls.get(arrival.call)
        number = self.site.find_number(known.did if known else arrival.did)
        if known is None:
            self._offered(arrival, number)
        else:
            arrival = replace(arrival, did=known.did)
        dialogue = self._dialogue(conversation, arrival, number)
        return Visit(conversation, dialogue, arrival, number.priority if number else 0, HearsNothing())

    def _fax_box(self, visit: Visit) -> str | None:
        number = self.site.find_number(visit.arrival.did)
        return number.fax if number is not None else None

    async def _is_machine(self, visit: Visit) -> bool:
        """Tell whether who is gone was a fax machine, which Asterisk brings back to us."""
        return self._fax_box(visit) is not None and await visit.tone.heard()

    def _lost_on_the_way(self, visit: Visit) -> None:
        visit.ending.by = Party.US
        visit.caller_is_gone(CallerGone())
        self._tell_end(visit.arrival.call, replace(visit.ending, estimated=True))

    # ---- the journal

    def _offered(self, arrival: Arrival, number: Number | None) -> None:
        self._tell(
            ev.CallOffered(
                at=self._now(),
                call=arrival.call,
                did=arrival.did,
                ani=arrival.ani,
                ani_name=arrival.ani_name,
                site=self.site.version,
                channel=arrival.channel,
                uniqueid=arrival.uniqueid,
                priority=number.priority if number else 0,
                menus_at=self._menu_time(arrival).isoformat() if self._menu_time else "",
            )
        )

    def _dialogue(self, conversation: Wakeable, arrival: Arrival, number: Number | None) -> Dialogue:
        language = number.language if number else None
        at = self._menu_time(arrival) if self._menu_time else self._now()
        return Dialogue(self.site, conversation, at=at, language=language, note=self._note(arrival))

    def _note(self, arrival: Arrival) -> Note:
        def note(step: Step) -> None:
            self._tell(as_event(step, arrival.call, self._clock))

        return note

    def _tell_end(self, call: str, ending: Ending) -> Awaitable[object]:
        return self._tell(
            ev.CallEnded(
                at=self._now(), call=call, outcome=ending.outcome.value, hung_up_first=ending.by.value,
                abandoned_in=ending.abandoned_in, estimated=ending.estimated,
            )
        )  # fmt: skip

    def _tell(self, event: ev.Event) -> Awaitable[object]:
        return self._chronicle.tell(event)

    def _now(self) -> datetime:
        return self._clock.now()

    def _phrase(self, visit: Visit, name: str) -> Spoken:
        return phrases.phrase(self.site, name, visit.dialogue.language)
