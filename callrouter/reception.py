"""Reception: takes a call from its first ring to its last, and writes down all of it.

Owns the order of things: number dialled, menus, destination, end. Menus, waiting and ringing have rooms of
their own; which medium the caller is on is unknown here.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from callrouter import events as ev
from callrouter.chronicle import Chronicle
from callrouter.connector import Connector, ended_by
from callrouter.events import Outcome, Party
from callrouter.leaving import Leaving
from callrouter.messages import Messages
from callrouter.roster import Roster
from callrouter.waiting import Elsewhere, WaitingCaller, Wakeable
from callrouter.waiting_room import WaitingRoom
from config.schema import Number, Site
from config.values import Destination
from ivr import phrases, steps
from ivr.conversation import CallerGone, HandedOver, LineLost, Reply
from ivr.interpreter import Dialogue
from ivr.speech.spoken import Spoken
from ivr.steps import Note, Step
from ledger.clock import Clock

#: How long the phone of a person rings who was dialled directly, seconds.
RING_PERSON = 20.0
#: A transferred caller who does not come back to us for so long, in seconds, has hung up on the way.
TAKE_UP = 10.0
#: A caller who was led to more destinations than this goes in circles and is asked to call again.
MOST_DESTINATIONS = 20


@dataclass(frozen=True)
class Arrival:
    """A call as Asterisk announces it. Numbers and names are the caller's word: never trusted, only shown."""

    call: str
    did: str
    ani: str = ""
    ani_name: str = ""
    channel: str = ""
    uniqueid: str = ""


@dataclass
class Ending:
    """How the call will have ended, as far as is known."""

    outcome: Outcome = Outcome.UNSERVED
    by: Party = Party.US
    abandoned_in: str = ""
    estimated: bool = False


@dataclass
class Visit:
    """One caller being served: the call, its dialogue and how it stands."""

    conversation: Wakeable
    dialogue: Dialogue
    arrival: Arrival
    priority: int
    ending: Ending = field(default_factory=Ending)
    #: Where the caller is, for the day he hangs up.
    place: str = "menu"
    #: No message could be written; he is led elsewhere once, not again and again.
    was_refused: bool = False
    #: Where a transferred caller goes whom the colleague does not answer, the nearest first.
    instead: list[Destination] = field(default_factory=list)
    #: The call goes on in another visit, after a blind transfer.
    goes_on: bool = False


