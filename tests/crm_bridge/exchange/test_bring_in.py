"""A whole import, in a process of its own: what comes of good and broken rows, of repeating, of ending early."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Sequence
from pathlib import Path

import pytest

from crm_bridge.exchange import aside
from crm_bridge.exchange.bring_in import Progress, Report, bring_in
from crm_bridge.exchange.errors import FileChanged, NotReadable, ReaderLost, TooLarge
from crm_bridge.exchange.limits import Limits
from crm_bridge.exchange.model import NewPhone
from crm_bridge.exchange.plan import Field, Plan, Wishes
from crm_bridge.exchange.receiver import Became, Piece, Taken
from crm_bridge.exchange.rows import Mark

from .house import XLSX, Kept, file

FEW = Limits(batch=2, together=2, listed=3)


def children() -> set[int]:
    """The processes that we started and that are not gone."""
    listed = Path(f"/proc/self/task/{os.getpid()}/children").read_text()
    return set(map(int, listed.split()))


async def plan_of(path: Path) -> Plan:
    return (await aside.look(path, "LT")).plan


async def take(path: Path, receiver: Kept, limits: Limits = FEW) -> Report:
    return await bring_in(path, await plan_of(path), receiver, limits=limits)


async def test_all_is_counted_and_repeating_adds_nothing(tmp_path: Path) -> None:
    text = "Name;Phone\nOna;8 600 00001\nNobody;1\n;\n;x\nOna O.;370 600 00001\nJonas;\n;;;;z\n"
    path, kept = file(tmp_path, text), Kept(refuse="Jonas")
    told: list[tuple[int, int]] = []
    report = await bring_in(
        path, await plan_of(path), kept, limits=FEW, tell=lambda now: told.append((now.done, now.read))
    )
    assert report.progress == Progress(len(text), len(text), 6, {Became.ADDED: 3, Became.REFUSED: 1})  # type: ignore[arg-type]  # a Counter
    assert told[-1] == (len(text), 6) and told == sorted(told)
    assert [(row.number, row.why.split(";")[0], row.beginning) for row in report.refused.rows] == [
        (5, "it has no name, no organisation, no number, no mail address and no handle", " | x"),
        (7, "nobody of this name is wanted", "Jonas | "),
        (8, "it has 5 cells, there are 2 columns", " |  |  |  | z"),
    ]
    assert (report.refused.count, report.refused.untold) == (3, 0)
    assert [(row.number, row.why) for row in report.warned.rows] == [(3, "“1” is no telephone number")]
    assert report.alike == 1 and [row.like for row in kept.rows.values()] == [None, None, 2]

    again = await take(path, kept)
    assert again.progress.became == {Became.KNOWN: 3, Became.REFUSED: 1}
    assert [row.customer.phones for row in kept.rows.values()] == [
        (NewPhone("+37060000001"),), (), (NewPhone("+37060000001"),),
    ]  # fmt: skip


async def test_the_list_has_a_bound_and_the_rest_is_counted(tmp_path: Path) -> None:
    report = await take(file(tmp_path, "Name;Phone\n" + ";x\n" * 10), Kept())
    assert (report.refused.count, len(report.refused.rows), report.refused.untold) == (10, 3, 7)


@pytest.mark.parametrize(("rows", "encoding"), [(100_000, "cp1257"), (10_000, "utf-16")])
async def test_a_hundred_thousand_rows_of_which_some_are_broken(tmp_path: Path, rows: int, encoding: str) -> None:
    broken = {10: 'Ona;"Žemaitė;8 600 00001;x', 20: "Ona\0;;;", 30: "a;b;c;d;e", 40: ";;;"}
    path = tmp_path / "many.csv"
    with path.open("w", encoding=encoding, newline="") as many:
        many.write("Vardas;Pavardė;Tel.;Pastabos\r\n")
        for number in range(rows):
            good = f"Ona {number};Žemaitė;;=1+{number}\r\n"
            many.write(broken[number % 1_000] + "\r\n" if number % 1_000 in broken else good)
    kept = Kept()
    report = await bring_in(path, await plan_of(path), kept)
    assert report.progress.became == {Became.ADDED: rows - 4 * rows // 1_000}
    assert report.refused.count == 3 * rows // 1_000
    assert report.progress.read == rows - rows // 1_000  # an empty row is none
    assert {row.customer.name for row in kept.rows.values()} >= {"Ona 0 Žemaitė", f"Ona {rows - 1} Žemaitė"}
    assert next(iter(kept.rows.values())).customer.note == "=1+0"


async def test_what_a_person_changed_holds(tmp_path: Path) -> None:
    path, kept = file(tmp_path, "Wer;Was\nOna;8 600 00001\n"), Kept()
    seen = await aside.look(path, "LT", wishes=Wishes(header=True))
    assert [column.field for column in seen.plan.columns] == [Field.IGNORE, Field.IGNORE]
    plan = seen.plan.mean({0: (Field.NAME, ""), 1: (Field.PHONE, "Sodyba")})
    await bring_in(path, plan, kept)
    row = next(iter(kept.rows.values()))
    assert (row.customer.name, row.customer.phones) == ("Ona", (NewPhone("+37060000001", "Sodyba"),))
    wishes = Wishes(meanings={1: (Field.PHONE, "")}, header=False)
    assert (await aside.look(path, "LT", wishes=wishes)).plan.columns[1].field is Field.PHONE


@pytest.mark.parametrize(
    ("content", "limits", "error"),
    [
        pytest.param(XLSX, Limits(), NotReadable, id="a workbook"),
        pytest.param(b"", Limits(), NotReadable, id="empty"),
        pytest.param(b"Name\nOna\n", Limits(bytes=4), TooLarge, id="too large"),
    ],
)
async def test_a_file_that_is_refused(tmp_path: Path, content: bytes, limits: Limits, error: type[Exception]) -> None:
    with pytest.raises(error):
        await aside.look(file(tmp_path, content), "LT", limits=limits)


async def test_another_file_than_was_looked_at_is_refused(tmp_path: Path) -> None:
    plan = await plan_of(file(tmp_path, "Name\nOna\n"))
    with pytest.raises(FileChanged):
        await bring_in(file(tmp_path, "Name\nJonas\n"), plan, Kept())


async def test_a_file_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(NotReadable, match="not there any more"):
        await aside.look(tmp_path / "gone.csv", "LT")


@pytest.mark.parametrize("card", [False, True], ids=["csv", "vcard"])
async def test_reading_goes_on_behind_a_row(tmp_path: Path, card: bool) -> None:
    names = [f"Nr {n}" for n in range(7)]
    cards = "".join(f"BEGIN:VCARD\nVERSION:4.0\nFN:{name}\nEND:VCARD\n" for name in names)
    path, kept = file(tmp_path, cards if card else "Name\n" + "\n".join(names)), Kept()
    plan = await plan_of(path)
    marks: list[int] = []
    behind = Mark(row=3 if card else 4, read=3)
    report = await bring_in(path, plan, kept, after=behind, limits=FEW, tell=lambda now: marks.append(now.read))
    assert [row.customer.name for row in kept.rows.values()] == names[3:]
    assert (report.progress.read, marks[-1], report.progress.done) == (7, 7, path.stat().st_size)


async def test_too_many_rows_leave_what_was_added(tmp_path: Path) -> None:
    path, kept = file(tmp_path, "Name\n" + "Ona\n" * 5), Kept()
    with pytest.raises(NotReadable, match="more than 4 rows"):
        await take(path, kept, Limits(batch=2, together=2, rows=4))
    assert len(kept.rows) == 4


class Waiting(Kept):
    """Takes no row before it is let; says when it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = asyncio.Event()
        self.let = asyncio.Event()

    async def take(self, piece: Piece[str]) -> Sequence[Taken]:
        self.asked.set()
        await self.let.wait()
        return await super().take(piece)


