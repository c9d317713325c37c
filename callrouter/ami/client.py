"""One connection to Asterisk's manager interface, on panoramisk's protocol, actions and messages.

The only file that imports panoramisk. Its `Manager` is left out on purpose: it reconnects, pings and resends
by itself and cannot be told not to (version 1.4). What we override is said at each place. Supervision is in
link.py; no meaning of any event is known here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import cast

from panoramisk.actions import Action
from panoramisk.ami_protocol import AMIProtocol
from panoramisk.message import Message

from callrouter.ami.errors import (
    ActionFailed,
    ActionTimedOut,
    AmiError,
    CannotConnect,
    LinkDown,
    LinkLost,
    ListTooLong,
    LoginRefused,
    TooManyWaiting,
    UnsafeValue,
)
from callrouter.ami.framing import MessageCutter
from callrouter.ami.headers import Headers, check_headers
from callrouter.ami.lists import ListShape
from callrouter.ami.settings import AmiSettings, LinkLimits

AmiMessage = Mapping[str, str | list[str]]


class _PlainMessage(Message):  # type: ignore[misc]  # panoramisk publishes no types
    # Only AsyncAGI wants its Result unquoted; elsewhere a per cent sign is a per cent sign.
    quoted_keys = ()


class _Ask(Action):  # type: ignore[misc]  # panoramisk publishes no types
    """An action that is complete when the table says so; panoramisk guesses it from the answer's text."""

    def __init__(self, headers: Headers, shape: ListShape | None, most_items: int) -> None:
        super().__init__({name: _sendable(value) for name, value in headers.items()})
        self._shape = shape
        self._most_items = most_items

    def add_message(self, message: Message) -> bool:
        """Take one answer; return True when no more will come, whether or not it went well."""
        if self._shape is not None and self._shape.item == message.get("Event"):
            self.responses.append(message)
            if len(self.responses) > self._most_items + 1:
                return self.fail(ListTooLong(f"more than {self._most_items} items"))
            if self._shape.complete != self._shape.item:
                return False
        elif "Response" in message:
            self.responses.insert(0, message)
            if self._shape is not None and message["Response"] == "Success":
                return False
        elif self._shape is None or self._shape.complete != message.get("Event"):
            return False
        if not self.future.done():
            self.future.set_result(self.responses)
        return True

    def fail(self, error: AmiError) -> bool:
        if not self.future.done():
            self.future.set_exception(error)
        return True

    def forget(self) -> None:
        """Drop interest, so that an error nobody waits for is not reported by the loop."""
        if not self.future.cancel() and not self.future.cancelled():
            self.future.exception()


