"""No cell or card costs more than its length: what is too long for what it should be is refused before it is read."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from crm_bridge.exchange.rows import Refused

from .house import file, rows

MANY = 100_000
#: Of the processor; what is quadratic in so many signs takes ten times as long and more.
SECONDS = 2.0

CELLS = {
    "blanks between two numbers": ("Phone", f"1{' ' * MANY}2;3"),
    "blanks between two mail addresses": ("E-mail", f"a@b.example{' ' * MANY}x;c@d.example"),
    "blanks between two tags": ("Tags", f"a{' ' * MANY}b;c"),
    "a web address of dots": ("Website", "." * MANY + "@"),
    "a web address of letters and dots": ("Website", "a." * (MANY // 2) + "@"),
    "a web address as long as it may be": ("Website", "a." * 990 + "@"),
    "a mail address of brackets": ("E-mail", "<a" * (MANY // 2)),
    "a number of words": ("Phone", f"1{' ' * MANY}or2"),
    "a language of hyphens": ("Language", "x-" * (MANY // 2)),
    "a kind of words": ("Kind", "a " * (MANY // 2)),
}
CARDS = {
    "a type of semicolons": f'TEL;TYPE="{"a;" * (MANY // 2)}:1',
    "many parameters": f"TEL{';a=b' * (MANY // 4)}:1",
    "a number of blanks": f"TEL:tel:1{'%20' * (MANY // 3)}2",
    "an address of semicolons": f"ADR:{';' * MANY}",
}


def took(path: Path) -> float:
    before = time.process_time()
    for row in rows(path):
        assert not isinstance(row, Refused) or "longer than" in row.why
    return time.process_time() - before


@pytest.mark.parametrize(("heading", "cell"), CELLS.values(), ids=CELLS)
def test_a_long_cell_is_refused_or_left_out_at_once(tmp_path: Path, heading: str, cell: str) -> None:
    assert took(file(tmp_path, f'Name,{heading}\nOna,"{cell}"\n')) < SECONDS


@pytest.mark.parametrize("line", CARDS.values(), ids=CARDS)
def test_a_long_line_of_a_card_is_left_out_at_once(tmp_path: Path, line: str) -> None:
    card = f"BEGIN:VCARD\nVERSION:3.0\nFN:Ona\n{line}\nEND:VCARD\n"
    assert took(file(tmp_path, card, name="cards.vcf")) < SECONDS
