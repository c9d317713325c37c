"""A report as JSON: stable names, the calls behind each figure as parameters of an address, definitions beside it.

What could not be measured is null; what the source cannot tell is null and noted as unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import tzinfo
from typing import Any

from reports.document import Cell, Chart, Column, Document, Figure, Flow, Heat, Part, Table, Unit
from reports.forms.plain import key, plain

Json = dict[str, Any]  # Any: JSON


def json_of(doc: Document) -> Json:
    """Return the report as JSON values; durations in seconds and named `…_s`, shares from 0 to 1."""
    zone = doc.period.zone
    return {
        "report": doc.name,
        "title": doc.title,
        "company": doc.company,
        "made_at": plain(doc.made_at, Unit.MOMENT, zone),
        "period": {
            "from": plain(doc.period.start, Unit.MOMENT, zone),
            "to": plain(doc.period.end, Unit.MOMENT, zone),
            "first_day": doc.period.first.isoformat(),
            "last_day": doc.period.last.isoformat(),
            "timezone": str(zone),
        },
        "scope": doc.scope,
        "asked": dict(doc.asked),
        "rule": doc.rule,
        "warnings": list(doc.warnings),
        "notes": list(doc.notes),
        "figures": {key(figure.name, figure.unit): _figure(figure, zone) for figure in doc.head},
        "parts": [_part(part, zone) for part in doc.parts],
        "definitions": {
            term.name: {name: words for name, words in vars(term).items() if name != "name" and words}
            for term in doc.terms
        },
    }


def _figure(figure: Figure, zone: tzinfo) -> Json:
    said = {"title": figure.title, "unit": str(figure.unit), "about": figure.sub, "definition": figure.term}
    value = None if figure.cell.unknown else plain(figure.cell.value, figure.unit, zone)
    return {"value": value, **{name: words for name, words in said.items() if words}, **_more(figure.cell)}


def _part(part: Part, zone: tzinfo) -> Json:
    match part:
        case Table():
            return {"kind": "table", **_table(part, zone)}
        case Chart():
            return {"kind": "chart", **_chart(part, zone)}
        case Heat():
            return {"kind": "heat", **_heat(part, zone)}
        case Flow():
            return {"kind": "flow", **_flow(part)}


def _table(table: Table, zone: tzinfo) -> Json:
    columns = [_column(column) for column in table.columns]
    found: Json = {"name": table.name, "title": table.title, "columns": columns}
    found["rows"] = [_row(table.columns, row, zone) for row in table.rows]
    if table.total:
        found["total"] = _row(table.columns, table.total, zone)
    if table.note:
        found["note"] = table.note
    return found


def _column(column: Column) -> Json:
    said = {"name": key(column.name, column.unit), "title": column.title, "unit": str(column.unit)}
    return {**said, "definition": column.term} if column.term else said


def _row(columns: Sequence[Column], cells: Sequence[Cell], zone: tzinfo) -> Json:
    """Return values by name, and under `more` what else there is to say of some of them."""
    named = [(key(column.name, column.unit), column.unit, cell) for column, cell in zip(columns, cells, strict=True)]
    values = {name: None if cell.unknown else plain(cell.value, unit, zone) for name, unit, cell in named}
    more = {name: said for name, _, cell in named if (said := _more(cell))}
    return {"values": values, "more": more} if more else {"values": values}


def _more(cell: Cell) -> Json:
    said: Json = {}
    if cell.unknown:
        said["unknown"] = True
    if cell.unsure:
        said["unsure"] = True
    if cell.note:
        said["note"] = cell.note
    if cell.behind is not None:
        said["calls"] = cell.behind.query()
    if cell.page:
        said["page"] = cell.page
    return said


def _chart(chart: Chart, zone: tzinfo) -> Json:
    found: Json = {
        "name": chart.name,
        "title": chart.title,
        "shape": str(chart.shape),
        "unit": str(chart.unit),
        "labels": list(chart.labels),
        "series": [{"name": s.name, "values": _plain_all(s.values, chart, zone)} for s in chart.series],
    }
    if any(calls is not None for calls in chart.behind):
        found["calls"] = [None if calls is None else calls.query() for calls in chart.behind]
    if any(chart.unsure):
        found["unsure"] = list(chart.unsure)
    return found


def _plain_all(values: Iterable[float | None], chart: Chart, zone: tzinfo) -> list[str | int | float | None]:
    return [plain(value, chart.unit, zone) for value in values]


def _heat(heat: Heat, zone: tzinfo) -> Json:
    def said(cell: Cell) -> Json:
        return {"value": None if cell.unknown else plain(cell.value, heat.unit, zone), **_more(cell)}

    return {
        "name": heat.name,
        "title": heat.title,
        "unit": str(heat.unit),
        "rows": list(heat.rows),
        "columns": list(heat.columns),
        "cells": [[said(cell) for cell in row] for row in heat.cells],
    }


def _flow(flow: Flow) -> Json:
    return ({"unsure": True} if flow.unsure else {}) | {
        "name": flow.name,
        "title": flow.title,
        "nodes": [vars(node) | {} for node in flow.nodes],
        "edges": [
            {"from": edge.origin, "to": edge.to, "callers": edge.count, "by": edge.label}
            | ({} if edge.behind is None else {"calls": edge.behind.query()})
            for edge in flow.edges
        ],
    }
