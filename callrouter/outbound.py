"""Calls that we place for our people: first the person's own phone, then the number outside.

Owns how many go out at once, and how far each has come; which numbers may be called is said in `callrouter.allowed`.

CannotCall
├── NoSuchPerson
├── PhoneBusy
├── PhoneGone
├── TooManyCalls
└── NoPbx
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from callrouter import events as ev
from callrouter.allowed import CannotCall, number_to_call
from callrouter.ami import events as pbx_events
from callrouter.ami.errors import AmiError, NoSuchChannel
from callrouter.ami.events import ChannelRef, DialStatus, PhoneState
from callrouter.ami.port import Listener, Notice
from callrouter.ami.requests import DialplanPlace, OriginateRequest
from callrouter.chronicle import Chronicle
from callrouter.roster import Roster
from config.schema import Site
from config.values import e164
from ivr import phrases
from ivr.conversation import CallerGone, Conversation, HandedOver, HandOver, Reply
from ledger.clock import Clock
from ledger.ids import new_id

log = structlog.get_logger(__name__)

#: How long the person's phone rings, then how long the other's, seconds.
RING_PERSON, RING_OUTSIDE = 25.0, 60.0
#: After that long more nobody will answer the person's phone, seconds.
GRACE = 5.0
#: Is told how the call outside ended; None when the person's own phone was not answered.
Ended = Callable[[HandedOver | None], Awaitable[None]]


class NoSuchPerson(CannotCall):
    """The site has nobody of this name."""


class PhoneGone(CannotCall):
    """The person's phone is not registered."""


class PhoneBusy(CannotCall):
    """The person's phone rings, or is on a call."""


class TooManyCalls(CannotCall):
    """As many calls go out as the site allows."""


class NoPbx(CannotCall):
    """Asterisk cannot be reached."""


