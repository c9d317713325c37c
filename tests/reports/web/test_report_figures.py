"""Every figure is a door: over all reports, a count equals the number of calls in its list, in every form alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from ledger.web.visit import Who
from reports import counting
from reports.catalogue import REPORTS
from reports.document import Cell, Chart, Document, Flow, Heat, Shape, Table, Unit
from reports.forms.as_json import json_of
from reports.forms.plain import key
from reports.forms.tabled import tabled
from reports.forms.text import lines_of
from reports.forms.words import UNKNOWN, value_said
from reports.issued_document import pack, unpack
from reports.selection import NoSelection, Selection, selection_of
from reports.web.asking import Wanted
from reports.web.report_view import ShownTable, view_of
from tests.reports.town import DEPARTMENTS, PEOPLE
from tests.reports.town_messages import listed_at
from tests.reports.web.report_house import ALICE, SUE, ReportHouse

pytestmark = pytest.mark.asyncio(loop_scope="module")

MONTH = Wanted(start="2026-10-01", end="2026-10-31")
LONG_DAY = Wanted(start="2026-10-25")
BUSY_DAY = Wanted(start="2026-10-27")
#: More figures than this are not counted one by one for one report and time.
MOST = 80
#: Of so many figures the list itself is read.
LISTED = 5

ASKED = {
    "a month": (MONTH, SUE),
    "a day of 25 hours": (LONG_DAY, SUE),
    "a day": (BUSY_DAY, SUE),
    "one department": (Wanted(start="2026-10-27", narrowing={"department": "billing"}), SUE),
    "who may see one department": (BUSY_DAY, ALICE),
}
over_all_reports = pytest.mark.parametrize("name", list(REPORTS))
over_all_questions = pytest.mark.parametrize(
    ("name", "wanted", "who"),
    [
        pytest.param(name, wanted, who, id=f"{name}, {words}")
        for name, report in REPORTS.items()
        for words, (wanted, who) in ASKED.items()
        if set(wanted.narrowing) <= report.takes and not (report.whole_site and who is ALICE)
    ],
)


async def made(house: ReportHouse, name: str, wanted: Wanted, who: Who) -> Document:
    report = house.room.report(name, who)
    return await house.room.maker.make(name, house.room.ask(report, wanted.keeping(report.takes), who))


def counted(doc: Document) -> Iterator[tuple[str, float, Selection]]:
    """Yield every count that has calls behind it, and where it stands."""
    for figure in doc.head:
        if figure.unit is Unit.COUNT and figure.cell.behind and figure.cell.value is not None:
            yield f"head/{figure.name}", _number(figure.cell.value), figure.cell.behind
    for part in doc.parts:
        match part:
            case Table():
                rows = (*part.rows, part.total) if part.total else part.rows
                for n, row in enumerate(rows):
                    for column, cell in zip(part.columns, row, strict=True):
                        if column.unit is Unit.COUNT and cell.behind is not None and not cell.unknown:
                            yield f"{part.name}/{n}/{column.name}", _number(cell.value or 0), cell.behind
            case Heat() if part.unit is Unit.COUNT:
                for n, cells in enumerate(part.cells):
                    for m, cell in enumerate(cells):
                        if cell.behind is not None:
                            yield f"{part.name}/{n}/{m}", _number(cell.value or 0), cell.behind
            case Flow():
                for edge in part.edges:
                    if edge.behind is not None:
                        yield f"{part.name}/{edge.origin}>{edge.to}", edge.count, edge.behind
            case Chart(shape=Shape.STACKED, name="course" | "distribution") if part.unit is Unit.COUNT:
                for n, behind in enumerate(part.behind):
                    if behind is not None:
                        yield f"{part.name}/{n}", sum(one.values[n] or 0 for one in part.series), behind
            case _:
                pass


def _number(value: object) -> float:
    assert isinstance(value, int | float), value
    return value


@over_all_questions
async def test_a_count_is_as_long_as_its_list(house: ReportHouse, name: str, wanted: Wanted, who: Who) -> None:
    doc = await made(house, name, wanted, who)
    assert unpack(pack(doc)) == doc  # as it is kept where it is issued
    room, wrong = house.room, []
    ask = room.asking(doc.period, departments=room.sight(who))
    figures = list(counted(doc))
    some = figures[:: len(figures) // MOST + 1]
    async with house.office.parts.database.reading() as session:
        for n, (place, value, behind) in enumerate(some):
            # What a link says is what is asked, and nothing of it is lost on the way.
            behind = selection_of(behind.query(), counting.names())
            told = await counting.how_many(session, behind, ask.period.zone, ask.definition, ask.departments)
            listed = told
            if n % max(1, len(some) // LISTED) == 0 and told < 300:
                page = await counting.list_calls(
                    session, behind, ask.period.zone, ask.definition, ask.departments, limit=1_000
                )
                listed = len(page)
            if not value == told == listed:
                wrong.append((place, value, told, listed, behind.query()))
    assert not wrong, f"{len(wrong)} of {len(some)}: {wrong[:5]}"


@pytest.mark.parametrize(("wanted", "who"), ASKED.values(), ids=ASKED)
@pytest.mark.parametrize("name", [name for name in REPORTS if name != "messages"])  # whose lists are those of the boxes
async def test_every_count_of_a_table_opens_its_calls(house: ReportHouse, name: str, wanted: Wanted, who: Who) -> None:
    if REPORTS[name].whole_site and who is ALICE:
        return
    doc = await made(house, name, wanted, who)
    cells = [
        (f"{part.name}.{column.name}", cell)
        for part in doc.parts
        if isinstance(part, Table)
        for row in part.rows
        for column, cell in zip(part.columns, row, strict=True)
        if column.unit is Unit.COUNT
    ]
    cells += [(part.name, cell) for part in doc.parts if isinstance(part, Heat) for row in part.cells for cell in row]
    closed = {place for place, cell in cells if cell.value and not (cell.behind or cell.page)}
    assert closed == set()


@pytest.mark.parametrize(("wanted", "who"), ASKED.values(), ids=ASKED)
async def test_a_count_of_messages_is_as_long_as_its_list(house: ReportHouse, wanted: Wanted, who: Who) -> None:
    doc = await made(house, "messages", wanted, who)
    cells = [figure.cell for figure in doc.head if figure.unit is Unit.COUNT]
    table = next(part for part in doc.parts if isinstance(part, Table) and part.name == "boxes")
    for row in table.rows:
        cells += [cell for column, cell in zip(table.columns, row, strict=True) if column.unit is Unit.COUNT]
    doors = [cell for cell in cells if cell.page]
    for cell in doors:
        assert len(await listed_at(house.office.parts.database, cell.page)) == cell.value, cell
    assert len(doors) > 2 * len(table.rows) or not table.rows


@over_all_reports
async def test_page_json_and_text_say_the_same(house: ReportHouse, name: str) -> None:
    doc = await made(house, name, BUSY_DAY, SUE)
    zone, view, told = doc.period.zone, view_of(doc, most_rows=10_000), json_of(doc)
    text = "\n".join(lines_of(doc))
    for figure, shown in zip(doc.head, view.head, strict=True):
        value = told["figures"][key(figure.name, figure.unit)]["value"]
        assert shown.value.text == (UNKNOWN if figure.cell.unknown else value_said(value, figure.unit, zone))
        assert shown.value.text in text
    for part, seen, known in zip(doc.parts, view.parts, told["parts"], strict=True):
        table = seen if isinstance(seen, ShownTable) else seen.table
        source = tabled(part)
        assert len(table.rows) == len(source.rows)
        if not isinstance(part, Table):
            continue
        for row, values in zip(table.rows, known["rows"], strict=True):
            for column, cell in zip(part.columns, row, strict=True):
                value = values["values"][key(column.name, column.unit)]
                if column.unit in (Unit.COUNT, Unit.SHARE, Unit.SECONDS, Unit.AGE) and cell.text != UNKNOWN:
                    assert cell.text == (value_said(value, column.unit, zone) if value != "" else "")
                    assert cell.text in text


def sheet_of(doc: Document) -> dict[str, dict[str, Cell]]:
    """Return a time sheet by what people are called."""
    sheet = next(part for part in doc.parts if isinstance(part, Table) and part.name == "time_sheet")
    names = [column.name for column in sheet.columns]
    return {str(row[0].value): dict(zip(names, row, strict=True)) for row in (*sheet.rows, sheet.total)}


async def test_a_department_has_the_whole_time_of_its_people_and_its_own_calls(house: ReportHouse) -> None:
    all_, hers = [sheet_of(await made(house, "people", MONTH, who)) for who in (SUE, ALICE)]
    members = {title for title, departments in PEOPLE.values() if "billing" in departments}
    assert hers.keys() == {*members, "total"}
    for name in members:
        for column in ("logged_in", "ready", "talking", "wrap_up", "occupancy"):
            assert hers[name][column] == all_[name][column], (name, column)
        before, after = all_[name]["conversations"], hers[name]["conversations"]
        assert isinstance(before.value, int) and isinstance(after.value, int) and after.value <= before.value
        whole = after.value == before.value
        assert hers[name]["handling_time"].unknown is hers[name]["hold"].unknown is not whole
    assert [name for name in members if hers[name]["handling_time"].unknown]
    doc = await made(house, "people", MONTH, ALICE)
    assert doc.scope == DEPARTMENTS["billing"]
    assert "all of their time, whatever department" in " ".join(doc.notes)
    with pytest.raises(NoSelection, match="in none of the departments"):
        await made(house, "people", replace(MONTH, narrowing={"person": "carol"}), ALICE)
    one = sheet_of(await made(house, "people", replace(MONTH, narrowing={"person": "bob"}), ALICE))
    assert one.keys() == {PEOPLE["bob"][0], "total"}


async def test_the_month_is_believable(house: ReportHouse) -> None:
    """Whatever there is in a contact centre happens in it, else the tests above say little."""
    doc = await made(house, "day", MONTH, SUE)
    assert doc.warnings == ()
    outcomes = next(part for part in doc.parts if isinstance(part, Table) and part.name == "outcomes")
    of = {row[0].value: row[1].value for row in outcomes.rows}
    assert outcomes.total[1].value == len(house.records) == 2_000
    assert all(of[name] for name in ("Answered", "Abandoned", "Voicemail", "Fax", "Closed", "Unserved", "Failed")), of
