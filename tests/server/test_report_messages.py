"""Reports see messages and faxes as the boxes' own pages do: the same ones, the same fates, and no others."""

from __future__ import annotations

import pickle
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio

from config.schema import Site
from fax.model import Shown as ShownFaxes
from fax.web.asking import Wanted as WantedFaxes
from ledger.database import Database
from ledger.journal_reads import JournalReads
from ledger.web.asking import begins, ends
from reports import issued_worker
from reports.asking import Facts
from reports.catalogue import build
from reports.messages import Boxes, Fate, HeldBoxes, Kind, Message, Wanted, each_message
from reports.period import days_between
from server.data_folder import note_of, read_note, write_note
from server.report_messages import StoredBoxes
from server.report_room import ask_of
from tests.ledger.postgres import server
from tests.reports.town import FIRST, LAST, NOW, ZONE
from tests.reports.town_messages import FAXES, VOICEMAILS, listed_at, settle_messages
from voicemail.model import Shown as ShownMessages
from voicemail.web.asking import Wanted as WantedMessages

pytestmark = pytest.mark.asyncio(loop_scope="module")

SITE = Site.model_validate(
    {
        "company": {"name": "Acme", "timezone": "Europe/Vilnius"},
        "numbers": {"+370 5 200 0000": {"go": "billing"}},
        "departments": {"billing": {"name": "Billing"}, "support": {}, "sales": {}},
        "people": {"alice": {"name": "Alice Doe", "phone": "101", "departments": ["billing"]}},
        "mailboxes": {
            "sales": {"name": "Sales desk", "departments": ["sales", "support"]},
            "night": {"people": ["alice"]},
        },
        "faxboxes": {"billing": {}, "orders": {"name": "Orders", "departments": ["sales"]}},
    }
)
NOTE = note_of(SITE)
BOXES = StoredBoxes(NOTE.mailboxes, NOTE.faxboxes)
BEGIN, END = datetime(2026, 9, 1, tzinfo=UTC), NOW
SEEN = {"everybody's": None, "billing's": frozenset({"billing"}), "support's": frozenset({"support"})}


@pytest_asyncio.fixture(
    scope="module", loop_scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
)
async def town(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Database]:
    """The messages of a town; no test changes them."""
    on_server = request.param == "postgres"
    url = server().new_database() if on_server else str(tmp_path_factory.mktemp("town") / "a.db")
    async with await Database.open(url) as db:
        await settle_messages(db)
        yield db
    if on_server:
        server().drop_database(url)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def held(town: Database) -> HeldBoxes:
    """The same in memory."""
    departments = {"sales": frozenset({"sales", "support"}), "alice": frozenset[str]()}
    found = [one for kind in Kind for one in await read(BOXES, town, Wanted(kind, BEGIN, END))]
    return HeldBoxes(tuple(found), departments)


async def read(boxes: Boxes, db: Database, wanted: Wanted) -> list[Message]:
    return [one async for one in each_message(boxes, db, wanted)]


async def test_all_that_came_is_read_and_nothing_that_was_sent(town: Database) -> None:
    for kind, count in ((Kind.VOICEMAIL, VOICEMAILS), (Kind.FAX, FAXES)):
        found = await read(BOXES, town, Wanted(kind, BEGIN, END))
        assert len({one.ident for one in found}) == len(found) == count
        assert {one.fate for one in found} == set(Fate), "else this says little"


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("departments", SEEN.values(), ids=SEEN)
@pytest.mark.parametrize("only_open", [False, True], ids=["all", "open"])
async def test_pages_are_those_of_boxes_in_memory(
    town: Database, held: HeldBoxes, kind: Kind, departments: frozenset[str] | None, only_open: bool
) -> None:
    if kind is Kind.FAX:  # the fax box of sales is that department's alone
        held = replace(held, departments={"alice": frozenset[str]()})
    wanted = Wanted(kind, BEGIN + timedelta(days=30), END - timedelta(days=5), departments, only_open)
    for boxes in (BOXES, held):
        whole = await boxes.page(town, wanted, None, 1_000)
        parts: list[Message] = []
        while page := await boxes.page(town, wanted, parts[-1].place if parts else None, 7):
            parts += page
        assert parts == whole
        if boxes is BOXES:
            expected = whole
    assert whole == expected
    assert bool(whole) or departments == SEEN["support's"]


