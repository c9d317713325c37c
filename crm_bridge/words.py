"""What a customer is found by, as plain words, and what somebody who types is asking for. Pure; knows no database.

A number is kept as its runs of six digits, and shorter ones at its end: any part of it is then either the beginning
of a run or some runs that are all there, so that no search looks at every number.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from phonenumbers import PhoneMetadata

#: Bounds of what is kept and of what is asked.
_WORD, _WORDS_KEPT, _WORDS_ASKED, _LETTERS_ASKED = 40, 200, 8, 200
_RUN, _SHORTEST = 6, 3
_MOST_DIGITS = 15
#: Fewer digits behind 00 are hardly dialled from abroad, but the end of a number.
_ABROAD = 9
#: Letters with a stroke, which are no letter with a mark to Unicode.
_PLAIN = str.maketrans({"ł": "l", "đ": "d", "ø": "o", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"})


class _WithoutMarks(dict[int, int | None]):
    """What to make of signs: nothing of a mark. Filled as they are met, of which there are no more than in Unicode."""

    def __missing__(self, sign: int) -> int | None:
        self[sign] = None if unicodedata.category(chr(sign)).startswith("M") else sign
        return self[sign]


_WITHOUT_MARKS = _WithoutMarks()


@lru_cache(maxsize=4096)  # the same first names, companies and mail servers, again and again in an import
def plain(text: str) -> str:
    """Return a text without case, accents and spare blanks.

    >>> plain("  Ąžuolė  ŁUKASZ ")
    'azuole lukasz'
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text).translate(_WITHOUT_MARKS)
    return " ".join(text.casefold().translate(_PLAIN).split())


def split(text: str) -> list[str]:
    """Return the words of a text, plain.

    >>> split("O'Brien & Söhne")
    ['o', 'brien', 'sohne']
    """
    return [word[:_WORD] for word in re.findall(r"[^\W_]+", plain(text))]


def runs(number: str) -> list[str]:
    """Return the words that a number in E.164 is found by.

    >>> runs("+3706001")
    ['370600', '706001', '06001', '6001', '001']
    """
    digits = number.lstrip("+")
    return [digits[at : at + _RUN] for at in range(max(0, len(digits) - _SHORTEST + 1))]


def words_of(texts: Iterable[str], numbers: Iterable[str]) -> str:
    """Return all the words of these texts and numbers, each once."""
    found = dict.fromkeys(word for text in texts for word in split(text))
    found.update(dict.fromkeys(word for number in numbers for word in runs(number)))
    return " ".join(list(found)[:_WORDS_KEPT])


@dataclass(frozen=True)
class Term:
    """A word that must be there, or the beginning of one."""

    word: str
    begins: bool = False


#: All groups must be found; of a group any alternative; of an alternative every term.
Alternative = tuple[Term, ...]
Group = tuple[Alternative, ...]


@dataclass(frozen=True)
class Asked:
    """What somebody typed: `words` as they stand, `digits` the ways to read a part of a number in it."""

    groups: tuple[Group, ...]
    words: tuple[str, ...]
    digits: tuple[str, ...] = ()


def read(typed: str, country: str) -> Asked:
    """Read what somebody types; digits with signs between them are a part of one number.

    >>> [group for group in read("Ona 8 600", "LT").groups][1]
    ((Term(word='8600', begins=True),), (Term(word='600', begins=True),), (Term(word='8', begins=True), \
Term(word='600', begins=True)))
    """
    groups: list[Group] = []
    digits: tuple[str, ...] = ()
    words = split(typed[:_LETTERS_ASKED])[:_WORDS_ASKED]
    for some in _together(words):
        number = "".join(some)
        if not number.isdecimal() or len(number) < _SHORTEST:
            groups += [((Term(word, begins=True),),) for word in some]
            continue
        ways = _ways(number, country)
        digits = (*digits, *ways)
        by_word = tuple(Term(word, begins=True) for word in some)
        found = [_parts(way) for way in ways]
        groups.append(tuple(dict.fromkeys([*found, by_word])))
    return Asked(tuple(groups), tuple(words), digits)


def _together(words: Sequence[str]) -> list[list[str]]:
    """Put words that are digits, one after the other, together."""
    together: list[list[str]] = []
    for word in words:
        if together and _is_digits(word) and _is_digits(together[-1][0]):
            together[-1].append(word)
        else:
            together.append([word])
    return together


def _is_digits(word: str) -> bool:
    return word.isascii() and word.isdecimal()


def _ways(number: str, country: str) -> list[str]:
    """Return the ways to read these digits: as they are, and without what is dialled before them."""
    number = number[:_MOST_DIGITS]
    ways = [number]
    if number.startswith("00") and len(number) >= _ABROAD:
        ways.append(number[2:])
    if (before := _trunk_prefix(country)) is not None and (match := before.match(number)) is not None:
        ways.append(number[match.end() :])
    return [way for way in dict.fromkeys(ways) if len(way) >= _SHORTEST]


def _parts(digits: str) -> Alternative:
    if len(digits) < _RUN:
        return (Term(digits, begins=True),)
    return tuple(Term(digits[at : at + _RUN]) for at in range(len(digits) - _RUN + 1))


@lru_cache(maxsize=256)
def _trunk_prefix(country: str) -> re.Pattern[str] | None:
    """Return what is dialled before a number within a country, such as 0; None where nothing is."""
    known = PhoneMetadata.metadata_for_region(country, None)
    before = known.national_prefix_for_parsing if known is not None else None
    return re.compile(before) if before else None
