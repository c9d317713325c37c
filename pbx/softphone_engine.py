"""The phones of one worker process: pjsua2's endpoint and accounts, and every command turned into calls of it.

All calls into the library happen on the thread that calls `Engine.turn`. A mistake here may abort the process, which
is why it is not the process of the test or the demo. Knows no pipe: values come in, values go out.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pjsua2 as pj

from pbx import softphone_sockets, softphone_text
from pbx import softphone_wire as wire
from pbx.softphone_leg import RATE, EngineError, Leg, callback, op

MAX_PHONES: Final = 8
"""PJSUA_MAX_ACC and the number of transports compiled into the wheel; one more aborts the process."""
MAX_CALLS: Final = 4
"""PJSUA_MAX_CALLS compiled into the wheel; EpConfig may ask for more but does not get it."""

_RECORDING_CLOSES: Final = 0.5
_GOODBYES: Final = 1.0
_SAY_NOTHING: Final = 3  # PJSUA_DESTROY_NO_NETWORK, which the wheel does not name: our goodbyes are said


class Line(pj.Account):  # type: ignore[misc]  # pjsua2 publishes no types
    """One phone: an account on a UDP socket of its own."""

    def __init__(self, owner: Engine, name: str, calls: int) -> None:
        """Prepare; `create` brings it up."""
        super().__init__()
        self.owner = owner
        self.name = name
        self.calls = calls
        self.transport = pj.PJSUA_INVALID_ID
        self.silent = False

    @callback
    def onRegState(self, prm: Any) -> None:  # Any: pjsua2 publishes no types; so below
        """Tell what the registrar said."""
        if not self.silent:
            self.owner.emit(wire.Registration(self.name, self.registered(), int(prm.code), prm.reason))

    @callback
    def onIncomingCall(self, prm: Any) -> None:
        """Take an INVITE."""
        self.owner.incoming(self, prm.callId, prm.rdata.wholeMsg)

    @callback
    def onMwiInfo(self, prm: Any) -> None:
        """Tell what the message lamp shows."""
        if not self.silent and (lamp := softphone_text.lamp(prm.rdata.wholeMsg)) is not None:
            self.owner.emit(wire.Lamp(self.name, *lamp, time.monotonic()))

    def registered(self) -> bool:
        """Tell whether the registrar knows us, as far as we know."""
        return not self.silent and bool(self.getInfo().regIsActive)


class Engine:
    """The library, running on its null sound device."""

    def __init__(self, tell: Callable[[wire.Message], None]) -> None:
        """Start the library; `tell` gets every event, on this thread."""
        self.broken = False
        self.emit = tell
        self._lines: dict[str, Line] = {}
        self._legs: dict[str, Leg] = {}
        self._later: list[Callable[[], None]] = []
        self._arrived = 0
        self._endpoint = pj.Endpoint()
        self._endpoint.libCreate()
        self._endpoint.libInit(_endpoint_config())
        self._endpoint.audDevManager().setNullDev()
        self._endpoint.libStart()
        for codec in self._endpoint.codecEnum2():
            self._endpoint.codecSetPriority(codec.codecId, 255 if codec.codecId.startswith("PCMU/") else 0)

    # ------------------------------------------------------------------------------------- for the main loop

    def turn(self, milliseconds: int) -> None:
        """Let the library work for at most so long, then do what its callbacks put off."""
        self._endpoint.libHandleEvents(milliseconds)
        while self._later:
            self._later.pop(0)()
        if self.broken:
            raise RuntimeError("a callback failed")

    def do(self, command: wire.Command) -> str:
        """Carry out a command and return what its reply shall carry; raises EngineError."""
        try:
            return self._do(command) or ""
        except pj.Error as error:
            raise EngineError(error.reason or f"status {error.status}") from error
        except ValueError as error:
            raise EngineError(str(error)) from error

    def close(self) -> None:
        """Hang up, unregister, and take the library down."""
        for leg in list(self._legs.values()):
            leg.end()
        for line in self._lines.values():
            if line.registered():
                line.setRegistration(False)
        until = time.monotonic() + _GOODBYES
        while time.monotonic() < until and (self._legs or any(line.registered() for line in self._lines.values())):
            self.turn(5)
        for line in list(self._lines.values()):
            self._remove(line)
        self._endpoint.libDestroy(_SAY_NOTHING)

    def _do(self, command: wire.Command) -> str | None:
        match command:
            case wire.AddPhone():
                return self._add(command)
            case wire.Unregister(phone):
                self._line(phone).setRegistration(False)
            case wire.Vanish(phone):
                self._vanish(self._line(phone))
            case wire.RemovePhone(phone):
                self._remove(self._line(phone))
            case wire.Dial():
                self._dial(command)
            case wire.Answer(call, code):
                self._leg(call).answer(op(code))
            case wire.HangUp(call, code):
                self._leg(call).end(code)
            case wire.Hold(call):
                self._leg(call).setHold(pj.CallOpParam(True))
            case wire.Resume(call):
                again = pj.CallOpParam(True)
                again.opt.flag = pj.PJSUA_CALL_UNHOLD
                self._leg(call).reinvite(again)
            case wire.Transfer(call, uri):
                self._leg(call).xfer(uri, pj.CallOpParam(True))
            case wire.TransferTo(call, other):
                self._leg(call).xferReplaces(self._leg(other), pj.CallOpParam(True))
            case wire.SendKey(call, digit, milliseconds):
                self._leg(call).press(digit, milliseconds)
            case wire.PlayTone(call, hz):
                self._leg(call).say_tone(hz)
            case wire.PlayFile(call, path, loop):
                self._leg(call).say_file(path, loop)
            case wire.StopPlaying(call):
                self._leg(call).be_silent()
            case wire.Record(call, path):
                self._leg(call).record(Path(path))
            case wire.StopRecording(call):
                self._leg(call).stop_recording()
            case wire.Quit():
                pass  # the main loop's business
        return None

    def _line(self, name: str) -> Line:
        try:
            return self._lines[name]
        except KeyError:
            raise EngineError("no such phone") from None

    def _leg(self, name: str) -> Leg:
        leg = self._legs.get(name)
        if leg is None or leg.over is not None:
            raise EngineError("no such call")
        return leg

    def _has_room(self, line: Line) -> bool:
        return len(self._legs) < MAX_CALLS and len(self._legs_of(line)) < line.calls

    def _legs_of(self, line: Line) -> list[Leg]:
        return [leg for leg in self._legs.values() if leg.line is line and leg.over is None]

    def _add(self, command: wire.AddPhone) -> str:
        if len(self._lines) >= MAX_PHONES:
            raise EngineError("this worker is full")
        line = Line(self, command.phone, command.calls)
        bound = pj.TransportConfig()
        bound.boundAddress, bound.port = command.bind, command.port
        line.transport = self._endpoint.transportCreate(pj.PJSIP_TRANSPORT_UDP, bound)
        try:
            line.create(_account_config(command, line.transport))
        except (pj.Error, ValueError):
            self._endpoint.transportClose(line.transport)
            raise
        self._lines[command.phone] = line
        return self._socket_of(line)

    def _socket_of(self, line: Line) -> str:
        return str(self._endpoint.transportGetInfo(line.transport).localName)

    def _remove(self, line: Line) -> None:
        for leg in self._legs_of(line):
            leg.end()
        line.silent = True
        self._endpoint.libHandleEvents(0)
        line.shutdown()
        self._endpoint.transportClose(line.transport)
        self._lines.pop(line.name, None)

    def _vanish(self, line: Line) -> None:
        """Cut the phone's sockets first; whatever the library then says in its name goes nowhere."""
        line.silent = True
        sockets = {self._socket_of(line)}
        for leg in self._legs_of(line):
            if leg.audio is not None:
                media = leg.getMedTransportInfo(0)
                sockets |= {media.localRtpName, media.localRtcpName}
        softphone_sockets.cut(sockets)
        for leg in self._legs_of(line):
            self.finished(leg, wire.Ended(leg.name, 0, "vanished", "here", time.monotonic()))
            leg.hangup(pj.CallOpParam())

    def _dial(self, command: wire.Dial) -> None:
        line = self._line(command.phone)
        if not self._has_room(line):
            raise EngineError("the phone has no room for another call")
        options = pj.CallOpParam(True)
        headers = pj.SipHeaderVector()
        for name, value in command.headers.items():
            header = pj.SipHeader()
            header.hName, header.hValue = name, value
            headers.append(header)
        options.txOption.headers = headers
        leg = self._legs[command.call] = Leg(self, line, command.call)
        try:
            leg.makeCall(command.uri, options)
        except pj.Error:
            del self._legs[command.call]
            raise

    # ------------------------------------------------------------------------------------- for lines and legs

    def later(self, action: Callable[[], None]) -> None:
        """Do something after the library has returned from its callback."""
        self._later.append(action)

    def incoming(self, line: Line, call_id: int, message: str) -> None:
        """Take an INVITE: ring, and tell; busy when the phone has as many calls as it may."""
        room = self._has_room(line)
        leg = self._new_leg(line, call_id)
        if not room:
            leg.end(486)
            return
        leg.answer(op(180))
        number, name = softphone_text.party(leg.getInfo().remoteUri)
        headers = softphone_text.headers(message)
        self.emit(wire.Incoming(line.name, leg.name, number, name, headers, time.monotonic()))

    def referred(self, leg: Leg, call_id: int = pj.PJSUA_INVALID_ID) -> Leg | None:
        """Make the call that takes the place of another one, and tell; None when there is no room for it."""
        if call_id == pj.PJSUA_INVALID_ID and not self._has_room(leg.line):
            return None
        new = self._new_leg(leg.line, call_id)
        self.emit(wire.Referred(leg.name, new.name, time.monotonic()))
        return new

    def finished(self, leg: Leg, how: wire.Ended) -> None:
        """Note the end of a call; it is told when its recording is complete."""
        if leg.over is None:
            leg.over = how
            self.later(lambda: self._bury(leg, how))

    def wait_closed(self, path: Path) -> None:
        """Wait until the library has let go of a file."""
        until = time.monotonic() + _RECORDING_CLOSES
        while time.monotonic() < until and softphone_sockets.has_open(path):
            self._endpoint.libHandleEvents(2)

    def _new_leg(self, line: Line, call_id: int) -> Leg:
        self._arrived += 1
        leg = Leg(self, line, f"in-{self._arrived}", call_id)
        self._legs[leg.name] = leg
        return leg

    def _bury(self, leg: Leg, how: wire.Ended) -> None:
        leg.settle()
        self._legs.pop(leg.name, None)
        self.emit(how)


