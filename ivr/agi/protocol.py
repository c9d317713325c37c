"""The text of AGI, without I/O: bytes in, typed events out; commands in, bytes out.

Owns the quoting, the limits and the order of talk. Knows no socket, no clock and no meaning of any command.

What a real Asterisk 22 does, and what this file therefore does:

* Bytes that are not UTF-8 (a caller name in Latin-1) become U+FFFD. They are not kept as surrogates, because
  a surrogate breaks the next JSON document, database row or log line. `Reply.raw` has the bytes as they came.
* `HANGUP` is a notice, never an answer. It comes about 40 ms after a `200 result=-1`, or while nothing is
  asked, or twice.
* A variable's value may hold line breaks, parentheses, and the words "hangup" and "HANGUP". The answer ends
  with the first line that ends with the closing parenthesis; AGI has no better mark.
* `EXEC` of an application that returns 1 is answered twice: `200 result=1`, and then the usage text of EXEC,
  because 1 is also the number that says "show usage" inside Asterisk. The second answer is swallowed.
* Asterisk cuts a line at 8191 bytes and answers both parts; with more than 127 quoted words it writes past
  its table. Both are refused here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from functools import lru_cache

from ivr.agi.errors import LocalProtocolError, ProtocolError, RemoteProtocolError
from ivr.agi.presentation import is_restricted

MAX_HEADER_BYTES = 65_536
MAX_HEADER_LINES = 200
MAX_HEADER_LINE_BYTES = 8_192
MAX_REPLY_BYTES = 65_536
MAX_COMMAND_BYTES = 8_191  # with the line end
MAX_COMMAND_WORDS = 127

_USAGE_END = b"520 End of proper usage."
_FEW_DIGITS = 18
_OPENING = ord("(")


@dataclass(frozen=True, slots=True)
class AgiRequest:
    """Who is calling, and what the dialplan asked for: the header block. "unknown" is None."""

    script: str
    query: str
    channel: str
    uniqueid: str
    linkedid: str | None
    caller_id: str | None = field(repr=False)
    caller_name: str | None = field(repr=False)
    withheld: bool
    dnid: str | None
    rdnis: str | None = field(repr=False)
    extension: str
    context: str
    language: str
    accountcode: str
    enhanced: bool
    arguments: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a command.

    `result` is a number if it reads as one without loss, else the text ("0012" are digits that somebody
    pressed). `data` is what stood in parentheses, or the words after the code where there is no result (510).
    """

    code: int
    result: int | str
    data: str
    endpos: int | None
    raw: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class UsageError:
    """The answer to a command whose arguments Asterisk could not use, with the usage text."""

    text: str
    raw: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class HangupNotice:
    """The channel was hung up. Variables still answer, media do not."""


@dataclass(frozen=True, slots=True)
class ConnectionClosed:
    """The other side closed; `cut` says that something had come only in part."""

    cut: bool


Event = AgiRequest | Reply | UsageError | HangupNotice | ConnectionClosed


class CommandSent:
    """Stands in the table for our own move."""


class State(IntEnum):
    """Whose turn it is."""

    HEADER = 0  # the header block has not come yet
    IDLE = 1  # we may ask
    BUSY = 2  # we asked, they must answer
    CLOSED = 3
    FAILED = 4  # somebody broke the rules; nothing that follows can be trusted


# The rules of talk. Asterisk speaks first (the header). Then we ask and it answers, strictly one at a time: a
# second command before the answer would end the first one early, and be answered late or never. A hang-up
# notice may come whenever the header is complete, and changes nobody's turn. Either side may close at any time.
_RULES: dict[State, dict[type[Event | CommandSent], State]] = {
    State.HEADER: {AgiRequest: State.IDLE, ConnectionClosed: State.CLOSED},
    State.IDLE: {CommandSent: State.BUSY, HangupNotice: State.IDLE, ConnectionClosed: State.CLOSED},
    State.BUSY: {
        Reply: State.IDLE,
        UsageError: State.IDLE,
        HangupNotice: State.BUSY,
        ConnectionClosed: State.CLOSED,
    },
    State.CLOSED: {},
    State.FAILED: {},
}


