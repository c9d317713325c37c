"""The switchboard: hears what Asterisk tells and passes it to whom it concerns.

Owns the way from news of channels and phones to calls and agents. Asterisk tells things twice, late and in any
order, so everything here may be repeated and nothing here raises.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

from callrouter import events as ev
from callrouter.ami import events as pbx_events
from callrouter.ami.errors import AmiError, NoSuchChannel
from callrouter.ami.events import ChannelRef, DialStatus, PhoneState
from callrouter.ami.port import Notice, Pbx, PbxFound, PbxLost
from callrouter.ami.requests import DialplanPlace
from callrouter.asking import Asking
from callrouter.chronicle import Chronicle
from callrouter.connector import Connector
from callrouter.consultations import Consultations, PassedOn
from callrouter.roster import Roster
from ledger.clock import Clock

log = structlog.get_logger(__name__)

#: Where Asterisk sends a caller who is to replace a party of a call that it cannot find.
REPLACES = "external_replaces"
#: Where the dialplan hands us a caller who was moved into a call that nobody has answered.
PASSED_ON = DialplanPlace("switchroom-passed-on", "s")


def call_id(uniqueid: str) -> str:
    """Return our name for the call of this channel: Asterisk's own id, in a form that suits file names.

    >>> call_id("1795309200.42")
    '1795309200-42'
    """
    return "".join(c if c.isalnum() else "-" for c in uniqueid)[:64]


class Switchboard:
    """Between one PBX and the calls. Commands it sends are tasks of its own, awaited by `close`."""

    def __init__(self, pbx: Pbx, chronicle: Chronicle, clock: Clock) -> None:
        self._pbx = pbx
        self.chronicle = chronicle
        self._clock = clock
        self._roster: Roster | None = None
        self._connector: Connector | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._left_over: dict[str, Callable[[], None]] = {}
        self._consultations = Consultations()
        self._asking = Asking(chronicle, clock)
        self.failed_commands = 0
        self.found = asyncio.Event()
        self.channels: frozenset[str] = frozenset()

    def serve(self, roster: Roster, connector: Connector) -> None:
        """Begin to hear; what Asterisk tells goes to these."""
        self._roster = roster
        self._connector = connector
        self._pbx.subscribe(self._hear)

    @property
    def reachable(self) -> bool:
        """Tell whether what we know of phones and channels is complete."""
        return self._pbx.reachable

    def wake(self, channel: str) -> None:
        """Let the channel hear that there is something for it; returns at once."""
        self._command(self._pbx.wake(channel), "wake")

    def hang_up(self, channel: str) -> None:
        """End a channel; returns at once."""
        self._command(self._pbx.hangup(channel), "hang up")

    def when_hung_up(self, uniqueid: str, then: Callable[[], None]) -> None:
        """Call back once when this channel is gone: for calls that an earlier process of ours left behind."""
        self._left_over[uniqueid] = then

    def take_up(self, uniqueid: str, asked: str) -> PassedOn:
        """Take up a caller who was passed on before anybody had answered; return by whom and to whom.

        `asked` is who was named, '' if nobody was: then it is whose phone the agent's other call rings. That call is
        ended, since not every phone does so by itself. The journal is told.
        """
        call = call_id(uniqueid)
        passed = self._consultations.take(uniqueid)
        if passed is None:
            known = self.chronicle.calls.get(call)
            by = known.talks[-1].agent if known is not None and known.talks else ""
            consultation = self._consultations.begun_by(by)
            if consultation is not None:
                self.hang_up(consultation.channel)
            passed = PassedOn(by, asked or (consultation.asked if consultation is not None else ""))
        self._tell_transfer(call, passed.by, passed.to, "early")
        return passed

    def led_back(self, uniqueid: str, instead_of: str, to: str, why: str) -> None:
        """Tell the journal that a caller who was passed on goes elsewhere than to this person."""
        origin = f"person {instead_of}" if instead_of else ""
        self.chronicle.tell(ev.BranchTaken(at=self._clock.now(), call=call_id(uniqueid), origin=origin, to=to, why=why))

    async def close(self) -> None:
        """Wait for the commands under way; each has a deadline of its own."""
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _command(self, command: Coroutine[Any, Any, None], what: str) -> None:
        async def run() -> None:
            try:
                await command
            except NoSuchChannel:
                return  # gone already; its leg has noticed
            except AmiError as error:
                # The caller's leg looks by itself every few seconds, so nobody waits for ever.
                self.failed_commands += 1
                log.warning("command to Asterisk failed", action=what, error=type(error).__name__)

        task = asyncio.create_task(run(), name=f"pbx {what}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _hear(self, notice: Notice) -> None:
        roster, connector = self._roster, self._connector
        assert roster is not None and connector is not None, "serve() comes before any notice"
        match notice:
            case pbx_events.DialBegun(channel=ChannelRef() as channel, dest_channel=dest, phone=str(phone)):
                connector.dial_began(channel.uniqueid, phone, dest.name)
                if channel.phone in roster.agents:
                    self._consultations.began(channel, channel.phone, phone)
                    if phone in roster.agents:
                        self._asking.began(channel.uniqueid, channel.phone, phone)
            case pbx_events.DialEnded(
                channel=ChannelRef() as channel, dest_channel=dest, phone=str(phone), status=status
            ):
                connector.dial_ended(channel.uniqueid, phone, dest.name, status)
                self._consultations.ended(channel.uniqueid, answered=status is DialStatus.ANSWERED)
                if status is not DialStatus.ANSWERED:
                    self._asking.over(channel.uniqueid)
            case pbx_events.PhoneStateChanged(phone=phone, state=state):
                self._phone(roster, connector, phone, state)
            case pbx_events.PhoneUnregistered(phone=phone):
                # Of a phone that was restarted this is the old registration, and the state of the phone does not
                # change; of one that rings, the state does not say that it is gone.
                connector.phone_gone(phone)
            case pbx_events.Held(channel=channel):
                self._of_call(channel, ev.CallHeld)
            case pbx_events.Unheld(channel=channel):
                self._of_call(channel, ev.CallResumed)
            case pbx_events.BlindTransferred(succeeded=True, transferer=by, extension=to):
                if to != REPLACES:  # else it is told once the caller is here, see take_up
                    self._tell_transfer(call_id(by.linkedid), by.phone or "", to, "blind")
            case pbx_events.AttendedTransferred(succeeded=True, transferer=by, target=ChannelRef() as target):
                to = target.phone or target.name
                self._tell_transfer(call_id(by.linkedid), by.phone or "", to, "attended")
                connector.transferred(by.linkedid, to)
            case pbx_events.AttendedTransferred(
                succeeded=True, transferer=by, second_transferer=second, transferee=ChannelRef() as caller
            ):
                self._passed_on(connector, by, second, caller)
            case pbx_events.HangupRequested(channel=channel):
                connector.hangs_up(channel.uniqueid)
            case pbx_events.ChannelHungUp(channel=channel):
                self.channels -= {channel.uniqueid}
                self._consultations.gone(channel.uniqueid)
                self._asking.over(channel.uniqueid)
                if (then := self._left_over.pop(channel.uniqueid, None)) is not None:
                    then()
            case PbxLost(reason=reason):
                log.warning("Asterisk is out of reach", reason=reason)
            case PbxFound():
                self._found_again(roster, connector, notice)
            case _:
                pass

    def _phone(self, roster: Roster, connector: Connector, phone: str, state: PhoneState) -> None:
        roster.phone_changed(phone, state)
        if state in (PhoneState.UNAVAILABLE, PhoneState.INVALID):
            connector.phone_gone(phone)

    def _of_call(self, channel: ChannelRef, kind: type[ev.CallHeld] | type[ev.CallResumed]) -> None:
        call = call_id(channel.linkedid)
        known = self.chronicle.calls.get(call)
        # Asterisk also "unholds" a caller who was never on hold, at a transfer.
        if known is not None and (known.held_since is not None or kind is ev.CallHeld):
            self.chronicle.tell(kind(at=self._clock.now(), call=call, agent=channel.phone or ""))

    def _passed_on(self, connector: Connector, by: ChannelRef, second: ChannelRef, caller: ChannelRef) -> None:
        """Bring a caller here whom Asterisk has put in the agent's place in a call that nobody had answered.

        There the caller would hear the phone ring, but be a colleague to us, and be left alone if nobody answers.
        """
        if self._consultations.answered(second.uniqueid):  # several talk there, so that none of them is the target
            self._tell_transfer(call_id(caller.uniqueid), by.phone or "", "", "attended")
            return
        consultation = self._consultations.on(second.uniqueid)
        asked = consultation.asked if consultation is not None else ""
        if not connector.passed_on(caller.uniqueid):
            self._tell_transfer(call_id(caller.uniqueid), by.phone or "", asked, "early")
            return
        self._consultations.passed_on(caller.uniqueid, PassedOn(by.phone or "", asked))
        # The caller's channel is moved again only when it has taken the place of the other, which then is gone.
        self.when_hung_up(
            second.uniqueid, lambda: self._command(self._pbx.redirect(caller.name, PASSED_ON), "bring back")
        )

    def _tell_transfer(self, call: str, by: str, to: str, how: str) -> None:
        if call in self.chronicle.calls:
            self.chronicle.tell(ev.CallTransferred(at=self._clock.now(), call=call, agent=by, to=to, how=how))

    def _found_again(self, roster: Roster, connector: Connector, found: PbxFound) -> None:
        self.channels = frozenset(found.state.channels)
        for phone, state in found.state.phones.items():
            self._phone(roster, connector, phone, state)
        if found.gap is not None:
            self.chronicle.tell(
                ev.LinkLost(at=self._clock.now(), since=found.gap.since.isoformat(), until=found.gap.until.isoformat())
            )
        self._consultations.keep(self.channels)
        self._asking.keep(self.channels)
        for uniqueid in [u for u in self._left_over if u not in found.state.channels]:
            self._left_over.pop(uniqueid)()
        self.found.set()
