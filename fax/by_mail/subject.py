"""Owns reading the subject of a mail that is to become faxes: numbers first, then the subject of the fax. Pure.

[fine] fax +370 5 211 0000, +370 5 211 0001: Offer for Monday

What could be read in two ways is refused: a fax that went to the wrong number cannot be called back.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from config.values import e164
from fax.by_mail.errors import Unfit
from fax.by_mail.model import Wish
from fax.documents.model import Resolution

LONGEST: Final = 2_000
LONGEST_OF_FAX: Final = 200

_PREFIXES: Final = re.compile(r"(?:(?:fwd?|re)\s*:\s*)*", re.IGNORECASE)
_TAG: Final = re.compile(r"\[([^\[\]]{0,60})\]\s*")
_WORD: Final = re.compile(r"(?:fax|faksas)\b(?:\s+to\b)?\s*[:-]?\s*", re.IGNORECASE)
#: Between two digits stands one blank, one sign or brackets; " - " ends the number.
_NUMBER: Final = re.compile(r"\(?\+?\(?[0-9](?:(?: ?[()]{1,2} ?|[ ./-])?[0-9])*\)?")
_NEXT: Final = re.compile(r"\s*[,;]\s*")
_SET_OFF: Final = re.compile(r"\s*(?::|\||-)\s*")
_DASHES: Final = str.maketrans(dict.fromkeys("‐‑‒–—−", "-"))
_FEWEST: Final = 3
#: In a list: what is shorter may be the "2 invoices" that the fax is about.
_FEWEST_OF_A_LIST: Final = 5
_FINENESS: Final = {
    "standard": Resolution.STANDARD,
    "normal": Resolution.STANDARD,
    "fine": Resolution.FINE,
    "superfine": Resolution.SUPERFINE,
}
_HOW: Final = 'Write the number first, then a colon and the subject, such as "+370 5 211 0000: Offer for Monday".'


def read_subject(text: str, most: int) -> Wish:
    """Return what a subject asks for. Raises Unfit when that is not clear, or more than `most` numbers."""
    if len(text) > LONGEST:
        raise Unfit("The subject is too long.")
    # Telephones copy numbers with invisible marks of the direction of writing.
    line = "".join(letter for letter in text if unicodedata.category(letter) != "Cf").translate(_DASHES)
    line = " ".join(line.split())
    at = _skip(_PREFIXES, line, 0)
    at, resolution = _tags(line, at)
    at = _skip(_WORD, line, at)
    at, after_word = _tags(line, at)
    numbers, at = _numbers(line, at)
    if len(numbers) > most:
        raise Unfit(f"The subject names {len(numbers)} numbers; a mail goes to {most} at most.")
    rest = line[_skip(_SET_OFF, line, at) :].strip(" ,;-")
    return Wish(numbers, after_word or resolution, rest[:LONGEST_OF_FAX].strip())


def digits(number: str) -> str:
    """Return a number without what is only for the eye."""
    return re.sub(r"[^0-9+]", "", number)


def _numbers(line: str, at: int) -> tuple[tuple[str, ...], int]:
    found: dict[str, str] = {}
    number = _NUMBER.match(line, at)
    if number is None or len(digits(number[0])) < _FEWEST:
        raise Unfit(f"The subject does not begin with a fax number. {_HOW}")
    while True:
        found.setdefault(digits(number[0]), _checked(number[0].strip()))
        at = number.end()
        following = _NEXT.match(line, at)
        if following is None:
            break
        another = _NUMBER.match(line, following.end())
        if another is None:
            break
        if digits(number[0]).startswith("+") and not digits(another[0]).startswith("+"):
            raise Unfit(_unclear(another[0]))
        if len(digits(another[0])) < _FEWEST_OF_A_LIST:
            raise Unfit(_unclear(another[0]))
        number = another
    if at < len(line) and line[at].isalnum():  # "370-HELLO", "+370 5 211 0000x12"
        raise Unfit(f"It is not clear where the fax number in the subject ends. {_HOW}")
    return tuple(found.values()), at


def _checked(number: str) -> str:
    """Return an international number that can be one; another is for whoever knows the country to judge."""
    if digits(number).startswith("+") and e164(number, "ZZ") is None:
        raise Unfit(f"{number} is no telephone number: it may have a digit too many or too few. {_HOW}")
    return number


def _unclear(what: str) -> str:
    return (
        f'"{what}" in the subject may be another number, or what the fax is about. '
        "Write every number with + and its country code, and a colon before the subject."
    )


def _tags(line: str, at: int) -> tuple[int, Resolution | None]:
    """Read words in square brackets; gateways put theirs there too, such as [EXTERNAL], which mean nothing to us."""
    resolution = None
    while tag := _TAG.match(line, at):
        resolution = _FINENESS.get(tag[1].lower().replace(" ", ""), resolution)
        at = tag.end()
    return at, resolution


def _skip(what: re.Pattern[str], line: str, at: int) -> int:
    skipped = what.match(line, at)
    return skipped.end() if skipped else at