class AgiMachine:
    """One connection's talk, seen from the server's side."""

    def __init__(self) -> None:
        self._state = State.HEADER
        self._buffer = b""
        self._line = 0  # where the line begins that is not complete yet
        self._lines = 0  # complete lines before it
        self._asked_exec = False
        self._owes_usage = False

    @property
    def state(self) -> State:
        """Tell whose turn it is."""
        return self._state

    # ---- ours

    def command(self, verb: str, *args: str | int) -> bytes:
        """Return the bytes of a command and wait for its answer.

        Raises LocalProtocolError, and then nothing has changed, if it is not our turn, or if Asterisk could
        not read the command as we mean it: line breaks and NUL, too long, too many arguments.
        """
        data = _encode(verb, args)
        self._move(CommandSent, LocalProtocolError)
        self._asked_exec = verb == "EXEC"
        return data

    # ---- theirs

    def receive_data(self, data: bytes) -> None:
        """Take bytes from the other side; call `next_event` until it returns None."""
        self._buffer = self._buffer + data if self._buffer else data

    def receive_eof(self) -> ConnectionClosed:
        """Note that the other side closed."""
        event = ConnectionClosed(cut=bool(self._buffer) or self._state is State.BUSY)
        self._buffer = b""
        self._move(ConnectionClosed, LocalProtocolError)
        return event

    def next_event(self) -> Event | None:
        """Return what they said next, or None until more bytes come.

        Raises RemoteProtocolError if it is not AGI, now and ever after.
        """
        state = self._state
        if state > State.BUSY:
            raise RemoteProtocolError("after the end")
        buffer = self._buffer
        if not buffer:
            return None
        try:
            event = self._read_line() if state else self._read_request()
        except RemoteProtocolError:
            self._state = State.FAILED
            self._buffer = b""
            raise
        if event is not None:
            self._move(event.__class__, RemoteProtocolError)
        return event

    def _move(self, what: type[Event | CommandSent], fault: type[ProtocolError]) -> None:
        after = _RULES[self._state].get(what)
        if after is None:
            detail = f"{what.__name__} while {self._state.name.lower()}"
            if fault is RemoteProtocolError:
                self._state = State.FAILED
            raise fault(detail)
        self._state = after

    def _take(self, end: int) -> bytes:
        """Cut the message that ends before `end` and its line end out of the buffer."""
        message = self._buffer[:end]
        self._buffer = self._buffer[end + 1 :]
        self._line = self._lines = 0
        return message

    def _read_request(self) -> AgiRequest | None:
        buffer = self._buffer
        if not buffer.startswith(b"agi_"[: len(buffer)]):
            raise RemoteProtocolError("no AGI header")
        end = buffer.find(b"\n\n")
        if 0 <= end <= MAX_HEADER_LINE_BYTES:
            # Complete, and so short as a whole that no line can be too long.
            if buffer.count(b"\n", 0, end + 1) > MAX_HEADER_LINES:
                raise RemoteProtocolError("too many header lines")
            return _parse_request(self._take(end + 1))
        while True:
            end = buffer.find(b"\n", self._line)
            length = (len(buffer) if end < 0 else end) - self._line
            if length > MAX_HEADER_LINE_BYTES or self._line + length > MAX_HEADER_BYTES:
                raise RemoteProtocolError("header too long")
            if end < 0:
                return None
            if not length:
                return _parse_request(self._take(end))
            self._lines += 1
            if self._lines > MAX_HEADER_LINES:
                raise RemoteProtocolError("too many header lines")
            self._line = end + 1

    def _read_line(self) -> Reply | UsageError | HangupNotice | None:
        if len(self._buffer) < _SHORT and (usual := _USUAL.get(self._buffer)) is not None:
            self._buffer = b""
            self._line = 0
            self._owes_usage = self._asked_exec and usual.result == 1
            return usual
        while (message := self._read_message()) is not None:
            if message == b"HANGUP":
                return HangupNotice()
            if message.startswith(b"520"):
                if self._owes_usage:
                    self._owes_usage = False
                    continue
                return UsageError(message.decode("utf-8", "replace"), message)
            reply = _parse_reply(message)
            self._owes_usage = self._asked_exec and reply.result == 1
            return reply
        return None

    def _read_message(self) -> bytes | None:
        """Take one message, which is mostly one line, off the buffer."""
        buffer = self._buffer
        while (end := buffer.find(b"\n", self._line)) >= 0:
            if end > MAX_REPLY_BYTES:
                break
            if _ends_message(buffer, self._line, end):
                return self._take(end)
            self._line = end + 1
        if len(buffer) > MAX_REPLY_BYTES:
            raise RemoteProtocolError("answer too long")
        return None


@lru_cache(maxsize=512)
def _encode(verb: str, args: tuple[str | int, ...]) -> bytes:
    """Return a command's bytes. The cache is there because menus say the same few things all day."""
    words = verb.split(" ")
    if not all(word.isascii() and word.isalpha() and word.isupper() for word in words):
        # It goes out unquoted, so it must be plain.
        raise LocalProtocolError("not the name of a command")
    if len(words) + len(args) > MAX_COMMAND_WORDS:
        raise LocalProtocolError("too many words")
    line = " ".join([verb, *map(quote, args)]) + "\n"
    try:
        data = line.encode()
    except UnicodeEncodeError:
        raise LocalProtocolError("text that is not Unicode") from None
    if len(data) > MAX_COMMAND_BYTES:
        raise LocalProtocolError(f"{len(data)} bytes")
    return data


