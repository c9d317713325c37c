"""One call inside the worker: pjsua2's call object with what it says, what it records and what it tells.

Runs on the engine's thread only. Knows nothing of commands, pipes or other calls.
"""

from __future__ import annotations

import functools
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Concatenate, Final, ParamSpec, Protocol

import pjsua2 as pj

from pbx import softphone_wire as wire

RATE: Final = 8000
"""Samples a second: G.711 and nothing else."""

_P = ParamSpec("_P")


class EngineError(Exception):
    """A command cannot be carried out."""


class Owner(Protocol):
    """What a leg needs of the engine."""

    broken: bool

    def emit(self, message: wire.Message) -> None:
        """Tell the other side."""

    def later(self, action: Callable[[], None]) -> None:
        """Do something after the library has returned from its callback."""

    def referred(self, leg: Leg, call_id: int = ...) -> Leg | None:
        """Make the call that takes the place of another one, if there is room for it."""

    def finished(self, leg: Leg, how: wire.Ended) -> None:
        """Note the end of a call."""

    def wait_closed(self, path: Path) -> None:
        """Wait until a recording is complete."""


def callback(method: Callable[Concatenate[Any, _P], None]) -> Callable[Concatenate[Any, _P], None]:
    """Keep an exception from crossing into C++, where it would abort us mute; the engine ends instead."""

    @functools.wraps(method)
    def guarded(self: Any, /, *args: _P.args, **kwargs: _P.kwargs) -> None:  # Any: the bases are untyped
        try:
            method(self, *args, **kwargs)
        except Exception:  # noqa: BLE001 - logged here, and Engine.turn raises
            traceback.print_exc(file=sys.stderr)
            self.owner.broken = True

    return guarded


