"""Whether a caller wants the number to be seen, as Asterisk's `agi_callingpres` says it. Pure; knows no number."""

from __future__ import annotations

#: The two bits of the presentation, and what they are where it is restricted; more digits than these say nothing.
_MASK, _RESTRICTED = 0x60, 0x20
_FEW_DIGITS = 3


def is_restricted(presentation: str) -> bool:
    """Tell whether the number is not to be seen; what cannot be understood restricts nothing.

    >>> is_restricted("35"), is_restricted("0"), is_restricted("")
    (True, False, False)
    """
    known = presentation.isascii() and presentation.isdigit() and len(presentation) <= _FEW_DIGITS
    return known and int(presentation) & _MASK == _RESTRICTED
