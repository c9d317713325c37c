"""What the site says of messages: mailboxes, the mail server, speech recognition, and calls that we place.

Owns names, types, defaults and single-value limits, like `config.schema`, whose part it is.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from config.values import LANGUAGE, AbsolutePath, Name, Part, PhoneName, Prompt, Seconds

_DAYS = re.compile(r"\s*(\d{1,5})\s*d?\s*")
_ADDRESS = re.compile(r"[^@\s<>()\[\],;:\\\"]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,180}[A-Za-z0-9])?")


def _days(value: Any) -> int:
    match = _DAYS.fullmatch(str(value)) if isinstance(value, int | str) and not isinstance(value, bool) else None
    if match is None or not 1 <= int(match[1]) <= 3650:
        raise ValueError(f"{value!r} is no number of days: write 90d, at least 1d, at most 3650d")
    return int(match[1])


def is_address(value: str) -> bool:
    """Tell whether a text is one bare mail address."""
    return bool(_ADDRESS.fullmatch(value)) and value.isprintable() and ".." not in value


def _address(value: str) -> str:
    if not is_address(value):
        raise ValueError(f"{value!r} is no mail address: write one such as billing@acme.example")
    return value


def _pin(value: Any) -> str:
    text = str(value)
    if isinstance(value, bool) or not re.fullmatch(r"[0-9]{4,12}", text):
        raise ValueError("a PIN has 4 to 12 digits, in quotes")  # the value is a secret
    return text


def _understood(value: str) -> str:
    if value != EVERY_LANGUAGE and not LANGUAGE.fullmatch(value):
        raise ValueError(f'{value!r} is no language code: write two letters such as en or lt, or "*" for all others')
    return value


#: What a speech model understands that was taught many languages.
EVERY_LANGUAGE = "*"
Understood = Annotated[str, AfterValidator(_understood)]
#: Whole days, written as ``90d`` or a bare number.
Days = Annotated[int, BeforeValidator(_days)]
MailAddress = Annotated[str, Field(max_length=254), AfterValidator(_address)]
Pin = Annotated[str, BeforeValidator(_pin)]
Recording = Annotated[str, Field(pattern=r"\A[A-Za-z0-9][A-Za-z0-9_-]{0,63}\Z")]


class Greeting(Part):
    """What a caller hears before the tone: a text to be spoken, or a recording; outside of some hours another."""

    say: Prompt | None = None
    play: Recording | None = None

    @model_validator(mode="after")
    def _one_greeting(self) -> Self:
        if self.say is not None and self.play is not None:
            raise ValueError("a greeting is spoken or recorded, not both: delete `say:` or `play:`")
        return self


class ClosedGreeting(Greeting):
    """The greeting outside of these hours."""

    hours: Name

    @model_validator(mode="after")
    def _something_else(self) -> Self:
        if self.say is None and self.play is None:
            raise ValueError("outside the hours callers would hear nothing else: add `say:` or `play:`")
        return self


class Mailbox(Part):
    """Where callers of a department or person leave messages, and who is told of them.

    A mailbox belongs to the department or person of its name; one of another name says who reads it.
    """

    name: Annotated[str, Field(max_length=80)] | None = None
    mail: Annotated[tuple[MailAddress, ...], Field(max_length=20)] = ()
    departments: tuple[Name, ...] = ()
    people: tuple[PhoneName, ...] = ()
    greeting: Greeting = Greeting()
    closed: ClosedGreeting | None = None
    least: Annotated[Seconds, Field(le=30)] = 1.0
    longest: Annotated[Seconds, Field(ge=5, le=3600)] = 180.0
    silence: Annotated[Seconds, Field(ge=1, le=60)] = 5.0
    review: bool = True
    keep: Days = 90
    transcribe: bool = True
    pin: Annotated[Pin | None, Field(repr=False)] = None

    @model_validator(mode="after")
    def _some_length(self) -> Self:
        if self.least >= self.longest:
            raise ValueError("no message is long enough and short enough: make `least` smaller than `longest`")
        return self


class MailServer(Part):
    """The mail server that takes our mail, and what it is told."""

    server: Annotated[str, Field(pattern=r"\A[A-Za-z0-9:][A-Za-z0-9.:-]{0,253}\Z")]
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: Annotated[str, Field(min_length=1, max_length=254)] | None = None
    password: Annotated[str | None, Field(min_length=1, max_length=1000, repr=False)] = None
    sender: MailAddress
    #: Who reads messages begins here; left out, mails have no link.
    pages: Annotated[str, Field(pattern=r"\Ahttps?://[^\s\"<>]{1,200}\Z")] | None = None
    #: How long a mail may be under way before people are told.
    alarm_after: Seconds = 900.0
    ca_file: AbsolutePath | None = None

    @model_validator(mode="after")
    def _both_or_neither(self) -> Self:
        if (self.user is None) != (self.password is None):
            raise ValueError("`user` and `password` go together: write both or neither")
        return self


class Speech(Part):
    """Which speech model understands which language; left out, what is installed as a package."""

    vosk: dict[Understood, AbsolutePath] = Field(default_factory=dict)
    whisper: dict[Understood, AbsolutePath] = Field(default_factory=dict)
    #: Transcriptions at once.
    at_once: Annotated[int, Field(ge=1, le=16)] = 1


class Outbound(Part):
    """Which numbers we may call, by their beginning in E.164; left out, the company's own country."""

    prefixes: Annotated[tuple[Annotated[str, Field(pattern=r"\A\+[0-9]{1,14}\Z")], ...], Field(max_length=200)] = ()
    at_once: Annotated[int, Field(ge=0, le=100)] = 5
    #: Calls that programs may place in a minute, for each person and for each program.
    per_minute: Annotated[int, Field(ge=0, le=1000)] = 10
    #: What those called see; left out, the first number of the site.
    caller_id: Annotated[str, Field(max_length=40)] | None = None
