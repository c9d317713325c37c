"""Calls that we place for our people: first the person's own phone, then the number outside.

Owns how many go out at once; which numbers may be called is said in `callrouter.allowed`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

import structlog

from callrouter import events as ev
from callrouter.allowed import CannotCall, number_to_call
from callrouter.ami.errors import AmiError
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


class Dials(Protocol):
    """The side of a PBX that places calls."""

    async def originate(self, request: OriginateRequest) -> None:
        """Place a call."""


@dataclass
class _Wanted:
    """A call whose person's phone rings, or that goes on."""

    person: str
    number: str
    about: str
    ended: Ended
    timer: asyncio.TimerHandle | None = None


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
        self._going_on = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def call(self, person: str, written: str, about: str, ended: Ended) -> str:
        """Let the person's phone ring, and when it is answered the other's. Return the call's id.

        Raises CannotCall when it is not placed at all; what comes later is told by `ended`, once.
        """
        number = number_to_call(self._site(), written)
        if person not in self._site().people:
            raise CannotCall(f"{person!r} has no phone here")
        if trouble := self._roster.phone_trouble(person):
            raise CannotCall(f"the phone of {person} cannot ring now: {trouble}")
        if any(wanted.person == person for wanted in self._wanted.values()):
            raise CannotCall(f"the phone of {person} rings already")
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
        self._wanted[id_] = _Wanted(person, number, about, ended)
        try:
            await self._pbx.originate(request)
        except AmiError as error:
            del self._wanted[id_]
            raise CannotCall("Asterisk cannot be reached now: try again in a moment") from error
        self._chronicle.tell(ev.OutboundBegun(at=self._clock.now(), call=id_, agent=person, number=number, about=about))
        loop = asyncio.get_running_loop()
        self._wanted[id_].timer = loop.call_later(RING_PERSON + GRACE, self._not_answered, id_)
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
        handed = await self._to_the_end(conversation, wanted.number, wanted.person)
        self._wanted.pop(id_, None)
        await self._ended(id_, wanted, handed)

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
        handed = await self._dial(conversation, number)
        self._tell_ended(id_, person, handed)
        return handed

    async def close(self) -> None:
        """Forget what was wanted and wait for what is being told."""
        for wanted in self._wanted.values():
            if wanted.timer is not None:
                wanted.timer.cancel()
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
        if self._going_on >= self._site().outbound.at_once:
            raise CannotCall("as many calls go out as may at once: try again in a moment")

    def _not_answered(self, id_: str) -> None:
        wanted = self._wanted.pop(id_, None)
        if wanted is not None:
            task = asyncio.create_task(self._ended(id_, wanted, None), name=f"end of {id_}")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _ended(self, id_: str, wanted: _Wanted, handed: HandedOver | None) -> None:
        self._tell_ended(id_, wanted.person, handed)
        await wanted.ended(handed)

    def _tell_ended(self, id_: str, person: str, handed: HandedOver | None) -> None:
        reply = "own phone not answered" if handed is None else handed.reply.value
        talked = 0.0 if handed is None else handed.talked
        self._chronicle.tell(ev.OutboundEnded(at=self._clock.now(), call=id_, agent=person, reply=reply, talked=talked))