class AmiConnection(AMIProtocol):  # type: ignore[misc]  # panoramisk publishes no types
    """Speak with Asterisk over one socket, from the greeting to the end, and never a second time.

    Events go to `on_event` as raw bytes, so that reading costs next to nothing; `unpack` makes them readable.
    """

    encoding = "utf-8"

    def __init__(self, limits: LinkLimits, on_event: Callable[[bytes], None], clock: Callable[[], datetime]) -> None:
        self._limits = limits
        self._on_event = on_event
        self._cutter = MessageCutter(limits.message_bytes)
        self._clock = clock
        self._greeted = asyncio.Event()  # or gone: whatever ends the wait for the greeting
        self._gone = asyncio.Event()
        self.why_gone = ""
        self.last_heard: datetime | None = None
        self.strays = 0

    # -- what the transport calls; nothing may escape from here, it would cost the connection --

    def data_received(self, data: bytes) -> None:
        """Cut whole messages out of the bytes (panoramisk decodes packet by packet and loses characters)."""
        if self.why_gone:
            return
        self.last_heard = self._clock()
        try:
            messages = self._cutter.feed(data)
        except CannotConnect as error:
            self.drop(str(error))
            return
        if self._cutter.version is not None:
            self._greeted.set()
        for raw in messages:
            if raw.startswith(b"Response:") or b"\r\nActionID: " in raw:
                self._take_answer(raw)
            else:
                self._on_event(raw)

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail whoever waits (panoramisk would keep the actions and send them again later)."""
        self.closed = True
        self.why_gone = self.why_gone or (str(exc) if exc else "Asterisk closed the connection")
        for ask in list(self.responses.values()):
            ask.fail(LinkLost(self.why_gone))
        self.responses.clear()
        self._greeted.set()
        self._gone.set()

    def _take_answer(self, raw: bytes) -> None:
        message = _parse(raw)
        action_id = "" if message is None else str(message.get("ActionID"))
        ask = self.responses.get(action_id)
        if ask is not None:
            if ask.add_message(message):
                self.responses.pop(action_id, None)
        elif raw.startswith(b"Event:"):
            self._on_event(raw)  # such as OriginateResponse: it carries the id of an action long answered
        else:
            self.strays += 1

    # -- what the link calls --

    @property
    def usable(self) -> bool:
        """Tell whether an action could be sent now."""
        return not self.why_gone

    async def log_in(self, settings: AmiSettings) -> None:
        """Wait for the greeting and log in; raises LoginRefused, LinkLost or ActionTimedOut."""
        try:
            async with asyncio.timeout(self._limits.greeting):
                await self._greeted.wait()
        except TimeoutError:
            raise ActionTimedOut(f"no greeting within {self._limits.greeting:g} s") from None
        login = {
            "Username": settings.user,
            "Secret": settings.secret,
            "Events": "on" if settings.events else "off",
        }
        try:
            await self.ask("Login", login, None, self._limits.login)
        except ActionFailed as refusal:
            raise LoginRefused(refusal.message) from None

    async def ask(self, name: str, headers: Headers, shape: ListShape | None, deadline: float) -> list[AmiMessage]:
        """Send one action once and return its response, followed by its items if it is a list.

        Raises UnsafeValue, LinkDown and TooManyWaiting before anything was sent; ActionFailed, LinkLost,
        ActionTimedOut and ListTooLong afterwards.
        """
        headers = {**headers, "Action": name}
        check_headers(headers)
        if not self.usable:
            raise LinkDown(self.why_gone)
        if len(self.responses) >= self._limits.waiting_actions:
            raise TooManyWaiting(f"{self._limits.waiting_actions} actions wait already")
        if self.transport.get_write_buffer_size() > self._limits.write_bytes:
            self.drop("Asterisk does not read what we send")
            raise LinkDown(self.why_gone)
        ask = _Ask(headers, shape, self._limits.list_items)
        if ask.id in self.responses:
            raise UnsafeValue("ActionID: in use")
        self.send(ask)
        try:
            # Not asyncio.timeout: when our loop was late, an answer that is there must win over the clock.
            await asyncio.wait((ask.future,), timeout=deadline)
            if not ask.future.done():
                raise ActionTimedOut(f"{name}: no answer within {deadline:g} s")
            answers = [_plain(answer) for answer in ask.future.result()]
        finally:
            if self.responses.get(ask.id) is ask:
                del self.responses[ask.id]
            ask.forget()
        _raise_if_refused(name, answers[0], shape)
        return answers

    async def wait_gone(self, timeout: float) -> bool:
        """Wait until the connection is gone; return False when it still stands after `timeout`."""
        try:
            async with asyncio.timeout(timeout):
                await self._gone.wait()
        except TimeoutError:
            pass
        return self._gone.is_set()

    def drop(self, reason: str) -> None:
        """End the connection at once, without waiting for what is not written yet."""
        self.why_gone = self.why_gone or reason
        self.transport.abort()

    def hang_up(self) -> None:
        """Say goodbye and close; the answer is not awaited (panoramisk's close would resend later)."""
        if self.usable:
            self.why_gone = "we closed the connection"
            self.transport.write(b"Action: Logoff\r\n\r\n")
        self.transport.close()


def unpack(raw: bytes) -> AmiMessage | None:
    """Return the headers of one raw event, or None if it is none. A header that came several times is a list."""
    # Not by panoramisk's Message, which takes four times as long and can do more than events need.
    headers: dict[str, str | list[str]] = {}
    for line in raw.decode("utf-8", "replace").split("\r\n"):
        name, colon, value = line.partition(": ")
        if not colon:
            continue
        before = headers.get(name)
        if before is None:
            headers[name] = value
        elif isinstance(before, list):
            before.append(value)
        else:
            headers[name] = [before, value]
    return headers if "Event" in headers else None


def _parse(raw: bytes) -> Message | None:
    return _PlainMessage.from_line(raw.decode("utf-8", "replace"))


def _plain(message: Message) -> AmiMessage:
    # A header that came several times is a list, as panoramisk has it.
    headers = cast("dict[str, str | list[str]]", dict(message.items()))
    headers.pop("content", None)
    return headers


def _sendable(value: object) -> object:
    return value if isinstance(value, str) else list(cast("list[str]", value))


def _raise_if_refused(name: str, response: AmiMessage, shape: ListShape | None) -> None:
    if response.get("Response") != "Error":
        return
    text = str(response.get("Message", ""))
    if shape is None or text not in shape.empty:
        raise ActionFailed(name, text)