def quote(arg: str | int) -> str:
    """Return an argument as Asterisk reads it back unchanged.

    Raises LocalProtocolError for a line break or NUL, which no quoting can carry.
    """
    if isinstance(arg, int):
        return f'"{arg:d}"'
    if "\n" in arg or "\r" in arg or "\0" in arg:
        raise LocalProtocolError("line break or NUL in an argument")
    if "\\" in arg:
        arg = arg.replace("\\", "\\\\")
    if '"' in arg:
        arg = arg.replace('"', '\\"')
    return f'"{arg}"'


def _parse_request(block: bytes) -> AgiRequest:
    lines = block[:-1].decode("utf-8", "replace").split("\n")
    try:
        headers: dict[str, str] = dict([line.split(": ", 1) for line in lines])
    except ValueError:
        raise RemoteProtocolError("a header line without a name") from None
    if len(headers) != len(lines):
        # Asterisk writes each line once. A second one is a line break in what the caller sent, and which of the
        # two is the caller's depends on where it stands: so neither is believed, and the survival path has the call.
        raise RemoteProtocolError("a header line twice")
    get = headers.get
    try:
        channel, uniqueid = headers["agi_channel"], headers["agi_uniqueid"]
    except KeyError:
        raise RemoteProtocolError("a header without channel or uniqueid") from None
    script, _, query = get("agi_network_script", "").partition("?")
    arguments: list[str] = []
    if "agi_arg_1" in headers:
        while (argument := get(f"agi_arg_{len(arguments) + 1}")) is not None:
            arguments.append(argument)
    return AgiRequest(
        script=script,
        query=query,
        channel=channel,
        uniqueid=uniqueid,
        linkedid=get("agi_linkedid"),
        caller_id=_known(get("agi_callerid")),
        caller_name=_known(get("agi_calleridname")),
        withheld=is_restricted(get("agi_callingpres", "0")),
        dnid=_known(get("agi_dnid")),
        rdnis=_known(get("agi_rdnis")),
        extension=get("agi_extension", ""),
        context=get("agi_context", ""),
        language=get("agi_language", ""),
        accountcode=get("agi_accountcode", ""),
        enhanced=get("agi_enhanced", "0.0") == "1.0",
        arguments=tuple(arguments),
    )


def _known(value: str | None) -> str | None:
    return None if not value or value == "unknown" else value


def _ends_message(buffer: bytes, line: int, end: int) -> bool:
    """Tell whether the message that begins the buffer ends with the line from `line` to `end`."""
    if buffer.startswith(b"520-"):
        # An older Asterisk writes the last line right behind a usage text without a line end.
        return line > 0 and buffer.endswith(_USAGE_END, line, end)
    if not buffer.startswith(b"200 result="):
        return True
    first = end if line == 0 else buffer.find(b"\n")
    blank = buffer.find(b" ", 11, first)
    if blank < 0 or buffer[blank + 1] != _OPENING:
        return True
    closing = buffer.rfind(b")", max(line, blank + 2), end)
    return closing >= 0 and (closing + 1 == end or buffer.startswith(b" endpos=", closing + 1, end))


def _parse_reply(message: bytes) -> Reply:
    code = 200
    if not message.startswith(b"200 result="):
        if message[3:4] != b" " or not message[:3].isdigit():
            raise RemoteProtocolError("a line that is no answer")
        code = int(message[:3])
        if not message.startswith(b"result=", 4):
            return Reply(code, "", message[4:].decode("utf-8", "replace"), None, message)
    result, _, rest = message[11:].partition(b" ")
    data = ""
    if rest.startswith(b"("):
        value, _, rest = rest[1:].rpartition(b")")
        data = value.decode("utf-8", "replace")
        rest = rest[1:]
    endpos = None
    if rest.startswith(b"endpos="):
        position = rest[7:]
        if position.startswith(b"-"):  # a full disk: Asterisk lost its place in the file
            position = b"0"
        if not position.isdigit() or len(position) > _FEW_DIGITS:
            raise RemoteProtocolError("an end position that is no number")
        endpos = int(position)
    return Reply(code, _number_or_text(result), data, endpos, message)


def _number_or_text(value: bytes) -> int | str:
    digits = value[1:] if value.startswith(b"-") else value
    if digits.isdigit() and len(digits) <= _FEW_DIGITS and (not digits.startswith(b"0") or value == b"0"):
        return int(value)
    return value.decode("utf-8", "replace")


#: The answers that most of the talk consists of, parsed once.
_USUAL = {
    message + b"\n": _parse_reply(message)
    for message in (b"200 result=%d" % number for number in (-2, -1, 0, 1, *b"0123456789*#ABCD"))
}
_SHORT = max(map(len, _USUAL)) + 1
