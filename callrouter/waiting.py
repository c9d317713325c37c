"""What a caller lives while waiting: music, the place in line, an honest wait, keys to leave, and at last a voice.

Owns the caller's side of the waiting room. Who is chosen and when is decided in `waiting_room`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from callrouter import events as ev
from callrouter.fax_tones import FAX_TONE, IsMachine
from callrouter.ports import Lines, Phones, Story
from callrouter.waiting_room import Ticket
from config.schema import Department
from config.values import Destination
from ivr import phrases
from ivr.conversation import CallerGone, Conversation, HandedOver, Heard, Reply
from ivr.interpreter import Dialogue
from ledger.clock import Clock


class Wakeable(Conversation, Protocol):
    """A conversation whose listening we can end from outside."""

    def wake(self) -> None:
        """End the listening under way, or the next one."""


@dataclass(frozen=True)
class Elsewhere:
    """The caller leaves the line for another destination, and why."""

    destination: Destination
    why: str


@dataclass
class WaitingCaller:
    """One caller in one department's line."""

    conversation: Wakeable
    dialogue: Dialogue
    call: str
    uniqueid: str
    department: str
    priority: int
    room: Lines
    connector: Phones
    chronicle: Story
    clock: Clock
    is_machine: IsMachine
    #: Tells whether somebody closed this line by hand.
    is_closed: Callable[[], bool] = lambda: False

    @property
    def _rules(self) -> Department:
        return self.dialogue.site.departments[self.department]

    async def wait(self, *, anybody_here: bool) -> HandedOver | Elsewhere:
        """Wait until an agent has been talked to, or until another destination is due.

        Raises `CallerGone` when the caller gives up, or proves to be a fax machine; the line and the journal know it
        by then.
        """
        rules = self._rules
        if rules.full is not None and self.room.size(self.department) >= rules.full.size:
            return Elsewhere(rules.full.go, f"{rules.full.size} callers wait already")
        if rules.nobody is not None and not anybody_here:
            return Elsewhere(rules.nobody, "nobody is logged in")
        ticket = self.room.join(self.call, self.department, self.priority, self.conversation.wake)
        try:
            left = await self._until_served(ticket)
        except CallerGone:
            self._left(ticket, FAX_TONE if await self.is_machine() else "abandoned", "")
            raise
        finally:
            self.room.leave(ticket)
        if isinstance(left, Elsewhere):
            self._left(ticket, left.why, str(self.dialogue.site.resolve(left.destination)))
        return left

    async def _until_served(self, ticket: Ticket) -> HandedOver | Elsewhere:
        rules = self._rules
        told_at: float | None = None
        while True:
            if ticket.offer is not None:
                handed = await self._ring(ticket)
                if handed.reply is Reply.ANSWERED:
                    return handed
                if handed.caller_gone:
                    raise CallerGone
                self.room.back_in_line(ticket)
            if self.is_closed():
                return Elsewhere(Destination(kind="department", name=self.department), "closed by hand meanwhile")
            if ticket.given_up:
                return Elsewhere(self._instead(), "nobody is in this department any more")
            now = self.clock.monotonic()
            overflow = None if rules.overflow is None else ticket.joined + rules.overflow.after - now
            if overflow is not None and overflow <= 0 and rules.overflow is not None:
                return Elsewhere(rules.overflow.go, f"waited {rules.overflow.after:.0f} s")
            if told_at is None or now - told_at >= rules.announce_every:
                heard = await self._announce(ticket, first=told_at is None)
                told_at = self.clock.monotonic()
            else:
                pause = rules.announce_every - (now - told_at)
                heard = await self.conversation.listen(pause if overflow is None else min(pause, overflow), music=True)
            if heard.text in rules.leave:
                self.chronicle.tell(
                    ev.KeysPressed(at=self.clock.now(), call=self.call, keys=heard.text, menu=self.department)
                )
                if ticket.offer is None:
                    return Elsewhere(rules.leave[heard.text], f"key {heard.text} while waiting")

    def _instead(self) -> Destination:
        """Return where a caller goes whose line was given up: where the own version leads who is not served."""
        rules = self._rules
        if rules.nobody is not None:
            return rules.nobody
        return rules.overflow.go if rules.overflow is not None else Destination(kind="voicemail", name=self.department)

    async def _ring(self, ticket: Ticket) -> HandedOver:
        assert ticket.offer is not None
        rules = self._rules
        return await self.connector.connect(
            self.conversation,
            call=self.call,
            uniqueid=self.uniqueid,
            agents=ticket.offer.agents,
            department=self.department,
            ring_for=rules.ring_for,
            waiting_since=ticket.joined,
            wrap_up=rules.wrap_up,
            longest_wrap_up=rules.longest_wrap_up if rules.asks == "required" else 0.0,
        )

    async def _announce(self, ticket: Ticket, *, first: bool) -> Heard:
        """Tell the place in line and, once anybody was served here, the wait to be expected."""
        site, language = self.dialogue.site, self.dialogue.language
        position = self.room.position(ticket)
        expected = self.room.expected_wait(ticket)
        utterances = [phrases.phrase(site, "all_busy", language)] if first else []
        utterances.append(phrases.position(site, position, language))
        if expected is not None:
            utterances.append(phrases.wait(site, expected, language))
        heard = await self.conversation.play(utterances, interruptible=True)
        self.chronicle.tell(
            ev.PositionTold(
                at=self.clock.now(),
                call=self.call,
                department=self.department,
                position=position,
                expected_wait=expected,
            )
        )
        return heard

    def _left(self, ticket: Ticket, why: str, to: str) -> None:
        self.chronicle.tell(
            ev.CallLeftQueue(
                at=self.clock.now(),
                call=self.call,
                department=self.department,
                why=why,
                waited=self.clock.monotonic() - ticket.joined,
                to=to,
            )
        )
