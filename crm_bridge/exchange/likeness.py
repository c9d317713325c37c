"""Owns the hint which rows of one file are of the same customer: they share a number or a mail address. Pure."""

from __future__ import annotations

from crm_bridge.exchange.model import NewCustomer


class Likeness:
    """Remembers numbers and mail addresses, up to a bound; beyond it the hint is missing, never wrong."""

    def __init__(self, most: int) -> None:
        self._most = most
        # Hashes take a fraction of the memory, and are alike by chance once in 10^8 files.
        self._first: dict[int, int] = {}

    def like(self, number: int, customer: NewCustomer) -> int | None:
        """Return the first row that this row is like; None if there was none, and then remember this one."""
        marks = [hash(phone.number) for phone in customer.phones]
        marks += [hash(mail.casefold()) for mail in customer.mails]
        first = min((row for mark in marks if (row := self._first.get(mark)) is not None), default=None)
        if len(self._first) < self._most:
            for mark in marks:
                self._first.setdefault(mark, number if first is None else first)
        return first
