"""The lines that pass between a test or demo and its softphone worker: commands down, replies and events up.

Pure values and one codec. Knows neither processes nor SIP.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

MAX_LINE: Final = 64 * 1024
"""Longest line either side accepts, in bytes; an INVITE's headers are far below it."""

Who = Literal["here", "there", "network"]
"""Who ended a call: our own phone, the other party, or nobody (a timeout, a dead socket)."""

MediaState = Literal["active", "held_here", "held_there", "none"]


class WireError(ValueError):
    """A line is not one of our messages."""


# ------------------------------------------------------------------------------------------------- commands


@dataclass(frozen=True, slots=True)
class AddPhone:
    """Create a phone on its own UDP socket; with a secret it registers, without it is a trunk's caller."""

    phone: str
    user: str
    display: str
    bind: str
    server: str
    secret: str = ""
    expires: int = 60
    calls: int = 2
    port: int = 0
    asks_for_lamp: bool = False


@dataclass(frozen=True, slots=True)
class Unregister:
    """Say goodbye to the registrar; the phone stays usable for calls."""

    phone: str


@dataclass(frozen=True, slots=True)
class Vanish:
    """Cut every socket of the phone without a word to anybody, as a pulled cable would."""

    phone: str


@dataclass(frozen=True, slots=True)
class RemovePhone:
    """Hang up what the phone still has and free its place in the worker."""

    phone: str


@dataclass(frozen=True, slots=True)
class Dial:
    """Start a call; `call` is the id under which its events will come."""

    phone: str
    call: str
    uri: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """Send a provisional or final answer to an incoming call: 180, 200, 486, …"""

    call: str
    code: int = 200


@dataclass(frozen=True, slots=True)
class HangUp:
    """End a call in whatever state it is: CANCEL, BYE, or a refusal with `code`."""

    call: str
    code: int = 0


@dataclass(frozen=True, slots=True)
class Hold:
    """Put the other party on hold."""

    call: str


@dataclass(frozen=True, slots=True)
class Resume:
    """Take the other party back from hold."""

    call: str


@dataclass(frozen=True, slots=True)
class Transfer:
    """Send REFER: hand the other party over to an address, without consultation."""

    call: str
    uri: str


@dataclass(frozen=True, slots=True)
class TransferTo:
    """Send REFER with Replaces: join the parties of two of our calls."""

    call: str
    other: str


@dataclass(frozen=True, slots=True)
class SendKey:
    """Press one key (RFC 4733) for so many milliseconds."""

    call: str
    digit: str
    milliseconds: int = 100


@dataclass(frozen=True, slots=True)
class PlayTone:
    """Say a steady tone into the call until told otherwise."""

    call: str
    hz: float


@dataclass(frozen=True, slots=True)
class PlayFile:
    """Say a WAV file (mono, 16 bit) into the call, once or for ever."""

    call: str
    path: str
    loop: bool = False


@dataclass(frozen=True, slots=True)
class StopPlaying:
    """Fall silent."""

    call: str


@dataclass(frozen=True, slots=True)
class Record:
    """Write what is heard into a WAV file until told otherwise or the call ends."""

    call: str
    path: str


@dataclass(frozen=True, slots=True)
class StopRecording:
    """Close the recording; its file is complete when the reply comes."""

    call: str


@dataclass(frozen=True, slots=True)
class Quit:
    """Hang up, unregister and end the worker."""


Command = (
    AddPhone
    | Unregister
    | Vanish
    | RemovePhone
    | Dial
    | Answer
    | HangUp
    | Hold
    | Resume
    | Transfer
    | TransferTo
    | SendKey
    | PlayTone
    | PlayFile
    | StopPlaying
    | Record
    | StopRecording
    | Quit
)

# --------------------------------------------------------------------------------------- replies and events
# `at` is time.monotonic() of the worker, which on one Linux machine is the same clock in every process.


@dataclass(frozen=True, slots=True)
class Ready:
    """The worker is up; the first thing it says."""

    phones: int
    calls: int


