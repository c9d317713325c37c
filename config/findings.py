"""What is wrong with a site, and where: the one form in which mistakes reach an admin.

Knows nothing of how they are found; the catalogue of rules is in `config.rules.book`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Literal

Severity = Literal["error", "warning"]

#: A message may quote what the admin wrote; no quote makes a line unreadable.
LONGEST_QUOTE = 60
#: So many words are compared with one that is not known.
MOST_OPTIONS = 500


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a file; line and column count from 1, columns in characters."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{_one_line(self.file)}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One mistake, or one thing to think about: where, which rule, what, and the mend."""

    position: Position
    rule: str
    severity: Severity
    message: str
    mend: str = ""

    def __str__(self) -> str:
        """Show it as ``file:line:col: RULE severity: message (mend)``, always one line."""
        mend = f" ({_one_line(self.mend)})" if self.mend else ""
        return f"{self.position}: {self.rule} {self.severity}: {_one_line(self.message)}{mend}"


def quoted(text: object) -> str:
    """Show what the admin wrote, in quotes, printable and shortened."""
    shown = str(text)
    if len(shown) > LONGEST_QUOTE:
        shown = shown[: LONGEST_QUOTE - 1] + "…"
    return f"'{_one_line(shown)}'"


def nearest(word: str, options: Iterable[str]) -> str | None:
    """Return the option that was most likely meant, None if nothing comes near."""
    # Comparing is slow, and a hostile site has many words: a typing mistake seldom hits both ends of a word.
    likely = (option for option in options if option[:1] == word[:1] or option[-1:] == word[-1:])
    candidates = sorted(islice(likely, MOST_OPTIONS))
    found = difflib.get_close_matches(word[:LONGEST_QUOTE], candidates, n=1, cutoff=0.6)
    return found[0] if found else None


def _one_line(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
