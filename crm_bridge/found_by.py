"""Owns by which words a customer is found. Pure: what a word is, is said in `words`; knows no database."""

from __future__ import annotations

from crm_bridge.model import Details
from crm_bridge.words import words_of


def words_for(details: Details, company: str) -> str:
    """Return the words that a customer is found by."""
    texts = (details.name, company, *(mail.address for mail in details.mails), *(h.handle for h in details.handles))
    return words_of(texts, [phone.number for phone in details.phones])
