"""What a place is called to which callers were led: a department, a mailbox, a person, a menu. Pure."""

from __future__ import annotations

from collections.abc import Callable

#: What stands before the name of a place of a kind; what is not here is said by its kind.
_BEFORE = {"department": "", "person": "", "voicemail": "mailbox of ", "fax": "fax of "}


def place(to: str, called: Callable[[str], str]) -> str:
    """Say a destination of the records; `called` tells what departments and people are called.

    >>> called = {"billing": "Billing & Co"}.__getitem__
    >>> [place(to, called) for to in ("department billing", "voicemail billing", "menu main")]
    ['Billing & Co', 'mailbox of Billing & Co', 'menu main']
    """
    kind, blank, name = to.partition(" ")
    if not blank:
        return called(to)
    return f"{_BEFORE[kind]}{called(name)}" if kind in _BEFORE else to
