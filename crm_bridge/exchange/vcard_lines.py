"""Owns the lines of vCard 2.1, 3.0 and 4.0: unfolding, soft breaks, parameters, encodings, escapes. Knows no customer.

What nobody asks for (photographs) is passed over without being kept.
"""

from __future__ import annotations

import quopri
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from crm_bridge.exchange.letters import legacy_encoding
from crm_bridge.exchange.limits import MOST_SIGNS_OF_A_ROW
from crm_bridge.exchange.lines import CUT, Lines

_NAME = re.compile(r"(?:([\w-]{1,60})\.)?([A-Za-z0-9-]{1,60})(?=[;:])")
#: What stands before the value: up to the first colon that is in no quotes.
_HEAD = re.compile(r'(?:"[^"]*"|[^":])*')
_PARAMETER = re.compile(r';((?:"[^"]*"|[^;"])*)')
_ENCODINGS = frozenset(("QUOTED-PRINTABLE", "BASE64", "B", "8BIT", "7BIT"))
#: Of what stands before a value: whoever says more there says nothing that anybody reads.
_MOST_OF_HEAD = 2_000
_SOFT_BROKEN = re.compile(r"=[0-9A-Fa-f]{2}")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_CARET = {"^n": "\n", "^'": '"', "^^": "^"}  # RFC 6868


@dataclass(frozen=True, slots=True)
class Property:
    """One property of a card: its value still has its escapes. Names and parameters are upper case, types lower."""

    group: str
    name: str
    parameters: Mapping[str, tuple[str, ...]]
    value: str

    @property
    def types(self) -> tuple[str, ...]:
        """Return what it is for, as `work` and `cell`."""
        return self.parameters.get("TYPE", ())

    @property
    def preferred(self) -> bool:
        """Say whether it goes before others of its name."""
        return "pref" in self.types or self.parameters.get("PREF") == ("1",)


@dataclass(frozen=True, slots=True)
class Line:
    """A line put together again. `text` is empty for one passed over; `whole` is False where it was too long."""

    name: str
    text: str = ""
    whole: bool = True


def unfolded(lines: Lines, wanted: Collection[str]) -> Iterator[Line]:
    """Yield the lines of cards, put together again; of those not `wanted` only the name, "" for what is no property."""
    name, parts, signs = "", [""], 0
    begun = quoted = old = False
    for raw in lines:
        text = raw.rstrip("\r\n")
        soft = quoted and parts[-1].endswith("=")
        if begun and (soft or (quoted and _SOFT_BROKEN.match(text)) or text[:1] in (" ", "\t")):
            if soft:
                parts[-1] = parts[-1][:-1]
            elif not quoted and not old:
                text = text[1:]  # RFC 6350, 3.2; a card of 2.1 breaks where blanks are, and keeps them
            signs += len(text)
            if signs > MOST_SIGNS_OF_A_ROW or name not in wanted:
                parts.clear()
            parts.append(text)  # the last piece says how it goes on, also when nobody wants it
            continue
        if begun:
            yield _line(name, parts, signs, wanted)
        found = _NAME.match(text)
        name, begun = (found[2].upper(), True) if found else ("", bool(text))
        parts, signs = [text], len(text)
        quoted = found is not None and "QUOTED-PRINTABLE" in text.partition(":")[0].upper()
        if name == "VERSION":
            old = text.endswith("2.1")
        elif name == "BEGIN":
            old = False
    if begun:
        yield _line(name, parts, signs, wanted)


def _line(name: str, parts: list[str], signs: int, wanted: Collection[str]) -> Line:
    if name not in wanted:
        return Line(name)
    text = "".join(parts)
    whole = signs <= MOST_SIGNS_OF_A_ROW and CUT not in text
    return Line(name, text if whole else text[:1_000], whole)


def property_of(text: str, encoding: str, country: str) -> Property:
    """Read a line. `encoding` is the file's; what a card of 2.1 says of its own goes before it.

    Raises ValueError for what is no property.
    """
    found = _NAME.match(text)
    head = _HEAD.match(text)
    if found is None or head is None:
        raise ValueError("it has no name")
    # Quotes that are never closed: the first colon it is.
    end = head.end() if text[head.end() : head.end() + 1] == ":" else text.index(":", found.end())
    if end > _MOST_OF_HEAD:
        raise ValueError("there is too much before its value")
    parameters = _parameters(text[found.end() : end])
    value = _decoded(text[end + 1 :], parameters, encoding, country)
    return Property(found[1] or "", found[2].upper(), parameters, value)


def _parameters(text: str) -> dict[str, tuple[str, ...]]:
    parameters: dict[str, tuple[str, ...]] = {}
    for said in _PARAMETER.findall(text):
        name, equals, value = said.partition("=")
        if not equals:  # 2.1 leaves out what the word is
            name, value = ("ENCODING" if said.upper() in _ENCODINGS else "TYPE"), said
        name = name.strip().upper()
        bare = re.sub(r"\^[n'^]", lambda caret: _CARET[caret[0]], value.replace('"', ""))
        words = tuple(word.strip() for word in bare.split(",")) if name in ("TYPE", "ENCODING") else (bare.strip(),)
        if name == "TYPE":
            words = tuple(word.lower() for word in words)
        parameters[name] = parameters.get(name, ()) + words
    return parameters


def _decoded(value: str, parameters: Mapping[str, tuple[str, ...]], encoding: str, country: str) -> str:
    charset = next(iter(parameters.get("CHARSET", ())), "")
    quoted = any(word.upper() == "QUOTED-PRINTABLE" for word in parameters.get("ENCODING", ()))
    if not quoted and (not charset or value.isascii()):
        return value
    try:
        raw = value.encode(encoding.removesuffix("-sig"), "surrogateescape")
    except UnicodeEncodeError:
        return value
    if quoted:
        # UTF-16 has no bytes of quoted-printable; its letters are ASCII there.
        raw = quopri.decodestring(value.encode("ascii", "replace") if encoding.startswith("utf-16") else raw)
    elif encoding.startswith(("utf-8", "utf-16", "utf-32")) and not _has_lone(value):
        return value  # the whole file is of one encoding, whatever the card says
    for name in filter(None, (charset, "utf-8")):
        try:
            return raw.decode(name)
        except (LookupError, ValueError):  # no such charset, none for text; bytes that are not of it
            continue
    return raw.decode(legacy_encoding(raw, country), "surrogateescape")


def _has_lone(text: str) -> bool:
    return any("\ud800" <= sign <= "\udfff" for sign in text)


def unescaped(text: str, version: str) -> str:
    """Return a value without its escapes; a card of 2.1 has no line breaks among them.

    >>> unescaped(r"Acme\\, Inc.\\nVilnius", "4.0")
    'Acme, Inc.\\nVilnius'
    """
    if "\\" not in text:
        return text

    def meant(found: re.Match[str]) -> str:
        sign = found[1]
        if sign in ",;:\\\"'":
            return sign
        return "\n" if sign in "nN" and version != "2.1" else found[0]

    return _ESCAPED.sub(meant, text)


def divided(text: str, separator: str, version: str) -> list[str]:
    """Return the parts of a value, without escapes; an escaped separator divides nothing."""
    parts = re.findall(rf"(?:^|{separator})((?:\\.|[^\\{separator}])*\\?)", text, re.DOTALL)
    return [unescaped(part, version) for part in parts]
