"""Read manager headers and say what they mean: the only place that knows how Asterisk spells its events.

Pure. What we have no word for, and what is spelt oddly, becomes None; `Translator` counts both.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from callrouter.ami import events as e

Message = Mapping[str, str | list[str]]

ORIGINATE_ID = "originate:"  # our ActionID of an originate: the prefix, then the channel id we chose

_NOTHING = {"<unknown>", "<none>", "<null>", "(null)"}
_MOST_KINDS = 500

_CHANNEL_STATES = {
    "0": e.ChannelState.DOWN,
    "3": e.ChannelState.DIALLING,
    "4": e.ChannelState.RING,
    "5": e.ChannelState.RINGING,
    "6": e.ChannelState.UP,
    "7": e.ChannelState.BUSY,
}
_PHONE_STATES = {
    "NOT_INUSE": e.PhoneState.IDLE,
    "INUSE": e.PhoneState.IN_USE,
    "RINGING": e.PhoneState.RINGING,
    "RINGINUSE": e.PhoneState.RINGING,
    "BUSY": e.PhoneState.BUSY,
    "UNAVAILABLE": e.PhoneState.UNAVAILABLE,
    "ONHOLD": e.PhoneState.ON_HOLD,
    "INVALID": e.PhoneState.INVALID,
}
_DIAL_STATUSES = {
    "ANSWER": e.DialStatus.ANSWERED,
    "BUSY": e.DialStatus.BUSY,
    "NOANSWER": e.DialStatus.NO_ANSWER,
    "CANCEL": e.DialStatus.CANCELLED,
    "CHANUNAVAIL": e.DialStatus.UNAVAILABLE,
    "CONGESTION": e.DialStatus.CONGESTED,
    "DONTCALL": e.DialStatus.REFUSED,
    "TORTURE": e.DialStatus.REFUSED,
}
_CONTACTS_GONE = {"Removed", "Unreachable"}


class OddMessage(Exception):
    """A message of a kind we know lacks something it always has."""


class UnknownKind(Exception):
    """We have no word for messages of this kind."""


def translate(message: Message, now: datetime) -> e.Event | None:
    """Return what the message says, or None if it is unknown or odd; `now` counts if it names no time."""
    try:
        return _read(message, now)
    except (UnknownKind, OddMessage):
        return None


class Translator:
    """Translate, and count by kind what could not be."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self.unknown: Counter[str] = Counter()
        self.odd: Counter[str] = Counter()

    def __call__(self, message: Message) -> e.Event | None:
        """Return what the message says, or None: then it was counted, or concerns no phone or call of ours."""
        try:
            return _read(message, self._clock())
        except UnknownKind:
            self._count(self.unknown, message)
        except OddMessage:
            self._count(self.odd, message)
        return None

    def _count(self, counter: Counter[str], message: Message) -> None:
        kind = _text(message, "Event") or "(none)"
        counter[kind if kind in counter or len(counter) < _MOST_KINDS else "(others)"] += 1


def phone_states(items: list[Message]) -> dict[str, e.PhoneState]:
    """Read the items of DeviceStateList; devices that are no phones are left out."""
    return {phone: _phone_state(item) for item in items if (phone := _phone_of_device(_text(item, "Device")))}


def channel_now(item: Message) -> tuple[e.ChannelRef, e.ChannelState, str, str]:
    """Read an item of CoreShowChannels: channel, state, caller's number, bridge id; raises OddMessage."""
    return _channel(item), _channel_state(item), _text(item, "CallerIDNum"), _text(item, "BridgeId")


def fax_pages_of(item: Message) -> int:
    """Read the item of FAXSession: the pages that are through, whichever way they went."""
    return _number(item, "PagesTransmitted" if _text(item, "Operation") == "send" else "PagesReceived")


def _read(message: Message, now: datetime) -> e.Event | None:
    reader = _READERS.get(_text(message, "Event"))
    if reader is None:
        raise UnknownKind
    return reader(message, _at(message, now))


# -- headers --


def _text(message: Message, key: str) -> str:
    value = message.get(key, "")
    text = value if isinstance(value, str) else value[-1]
    return "" if text in _NOTHING else text.strip()


def _need(message: Message, key: str) -> str:
    text = _text(message, key)
    if not text:
        raise OddMessage(key)
    return text


def _number(message: Message, key: str) -> int:
    try:
        return int(_text(message, key) or "0")
    except ValueError:
        raise OddMessage(key) from None


def _at(message: Message, now: datetime) -> datetime:
    """Return the header Timestamp (`timestampevents=yes`), which is right even when we are late."""
    try:
        return datetime.fromtimestamp(float(_text(message, "Timestamp")), UTC)
    except (ValueError, OverflowError, OSError):
        return now


def _channel(message: Message, prefix: str = "") -> e.ChannelRef:
    uniqueid = _need(message, prefix + "Uniqueid")
    return e.ChannelRef(_need(message, prefix + "Channel"), uniqueid, _text(message, prefix + "Linkedid") or uniqueid)


def _channel_if_any(message: Message, prefix: str = "") -> e.ChannelRef | None:
    return _channel(message, prefix) if _text(message, prefix + "Channel") else None


