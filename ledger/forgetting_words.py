"""Owns the words of somebody who is to be forgotten: how they are found in a text, and what stands there instead. Pure.

Knows neither where texts are kept nor what they mean.
"""

from __future__ import annotations

import contextlib
import json
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

#: What people write between the digits of a number.
_BETWEEN = r"[\s\-./()]*"
#: Fewer digits are found in what is somebody else's as well.
SHORTEST_NUMBER = 7
#: Those of pseudonyms: they make no words.
_LETTERS = "bcdfghjkmnpqrstvwxz"
_PSEUDONYM = re.compile(rf"erased [{_LETTERS}]{{12}}(-[{_LETTERS}]{{1,4}})?")


@dataclass(frozen=True)
class Whom:
    """Who is to be forgotten. All of it is this one's only: what others have too is not in it.

    `numbers` are in E.164, `local` are their digits without the country's; `left` are ids of messages and faxes.
    `names` are parts of names too, which others may have; `alone` are whole ones that nobody else has.
    Somebody else may have had a number before: calls from it that are another's are `others`, messages and faxes
    `others_left`. Of those only the number goes. `borrowed` are numbers of others that this one's calls came from.
    """

    pseudonym: str
    customers: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    local: tuple[str, ...] = ()
    mails: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    alone: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    others_left: tuple[str, ...] = ()
    borrowed: tuple[str, ...] = ()

    def masked(self, text: str) -> str:
        """Return a text with the pseudonym for numbers, however they are written, mail addresses and names."""
        return self._named.sub(self.pseudonym, self.masked_surely(text)) if self.names else self.masked_surely(text)

    def masked_surely(self, text: str) -> str:
        """Do the same to numbers and mail addresses only: a name may be that of somebody else."""
        return self._reached.sub(self._stands_for, text) if self.numbers or self.mails else text

    def pseudonym_of(self, written: str) -> str:
        """Return the pseudonym for a number of theirs, or one they called from, however it is written.

        Each number has its own, so that calls from one number are those of one number afterwards too, and calls from
        two stay those of two: reports count callers by numbers.
        """
        if (found := self._reached.search(written)) is not None and self.has_number(written):
            return self._stands_for(found)
        if written in self.borrowed:
            return self._nth(len(self.numbers) + self.borrowed.index(written))
        return self.pseudonym

    def has_number(self, written: str) -> bool:
        """Tell whether this is one of the numbers, however it is written."""
        return bool(written) and self._reached.sub("", written).strip(" +()") != written.strip(" +()")

    def along_with(self, other: Whom) -> Whom:
        """Return both as one."""
        both = {
            one.name: tuple(dict.fromkeys([*getattr(self, one.name), *getattr(other, one.name)]))
            for one in fields(self)
            if one.name != "pseudonym"
        }
        return Whom(self.pseudonym, **both)

    @property
    def searched(self) -> tuple[str, ...]:
        """What every text that names a number or an address holds, as far as it is written in one piece."""
        local = [digits for digits in self.local if len(digits) >= SHORTEST_NUMBER]
        # Too short within its country, a number is only known where it says its country.
        short = [n.removeprefix("+") for n in self.numbers if not any(n.endswith(digits) for digits in local)]
        return tuple(dict.fromkeys([*local, *short, *self.mails]))

    def in_bytes(self) -> tuple[bytes, ...]:
        """Return whole numbers, addresses and names as they lie in files: plain, in JSON, in UTF-16."""
        texts = [*(number.removeprefix("+") for number in self.numbers), *self.mails, *self.alone]
        texts += [text.casefold() for text in texts]
        found: dict[bytes, None] = {}
        for text in texts:
            for form in (text, json.dumps(text)[1:-1]):
                found[form.encode()] = None
            found[text.encode("utf-16-le")] = None
        return tuple(found)

    def in_strange_bytes(self) -> tuple[bytes, ...]:
        """Return the same as strangers may have written it: short numbers, and names in letters of other days."""
        found = dict.fromkeys(self.in_bytes())
        found |= dict.fromkeys(d.encode() for d in self.local if len(d) >= SHORTEST_NUMBER)
        for name in self.alone:
            for letters in ("cp1257", "cp1252", "cp1250", "cp1251"):
                with contextlib.suppress(UnicodeEncodeError):
                    found[name.encode(letters)] = None
        return tuple(found)

    def _stands_for(self, found: re.Match[str]) -> str:
        """Return what stands for a number that was found; an address is known by the one pseudonym."""
        if found.lastgroup is None:
            return self.pseudonym
        kind, place = found.lastgroup[0], int(found.lastgroup[1:])
        if kind == "l":
            place = next((n for n, number in enumerate(self.numbers) if number.endswith(self.local[place])), 0)
        return self._nth(place)

    def _nth(self, place: int) -> str:
        """Return the pseudonym of the number at this place: the first has the one by which the person is known."""
        letters = ""
        while place:
            place, letter = divmod(place, len(_LETTERS))
            letters = _LETTERS[letter] + letters
        return f"{self.pseudonym}-{letters}" if letters else self.pseudonym

    @cached_property
    def _reached(self) -> re.Pattern[str]:
        # A group's name says of which number it is.
        whole = [
            rf"(?P<n{n}>(?<!\d)(?:\+|00)?{_BETWEEN}{_spread(number)}(?!\d))" for n, number in enumerate(self.numbers)
        ]
        short = [
            rf"(?P<l{n}>(?<!\d)(?:[08]{_BETWEEN})?{_spread(digits)}(?!\d))"
            for n, digits in enumerate(self.local)
            if len(digits) >= SHORTEST_NUMBER
        ]
        mails = [rf"(?<![\w.+-]){re.escape(mail)}(?![\w-])" for mail in self.mails]
        return re.compile("|".join([*whole, *short, *mails]), re.IGNORECASE)

    @cached_property
    def _named(self) -> re.Pattern[str]:
        # Longer ones first: of "Ona" and "Ona Onaitė" nothing of the second may stay.
        names = sorted((name for name in self.names if name.strip()), key=len, reverse=True)
        spelt = [r"\s+".join(map(re.escape, name.split())) for name in names]
        return re.compile("|".join(rf"(?<!\w){name}(?!\w)" for name in spelt), re.IGNORECASE)


def new_pseudonym() -> str:
    """Return a name that says nothing; without digits, so that nobody reads a number in it."""
    return "erased " + "".join(secrets.choice(_LETTERS) for _ in range(12))


def is_pseudonym(text: str) -> bool:
    """Tell whether a text is what stands for somebody who was forgotten."""
    return _PSEUDONYM.fullmatch(text) is not None


def masked_json(value: Any, mask: Callable[[str], str]) -> Any:  # whatever JSON may hold
    """Return a value with every text in it masked; names of fields are ours, and stay."""
    match value:
        case str():
            return mask(value)
        case list() | tuple():
            return [masked_json(one, mask) for one in value]
        case Mapping():
            return {name: masked_json(one, mask) for name, one in value.items()}
        case _:
            return value


def found_in(block: bytes, needles: Iterable[bytes]) -> int:
    """Count how often any of these stands in a block."""
    return sum(block.count(needle) for needle in needles)


def _spread(digits: str) -> str:
    return _BETWEEN.join(digit for digit in digits if digit.isdigit())