class Reception:
    """Serves callers; one per version of the site, since a call stays on the version it began with."""

    def __init__(
        self,
        site: Site,
        *,
        roster: Roster,
        room: WaitingRoom,
        connector: Connector,
        chronicle: Chronicle,
        messages: Messages,
        clock: Clock,
        left_open: Callable[[Arrival], None],
        menu_time: Callable[[Arrival], datetime] | None = None,
    ) -> None:
        """`left_open` sees to the end of a call that a fault of ours leaves to the emergency attendant.

        `menu_time` is the time by which the menus take a call to be made; left out, it is now.
        """
        self.site = site
        self._roster = roster
        self._room = room
        self._connector = connector
        self._chronicle = chronicle
        self._leaving = Leaving(chronicle, messages, clock)
        self._clock = clock
        self._left_open = left_open
        self._menu_time = menu_time
        self._transferred: dict[str, Visit] = {}

    def expects(self, call: str) -> bool:
        """Tell whether this call was transferred and waits to be taken up again."""
        return call in self._transferred

    async def resume(self, conversation: Wakeable, call: str, to: Destination | None) -> None:
        """Go on with a call that an agent transferred blindly; `to` is None where nobody has that extension.

        Whom nobody answers there comes back to that agent, then to the line he came from. Ends the call in the
        journal like `receive`.
        """
        visit = self._transferred.pop(call)
        visit.conversation, visit.goes_on = conversation, False
        visit.dialogue = visit.dialogue.moved_to(conversation, self._now())
        visit.ending.by = Party.US
        visit.instead = self._back(call)
        async with self._to_the_end(visit):
            why = "transferred"
            if to is None:
                await conversation.play([self._phrase(visit, "unknown_extension")], interruptible=False)
                to, why = (visit.instead.pop(0) if visit.instead else None), "nobody has that extension"
            if to is not None:
                await self._lead(visit, to, why)

    async def receive(self, conversation: Wakeable, arrival: Arrival) -> None:
        """Serve one caller until the call is over. A caller who hangs up is a normal end.

        Leaves `CallOffered` and `CallEnded` in the journal. An error of ours is journaled as `CallFailed` and
        raised, so that the emergency attendant can take over; how the call ended is then told by its report.
        """
        number = self.site.find_number(arrival.did)
        self._offered(arrival, number)
        dialogue = self._dialogue(conversation, arrival, number)
        visit = Visit(conversation, dialogue, arrival, number.priority if number else 0)
        async with self._to_the_end(visit):
            await self._serve(visit, number)

    async def missed(self, arrival: Arrival) -> None:
        """Write down a caller who hung up before we could answer."""
        self._offered(arrival, self.site.find_number(arrival.did))
        await self._tell_end(arrival.call, Ending(Outcome.ABANDONED, Party.CALLER, "arrival"))

    @asynccontextmanager
    async def _to_the_end(self, visit: Visit) -> AsyncIterator[None]:
        """Hang up once the caller was served, and tell how the call ended."""
        try:
            yield
            if not visit.goes_on:
                await visit.conversation.hangup()
        except CallerGone as gone:
            self._caller_gone(visit, gone)
        except Exception as error:
            self._tell(ev.CallFailed(at=self._now(), call=visit.arrival.call, error=type(error).__name__))
            self._left_open(visit.arrival)
            raise
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
        await self._lead(visit, number.entry, "number dialled")

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
            case _:
                visit.ending = Ending(Outcome.CLOSED if visit.dialogue.met_closed else Outcome.UNSERVED)
                return None

    async def _department(self, visit: Visit, department: str) -> Elsewhere | None:
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
            visit.conversation, visit.dialogue, call=visit.arrival.call, mailbox=mailbox, note=self._note(visit.arrival)
        )
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

    def _talked(self, visit: Visit, handed: HandedOver) -> None:
        visit.ending = Ending(Outcome.ANSWERED, ended_by(handed), estimated=handed.cut)
        if handed.transferred:
            visit.goes_on = True
            self._transferred[visit.arrival.call] = visit
            asyncio.get_running_loop().call_later(TAKE_UP, self._lost_on_the_way, visit)

    def _lost_on_the_way(self, visit: Visit) -> None:
        if self._transferred.get(visit.arrival.call) is visit:
            del self._transferred[visit.arrival.call]
            self._tell_end(visit.arrival.call, Ending(visit.ending.outcome, Party.CALLER, estimated=True))

    def _caller_gone(self, visit: Visit, gone: CallerGone) -> None:
        if isinstance(gone, LineLost):
            unserved = visit.ending.outcome is Outcome.UNSERVED
            visit.ending = Ending(Outcome.FAILED if unserved else visit.ending.outcome, Party.UNKNOWN, estimated=True)
        elif visit.ending.outcome is Outcome.UNSERVED:
            closed = visit.dialogue.met_closed and visit.place == "menu"
            outcome = Outcome.CLOSED if closed else Outcome.ABANDONED
            visit.ending = Ending(outcome, Party.CALLER, "" if closed else visit.place)
        elif visit.ending.by is Party.US:
            visit.ending.by = Party.CALLER

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
                at=self._now(),
                call=call,
                outcome=ending.outcome.value,
                hung_up_first=ending.by.value,
                abandoned_in=ending.abandoned_in,
                estimated=ending.estimated,
            )
        )

    def _tell(self, event: ev.Event) -> Awaitable[object]:
        return self._chronicle.tell(event)

    def _now(self) -> datetime:
        return self._clock.now()

    def _phrase(self, visit: Visit, name: str) -> Spoken:
        return phrases.phrase(self.site, name, visit.dialogue.language)


def as_event(step: Step, call: str, clock: Clock) -> ev.Event:
    """Return a step of the dialogue as the journal tells it."""
    at = clock.now()
    match step:
        case steps.MenuEntered(menu):
            return ev.MenuEntered(at=at, call=call, menu=menu)
        case steps.PromptPlayed(text, language, menu, purpose, whole):
            return ev.PromptHeard(
                at=at, call=call, text=text, language=language, menu=menu, purpose=purpose, whole=whole
            )
        case steps.KeysPressed(keys, menu, status):
            return ev.KeysPressed(at=at, call=call, keys=keys, menu=menu, status=status)
        case steps.FactNamed(name, value):
            return ev.FactNamed(at=at, call=call, name=name, value=value)
        case steps.LanguageChosen(language):
            return ev.LanguageChosen(at=at, call=call, language=language)
        case steps.BranchTaken(origin, to, why):
            return ev.BranchTaken(at=at, call=call, origin=origin, to=to, why=why)
