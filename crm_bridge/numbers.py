"""What customers' numbers say of a country. How a caller's number is read is in `callrouter.caller_number`. Pure."""

from __future__ import annotations

from functools import lru_cache

import phonenumbers

from callrouter.caller_number import bare
from config.values import e164


def is_in_full(ani: str) -> bool:
    """Tell whether a number says its country, so that it is the same wherever it was dialled."""
    return bare(ani).startswith("+")


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
