"""Owns looking at a file: what it is, how it would be read, and its first rows as they would be. Blocks."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from itertools import islice
from pathlib import Path

from crm_bridge.exchange.columns import FIXED, OWN, REASONS
from crm_bridge.exchange.dialect import DELIMITERS, find_delimiter
from crm_bridge.exchange.encoding import Found, as_chosen, find_encoding
from crm_bridge.exchange.errors import NotReadable
from crm_bridge.exchange.formula import undo
from crm_bridge.exchange.headings import columns_by_content, columns_of, is_header
from crm_bridge.exchange.limits import LIMITS, MOST_COLUMNS, MOST_SIGNS_OF_A_ROW, Limits, check_size
from crm_bridge.exchange.lines import Lines
from crm_bridge.exchange.plan import FileKind, Plan, Wishes
from crm_bridge.exchange.reading import read_rows
from crm_bridge.exchange.rows import Preview
from crm_bridge.exchange.table import Cells, rows_of

SHOWN = 20
_NO_WISHES = Wishes()


def look(
    path: Path,
    country: str,
    *,
    own: Collection[str] = (),
    wishes: Wishes = _NO_WISHES,
    limits: Limits = LIMITS,
) -> Preview:
    """Return how a file would be read, and its first rows. `own` are the names of the fields that the site defined.

    Raises NotReadable, TooLarge, and OSError.
    """
    check_size(path.stat().st_size, limits)
    found = find_encoding(path, country)
    encoding = found.encoding if wishes.encoding is None else as_chosen(wishes.encoding, found.head)
    plan = Plan(FileKind.CSV, found.digest, country, encoding=encoding)
    plan = _with_table(path, plan, found, wishes, own)
    with Lines(path, plan.encoding, MOST_SIGNS_OF_A_ROW) as lines:
        rows = tuple(islice(read_rows(lines, plan, limits), SHOWN))
    if not rows:
        raise NotReadable("The file has a header and no rows." if plan.header else "The file has no rows.")
    return Preview(plan, found.size, rows)


def _with_table(path: Path, plan: Plan, found: Found, wishes: Wishes, own: Collection[str]) -> Plan:
    text = found.head.decode(plan.encoding, "replace").lstrip("\ufeff \t\r\n")
    if text[:11].upper() == "BEGIN:VCARD":
        return replace(plan, kind=FileKind.VCARD, header=False)
    plan = replace(plan, delimiter=wishes.delimiter or find_delimiter(text))
    if plan.delimiter not in DELIMITERS:
        raise NotReadable("A delimiter is a comma, a semicolon, a tab or a bar.")
    with Lines(path, plan.encoding, MOST_SIGNS_OF_A_ROW) as lines:
        first = [row.cells for row in islice(rows_of(lines, plan.delimiter), SHOWN * 5) if isinstance(row, Cells)]
    if not first:
        raise NotReadable("No row of the file can be read: is it CSV?")
    if (width := max(map(len, first))) > MOST_COLUMNS:
        raise NotReadable(f"The file has {width:,} columns, at most {MOST_COLUMNS} are read.")
    headings = [undo(cell).strip() for cell in first[0]]
    header = is_header(headings, own) if wishes.header is None else wishes.header
    columns = columns_of(headings, own) if header else columns_by_content(first)
    plan = replace(plan, header=header, columns=columns, ours=header and _ours(headings))
    changes = {index: meaning for index, meaning in wishes.meanings.items() if 0 <= index < len(columns)}
    return plan.mean(changes)


def _ours(headings: list[str]) -> bool:
    """Say whether our own export wrote these headings, all of them and no others."""
    more = headings[len(FIXED) :]
    if tuple(more[-len(REASONS) :]) == REASONS:  # a list of refused rows that was mended
        more = more[: -len(REASONS)]
    return tuple(headings[: len(FIXED)]) == FIXED and all(heading.startswith(OWN) for heading in more)
