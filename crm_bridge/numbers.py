"""How a number is read: in the country of the number that was dialled, or as withheld. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers

from config.values import e164

#: What carriers and phones say instead of a number that is not to be seen.
_WITHHELD = frozenset({"", "anonymous", "restricted", "private", "unavailable", "withheld", "unknown", "asserted"})
#: Carriers leave the plus out; fewer digits than this are nothing but an extension or a short code.
_INTERNATIONAL = 9


def number_of(ani: str, country: str) -> str | None:
    """Return a number in E.164, read as dialled in `country`; None if withheld or no number.

    >>> number_of("8 600 00001", "LT"), number_of("+370 600 00001", "LT"), number_of("anonymous", "LT")
    ('+37060000001', '+37060000001', None)
    >>> number_of("4930123456", "LT"), number_of("101", "LT")
    ('+4930123456', None)
    """
    if (number := e164(ani, country)) is not None:
        return number
    digits = re.sub(r"[\s().-]", "", ani[:40])
    return e164(f"+{digits}", country) if digits.isdecimal() and len(digits) >= _INTERNATIONAL else None


def is_withheld(ani: str) -> bool:
    """Tell whether the caller's number was not to be seen, which is not the same as being unknown."""
    return ani.strip().casefold() in _WITHHELD


@lru_cache(maxsize=4096)  # the site's own few numbers
def country_of(did: str, country: str) -> str:
    """Return the country of a number of ours, read as dialled in the site's own `country`.

    >>> country_of("+371 6700 0000", "LT"), country_of("8 5 200 0000", "LT"), country_of("", "LT")
    ('LV', 'LT', 'LT')
    """
    number = e164(did, country)
    if number is None:
        return country
    return phonenumbers.region_code_for_number(phonenumbers.parse(number)) or country
