"""The connector: rings agents' phones for a caller, and keeps agents and journal in step with what becomes of it.

Owns the time between "these phones ring" and "the conversation is over". Who rings was decided before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta

from callrouter import events as ev
from callrouter.agents import AgentState, Deed
from callrouter.ami.events import DialStatus, PhoneState
from callrouter.ports import Agents, Story
from callrouter.roster import REST_AFTER_MISS
from ivr.conversation import Conversation, HandedOver, HandOver, LineLost, Reply
from ledger.clock import Clock

#: Seconds for which a phone that could not be reached is left alone, unless it says that it is back.
REST_UNREACHABLE = 15.0
#: How long Asterisk's own word of why a caller left is waited for, seconds; it comes within milliseconds.
WHY_GONE = 0.5

_STATUS = {
    DialStatus.BUSY: Reply.BUSY,
    DialStatus.REFUSED: Reply.BUSY,
    DialStatus.NO_ANSWER: Reply.NO_ANSWER,
    DialStatus.CANCELLED: Reply.CANCELLED,
    DialStatus.UNAVAILABLE: Reply.UNREACHABLE,
    DialStatus.CONGESTED: Reply.UNREACHABLE,
}
_MISSED = {
    Reply.BUSY: "declined a call",
    Reply.NO_ANSWER: "did not answer",
    Reply.UNREACHABLE: "the phone could not be reached",
    Reply.CANCELLED: "",
    Reply.ANSWERED: "",
}


@dataclass
class Ringing:
    """Phones that ring, or a conversation that goes on, for one caller."""

    call: str
    uniqueid: str
    agents: tuple[str, ...]
    department: str
    began: float
    waiting_since: float
    wrap_up: float
    longest_wrap_up: float = 0.0
    answered_by: str = ""
    answered_at: float = 0.0
    #: Channels of the phones that ring, by phone: needed to stop one that went away.
    channels: dict[str, str] = field(default_factory=dict)
    over: set[str] = field(default_factory=set)
    ended_at: float | None = None
    #: The agent moved the caller into another call, where nobody had answered yet.
    passed_on: bool = False
    #: It is known why the caller is not here any more.
    why_gone: asyncio.Event = field(default_factory=asyncio.Event)


class Connector:
    """Connects callers with agents. `hang_up` ends a channel of a phone; it must return at once."""

    def __init__(self, roster: Agents, chronicle: Story, clock: Clock, hang_up: Callable[[str], None]) -> None:
        self._roster = roster
        self._chronicle = chronicle
        self._clock = clock
        self._hang_up = hang_up
        self._open: dict[str, Ringing] = {}

    async def connect(
        self,
        conversation: Conversation,
        *,
        call: str,
        uniqueid: str,
        agents: tuple[str, ...],
        department: str = "",
        ring_for: float,
        waiting_since: float,
        wrap_up: float = 0.0,
        longest_wrap_up: float = 0.0,
    ) -> HandedOver:
        """Ring these agents for the caller and stay until the conversation is over.

        The agents were reserved by the waiting room (state ringing), or are dialled directly whatever their
        state. `longest_wrap_up` is given where who answers owes a disposition afterwards. Raises `CallerGone` if the
        caller hung up before the phones could ring at all.
        """
        began = self._clock.monotonic()
        ringing = Ringing(call, uniqueid, agents, department, began, waiting_since, wrap_up, longest_wrap_up)
        self._open[uniqueid] = ringing
        handed = HandedOver(Reply.CANCELLED, caller_gone=True, cut=True)
        try:
            handed = await self._or_passed_on(ringing, await conversation.hand_over(HandOver(agents, ring_for)))
        except LineLost:
            if not ringing.answered_by:
                raise
            handed = HandedOver(Reply.ANSWERED, ringing.answered_by, caller_gone=True, cut=True)
        finally:
            self._open.pop(uniqueid, None)
            self._conclude(ringing, handed)
        return handed

    # ---- what Asterisk tells meanwhile; all of it may come late, twice or never

    def dial_began(self, uniqueid: str, phone: str, channel: str) -> None:
        """A phone rings for the caller with this uniqueid, on this channel."""
        if (ringing := self._open.get(uniqueid)) is not None:
            ringing.channels[phone] = channel

    def dial_ended(self, uniqueid: str, phone: str, channel: str, status: DialStatus) -> None:
        """One of the phones answered or stopped ringing, on this channel."""
        ringing = self._open.get(uniqueid)
        if ringing is None or phone not in ringing.agents:
            return
        if status is DialStatus.ANSWERED:
            self._answered(ringing, phone, ago=0.0)
        elif ringing.channels.get(phone) == channel:  # else it is late news of an earlier ringing for this caller
            self._missed(ringing, phone, _STATUS.get(status, Reply.NO_ANSWER))

    def phone_gone(self, phone: str) -> None:
        """A phone is unregistered. If it rings just now it will never answer: stop it, the caller waits on."""
        for ringing in self._open.values():
            if phone in ringing.agents and not ringing.answered_by and phone in ringing.channels:
                self._missed(ringing, phone, Reply.UNREACHABLE, gone=True)
                self._hang_up(ringing.channels[phone])

    def transferred(self, uniqueid: str, to: str) -> None:
        """The agent passed the caller on after consulting: his part ends now, the other's begins."""
        ringing = self._open.get(uniqueid)
        if ringing is None or not ringing.answered_by or ringing.answered_by == to:
            return
        self._release(ringing, self._clock.monotonic() - ringing.answered_at, ev.Party.AGENT)
        # Whoever passed the caller on answered, and may ring for the next one by the time this talk is over.
        ringing.over.add(ringing.answered_by)
        ringing.answered_by, ringing.answered_at, ringing.department = to, self._clock.monotonic(), ""
        self._chronicle.tell(ev.CallAnswered(at=self._clock.now(), call=ringing.call, agent=to))

    def passed_on(self, uniqueid: str) -> bool:
        """The agent passed the caller on into a call that nobody has answered; False if this is no talk of ours."""
        ringing = self._open.get(uniqueid)
        if ringing is None:
            return False
        ringing.passed_on = True
        ringing.why_gone.set()
        return True

    def hangs_up(self, uniqueid: str) -> None:
        """This caller's channel is being ended."""
        if (ringing := self._open.get(uniqueid)) is not None:
            ringing.why_gone.set()

    def call_of(self, uniqueid: str) -> Ringing | None:
        """Return what rings or talks for this caller."""
        return self._open.get(uniqueid)

    # ---- what follows from it

    async def _or_passed_on(self, ringing: Ringing, handed: HandedOver) -> HandedOver:
        """Tell a caller who was passed on from one who hung up: to the leg both are gone, only Asterisk knows more.

        The news may come later than the leg's end; without any, the caller hung up.
        """
        ringing.ended_at = self._clock.monotonic()
        if handed.reply is not Reply.ANSWERED or not handed.caller_gone or handed.cut:
            return handed
        with suppress(TimeoutError):
            async with asyncio.timeout(WHY_GONE):
                await ringing.why_gone.wait()
        return replace(handed, caller_gone=False, transferred=True) if ringing.passed_on else handed

    def _answered(self, ringing: Ringing, phone: str, *, ago: float) -> None:
        if ringing.answered_by:
            return
        now = self._clock.monotonic() - ago
        ringing.answered_by, ringing.answered_at = phone, now
        self._deed(phone, Deed.ANSWER, ringing)
        self._chronicle.tell(
            ev.CallAnswered(
                at=self._clock.now() - timedelta(seconds=ago),
                call=ringing.call,
                agent=phone,
                department=ringing.department,
                waited=max(0.0, now - ringing.waiting_since),
                rang=max(0.0, now - ringing.began),
            )
        )
        for other in ringing.agents:
            if other != phone:
                self._missed(ringing, other, Reply.CANCELLED)

    def _missed(self, ringing: Ringing, phone: str, reply: Reply, *, gone: bool = False) -> None:
        """One phone will not answer this time. That a phone went away is not the fault of its owner."""
        if phone in ringing.over or phone == ringing.answered_by:
            return
        ringing.over.add(phone)
        gone = gone or self._roster.phones.get(phone) in (PhoneState.UNAVAILABLE, PhoneState.INVALID)
        if reply is Reply.NO_ANSWER and gone:
            reply = Reply.UNREACHABLE
        rests = {Reply.CANCELLED: 0.0, Reply.UNREACHABLE: 0.0 if gone else REST_UNREACHABLE}
        self._roster.miss(phone, _MISSED[reply], rest=rests.get(reply, REST_AFTER_MISS))
        self._chronicle.tell(
            ev.OfferEnded(
                at=self._clock.now(),
                call=ringing.call,
                agent=phone,
                department=ringing.department,
                reply=reply.value,
                rang=self._clock.monotonic() - ringing.began,
            )
        )

    def _conclude(self, ringing: Ringing, handed: HandedOver) -> None:
        if handed.reply is Reply.ANSWERED and handed.answered_by:
            self._answered(ringing, handed.answered_by, ago=handed.talked)
        if ringing.answered_by:
            ended_at = self._clock.monotonic() if ringing.ended_at is None else ringing.ended_at
            self._release(ringing, max(0.0, ended_at - ringing.answered_at), ended_by(handed))
        for phone in ringing.agents:
            reply = Reply.CANCELLED if handed.caller_gone else handed.reply
            self._missed(ringing, phone, reply)

    def _release(self, ringing: Ringing, talked: float, by: ev.Party) -> None:
        self._chronicle.tell(
            ev.CallReleased(
                at=self._clock.now(),
                call=ringing.call,
                agent=ringing.answered_by,
                department=ringing.department,
                talked=talked,
                by=by.value,
            )
        )
        self._deed(ringing.answered_by, Deed.RELEASE, ringing)

    def _deed(self, phone: str, deed: Deed, ringing: Ringing) -> None:
        """Move the agent's state, where it was the waiting room that rang; direct calls leave it alone."""
        if ringing.department and phone in self._roster.agents:
            expected = AgentState.RINGING if deed is Deed.ANSWER else AgentState.TALKING
            if self._roster.agents[phone].state is expected:
                longest = ringing.longest_wrap_up
                self._roster.do(phone, deed, wrap_up=ringing.wrap_up, longest=longest, call=ringing.call)


def ended_by(handed: HandedOver) -> ev.Party:
    """Tell who ended a conversation."""
    if handed.cut:
        return ev.Party.UNKNOWN
    return ev.Party.CALLER if handed.caller_gone else ev.Party.AGENT