def long(folder: Path) -> Path:
    """A file that does not fit into a pipe."""
    return file(folder, "Name;Note\n" + f"Ona;{'x' * 900}\n" * 2_000)


async def test_a_cancelled_import_leaves_no_process(tmp_path: Path) -> None:
    path, receiver, before = long(tmp_path), Waiting(), children()
    importing = asyncio.create_task(take(path, receiver))
    await receiver.asked.wait()
    assert len(children() - before) == 1
    importing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await importing
    assert children() == before and not receiver.rows


async def test_a_receiver_that_hangs_has_a_deadline(tmp_path: Path) -> None:
    path, before = file(tmp_path, "Name\nOna\n"), children()
    with pytest.raises(TimeoutError):
        await bring_in(path, await plan_of(path), Waiting(), deadline=0.05)
    assert children() == before


async def test_a_reader_that_is_killed_is_told_and_the_rest_comes_next_time(tmp_path: Path) -> None:
    path, receiver, before = long(tmp_path), Waiting(), children()
    importing = asyncio.create_task(take(path, receiver, Limits(batch=100, together=100)))
    await receiver.asked.wait()
    for reader in children() - before:
        os.kill(reader, signal.SIGKILL)
    receiver.let.set()
    with pytest.raises(ReaderLost, match="status -9"):
        await importing
    assert 0 < len(receiver.rows) < 2_000
    report = await take(path, receiver, Limits())
    assert len(receiver.rows) == 2_000 and report.progress.became.total() == 2_000
    assert report.progress.became[Became.KNOWN] >= 60


async def test_more_of_the_processor_than_a_file_is_worth(tmp_path: Path) -> None:
    path = file(tmp_path, "Name;Phone\n" + "Ona;8 600 00001\n" * 60_000)
    plan = await plan_of(path)
    with pytest.raises(ReaderLost):
        await bring_in(path, plan, Kept(), limits=Limits(seconds=1))
