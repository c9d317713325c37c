"""Owns how single values of a file are read: text, numbers, mail addresses, web addresses, languages. Pure.

What is wrong with a value is said by `Unfit`; whoever reads decides whether the row or only the value is refused.
"""

from __future__ import annotations

import re
import unicodedata

from config.values import LANGUAGE, e164
from crm_bridge.exchange.headings import KIND_OF, LANGUAGE_OF, plain
from crm_bridge.exchange.limits import MOST_CELL, MOST_LABEL, MOST_MAIL, MOST_VALUE, MOST_WEBSITE
from crm_bridge.exchange.model import Kind, NewHandle, NewPhone

_LINE_ENDS = re.compile(r"\r\n|[\r\v\f\x85\u2028\u2029]")
_MAIL = re.compile(r"[^\s@<>,;:\"()\[\]]{1,64}@([^\s@<>,;:\"()\[\]]+)")
_IN_BRACKETS = re.compile(r".*<([^<>]+)>")
_WEBSITE = re.compile(r"(?:(https?)://)?(([^\s/@:?#]+)(?::\d{1,5})?(?:[/?#]\S*)?)", re.IGNORECASE)
_DOMAIN = re.compile(r".[^.]*\..{2,}")
#: A machine of the house, which only an address with its scheme can mean.
_OF_THE_HOUSE = re.compile(r"[^\W_][\w-]*")
_LABELLED = re.compile(r"(\+[0-9]{3,15}) \((.+)\)")
_SPOILT_BY_SPREADSHEET = re.compile(r"[0-9][.,]?[0-9]*E\+?[0-9]+", re.IGNORECASE)
#: Between several values in a cell: line breaks, semicolons, and what Google writes.
_SEVERAL = re.compile(r"\n|;|,| ::: ")
_DIVISIBLE = re.compile(r"[\n\r\v\f\x85\u2028\u2029;,]| ::: ")
_TWO_NUMBERS = re.compile(r"\s+(?:/|\||arba|or|und|oder|или)\s+")


class Unfit(Exception):
    """A value cannot be what it should be. The text says which and why."""


def line(text: str) -> str:
    """Return a text in one line, without blanks around it or more than one between words."""
    joined = " ".join(text.split())
    return joined if joined.isascii() else unicodedata.normalize("NFC", joined)


def block(text: str) -> str:
    """Return a text of several lines, each ended in one way, without blanks around it all."""
    text = _LINE_ENDS.sub("\n", text).strip()
    return text if text.isascii() else unicodedata.normalize("NFC", text).strip()


def fitting(text: str, what: str, most: int) -> str:
    """Return the text. Raises Unfit if it is longer than it may be."""
    if len(text) > most:
        raise Unfit(f"the {what} is longer than {most:,} signs")
    return text


def several(text: str, ours: bool) -> list[str]:
    """Return the values in a cell; our own export has them on a line each, others as they like.

    Raises Unfit for a cell longer than many of them are.
    """
    if len(text) > MOST_CELL:
        raise Unfit(f"{_short(text)} is longer than {MOST_CELL:,} signs")
    if not _DIVISIBLE.search(text):
        return [one] if (one := line(text)) else []
    parts = block(text).split("\n") if ours else _SEVERAL.split(block(text))
    return [part for part in map(line, parts) if part]


def phones(text: str, label: str, country: str) -> list[NewPhone]:
    """Return the numbers in a text, read as dialled in `country`. Raises Unfit if it has none, or one that is none.

    >>> phones("8 600 00001 / 8 600 00002", "mobile", "LT")[1]
    NewPhone(number='+37060000002', label='mobile', written='8 600 00002')
    """
    if len(text) > MOST_VALUE:
        raise Unfit(f"{_short(text)} is no telephone number")
    if labelled := _LABELLED.fullmatch(text):
        text, label = labelled[1], labelled[2]
    if len(label) > MOST_LABEL:
        label = f"{label[: MOST_LABEL - 1]}…"
    if number := e164(text, country):
        return [NewPhone(number, label, text[:40])]
    if _SPOILT_BY_SPREADSHEET.fullmatch(text):
        raise Unfit(f"a spreadsheet has spoilt the number {text}: format the column as text")
    parts = _TWO_NUMBERS.split(text)
    numbers = [e164(part, country) for part in parts]
    if len(parts) > 1 and all(numbers):
        return [NewPhone(number, label, part) for number, part in zip(numbers, parts, strict=True) if number]
    raise Unfit(f"{_short(text)} is no telephone number")


def mail(text: str) -> str:
    """Return a mail address, its domain in lower case. Raises Unfit.

    >>> mail("Ona <Ona@Acme.Example>"), mail("mailto:ona@acme.example")
    ('Ona@acme.example', 'ona@acme.example')
    """
    if len(text) > MOST_VALUE:
        raise Unfit(f"{_short(text)} is no mail address")
    within = _IN_BRACKETS.fullmatch(text)
    address = (within[1] if within else text).strip().removeprefix("mailto:")
    found = _MAIL.fullmatch(address)
    if found is None or len(address) > MOST_MAIL or found[1].startswith(".") or ".." in found[1]:
        raise Unfit(f"{_short(text)} is no mail address")
    return address[: found.start(1)] + found[1].lower()


def handle(text: str, medium: str) -> NewHandle:
    """Return a handle, of the column's medium or of the one before the colon ("telegram: ona"). Raises Unfit."""
    if not medium:
        before, _, text = text.partition(":")
        medium = before.strip().lower()
        text = text.strip()
    if not text or not 0 < len(medium) <= MOST_LABEL:
        raise Unfit(f"{_short(text or medium)} is no handle: write the medium and the name, as in telegram: ona")
    return NewHandle(medium, text)


def website(text: str) -> str:
    """Return a web address that can stand in a link. Raises Unfit: also for a script that would run in our pages.

    >>> website("www.acme.example"), website("http://intranet/people")
    ('https://www.acme.example', 'http://intranet/people')
    """
    found = _WEBSITE.fullmatch(text) if len(text) <= MOST_WEBSITE else None
    if found is None or not (_DOMAIN.match(found[3]) or (found[1] and _OF_THE_HOUSE.fullmatch(found[3]))):
        raise Unfit(f"{_short(text)} is no web address")
    return f"{(found[1] or 'https').lower()}://{found[2]}"


def language(text: str) -> str:
    """Return a language's code, from a code or a name. Raises Unfit.

    >>> language("LT"), language("en_us"), language("Lietuvių"), language("немецкий")
    ('lt', 'en-US', 'lt', 'de')
    """
    if len(text) > MOST_VALUE:
        raise Unfit(f"{_short(text)} is no language that we know")
    code, _, region = text.replace("_", "-").partition("-")
    code = f"{code.lower()}-{region.upper()}" if region else code.lower()
    if LANGUAGE.fullmatch(code):
        return code
    if named := LANGUAGE_OF.get(plain(text)):
        return named
    raise Unfit(f"{_short(text)} is no language that we know")


def kind(text: str) -> Kind:
    """Return what a customer is. Raises Unfit."""
    found = KIND_OF.get(plain(text)) if len(text) <= MOST_VALUE else None
    if found is None:
        raise Unfit(f"{_short(text)} is neither person nor organisation")
    return Kind(found)


def _short(text: str) -> str:
    text = line(text[:MOST_VALUE])
    return f"“{text if len(text) <= 40 else text[:39] + '…'}”"
