"""Charts, heat maps and flows in block characters. Owns how they are drawn; gets its words from `words`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import Final

from reports.document import Cell, Chart, Flow, Heat, Shape
from reports.forms.words import UNSURE, UNSURE_SAID, clipped, value_said
from reports.text import NOTHING, printable, share, table

#: Letters of the longest bar, of a label, and of the head of a heat map's column.
WIDTH: Final = 40
MOST_LABEL: Final = 24
_EIGHTHS: Final = " ▏▎▍▌▋▊▉█"
_RISING: Final = "▁▂▃▄▅▆▇█"
_SHADES: Final = "·░▒▓█"
_KINDS: Final = "█▓▒░#=+-"


def chart_lines(chart: Chart, zone: tzinfo) -> list[str]:
    """Draw a chart: a line as one row of steps for each series, all else as bars."""
    if not any(value is not None for series in chart.series for value in series.values):
        return [f"  {NOTHING}"]
    if chart.shape is Shape.LINE:
        lines = _steps(chart, zone)
    elif chart.shape is Shape.STACKED and len(chart.series) > 1:
        lines = _stacks(chart, zone)
    else:
        lines = _bars(chart, zone)
    return [*lines, *([f"  {UNSURE} {UNSURE_SAID}"] if any(chart.unsure) else [])]


def bar(value: float, most: float, width: int = WIDTH) -> str:
    """Draw a bar as long as its part of `most`, to the eighth of a letter.

    >>> bar(5, 10, 5), bar(0, 0, 5)
    ('██▌', '')
    """
    eighths = round(8 * width * min(1.0, max(0.0, value / most))) if most > 0 else 0
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


def _bars(chart: Chart, zone: tzinfo) -> list[str]:
    most = max((v for series in chart.series for v in series.values if v is not None), default=0.0)
    several = len(chart.series) > 1
    rows = []
    for at, label in enumerate(chart.labels):
        for series in chart.series:
            value = series.values[at]
            name = [clipped(series.name, MOST_LABEL)] if several else []
            drawn = "" if value is None else bar(value, most)
            rows.append([_label(chart, at, label), *name, value_said(value, chart.unit, zone), drawn])
    right = (2,) if several else (1,)
    return table(["", *([""] if several else []), "", ""], rows, right=right)[1:]


def _stacks(chart: Chart, zone: tzinfo) -> list[str]:
    sums = [sum(series.values[at] or 0.0 for series in chart.series) for at in range(len(chart.labels))]
    most = max(sums, default=0.0)
    rows = []
    for at, (label, total) in enumerate(zip(chart.labels, sums, strict=True)):
        drawn, before, reached = "", 0, 0.0
        for kind, series in enumerate(chart.series):
            # By where each piece ends, so that the whole bar is as long as the sum.
            reached += series.values[at] or 0.0
            end = round(WIDTH * reached / most) if most > 0 else 0
            drawn += _KINDS[kind % len(_KINDS)] * (end - before)
            before = end
        nothing = all(series.values[at] is None for series in chart.series)
        rows.append((_label(chart, at, label), value_said(None if nothing else total, chart.unit, zone), drawn))
    legend = "  ".join(f"{_KINDS[kind % len(_KINDS)]} {series.name}" for kind, series in enumerate(chart.series))
    return [*table(("", "", ""), rows, right=(1,))[1:], printable(f"  {legend}")]


def _label(chart: Chart, at: int, label: str) -> str:
    return clipped(label, MOST_LABEL) + (UNSURE if chart.unsure and chart.unsure[at] else "")


def _steps(chart: Chart, zone: tzinfo) -> list[str]:
    rows = []
    for series in chart.series:
        values = [value for value in series.values if value is not None]
        if not values:
            rows.append((clipped(series.name, MOST_LABEL), NOTHING, ""))
            continue
        low, high = min(values), max(values)
        drawn = "".join(" " if value is None else _step(value, min(0.0, low), high) for value in series.values)
        span = f"{value_said(low, chart.unit, zone)} to {value_said(high, chart.unit, zone)}"
        rows.append((clipped(series.name, MOST_LABEL), drawn, span))
    if any(chart.unsure):
        rows.append(("", "".join(UNSURE if over else " " for over in chart.unsure), ""))
    ends = f"{chart.labels[0]} … {chart.labels[-1]}" if len(chart.labels) > 1 else "".join(chart.labels)
    return [*table(("", "", ""), rows)[1:], printable(f"  {ends}")]


def _step(value: float, low: float, high: float) -> str:
    return _RISING[round((value - low) / (high - low) * (len(_RISING) - 1))] if high > low else _RISING[0]


def heat_lines(heat: Heat, zone: tzinfo) -> list[str]:
    """Draw a heat map as blocks, darker where there is more, with the scale below it."""
    numbers = [n for row in heat.cells for cell in row if (n := _number(cell)) is not None]
    if not numbers:
        return [f"  {NOTHING}"]
    most = max(numbers)
    rows = [
        (clipped(name, MOST_LABEL), *(_shade(cell, most) for cell in cells))
        for name, cells in zip(heat.rows, heat.cells, strict=True)
    ]
    scale = f"  {_SHADES[0]} none  {_SHADES[1]} to {_SHADES[-1]} up to {value_said(most, heat.unit, zone)}"
    marks = [f"  {UNSURE} {UNSURE_SAID}"] if any(cell.unsure for row in heat.cells for cell in row) else []
    return [*table(("", *(clipped(name, 5) for name in heat.columns)), rows), scale, *marks]


def _shade(cell: Cell, most: float) -> str:
    number = _number(cell)
    if number is None:
        return ("?" if cell.unknown else " ") + (UNSURE if cell.unsure else "")
    steps = len(_SHADES) - 1
    shade = _SHADES[0] if number <= 0 or most <= 0 else _SHADES[min(steps, 1 + int(number / most * steps))]
    return shade * 2 + (UNSURE if cell.unsure else "")


def _number(cell: Cell) -> float | None:
    return cell.value if isinstance(cell.value, int | float) and not cell.unknown else None


def flow_lines(flow: Flow) -> list[str]:
    """Draw a flow as a list: each place with its callers, and below it where they went, by which key."""
    if not flow.nodes:
        return [f"  {NOTHING}"]
    titles = {node.name: node.title for node in flow.nodes}
    lines: list[str] = []
    for node in sorted(flow.nodes, key=lambda node: (node.depth, -node.count, node.name)):
        edges = sorted((edge for edge in flow.edges if edge.origin == node.name), key=lambda edge: -edge.count)
        if node.end and not edges:
            continue
        lines.append(printable(f"{clipped(node.title, MOST_LABEL)}  {node.count:,}"))
        lines += _edges([(edge.label, titles.get(edge.to, edge.to), edge.count) for edge in edges], node.count)
    return [*lines, *([f"  {UNSURE} all of it {UNSURE_SAID}"] if flow.unsure else [])]


def _edges(edges: Sequence[tuple[str, str, int]], callers: int) -> list[str]:
    rows = [
        (
            f"  {clipped(label, 12)}",
            f"→ {clipped(to, MOST_LABEL)}",
            f"{count:,}",
            share(count / callers if callers else None),
            bar(count, callers, 20),
        )
        for label, to, count in edges
    ]
    return table(("", "", "", "", ""), rows, right=(2, 3))[1:]
