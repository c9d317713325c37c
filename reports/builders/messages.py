"""Voicemail and fax: what came into which box, how old it was when somebody handled it, and what is still open."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from urllib.parse import quote

from callrouter import events as ev
from callrouter.archive import events_of
from ledger.entry import StoredEntry
from reports import message_metrics as metrics
from reports.asking import Ask, Facts
from reports.builders.base import Report, document, figure, lights
from reports.document import Cell, Chart, Document, Figure, Part, Series, Shape, Table, Unit
from reports.document import Column as C
from reports.message_sums import MOST, BoxSums, MessageSums
from reports.messages import PAGE, Fate, Kind, Message, Wanted, each_message
from reports.terms import term_of

NAME = ("messages", "Voicemail and fax")
#: What one is called, and what many are.
CALLED = {Kind.VOICEMAIL: ("Voicemail", "voicemails"), Kind.FAX: ("Fax", "faxes")}
_JOURNALED = (ev.MessageTaken.KIND, ev.FaxReceived.KIND)
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
TERMS = (
    term_of("came_in", "Came in", metrics.count_came_in),
    term_of("handled", "Handled", metrics.count_handled),
    term_of("open", "Still open", metrics.count_open),
    term_of("empty", "Empty", metrics.count_empty),
    term_of("gone", "No longer kept", metrics.count_gone),
    term_of("age", "Age until handled", metrics.age_until_handled),
)


async def build(ask: Ask, facts: Facts) -> Document:
    """Make the report of what came in in this time, with what had become of it when the report was asked for."""
    seen = await lights(ask, facts)
    sums, before = MessageSums(ask.now), 0
    for kind in Kind:
        wanted = Wanted(kind, ask.period.start, ask.period.end, ask.within)
        async for message in each_message(ask.boxes, facts.database, wanted):
            sums.add(message)
        earlier = Wanted(kind, _LONG_AGO, ask.period.start, ask.within, only_open=True)
        async for _ in each_message(ask.boxes, facts.database, earlier):
            before += 1
    await _add_gone(ask, facts, sums)
    parts: list[Part] = [_boxes(ask, sums, unsure=seen.unsure)]
    if sums.total.fates[Fate.OPEN] or sums.total.ages.number:
        parts += [_chart(sums), _classes(sums)]
    parts += [_people(ask, sums), _open(ask, sums)]
    head = list(_head(ask, sums, before, unsure=seen.unsure))
    return document(NAME, ask, parts=parts, head=head, terms=TERMS, seen=seen, notes=list(_notes(sums)))


async def _add_gone(ask: Ask, facts: Facts, sums: MessageSums) -> None:
    """Add what the journal tells of, and what is in no box any more."""
    entries: list[StoredEntry] = []
    async for entry in facts.journal.between(ask.period.start, ask.period.end, _JOURNALED):
        entries.append(entry)
        if len(entries) == PAGE:
            await _add_gone_of(entries, ask, facts, sums)
            entries = []
    await _add_gone_of(entries, ask, facts, sums)


async def _add_gone_of(entries: list[StoredEntry], ask: Ask, facts: Facts, sums: MessageSums) -> None:
    told: defaultdict[tuple[Kind, str], set[str]] = defaultdict(set)
    for event in events_of(entries):
        match event:
            case ev.MessageTaken():
                told[Kind.VOICEMAIL, event.mailbox].add(event.file.partition(".")[0])
            case ev.FaxReceived():
                told[Kind.FAX, event.box].add(event.fax)
    for (kind, box), idents in told.items():
        if ask.boxes.serves(kind, box, ask.within):
            there = await ask.boxes.there(facts.database, kind, idents)
            sums.add_gone(box, kind, metrics.count_gone(idents, there))


def _head(ask: Ask, sums: MessageSums, before: int, *, unsure: bool) -> Iterator[Figure]:
    total = sums.total
    ways = ", ".join(_said(sums.kinds[kind].came_in, kind) for kind in Kind)
    yield figure("came_in", "Came in", Cell(total.came_in, unsure=unsure), sub=ways)
    for kind, (one, many) in CALLED.items():
        oldest = sums.oldest_open[kind]
        sub = f"the oldest since {oldest[0].came_at.astimezone(ask.period.zone):%Y-%m-%d %H:%M}" if oldest else ""
        cell = Cell(sums.kinds[kind].fates[Fate.OPEN], page=_open_at(ask, sums, kind))
        yield figure(f"{one.lower()}_open", f"{many.capitalize()} still open", cell, term="open", sub=sub)
    yield figure("open_before", "Open from before", Cell(before), term="open", sub="came in before this time")
    average, longest = Cell(total.ages.average), Cell(total.ages.longest, page=total.slowest)
    of = f"until handled, of {total.ages.number}"
    yield figure("average_age", "Average age", average, Unit.AGE, term="age", sub=of)
    yield figure("longest_age", "Longest age", longest, Unit.AGE, term="age", sub="until handled")


def _open_at(ask: Ask, sums: MessageSums, kind: Kind) -> str:
    """Return the address of the open ones of a kind, '' where no one list has these and no others."""
    if ask.within is None:
        return _address(ask, kind, "", Fate.OPEN)
    boxes = [box for box, its_kind in sums.boxes if its_kind is kind]
    return _address(ask, kind, boxes[0], Fate.OPEN) if len(boxes) == 1 else ""


def _notes(sums: MessageSums) -> Iterator[str]:
    if gone := sums.total.gone:
        yield (
            f"{gone} of what came in {'is' if gone == 1 else 'are'} no longer kept: whether "
            f"{'it was' if gone == 1 else 'they were'} handled is not known"
        )


def _boxes(ask: Ask, sums: MessageSums, *, unsure: bool) -> Table:
    columns = (
        C("box", "Box"), C("kind", "Kind"), C("came_in", "Came in", Unit.COUNT, "came_in"),
        C("handled", "Handled", Unit.COUNT, "handled"), C("open", "Still open", Unit.COUNT, "open"),
        C("empty", "Empty", Unit.COUNT, "empty"), C("deleted", "Deleted", Unit.COUNT),
        C("gone", "No longer kept", Unit.COUNT, "gone"), C("average_age", "Average age", Unit.AGE, "age"),
        C("longest_age", "Longest age", Unit.AGE, "age"),
    )  # fmt: skip

    def place(key: tuple[str, Kind]) -> tuple[str, str, int]:
        box, kind = key
        return _title(ask, kind, box).casefold(), box, list(Kind).index(kind)

    rows = tuple(
        (
            Cell(_title(ask, kind, box)),
            Cell(CALLED[kind][0]),
            *_figures(sums.boxes[box, kind], partial(_address, ask, kind, box), unsure),
        )
        for box, kind in sorted(sums.boxes, key=place)
    )
    total = (Cell("total"), Cell(""), *_figures(sums.total, lambda _: "", unsure)) if len(rows) > 1 else ()
    note = "ages until handled; handled and open are as of when this was made" if rows else ""
    return Table("boxes", "What came in, and what became of it", columns, rows, total, "no messages", note)


def _figures(sums: BoxSums, address: Callable[[Fate | None], str], unsure: bool) -> Iterator[Cell]:
    """Yield the cells of a row. A count leads to its list only where that is as long."""
    whole = not sums.gone and not sums.fates[Fate.DELETED]
    yield Cell(sums.came_in, page=address(None) if whole else "", unsure=unsure)
    for fate in (Fate.HANDLED, Fate.OPEN, Fate.EMPTY, Fate.DELETED):
        same = fate is not Fate.EMPTY or not sums.handled_empty
        yield Cell(sums.fates[fate], page=address(fate) if same else "")
    yield Cell(sums.gone)
    yield Cell(sums.ages.average)
    yield Cell(sums.ages.longest, page=sums.slowest)


def _chart(sums: MessageSums) -> Chart:
    series = [Series(CALLED[kind][0], tuple(sums.classes[kind])) for kind in Kind]
    series.append(Series("Still open", tuple(sums.open_classes)))
    title = "Age until handled, and of open ones up to now"
    return Chart("age_chart", title, Shape.STACKED, metrics.CLASSES, tuple(series))


def _classes(sums: MessageSums) -> Table:
    columns = (
        C("age", "Age until handled", term="age"), C("voicemail", "Voicemail", Unit.COUNT),
        C("fax", "Fax", Unit.COUNT), C("share", "Share", Unit.SHARE), C("up_to", "Up to here", Unit.SHARE),
        C("open", "Still open", Unit.COUNT, "open"),
    )  # fmt: skip
    handled, running, rows = sums.total.ages.number, 0, []
    for n, label in enumerate(metrics.CLASSES):
        of_kinds = [sums.classes[kind][n] for kind in Kind]
        running += sum(of_kinds)
        share = sum(of_kinds) / handled if handled else None
        counts = [Cell(number) for number in of_kinds]
        up_to = Cell(running / handled if handled else None)
        rows.append((Cell(label), *counts, Cell(share, bar=share), up_to, Cell(sums.open_classes[n])))
    note = "open ones by their age up to now; they are in no share"
    return Table("ages", "Age until handled", columns, tuple(rows), note=note)


def _people(ask: Ask, sums: MessageSums) -> Table:
    columns = (
        C("person", "By whom"), C("voicemail", "Voicemail", Unit.COUNT), C("fax", "Fax", Unit.COUNT),
        C("average_age", "Average age", Unit.AGE, "age"), C("longest_age", "Longest age", Unit.AGE, "age"),
    )  # fmt: skip
    most = sorted(sums.handlers.items(), key=lambda one: (-one[1].kinds.total(), one[0]))
    rows = tuple(
        (
            Cell(ask.called(name) if name else "", unknown=not name),
            *(Cell(handler.kinds[kind]) for kind in Kind),
            Cell(handler.ages.average),
            Cell(handler.ages.longest),
        )
        for name, handler in most
    )
    return Table("people", "Handled by whom", columns, rows, empty="nobody handled any")


def _open(ask: Ask, sums: MessageSums) -> Table:
    columns = (
        C("number", "Number"), C("age", "Age", Unit.AGE), C("name", "Name"), C("came_at", "Came in", Unit.MOMENT),
        C("kind", "Kind"), C("box", "Box"),
    )  # fmt: skip
    listed, all_open = sums.open_ones(), sums.total.fates[Fate.OPEN]
    rows = tuple(_line(ask, message) for message in listed)
    note = f"the oldest {MOST} of {all_open}" if all_open > len(listed) else ""
    return Table("open", "Still open, the oldest first", columns, rows, empty="nothing is open", note=note)


def _line(ask: Ask, message: Message) -> tuple[Cell, ...]:
    """Return one open message; the number leads to it, the moment to the story of the call that brought it."""
    return (
        Cell(message.number or "withheld", page=message.page),
        Cell(metrics.age_now(message, ask.now)),
        Cell(message.name),
        Cell(message.came_at, page=f"/calls/{quote(message.call, safe='')}" if message.call else ""),
        Cell(CALLED[message.kind][0]),
        Cell(_title(ask, message.kind, message.box)),
    )


def _said(number: int, kind: Kind) -> str:
    one, many = CALLED[kind]
    return f"1 {one.lower()}" if number == 1 else f"{number} {many}"


def _title(ask: Ask, kind: Kind, box: str) -> str:
    return ask.boxes.title(kind, box) or ask.called(box) or "nobody's"


def _address(ask: Ask, kind: Kind, box: str, fate: Fate | None) -> str:
    return ask.boxes.address(kind, box, fate, ask.period.first, ask.period.last)


_SUMMARY = "Voicemails and faxes: how many came in, how old they were when handled, and what is still open."
REPORT = Report(*NAME, _SUMMARY, build, frozenset({"department"}))
