"""Owns making a cell harmless to a spreadsheet, in a way that can be undone. Pure.

A spreadsheet may run what begins as a formula (OWASP, "CSV Injection"). It may also divide at another delimiter than
the file's, as those of another country do: then any comma, semicolon or line break within a text begins a cell.
"""

from __future__ import annotations

import re

#: Where a cell begins, or could; and what would be run there, also behind blanks or quotes, also in full width.
_BEGINS = r"(?:\A|(?<=[,;|\t\r\n]))"
_RUNS = r"""(?=(?:['"]|[^\S\t\r\n])*[=+\-@＝＋－＠])"""
_BLANK = r"(?='*[\t\r\n])"
_MAY_RUN = re.compile(rf"\A{_BLANK}|{_BEGINS}{_RUNS}")
_DEFUSED = re.compile(rf"\A'{_BLANK}|{_BEGINS}'{_RUNS}")


def defuse(cell: str) -> str:
    """Return the cell with an apostrophe before whatever a spreadsheet could run.

    Where such apostrophes are already there comes one more, so that `undo` gives back every cell.

    >>> defuse("=1+1"), defuse("+370 600 00001"), defuse("'=1"), defuse("O'Brien"), defuse("a;=1+1")
    ("'=1+1", "'+370 600 00001", "''=1", "O'Brien", "a;'=1+1")
    """
    return _MAY_RUN.sub("'", cell)


def undo(cell: str) -> str:
    """Return the cell as it was before `defuse`; any other cell stays as it is."""
    return _DEFUSED.sub("", cell) if "'" in cell else cell
