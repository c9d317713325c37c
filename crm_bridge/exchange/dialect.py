"""Owns finding the delimiter of a CSV from its beginning. Pure."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator

from crm_bridge.exchange.table import separator_said

#: In the order in which they are taken when nothing tells them apart.
DELIMITERS = (",", ";", "\t", "|")
_ROWS = 200


def find_delimiter(text: str) -> str:
    """Return the delimiter that gives most rows as many cells as the first one has, and the more the better.

    >>> find_delimiter("Name;Phone;Note\\nJonaitis, Jonas;8 600 00001;big, loud\\n")
    ';'
    """
    said = separator_said(text)
    return said or max(DELIMITERS, key=lambda delimiter: _regularity(text, delimiter))


def _regularity(text: str, delimiter: str) -> float:
    widths = [len(row) for row in _rows(text, delimiter) if row]
    if not widths or widths[0] == 1:
        return 0.0
    return widths.count(widths[0]) / len(widths) * math.log2(widths[0])


def _rows(text: str, delimiter: str) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    for _ in range(_ROWS):
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error:  # a quote that is not closed within the text
            continue
