"""What a subject asks for, and what is refused because it could be read in two ways."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fax.by_mail.errors import Unfit
from fax.by_mail.model import Wish
from fax.by_mail.subject import LONGEST_OF_FAX, digits, read_subject
from fax.documents.model import Resolution

ONE = ("+370 5 211 0000",)
READ = {
    "+370 5 211 0000": Wish(ONE),
    "fax +370 5 211 0000": Wish(ONE),
    "Fax: +370 5 211 0000": Wish(ONE),
    "FAX to +370 5 211 0000": Wish(ONE),
    "Fwd: Re: +370 5 211 0000": Wish(ONE),
    "+370 5 211 0000 Offer for Monday": Wish(ONE, None, "Offer for Monday"),
    "+370 5 211 0000: 3 invoices": Wish(ONE, None, "3 invoices"),
    "+370 5 211 0000 - 3 invoices": Wish(ONE, None, "3 invoices"),
    "+370 5 211 0000 – 3 invoices": Wish(ONE, None, "3 invoices"),
    "+370 5 211 0000 | 3 invoices": Wish(ONE, None, "3 invoices"),
    "+370 5 211 0000, Offer": Wish(ONE, None, "Offer"),
    "[fine] +370 5 211 0000 Offer": Wish(ONE, Resolution.FINE, "Offer"),
    "[Super Fine] fax +370 5 211 0000": Wish(ONE, Resolution.SUPERFINE),
    "fax [standard] +370 5 211 0000": Wish(ONE, Resolution.STANDARD),
    "[EXTERNAL] [fine] +370 5 211 0000": Wish(ONE, Resolution.FINE),
    "\u202a+370\u00a05\u00a0211\u00a00000\u202c": Wish(ONE),
    "+370‑5‑211‑0000": Wish(("+370-5-211-0000",)),
    "+370 (5) 2110000": Wish(("+370 (5) 2110000",)),
    "+49 (0)30 123456": Wish(("+49 (0)30 123456",)),
    "030/123456": Wish(("030/123456",)),
    "(05) 211 0000 Offer": Wish(("(05) 211 0000",), None, "Offer"),
    "+370 5 211 0000, +370 5 211 0001; +370 5 211 0002 Offer": Wish(
        ("+370 5 211 0000", "+370 5 211 0001", "+370 5 211 0002"), None, "Offer"
    ),
    "+370 5 211 0000, +37052110000": Wish(ONE),
    "05 211 0000, 05 211 0001": Wish(("05 211 0000", "05 211 0001")),
    "05 211 0000, +370 5 211 0001": Wish(("05 211 0000", "+370 5 211 0001")),
    "101": Wish(("101",)),
}


@pytest.mark.parametrize("subject", READ)
def test_numbers_come_first(subject: str) -> None:
    assert read_subject(subject, 20) == READ[subject]


REFUSED = {
    "": "does not begin with a fax number",
    "Offer for Monday": "does not begin with a fax number",
    "Offer for +370 5 211 0000": "does not begin with a fax number",
    "12 invoices": "does not begin with a fax number",
    "[fine]": "does not begin with a fax number",
    "+370 5 211 0000 2 invoices": "is no telephone number",
    "+370 5 211": "is no telephone number",
    "+370 5 211 0000, +370 5": "is no telephone number",
    "+370 5 211 0000, 2 invoices": "may be another number",
    "+370 5 211 0000; 05 211 0001": "may be another number",
    "05 211 0000, 2026 report": "may be another number",
    "+370 5 211 0000x12": "not clear where the fax number",
    "x" * 3_000: "too long",
}


@pytest.mark.parametrize("subject", REFUSED, ids=lambda subject: subject[:40] or "nothing")
def test_what_is_not_clear_is_refused(subject: str) -> None:
    with pytest.raises(Unfit, match=REFUSED[subject]):
        read_subject(subject, 20)


def test_twenty_numbers_and_no_more() -> None:
    numbers = [f"+370 5 211 00{count:02}" for count in range(21)]
    assert len(read_subject(", ".join(numbers[:20]), 20).numbers) == 20
    with pytest.raises(Unfit, match="names 21 numbers; a mail goes to 20 at most"):
        read_subject(", ".join(numbers), 20)


def test_a_long_subject_is_cut() -> None:
    assert len(read_subject("+370 5 211 0000: " + "x" * 500, 20).subject) == LONGEST_OF_FAX


@given(st.text(alphabet="+0123456789()[] .,;:-/faxinrewd", max_size=60) | st.text(max_size=60))
def test_no_digit_is_invented_or_moved(subject: str) -> None:
    """Whatever is written: it is refused, or every number stands in it as it was written, in that order."""
    try:
        wish = read_subject(subject, 20)
    except Unfit:
        return
    line = digits(subject)
    at = 0
    for number in wish.numbers:
        at = line.index(digits(number), at)