async def test_which_are_still_there(town: Database, held: HeldBoxes) -> None:
    for boxes in (BOXES, held):
        assert await boxes.there(town, Kind.VOICEMAIL, ["v001", "f001", "never"]) == {"v001"}
        assert await boxes.there(town, Kind.FAX, []) == frozenset()


@pytest.mark.parametrize("fate", [*Fate, None], ids=str)
@pytest.mark.parametrize("box", ["billing", ""], ids=["a box", "every box"])
async def test_an_address_lists_what_a_report_counts(town: Database, box: str, fate: Fate | None) -> None:
    first, last = FIRST, LAST - timedelta(days=1)
    start, end = begins(first, ZONE), ends(last, ZONE)
    assert start is not None and end is not None
    for kind in Kind:
        listed = await listed_at(town, BOXES.address(kind, box, fate, first, last))
        counted = [
            one.ident
            for one in await read(BOXES, town, Wanted(kind, start, end))
            if (not box or one.box == box) and (one.fate is fate if fate else one.fate is not Fate.DELETED)
        ]
        assert sorted(listed) == sorted(counted)
        assert counted


async def test_addresses_are_those_that_the_inboxes_make() -> None:
    messages = WantedMessages(mailbox="billing", shown=ShownMessages.HANDLED, since=FIRST, until=LAST)
    faxes = WantedFaxes(box="billing", shown=ShownFaxes.FAILED, since=FIRST, until=LAST)
    for kind, fate, own in (
        (Kind.VOICEMAIL, Fate.HANDLED, f"/voicemail{messages.query()}"),
        (Kind.FAX, Fate.EMPTY, f"/fax{faxes.query()}"),
    ):
        ours = BOXES.address(kind, "billing", fate, FIRST, LAST)
        assert urlsplit(ours).path == urlsplit(own).path
        assert parse_qs(urlsplit(ours).query) == parse_qs(urlsplit(own).query)


@pytest.mark.parametrize(
    ("kind", "box", "department", "serves"),
    [
        pytest.param(Kind.VOICEMAIL, "billing", "billing", True, id="its own"),
        pytest.param(Kind.VOICEMAIL, "sales", "support", True, id="one that the site gives it"),
        pytest.param(Kind.FAX, "orders", "sales", True, id="of another name"),
        pytest.param(Kind.FAX, "gone", "gone", True, id="of a site that was"),
        pytest.param(Kind.VOICEMAIL, "billing", "support", False, id="another's"),
        pytest.param(Kind.VOICEMAIL, "alice", "billing", False, id="a person's"),
        pytest.param(Kind.VOICEMAIL, "night", "billing", False, id="of people"),
    ],
)
async def test_who_reads_a_box(kind: Kind, box: str, department: str, serves: bool) -> None:
    assert BOXES.serves(kind, box, {department}) is serves
    assert BOXES.serves(kind, box, None)


async def test_an_issued_report_has_them_too(town: Database) -> None:
    """It is made in a process of its own, into which nothing goes but the question."""
    ask = ask_of(NOTE, days_between(FIRST, LAST, ZONE), NOW)
    there = pickle.loads(pickle.dumps(ask))
    assert there == ask
    url = town.url.render_as_string(hide_password=False)
    doc = await issued_worker.document(url, "messages", there, lambda line: None)
    figures = {figure.name: figure.cell.value for figure in doc.head}
    seen = await build("messages", ask, Facts(town, JournalReads(town)))
    assert figures == {figure.name: figure.cell.value for figure in seen.head}
    assert figures["came_in"]


async def test_a_site_note_keeps_the_boxes(tmp_path: Path) -> None:
    write_note(tmp_path, NOTE)
    assert read_note(tmp_path) == NOTE
    assert (BOXES.title(Kind.VOICEMAIL, "sales"), BOXES.title(Kind.FAX, "orders")) == ("Sales desk", "Orders")
    assert "alice" not in NOTE.mailboxes, "the names of people are noted once"