def _endpoint_config() -> Any:  # Any: pj.EpConfig
    config = pj.EpConfig()
    config.uaConfig.threadCnt = 0
    config.uaConfig.mainThreadOnly = True
    config.uaConfig.maxCalls = MAX_CALLS
    config.uaConfig.userAgent = "Switchroom softphone"
    config.logConfig.level = config.logConfig.consoleLevel = 2
    config.medConfig.clockRate = config.medConfig.sndClockRate = RATE
    config.medConfig.sndAutoCloseTime = -1
    config.medConfig.noVad = True
    config.medConfig.ecTailLen = 0
    config.medConfig.quality = 1
    return config


def _account_config(command: wire.AddPhone, transport: int) -> Any:  # Any: pj.AccountConfig
    host = command.server if command.secret else command.bind
    config = pj.AccountConfig()
    config.idUri = softphone_text.address(command.display, command.user, host)
    config.sipConfig.transportId = transport
    config.callConfig.timerUse = pj.PJSUA_SIP_TIMER_INACTIVE
    config.mediaConfig.transportConfig.boundAddress = command.bind
    config.mediaConfig.transportConfig.port = 0
    config.natConfig.contactRewriteUse = config.natConfig.viaRewriteUse = 0
    config.mwiConfig.enabled = command.asks_for_lamp
    if command.secret:
        config.regConfig.registrarUri = f"sip:{command.server}"
        config.regConfig.timeoutSec = command.expires
        config.regConfig.retryIntervalSec = config.regConfig.firstRetryIntervalSec = 2
        config.sipConfig.authCreds.append(pj.AuthCredInfo("digest", "*", command.user, 0, command.secret))
    return config
