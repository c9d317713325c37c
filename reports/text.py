"""Text for a terminal: aligned columns, durations and shares in words, "no calls" where there is nothing to measure."""

from __future__ import annotations

from collections.abc import Sequence

NOTHING = "no calls"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> list[str]:
    """Lay out rows in columns as wide as they need to be; the columns named in `right` are set to the right.

    Whatever strangers wrote into a cell, it cannot steer the terminal.
    """
    cells = [[printable(cell) for cell in row] for row in (heads, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(heads))]
    return [
        "  ".join(
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    ]


def printable(text: str) -> str:
    """Replace what is no visible letter; control characters would move the cursor or worse."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)


def seconds(value: float | None) -> str:
    """Say a duration.

    >>> seconds(8.25), seconds(192.0), seconds(3840.0), seconds(None)
    ('8.2 s', '3 min 12 s', '1 h 04 min', 'no calls')
    """
    if value is None:
        return NOTHING
    if value < 59.95:
        return f"{value:.1f} s"
    whole = round(value)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def share(value: float | None) -> str:
    """Say a share of 0 to 1 in per cent.

    >>> share(0.4), share(None)
    ('40.0 %', 'no calls')
    """
    return NOTHING if value is None else f"{100 * value:.1f} %"
