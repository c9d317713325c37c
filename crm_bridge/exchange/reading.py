"""Owns reading a file by a plan, from its bytes to batches of rows, in bounded memory. Blocks: for a process aside."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from crm_bridge.exchange.encoding import digest_of
from crm_bridge.exchange.errors import FileChanged, NotReadable
from crm_bridge.exchange.likeness import Likeness
from crm_bridge.exchange.limits import LIMITS, MOST_SIGNS_OF_A_ROW, Limits, check_size
from crm_bridge.exchange.lines import Lines
from crm_bridge.exchange.mapping import Mapping
from crm_bridge.exchange.plan import FileKind, Plan
from crm_bridge.exchange.rows import Batch, Mark, Refused, Row
from crm_bridge.exchange.table import Broken, rows_of
from crm_bridge.exchange.values import Unfit
from crm_bridge.exchange.vcard import cards_of, customer_of

_BEGINNING = Mark()


def read(path: Path, plan: Plan, limits: Limits = LIMITS, after: Mark = _BEGINNING) -> Iterator[Batch]:
    """Yield all rows of a file `after` one; the last batch may be empty, and its `done` is the whole file.

    Raises TooLarge, FileChanged when it is not the file of the plan, NotReadable when it has too many rows, OSError.
    """
    check_size(path.stat().st_size, limits)
    if digest_of(path) != plan.digest:
        raise FileChanged("The file is another one than the one that was looked at: look at it again.")
    with Lines(path, plan.encoding, MOST_SIGNS_OF_A_ROW) as lines:
        added: list[Row] = []
        refused: list[Refused] = []
        begun, count = 0, after.read
        for row in read_rows(lines, plan, limits, after.row):
            if isinstance(row, Row):
                added.append(row)
            else:
                refused.append(row)
            count += 1
            if count > limits.rows:
                raise NotReadable(f"The file has more than {limits.rows:,} rows: split it.")
            if len(added) + len(refused) == limits.batch or lines.done - begun > limits.batch_bytes:
                begun = lines.done
                yield Batch(tuple(added), tuple(refused), begun, count)
                added, refused = [], []
        yield Batch(tuple(added), tuple(refused), lines.done, count)


def read_rows(lines: Lines, plan: Plan, limits: Limits = LIMITS, after: int = 0) -> Iterator[Row | Refused]:
    """Yield each row behind that of number `after`, taken or refused, in the order of the file."""
    rows = (_table if plan.kind is FileKind.CSV else _cards)(lines, plan, limits, after)
    likeness = Likeness(limits.remembered)
    for row in rows:
        if isinstance(row, Row) and (like := likeness.like(row.number, row.customer)) is not None:
            yield Row(row.number, row.key, row.customer, row.warnings, like, row.cells)
        else:
            yield row


def _table(lines: Lines, plan: Plan, limits: Limits, after: int) -> Iterator[Row | Refused]:
    mapping = Mapping(plan)
    header = plan.header
    for found in rows_of(lines, plan.delimiter):
        if header:
            header = False
        elif found.number <= after:
            continue
        elif isinstance(found, Broken):
            yield _broken(found, lines, plan, limits)
        else:
            try:
                customer, warnings = mapping.customer(found.cells)
            except Unfit as error:
                yield Refused(found.number, str(error), shortened(found.cells, limits))
            else:
                cells = shortened(found.cells, limits)
                yield Row(found.number, f"{plan.digest}:{found.number}", customer, warnings, None, cells)


def _cards(lines: Lines, plan: Plan, limits: Limits, after: int) -> Iterator[Row | Refused]:
    for found in cards_of(lines, plan.country):
        if found.number <= after:
            continue
        if isinstance(found, Broken):
            yield _broken(found, lines, plan, limits)
            continue
        cells = (lines.readable(found.text, plan.country)[: limits.listed_signs],)
        try:
            customer, warnings = customer_of(found, plan.country)
        except Unfit as error:
            yield Refused(found.number, str(error), cells)
        else:
            yield Row(found.number, f"{plan.digest}:{found.number}", customer, warnings, None, cells)


def _broken(found: Broken, lines: Lines, plan: Plan, limits: Limits) -> Refused:
    text = lines.readable(found.text[: limits.listed_signs], plan.country)
    # A row that could not be divided is told as far as it can be: its first line, by its delimiters.
    cells = text.rstrip("\r\n").split(plan.delimiter) if plan.kind is FileKind.CSV else [text]
    return Refused(found.number, found.why, shortened(cells, limits))


def shortened(cells: list[str], limits: Limits) -> tuple[str, ...]:
    """Return cells as far as a list keeps them."""
    if sum(map(len, cells)) <= limits.listed_signs:
        return tuple(cells)
    room = limits.listed_signs
    kept = []
    for cell in cells[: limits.listed_signs // 8]:
        kept.append(cell if len(cell) <= room else f"{cell[:room]}…" if room else "")
        room -= min(room, len(cell))
    return tuple(kept)