def _channel_state(message: Message) -> e.ChannelState:
    return _CHANNEL_STATES.get(_text(message, "ChannelState"), e.ChannelState.OTHER)


def _phone_of_device(device: str) -> str:
    technology, _, name = device.partition("/")
    return name if technology == "PJSIP" else ""


def _phone_state(message: Message) -> e.PhoneState:
    return _PHONE_STATES.get(_text(message, "State"), e.PhoneState.UNKNOWN)


# -- one reader per kind --


def _new_channel(m: Message, at: datetime) -> e.Event:
    return e.ChannelSeen(
        at,
        _channel(m),
        _channel_state(m),
        _text(m, "CallerIDNum"),
        _text(m, "CallerIDName"),
        _text(m, "Context"),
        _text(m, "Exten"),
    )


def _new_state(m: Message, at: datetime) -> e.Event:
    return e.ChannelStateChanged(at, _channel(m), _channel_state(m))


def _hangup_request(m: Message, at: datetime) -> e.Event:
    return e.HangupRequested(at, _channel(m), True, _number(m, "Cause") if _text(m, "Cause") else None)


def _soft_hangup_request(m: Message, at: datetime) -> e.Event:
    return e.HangupRequested(at, _channel(m), False, _number(m, "Cause") if _text(m, "Cause") else None)


def _hangup(m: Message, at: datetime) -> e.Event:
    return e.ChannelHungUp(at, _channel(m), _number(m, "Cause"), _text(m, "Cause-txt"))


def _dial_begin(m: Message, at: datetime) -> e.Event:
    dest = _channel(m, "Dest")
    return e.DialBegun(at, _channel_if_any(m), dest, dest.phone)


def _dial_end(m: Message, at: datetime) -> e.Event:
    dest = _channel(m, "Dest")
    status = _DIAL_STATUSES.get(_text(m, "DialStatus"), e.DialStatus.OTHER)
    return e.DialEnded(at, _channel_if_any(m), dest, dest.phone, status)


def _bridge_enter(m: Message, at: datetime) -> e.Event:
    return e.Bridged(at, _need(m, "BridgeUniqueid"), _channel(m))


def _bridge_leave(m: Message, at: datetime) -> e.Event:
    return e.Unbridged(at, _need(m, "BridgeUniqueid"), _channel(m))


def _hold(m: Message, at: datetime) -> e.Event:
    return e.Held(at, _channel(m))


def _unhold(m: Message, at: datetime) -> e.Event:
    return e.Unheld(at, _channel(m))


def _blind_transfer(m: Message, at: datetime) -> e.Event:
    return e.BlindTransferred(
        at,
        _text(m, "Result") == "Success",
        _channel(m, "Transferer"),
        _channel_if_any(m, "Transferee"),
        _text(m, "Context"),
        _text(m, "Extension"),
    )


def _attended_transfer(m: Message, at: datetime) -> e.Event:
    return e.AttendedTransferred(
        at,
        _text(m, "Result") == "Success",
        _channel(m, "OrigTransferer"),
        _channel(m, "SecondTransferer"),
        _channel_if_any(m, "Transferee"),
        _channel_if_any(m, "TransferTarget"),
    )


def _device_state(m: Message, at: datetime) -> e.Event | None:
    phone = _phone_of_device(_need(m, "Device"))
    return e.PhoneStateChanged(at, phone, _phone_state(m)) if phone else None


def _contact_status(m: Message, at: datetime) -> e.Event:
    phone, status = _need(m, "EndpointName"), _need(m, "ContactStatus")
    kind = e.PhoneUnregistered if status in _CONTACTS_GONE else e.PhoneRegistered
    return kind(at, phone, status)


def _originate_response(m: Message, at: datetime) -> e.Event | None:
    action_id = _text(m, "ActionID")
    if not action_id.startswith(ORIGINATE_ID):
        return None  # somebody else's call
    channel_id = action_id.removeprefix(ORIGINATE_ID)
    return e.OriginateEnded(at, channel_id, _text(m, "Response") == "Success", _number(m, "Reason"))


def _fully_booted(m: Message, at: datetime) -> e.Event:
    return e.FullyBooted(at)


def _shutdown(m: Message, at: datetime) -> e.Event:
    return e.ShuttingDown(at, restarting=_text(m, "Restart") == "True")


_READERS: dict[str, Callable[[Message, datetime], e.Event | None]] = {
    "Newchannel": _new_channel,
    "Newstate": _new_state,
    "HangupRequest": _hangup_request,
    "SoftHangupRequest": _soft_hangup_request,
    "Hangup": _hangup,
    "DialBegin": _dial_begin,
    "DialEnd": _dial_end,
    "BridgeEnter": _bridge_enter,
    "BridgeLeave": _bridge_leave,
    "Hold": _hold,
    "Unhold": _unhold,
    "BlindTransfer": _blind_transfer,
    "AttendedTransfer": _attended_transfer,
    "DeviceStateChange": _device_state,
    "ContactStatus": _contact_status,
    "OriginateResponse": _originate_response,
    "FullyBooted": _fully_booted,
    "Shutdown": _shutdown,
}
