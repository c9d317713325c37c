"""A report that is made in a process of its own: files, progress, what cannot be made, and being ended."""

from __future__ import annotations

import asyncio
import gzip
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import pytest_asyncio

from ledger import process
from ledger.database import Database
from reports import issued_making
from reports.asking import Ask
from reports.forms.csv_file import csv_file
from reports.issued import Order, Step
from reports.issued_document import unpack
from reports.issued_making import Apart, NotMade
from reports.period import days_between
from reports.rules import Definition
from tests.reports.town import DEFINITION, FIRST, LAST, NOW, ZONE, settle

MONTH = days_between(FIRST, LAST, ZONE)
ORDER = Order("departments", MONTH, "csv", DEFINITION, by="sue")


@dataclass
class Told:
    """Hears how far a report is."""

    steps: list[tuple[Step, float]]

    async def tell(self, step: Step, done: float) -> None:
        self.steps.append((step, done))


def ask_for(order: Order) -> Ask:
    return Ask(order.period, Definition(), NOW, "Acme", order.department, order.departments)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def url(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The address of a database with a town's calls."""
    path = tmp_path_factory.mktemp("issued") / "town.db"
    await asyncio.to_thread(shutil.copy, migrated, path)
    async with await Database.open(path, migrate=False) as db:
        await settle(db, 300)
        yield db.url.render_as_string(hide_password=False)


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize(("form", "begins"), [("pdf", b"%PDF-"), ("csv", b"PK\x03\x04")])
async def test_files_are_made_with_the_definition_of_the_order(
    url: str, tmp_path: Path, form: str, begins: bytes
) -> None:
    told = Told([])
    paper, document = tmp_path / "paper", tmp_path / "document"
    order = replace(ORDER, form=form, definition=replace(DEFINITION, short=9.0), issued="f00d")
    summary = await Apart(url, ask_for).make(order, paper, document, told.tell)
    content = await asyncio.to_thread(paper.read_bytes)
    assert content.startswith(begins)
    packed = await asyncio.to_thread(document.read_bytes)
    doc, plain = unpack(packed), gzip.decompress(packed).decode()
    assert plain.count('"~":"Selection"') == plain.count('"issued":"f00d"') > 10  # each figure leads to its own calls
    assert (doc.name, doc.period, summary.title) == ("departments", MONTH, doc.title)
    if form == "csv":
        assert content == csv_file(doc)
        assert summary.name.endswith(".zip")
    assert [step for step, _ in told.steps][:1] == [Step.READING]
    assert told.steps[-1][0] is Step.KEEPING
    assert [done for _, done in told.steps] == sorted(done for _, done in told.steps)


@pytest.mark.parametrize(
    ("order", "why"),
    [
        pytest.param(replace(ORDER, report="dya"), "there is no report 'dya'", id="no such report"),
        pytest.param(replace(ORDER, report="menus", departments=frozenset({"sales"})), "", id="not for who asks"),
    ],
)
async def test_what_can_never_be_made_says_so(url: str, tmp_path: Path, order: Order, why: str) -> None:
    with pytest.raises(NotMade) as failed:
        await Apart(url, ask_for).make(order, tmp_path / "paper", tmp_path / "document", Told([]).tell)
    assert failed.value.final
    assert why in failed.value.why


async def test_a_process_that_breaks_down_may_be_tried_again(tmp_path: Path) -> None:
    with pytest.raises(NotMade) as failed:
        await Apart(f"sqlite+aiosqlite:///{tmp_path}/none/here.db", ask_for).make(
            ORDER, tmp_path / "paper", tmp_path / "document", Told([]).tell
        )
    assert not failed.value.final


async def test_what_takes_too_long_is_ended(url: str, tmp_path: Path) -> None:
    with pytest.raises(NotMade) as failed:
        await Apart(url, ask_for, seconds=0.05).make(ORDER, tmp_path / "paper", tmp_path / "document", Told([]).tell)
    assert failed.value.final


async def test_one_that_is_cancelled_leaves_no_process(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = asyncio.Event()
    started: list[asyncio.subprocess.Process] = []

    async def start(module: str) -> asyncio.subprocess.Process:
        started.append(await process.start(module))
        return started[-1]

    async def tell(_step: Step, _done: float) -> None:
        begun.set()

    monkeypatch.setattr(issued_making, "start", start)
    making = asyncio.create_task(Apart(url, ask_for).make(ORDER, tmp_path / "paper", tmp_path / "document", tell))
    async with asyncio.timeout(20):
        await begun.wait()
    making.cancel()
    with pytest.raises(asyncio.CancelledError):
        await making
    assert [one.returncode is not None for one in started] == [True]
