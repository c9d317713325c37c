"""Which numbers we call: a forged caller number, or a slip of the finger, must not make us dial a dear one."""

from __future__ import annotations

import phonenumbers

from config.schema import Site
from config.values import e164

#: Kinds of numbers that cost more than a call, in the words of the library.
_DEAR = frozenset({phonenumbers.PhoneNumberType.PREMIUM_RATE, phonenumbers.PhoneNumberType.SHARED_COST})


class CannotCall(Exception):
    """This call is not placed; the text says why, for whoever wanted it."""


def number_to_call(site: Site, written: str) -> str:
    """Return the number in E.164 if it may be called; raises CannotCall, saying why not."""
    number = e164(written, site.company.country)
    if number is None:
        raise CannotCall("the number is withheld, or none" if not written else f"{written!r} is no number")
    parsed = phonenumbers.parse(number)
    if phonenumbers.number_type(parsed) in _DEAR:
        raise CannotCall(f"{number} is a number that costs extra")
    own = f"+{phonenumbers.country_code_for_region(site.company.country)}"
    if not any(number.startswith(prefix) for prefix in site.outbound.prefixes or (own,)):
        raise CannotCall(f"{number} is not among the numbers that may be called (`outbound: prefixes:` of the site)")
    return number