@dataclass(frozen=True, slots=True)
class Done:
    """The command with this id was carried out."""

    id: int
    at: float
    value: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """The command with this id was not carried out."""

    id: int
    why: str


@dataclass(frozen=True, slots=True)
class Registration:
    """The registrar answered, or did not (408)."""

    phone: str
    active: bool
    code: int
    reason: str


@dataclass(frozen=True, slots=True)
class Incoming:
    """Somebody calls; the phone already said 180."""

    phone: str
    call: str
    number: str
    name: str
    headers: Mapping[str, str]
    at: float


@dataclass(frozen=True, slots=True)
class Lamp:
    """The PBX says how many messages wait, and whom to call for them ('' when it does not say)."""

    phone: str
    on: bool
    new: int
    old: int
    account: str
    at: float


@dataclass(frozen=True, slots=True)
class Ringing:
    """The other side sent a provisional answer."""

    call: str
    code: int
    at: float


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The call is answered on both sides."""

    call: str
    at: float


@dataclass(frozen=True, slots=True)
class Media:
    """The audio of the call changed."""

    call: str
    state: MediaState
    at: float


@dataclass(frozen=True, slots=True)
class Key:
    """The other side pressed a key."""

    call: str
    digit: str
    at: float


@dataclass(frozen=True, slots=True)
class Played:
    """A file that was not looped came to its end."""

    call: str
    at: float


@dataclass(frozen=True, slots=True)
class Referred:
    """The other side sent this phone elsewhere (REFER or Replaces): `new` takes the place of `call`."""

    call: str
    new: str
    at: float


@dataclass(frozen=True, slots=True)
class TransferStatus:
    """How a transfer that we asked for is getting on."""

    call: str
    code: int
    final: bool
    at: float


@dataclass(frozen=True, slots=True)
class Ended:
    """The call is over, and its recording is complete."""

    call: str
    code: int
    reason: str
    by: Who
    at: float


CallEvent = Ringing | Confirmed | Media | Key | Played | Referred | TransferStatus | Ended
PhoneEvent = Registration | Incoming | Lamp
Message = Ready | Done | Refused | PhoneEvent | CallEvent

_COMMANDS: Final[Mapping[str, type[Command]]] = {kind.__name__: kind for kind in Command.__args__}
_MESSAGES: Final[Mapping[str, type[Message]]] = {kind.__name__: kind for kind in Message.__args__}


def encode_command(number: int, command: Command) -> bytes:
    """Write a command and the id under which its reply shall come as one line."""
    return _line({"do": type(command).__name__, "id": number, **dataclasses.asdict(command)})


def decode_command(line: bytes) -> tuple[int, Command]:
    """Read what `encode_command` wrote; raises WireError."""
    fields = _fields(line)
    try:
        return fields.pop("id"), _COMMANDS[fields.pop("do")](**fields)
    except (KeyError, TypeError) as error:
        raise WireError(f"not a command: {error}") from error


def encode_message(message: Message) -> bytes:
    """Write a reply or an event as one line."""
    return _line({"is": type(message).__name__, **dataclasses.asdict(message)})


def decode_message(line: bytes) -> Message:
    """Read what `encode_message` wrote; raises WireError."""
    fields = _fields(line)
    try:
        return _MESSAGES[fields.pop("is")](**fields)
    except (KeyError, TypeError) as error:
        raise WireError(f"not a message: {error}") from error


def _line(fields: Mapping[str, object]) -> bytes:
    line = json.dumps(fields, separators=(",", ":")).encode("ascii") + b"\n"
    if len(line) > MAX_LINE:
        raise WireError("line too long")
    return line


def _fields(line: bytes) -> dict[str, Any]:  # Any: what JSON holds is checked by the constructors' names only
    try:
        fields = json.loads(line)
    except ValueError as error:
        raise WireError(f"not JSON: {error}") from error
    if not isinstance(fields, dict):
        raise WireError("not an object")
    return fields
