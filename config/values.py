"""The small values an admin writes: durations, spoken texts, names, telephone numbers, destinations.

Owns how each is read and shown; knows nothing of menus or calls.
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

import phonenumbers
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

DURATION = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(ms|s|m|min|h)?\s*")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, None: 1.0}
NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")
PHONE_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
KEYS = re.compile(r"[0-9]{1,8}|[*#]")
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")

#: Destinations that are words of the menu language and so cannot be names.
WORDS = frozenset({"back", "repeat", "hangup"})
#: Names that Asterisk, or our configuration of it, gives to other things than phones.
_ASTERISKS_NAMES = frozenset({"global", "system", "trunk", "trunk-identify", "transport-udp"})
#: In Asterisk's files these begin a comment or section or end a name, and none of them can be escaped there.
_NEVER_IN_A_PERSONS_NAME = frozenset(';[]"\\<>')


class Part(BaseModel):
    """The base of everything an admin writes: closed to unknown keys, and never changed after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, regex_engine="python-re")


def _seconds(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("a duration is a number of seconds or text such as 20s, 2m or 1h")
    if isinstance(value, int | float):
        seconds = float(value)
    else:
        match = DURATION.fullmatch(value)
        if match is None:
            raise ValueError(f"{value!r} is no duration: write 20s, 2m or 1h")
        seconds = float(match[1]) * _SECONDS[match[2]]
    if not 0 <= seconds <= 86_400:
        raise ValueError(f"a duration lies between 0 and 24h, this is {value}")
    return seconds


#: Seconds, written as ``20s``, ``2m``, ``1h`` or a bare number.
Seconds = Annotated[float, BeforeValidator(_seconds)]


@lru_cache(maxsize=1)  # to list them all takes some milliseconds
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _zone(value: str) -> str:
    if value not in _zones():
        raise ValueError(f"{value!r} is no time zone: write one such as Europe/Vilnius")
    return value


TimeZone = Annotated[str, AfterValidator(_zone)]


def _no_number(value: Any) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        _name(str(value))  # quotes would not make it a name, so it is refused as one
    return value


def _name(value: str) -> str:
    if not NAME.fullmatch(value):
        raise ValueError(f"{value!r} is no name: use a-z, 0-9, - and _, starting with a letter, at most 32")
    if value in WORDS:
        raise ValueError(f"{value!r} is a word of the menu language and cannot be a name")
    return value


def _phone_name(value: str) -> str:
    if not PHONE_NAME.fullmatch(value):
        raise ValueError(f"{value!r} cannot name a person: use a-z, 0-9 and -, starting with a letter")
    if value in _ASTERISKS_NAMES:
        raise ValueError(f"{value!r} is a name that Asterisk needs: call the person otherwise")
    return _name(value)


def _persons_name(value: str) -> str:
    if not value.isprintable():
        raise ValueError("a person's name is one line of visible signs: delete the others")
    if forbidden := _NEVER_IN_A_PERSONS_NAME & set(value):
        raise ValueError(f"a person's name cannot contain {' '.join(sorted(forbidden))}: leave them out")
    return value


def _address(value: str) -> str:
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        address = None
    if address is None or "%" in value:
        raise ValueError(f"{value!r} is no IP address: write one such as 127.0.0.1")
    return value


def _absolute(value: str) -> str:
    if not value.startswith("/") or not value.isprintable():
        raise ValueError(f"{value!r} is no absolute path: write one such as /usr/sbin/asterisk")
    return value


def _keys(value: Any) -> str:
    text = str(value)
    if isinstance(value, bool) or not KEYS.fullmatch(text):
        raise ValueError(f"{value!r} is no key: use digits (up to 8), * or #")
    return text


def _language(value: str) -> str:
    if not LANGUAGE.fullmatch(value):
        raise ValueError(f"{value!r} is no language code: write two letters such as en or lt")
    return value


def _extension(value: Any) -> str:
    text = str(value)
    if isinstance(value, bool) or not re.fullmatch(r"[1-9][0-9]{1,5}", text):
        raise ValueError(f"{value!r} is no extension: 2 to 6 digits, not starting with 0")
    return text


Name = Annotated[str, AfterValidator(_name), BeforeValidator(_no_number)]
PhoneName = Annotated[str, AfterValidator(_phone_name), BeforeValidator(_no_number)]
PersonsName = Annotated[str, Field(min_length=1, max_length=80), AfterValidator(_persons_name)]
Address = Annotated[str, AfterValidator(_address)]
AbsolutePath = Annotated[str, Field(max_length=4096), AfterValidator(_absolute)]
Keys = Annotated[str, BeforeValidator(_keys)]
Language = Annotated[str, AfterValidator(_language)]
Extension = Annotated[str, BeforeValidator(_extension)]
FactName = Annotated[str, Field(pattern=r"\A[a-z][a-z0-9_]{0,31}\Z")]
FactValue = Annotated[str, Field(max_length=200)]

SpokenText = Annotated[str, Field(min_length=1, max_length=2000)]


class Prompt(Part):
    """What a caller is to hear: a text per language, spoken by the site's voices.

    Written as one text (then it is in the site's first language) or as ``{en: …, lt: …}``.
    """

    texts: dict[Language, SpokenText]

    @model_validator(mode="before")
    @classmethod
    def _from_yaml(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"texts": {DEFAULT_LANGUAGE: value}}
        if isinstance(value, dict) and "texts" not in value:
            return {"texts": value}
        return value

    def text(self, language: str, fallback: str) -> tuple[str, str]:
        """Return (language, text): the one asked for, else the fallback's, else any there is."""
        for wanted in (language, fallback, DEFAULT_LANGUAGE):
            if wanted in self.texts:
                return (fallback if wanted == DEFAULT_LANGUAGE else wanted), self.texts[wanted]
        return next(iter(self.texts.items()))


#: Stands for "the site's first language" until the site is known.
DEFAULT_LANGUAGE = "xx"

#: Kinds of destinations that are written as a pair with the name.
PAIRS = ("menu", "department", "person", "voicemail", "fax")

DestinationKind = Literal["name", "menu", "department", "person", "voicemail", "fax", "back", "repeat", "hangup"]


class Destination(Part):
    """Where a caller goes next.

    Written as a bare name (of a menu, department or person), as one of the words ``back``, ``repeat``,
    ``hangup``, or as ``{voicemail: billing}``, ``{menu: …}``, ``{department: …}``, ``{person: …}``.
    """

    kind: DestinationKind
    name: str = ""

    @model_validator(mode="before")
    @classmethod
    def _from_yaml(cls, value: Any) -> Any:
        if isinstance(value, str):
            if value in WORDS:
                return {"kind": value}
            kind, blank, name = value.partition(" ")
            if blank and kind in PAIRS:
                raise ValueError(f"{value!r} is no name: write {{{kind}: {name[:32]}}}")
            return {"kind": "name", "name": _name(value)}
        if isinstance(value, dict) and "kind" not in value:
            if len(value) != 1:
                raise ValueError("a caller goes to one place: write its name, or one pair such as {voicemail: billing}")
            kind, name = next(iter(value.items()))
            if kind not in PAIRS:
                raise ValueError(f"{kind!r} is no kind of destination: menu, department, person, voicemail or fax")
            return {"kind": kind, "name": _no_number(name)}
        return _no_number(value)

    def __str__(self) -> str:
        return self.kind if not self.name else f"{self.kind} {self.name}"


@lru_cache(maxsize=4096)  # the same few numbers, again and again with every call
def e164(number: str, country: str) -> str | None:
    """Return the number in E.164 (``+37052000000``), read as dialled in `country`; None if it is none.

    What can be dialled only within a town or a house, such as an extension, is none: nobody else reaches it so.
    """
    text = number.strip()[:40]
    if not text:
        return None
    try:
        parsed = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    if phonenumbers.is_possible_number_with_reason(parsed) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
