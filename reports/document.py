"""A report before it has a form: figures, tables and charts, each figure with the calls behind it. Values only.

The page, the PDF, CSV, XLSX, JSON and text are all made of this one value, so they cannot differ.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from reports.period import Period
from reports.selection import Selection


class Unit(StrEnum):
    """How a value is said. Durations are in seconds, shares from 0 to 1, moments aware."""

    TEXT = "text"
    COUNT = "count"
    NUMBER = "number"
    SECONDS = "seconds"
    #: Seconds as well, of things that lie for hours and days; where nothing did, there is none.
    AGE = "age"
    SHARE = "share"
    MOMENT = "moment"
    DAY = "day"


Value = str | int | float | date | datetime | None


@dataclass(frozen=True)
class Cell:
    """One figure or word. None is nothing to measure: "no calls"; with `unknown` it is what the source cannot tell.

    `behind` are the calls it is made of, `page` is a path of ours that tells more; `unsure` says that it lies over a
    gap. `width` is 0.0 to 1.0 where a bar beside the value is to show how large it is.
    """

    value: Value
    behind: Selection | None = None
    page: str = ""
    unknown: bool = False
    unsure: bool = False
    note: str = ""
    bar: float | None = None


@dataclass(frozen=True)
class Column:
    """`name` for machines, `title` for people; `term` is the definition that explains it ('' where none is needed)."""

    name: str
    title: str
    unit: Unit = Unit.TEXT
    term: str = ""


@dataclass(frozen=True)
class Table:
    """Rows of cells, each as long as there are columns; `total` is one row more, at the end."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: tuple[Cell, ...] = ()
    #: What is said where there are no rows.
    empty: str = "no calls"
    note: str = ""


@dataclass(frozen=True)
class Figure:
    """A figure that stands for itself, at the head of a report."""

    name: str
    title: str
    cell: Cell
    unit: Unit = Unit.COUNT
    term: str = ""
    #: Said below it in small, such as "12 of 15 within 20 s".
    sub: str = ""


@dataclass(frozen=True)
class Series:
    """Values of one name, one for each label of its chart; None leaves a hole."""

    name: str
    values: tuple[float | None, ...]


class Shape(StrEnum):
    """How a chart is drawn."""

    BARS = "bars"
    STACKED = "stacked"
    LINE = "line"


@dataclass(frozen=True)
class Chart:
    """Series over labels. `behind` has one entry for each label, or none at all.

    So has `unsure`: whether the values of a label lie over a gap.
    """

    name: str
    title: str
    shape: Shape
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    unit: Unit = Unit.COUNT
    behind: tuple[Selection | None, ...] = ()
    unsure: tuple[bool, ...] = ()


@dataclass(frozen=True)
class Heat:
    """A map of values by row and column, darker where there is more; `cells[row][column]`."""

    name: str
    title: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[Cell, ...], ...]
    unit: Unit = Unit.COUNT


@dataclass(frozen=True)
class Node:
    """A place that callers come through, or where they end; `depth` says how many steps from the beginning."""

    name: str
    title: str
    depth: int
    count: int
    end: bool = False


@dataclass(frozen=True)
class Edge:
    """So many callers went from one node to another, `label` says how, such as the key."""

    origin: str
    to: str
    count: int
    label: str = ""
    behind: Selection | None = None


@dataclass(frozen=True)
class Flow:
    """Paths as a drawing: as wide as many callers took them. `unsure` says that they lie over a gap."""

    name: str
    title: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    unsure: bool = False


Part = Table | Chart | Heat | Flow


@dataclass(frozen=True)
class Term:
    """What a figure means, as its formula's docstring says: definition, formula, unit, clock, exclusions, source."""

    name: str
    title: str
    definition: str
    formula: str = ""
    unit: str = ""
    clock: str = ""
    exclusions: str = ""
    source: str = ""


@dataclass(frozen=True)
class Document:
    """A whole report. `notes` say what to mind when reading, `warnings` that figures do not add up.

    `scope` says whose calls these are where it is not everybody's; `rule` is the definition of the service level in
    words.
    """

    name: str
    title: str
    company: str
    period: Period
    made_at: datetime
    parts: tuple[Part, ...] = ()
    head: tuple[Figure, ...] = ()
    scope: str = ""
    rule: str = ""
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    terms: tuple[Term, ...] = ()
    #: What it was asked with besides the period, for the head of the report and for asking again.
    asked: tuple[tuple[str, str], ...] = field(default=())