class Leg(pj.Call):  # type: ignore[misc]  # pjsua2 publishes no types
    """One call of one phone."""

    def __init__(self, owner: Owner, line: Any, name: str, call_id: int = pj.PJSUA_INVALID_ID) -> None:
        """Wrap a call of the library, or prepare a new one."""
        super().__init__(line, call_id)
        self.owner = owner
        self.line = line  # Any: engine.Line, an untyped base
        self.name = name
        self.confirmed = False
        self.ended_here = False
        self.over: wire.Ended | None = None
        self.audio: Any = None  # Any: pj.AudioMedia, while there is audio
        self._source: Any = None  # Any: pj.ToneGenerator or _File
        self._recorder: Any = None  # Any: pj.AudioMediaRecorder
        self._recording: Path | None = None

    # ---------------------------------------------------------------------------------- what the library calls

    @callback
    def onCallState(self, prm: Any) -> None:  # Any: pjsua2 publishes no types; so in all callbacks below
        """Tell of ringing, answer and end."""
        info = self.getInfo()
        now = time.monotonic()
        if info.state == pj.PJSIP_INV_STATE_EARLY and info.role == pj.PJSIP_ROLE_UAC:
            self.owner.emit(wire.Ringing(self.name, int(info.lastStatusCode), now))
        elif info.state == pj.PJSIP_INV_STATE_CONFIRMED:
            self.confirmed = True
            self.owner.emit(wire.Confirmed(self.name, now))
        elif info.state == pj.PJSIP_INV_STATE_DISCONNECTED:
            by: wire.Who = "here" if self.ended_here else _who(prm.e)
            self.audio = None
            code, reason = int(info.lastStatusCode), info.lastReason
            self.owner.finished(self, wire.Ended(self.name, code, reason, by, now))

    @callback
    def onCallMediaState(self, prm: Any) -> None:
        """Join what we say and record to audio that came up or was replaced by a re-INVITE."""
        if self.over is not None:
            return
        info = self.getInfo()  # must outlive its `media`, which points into it
        state: wire.MediaState = next((_MEDIA.get(media.status, "none") for media in info.media), "none")
        self.audio = None if state == "none" else self.getAudioMedia(-1)
        if self._source is not None and self.audio is not None:
            if state == "held_here":  # who holds does not speak
                self._source.stopTransmit(self.audio)
            else:
                self._source.startTransmit(self.audio)
        if self._recorder is not None and self.audio is not None:
            self.audio.startTransmit(self._recorder)
        self.owner.emit(wire.Media(self.name, state, time.monotonic()))

    @callback
    def onDtmfDigit(self, prm: Any) -> None:
        """Tell of a key."""
        self.owner.emit(wire.Key(self.name, prm.digit, time.monotonic()))

    @callback
    def onCallTransferRequest(self, prm: Any) -> None:
        """Follow a REFER; without a call object to follow it with, the library would abort the process."""
        new = self.owner.referred(self)
        if new is None:
            prm.statusCode = pj.PJSIP_SC_TEMPORARILY_UNAVAILABLE
        else:
            prm.newCall = new

    @callback
    def onCallReplaced(self, prm: Any) -> None:
        """Follow an INVITE with Replaces."""
        prm.newCall = self.owner.referred(self, prm.newCallId)

    @callback
    def onCallTransferStatus(self, prm: Any) -> None:
        """Tell how a transfer gets on, and leave the call when it is done, as phones do."""
        final = bool(prm.finalNotify)
        self.owner.emit(wire.TransferStatus(self.name, int(prm.statusCode), final, time.monotonic()))
        if final and prm.statusCode // 100 == 2:
            prm.cont = False
            self.owner.later(self.end)

    # ------------------------------------------------------------------------------------ what the engine calls

    def end(self, code: int = 0) -> None:
        """Hang up, cancel, or refuse with this code."""
        if self.over is None:
            self.ended_here = True
            self.hangup(op(code))

    def need_audio(self) -> Any:  # Any: pj.AudioMedia
        """Return the call's audio; raises EngineError when there is none."""
        if self.audio is None or self.over is not None:
            raise EngineError("the call has no audio")
        return self.audio

    def say_tone(self, hz: float) -> None:
        """Say a steady tone until further notice."""
        generator = pj.ToneGenerator()
        generator.createToneGenerator(RATE)
        tone = pj.ToneDesc()
        tone.freq1, tone.on_msec, tone.off_msec = round(hz), 1000, 0
        tones = pj.ToneDescVector()
        tones.append(tone)
        generator.play(tones, True)
        self._say(generator)

    def say_file(self, path: str, loop: bool) -> None:
        """Say a WAV file."""
        self._say(_File(self, path, loop))

    def be_silent(self) -> None:
        """Stop saying anything."""
        if self._source is not None and self.audio is not None:
            self._source.stopTransmit(self.audio)
        self._source = None

    def press(self, digit: str, milliseconds: int) -> None:
        """Press a key; raises EngineError where the library would abort the process."""
        self.need_audio()
        if not self.confirmed:
            raise EngineError("the call is not answered yet")
        key = pj.CallSendDtmfParam()
        key.digits, key.duration = digit, milliseconds
        self.sendDtmf(key)

    def record(self, path: Path) -> None:
        """Write what is heard into a file."""
        audio = self.need_audio()
        if self._recorder is not None:
            raise EngineError("the call is being recorded already")
        recorder = pj.AudioMediaRecorder()
        recorder.createRecorder(str(path))
        self._recorder, self._recording = recorder, path
        audio.startTransmit(recorder)

    def stop_recording(self) -> None:
        """Close the recording and wait until the library's audio thread has written the last of it."""
        path, self._recording = self._recording, None
        if path is None:
            return
        if self.audio is not None:
            self.audio.stopTransmit(self._recorder)
        self._recorder = None
        self.owner.wait_closed(path)

    def settle(self) -> None:
        """Close everything that hangs on the call, which is over."""
        self.stop_recording()
        self._source = None

    def file_came_to_its_end(self, file: object) -> None:
        """Fall silent and tell, unless something else is being said by now."""
        if self._source is file:
            self.be_silent()
            self.owner.emit(wire.Played(self.name, time.monotonic()))

    def _say(self, source: Any) -> None:  # Any: pj.ToneGenerator or _File
        self.be_silent()
        self._source = source
        if self.audio is not None:
            source.startTransmit(self.audio)


class _File(pj.AudioMediaPlayer):  # type: ignore[misc]  # pjsua2 publishes no types
    """A WAV file being said in one leg."""

    def __init__(self, leg: Leg, path: str, loop: bool) -> None:
        super().__init__()
        self.owner = leg.owner
        self._leg = leg
        self._loop = loop
        self.createPlayer(path, 0 if loop else pj.PJMEDIA_FILE_NO_LOOP)

    @callback
    def onEof2(self) -> None:
        if not self._loop:
            self.owner.later(lambda: self._leg.file_came_to_its_end(self))


def op(code: int) -> Any:  # Any: pj.CallOpParam
    """Make the options of a call operation with this SIP code."""
    options = pj.CallOpParam(True)
    options.statusCode = code
    return options


_MEDIA: Final[Mapping[int, wire.MediaState]] = {
    pj.PJSUA_CALL_MEDIA_ACTIVE: "active",
    pj.PJSUA_CALL_MEDIA_LOCAL_HOLD: "held_here",
    pj.PJSUA_CALL_MEDIA_REMOTE_HOLD: "held_there",
}


def _who(event: Any) -> wire.Who:  # Any: pj.SipEvent
    if event.type != pj.PJSIP_EVENT_TSX_STATE:
        return "network"
    why = event.body.tsxState.type
    return "network" if why in (pj.PJSIP_EVENT_TIMER, pj.PJSIP_EVENT_TRANSPORT_ERROR) else "there"
