"""Every part of a report as a table, for forms that have nothing else: charts, heat maps and flows as well.

Owns which columns they get; knows no form.
"""

from __future__ import annotations

from reports.document import Cell, Chart, Column, Flow, Heat, Part, Table, Unit


def tabled(part: Part) -> Table:
    """Return a part as a table; a table is one already."""
    match part:
        case Table():
            return part
        case Chart():
            return _chart(part)
        case Heat():
            return _heat(part)
        case Flow():
            return _flow(part)


def _chart(chart: Chart) -> Table:
    behind = chart.behind or (None,) * len(chart.labels)
    columns = (Column("label", ""), *(Column(s.name, s.name, chart.unit) for s in chart.series))
    unsure = chart.unsure or (False,) * len(chart.labels)
    rows = tuple(
        (Cell(label, behind=calls), *(Cell(series.values[at], unsure=unsure[at]) for series in chart.series))
        for at, (label, calls) in enumerate(zip(chart.labels, behind, strict=True))
    )
    return Table(chart.name, chart.title, columns, rows)


def _heat(heat: Heat) -> Table:
    columns = (Column("row", ""), *(Column(name, name, heat.unit) for name in heat.columns))
    rows = tuple((Cell(name), *cells) for name, cells in zip(heat.rows, heat.cells, strict=True))
    return Table(heat.name, heat.title, columns, rows)


def _flow(flow: Flow) -> Table:
    titles = {node.name: node.title for node in flow.nodes}
    columns = (
        Column("from", "From"),
        Column("by", "By"),
        Column("to", "To"),
        Column("callers", "Callers", Unit.COUNT),
    )
    rows = tuple(
        (
            Cell(titles.get(edge.origin, edge.origin)),
            Cell(edge.label),
            Cell(titles.get(edge.to, edge.to)),
            Cell(edge.count, behind=edge.behind, unsure=flow.unsure),
        )
        for edge in flow.edges
    )
    return Table(flow.name, flow.title, columns, rows)