class Dials(Protocol):
    """The side of a PBX that places calls, ends them, and tells what becomes of them."""

    async def originate(self, request: OriginateRequest) -> None:
        """Place a call."""

    async def hangup(self, channel: str) -> None:
        """End a channel."""

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` for every notice from now on."""


@dataclass
class _Wanted:
    """A call whose person's phone rings, or that goes on."""

    person: str
    number: str
    about: str
    ended: Ended
    timer: asyncio.TimerHandle | None = None
    #: The journal knows of it.
    begun: bool = False
    #: Asterisk said that nobody will answer before it said that it had taken the order.
    in_vain: bool = False
    #: The person's phone was answered.
    served: bool = False
    #: Somebody asked us to end it.
    hung_up: bool = False


class Outbound:
    """Places calls. One for the server."""

    def __init__(
        self, site: Callable[[], Site], pbx: Dials, roster: Roster, chronicle: Chronicle, clock: Clock
    ) -> None:
        self._site = site
        self._pbx = pbx
        self._roster = roster
        self._chronicle = chronicle
        self._clock = clock
        self._wanted: dict[str, _Wanted] = {}
        #: Calls that were given up while Asterisk took the order, each for as long as it might still ring.
        self._given_up: dict[str, asyncio.TimerHandle] = {}
        self._going_on = 0
        self._tasks: set[asyncio.Task[None]] = set()
        pbx.subscribe(self._hear)

    async def call(self, person: str, written: str, about: str, ended: Ended) -> str:
        """Let the person's phone ring, and when it is answered the other's. Return the call's id.

        Raises CannotCall when it is not placed at all; what comes later is told by `ended`, once.
        """
        number = number_to_call(self._site(), written)
        if person not in self._site().people:
            raise NoSuchPerson(f"{person!r} has no phone here")
        if trouble := self._roster.phone_trouble(person):
            gone = self._roster.phones.get(person) in (PhoneState.UNAVAILABLE, PhoneState.INVALID)
            raise (PhoneGone if gone else PhoneBusy)(f"the phone of {person} cannot ring now: {trouble}")
        if any(wanted.person == person for wanted in self._wanted.values()):
            raise PhoneBusy(f"the phone of {person} rings already")
        self._require_room()
        id_ = f"out-{new_id()}"
        request = OriginateRequest(
            channel_id=id_,
            destination=f"PJSIP/{person}",
            place=DialplanPlace("switchroom-originate", id_),
            ring_seconds=RING_PERSON,
            caller_number=number.lstrip("+"),
            caller_name=f"Call {number}",
        )
        self._wanted[id_] = wanted = _Wanted(person, number, about, ended)
        try:
            await self._pbx.originate(request)
        except AmiError as error:
            self._wanted.pop(id_, None)
            raise NoPbx("Asterisk cannot be reached now: try again in a moment") from error
        except asyncio.CancelledError:
            self._give_up(id_)
            raise
        self._chronicle.tell(ev.OutboundBegun(at=self._clock.now(), call=id_, agent=person, number=number, about=about))
        wanted.begun = True
        if wanted.in_vain:
            self._not_answered(id_)
        elif not wanted.served:
            loop = asyncio.get_running_loop()
            wanted.timer = loop.call_later(RING_PERSON + GRACE, self._not_answered, id_)
        return id_

    async def serve(self, conversation: Conversation, id_: str) -> None:
        """Go on when the person's phone was answered: call the other."""
        wanted = self._wanted.get(id_)
        if wanted is None:
            log.warning("a call that nobody wanted was answered", call_id=id_[:80])
            await conversation.hangup()
            return
        if wanted.timer is not None:
            wanted.timer.cancel()
        wanted.served = True
        self._chronicle.tell(
            ev.OutboundRinging(at=self._clock.now(), call=id_, agent=wanted.person, number=wanted.number)
        )
        handed = await self._to_the_end(conversation, wanted.number, wanted.person)
        self._wanted.pop(id_, None)
        await self._ended(id_, wanted, handed)

    async def hang_up(self, id_: str) -> bool:
        """End a call that `call` placed, wherever it is; False if none of this id goes on.

        `ended` is told as always. Raises NoPbx when Asterisk did not take it.
        """
        wanted = self._wanted.get(id_)
        if wanted is None:
            return False
        wanted.hung_up = True
        try:
            await self._pbx.hangup(id_)
        except NoSuchChannel:
            return id_ in self._wanted  # its end is being told, or it is hung up when it appears
        except AmiError as error:
            raise NoPbx("Asterisk cannot be reached now: try again in a moment") from error
        return True

    async def connect(self, conversation: Conversation, person: str, written: str) -> HandedOver | None:
        """Call a number for a person who is on the phone with us already; None if it may not be called.

        Raises CallerGone when the person hung up.
        """
        try:
            number = number_to_call(self._site(), written)
            self._require_room()
        except CannotCall as refused:
            log.info("a call back was refused", person=person, why=type(refused).__name__)
            return None
        id_ = f"out-{new_id()}"
        self._chronicle.tell(ev.OutboundBegun(at=self._clock.now(), call=id_, agent=person, number=number, about=""))
        self._chronicle.tell(ev.OutboundRinging(at=self._clock.now(), call=id_, agent=person, number=number))
        handed = await self._dial(conversation, number)
        self._tell_ended(id_, person, handed)
        return handed

    async def close(self) -> None:
        """Forget what was wanted and wait for what is being told."""
        for wanted in self._wanted.values():
            if wanted.timer is not None:
                wanted.timer.cancel()
        for timer in self._given_up.values():
            timer.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _to_the_end(self, conversation: Conversation, number: str, person: str) -> HandedOver | None:
        site = self._site()
        language = (site.people[person].language if person in site.people else None) or site.company.language
        try:
            handed = await self._dial(conversation, number)
            if handed.reply is not Reply.ANSWERED and not handed.caller_gone:
                await conversation.play([phrases.phrase(site, "no_answer", language)], interruptible=True)
            await conversation.hangup()
        except CallerGone:
            return HandedOver(Reply.CANCELLED, caller_gone=True)
        return handed

    async def _dial(self, conversation: Conversation, number: str) -> HandedOver:
        self._going_on += 1
        try:
            shown = e164(self._shown(), self._site().company.country) or ""
            return await conversation.hand_over(HandOver((), RING_OUTSIDE, music=False, outside=number, shown_as=shown))
        finally:
            self._going_on -= 1

    def _shown(self) -> str:
        site = self._site()
        return site.outbound.caller_id or next(iter(site.numbers), "")

    def _require_room(self) -> None:
        ringing = sum(not wanted.served for wanted in self._wanted.values())
        if self._going_on + ringing >= self._site().outbound.at_once:
            raise TooManyCalls("as many calls go out as may at once: try again in a moment")

    def _hear(self, notice: Notice) -> None:
        match notice:
            case pbx_events.DialEnded(channel=ChannelRef(uniqueid=id_), status=DialStatus.ANSWERED):
                if (wanted := self._wanted.get(id_)) is not None:
                    self._chronicle.tell(
                        ev.OutboundAnswered(at=self._clock.now(), call=id_, agent=wanted.person, number=wanted.number)
                    )
            case pbx_events.ChannelSeen(channel=ChannelRef(uniqueid=id_)):
                wanted = self._wanted.get(id_)
                if id_ in self._given_up or (wanted is not None and wanted.hung_up):
                    self._later(self._hang_up_now(id_), f"end of {id_}")
            case pbx_events.OriginateEnded(channel_id=id_, answered=False):
                self._not_answered(id_)  # busy, declined, or hung up by us: no need to wait for the timer
            case _:
                pass

    def _give_up(self, id_: str) -> None:
        """Forget a call of which nobody knows whether Asterisk took the order; hang it up when it appears."""
        self._wanted.pop(id_, None)
        loop = asyncio.get_running_loop()
        self._given_up[id_] = loop.call_later(RING_PERSON + GRACE, self._given_up.pop, id_, None)
        self._later(self._hang_up_now(id_), f"end of {id_}")

    async def _hang_up_now(self, id_: str) -> None:
        try:
            await self._pbx.hangup(id_)
        except NoSuchChannel:
            return  # it is over, or it is hung up when it appears
        except AmiError as error:
            log.warning("a call that is not wanted any more rings on", call_id=id_, error=type(error).__name__)

    def _not_answered(self, id_: str) -> None:
        wanted = self._wanted.get(id_)
        if wanted is not None and not wanted.begun:
            wanted.in_vain = True
        elif wanted is not None and not wanted.served:
            del self._wanted[id_]
            if wanted.timer is not None:
                wanted.timer.cancel()
            self._later(self._ended(id_, wanted, None), f"end of {id_}")

    def _later(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _ended(self, id_: str, wanted: _Wanted, handed: HandedOver | None) -> None:
        self._tell_ended(id_, wanted.person, handed, hung_up=wanted.hung_up)
        await wanted.ended(handed)

    def _tell_ended(self, id_: str, person: str, handed: HandedOver | None, *, hung_up: bool = False) -> None:
        reply = "own phone not answered" if handed is None else handed.reply.value
        if hung_up and (handed is None or handed.reply is not Reply.ANSWERED):
            reply = Reply.CANCELLED.value
        talked = 0.0 if handed is None else handed.talked
        self._chronicle.tell(ev.OutboundEnded(at=self._clock.now(), call=id_, agent=person, reply=reply, talked=talked))
