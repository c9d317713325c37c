"""What goes along with word of a fax, under which name, and what is sent where nothing can be."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiohttp import web

from config.schema import Site
from fax.confirmation import Confirmation
from fax.model import Attempt, Fax, NoSuchFax, Result, State
from fax.notices import MOST_BYTES, MOST_PICTURE, Notices
from fax.paper.errors import PaperLost
from fax.promises import KIND, REPORT
from ledger.delivery_model import Accepted, Delivery, DeliveryState, NothingToSend, Refused
from ledger.folder_carrier import FolderCarrier
from ledger.hook_carrier import HookCarrier
from ledger.spool import Spool
from tests.fax.documents.test_text import read as read_pdf
from tests.fax.paper.papers import FINE, STANDARD
from tests.fax.test_mail import AT, BUSY, CAME, PNG, SENT, SITE, call, html, text

HOOK = "https://hooks.acme.example/T0K3N"


@dataclass
class MemoryFaxes:
    """Faxes by their ids."""

    faxes: dict[str, Fax] = field(default_factory=dict)
    calls: list[Attempt] = field(default_factory=list)

    async def get(self, id_: str) -> Fax:
        if id_ not in self.faxes:
            raise NoSuchFax(id_)
        return self.faxes[id_]

    async def attempts(self, _id: str) -> list[Attempt]:
        return self.calls


@dataclass
class Customers:
    """Knows a name, or breaks, or never answers."""

    name: str = "Ona Petraitė"
    error: Exception | None = None
    asked: list[str] = field(default_factory=list)

    async def __call__(self, number: str, did: str) -> str:
        self.asked.append(number)
        if self.error is not None:
            raise self.error
        return self.name


@dataclass
class Painter:
    """Draws one picture, or breaks."""

    page: bytes = PNG
    error: Exception | None = None

    async def __call__(self, _tiff: Path, page: int, _width: int) -> bytes:
        assert page == 1
        if self.error is not None:
            raise self.error
        return self.page


@dataclass
class Room:
    """The parts, and words for what tests do with them."""

    spool: Spool
    folder: Path
    faxes: MemoryFaxes = field(default_factory=MemoryFaxes)
    customers: Customers = field(default_factory=Customers)
    painter: Painter = field(default_factory=Painter)
    site: Site = SITE

    @property
    def notices(self) -> Notices:
        return Notices(
            self.faxes, self.spool, lambda: self.site, self.customers, asyncio.Semaphore(1), self.painter
        )  # fmt: skip

    async def add(self, fax: Fax = CAME, *, tiff: Path = FINE, content: bytes = b"%PDF pages", **more: object) -> Fax:
        """Keep a fax with its files."""
        fax = replace(fax, **more)  # type: ignore[arg-type]  # fields of a fax
        if fax.file:
            fax = replace(fax, file=(await self.spool.adopt(tiff)).name)
        if fax.pdf:
            fax = replace(fax, pdf=await self._store(content))
        if fax.report:
            fax = replace(fax, report=await self._store(content))
        self.faxes.faxes[fax.id] = fax
        return fax

    async def _store(self, content: bytes) -> str:
        async with self.spool.create(".pdf") as writer:
            await writer.write(content)
        assert writer.stored is not None
        return writer.stored.name

    async def mail(self, fax: Fax, kind: str = KIND, *, small: bool = False) -> EmailMessage:
        return await self.notices.compose(delivery(fax, kind, "mail", "billing@acme.example"), small=small)


def delivery(fax: Fax, kind: str = KIND, channel: str = "folder", receiver: str = "/srv/faxes") -> Delivery:
    return Delivery(
        "d1d2d3d4", kind, fax.id, channel, receiver, DeliveryState.WAITING, AT, 1, "", None, None, "deliver d1"
    )  # fmt: skip


def attached(mail: EmailMessage) -> list[tuple[str, str | None]]:
    return [(part.get_content_type(), part.get_filename()) for part in mail.iter_attachments()]


@pytest.fixture
async def room(tmp_path: Path) -> Room:
    return Room(await Spool.open(tmp_path / "spool"), tmp_path)


async def test_a_mail_has_the_pages_the_picture_and_the_customers_name(room: Room) -> None:
    mail = await room.mail(await room.add())
    assert mail["Subject"] == "Fax from Ona Petraitė (+37060000001), 3 pages, for Billing"
    assert attached(mail) == [("application/pdf", "2026-11-22-0708-37060000001-a1b2c3d4.pdf")]
    assert "cid:page1" in html(mail)
    assert room.customers.asked == ["+37060000001"]


@pytest.mark.parametrize(
    "error", [RuntimeError("gone"), TimeoutError(), OSError()], ids=lambda error: type(error).__name__
)
async def test_a_mail_goes_without_what_is_not_there(room: Room, error: Exception) -> None:
    room.customers.error = error
    room.painter.error = PaperLost("it hung")
    mail = await room.mail(await room.add())
    assert mail["Subject"] == "Fax from ONA (+37060000001), 3 pages, for Billing"
    assert "cid:" not in html(mail)
    assert len(attached(mail)) == 1


async def test_nobody_is_looked_up_by_a_withheld_number(room: Room) -> None:
    mail = await room.mail(await room.add(number="", name=""))
    assert room.customers.asked == []
    assert "a withheld number" in mail["Subject"]


async def test_a_mail_does_not_wait_for_others_to_be_looked_at(room: Room) -> None:
    fax = await room.add()
    busy = asyncio.Semaphore(0)
    notices = Notices(
        room.faxes, room.spool, lambda: room.site, room.customers, busy, room.painter, picture_seconds=0.01
    )
    async with asyncio.timeout(20):
        mail = await notices.compose(delivery(fax, channel="mail", receiver="billing@acme.example"), small=False)
    assert "cid:" not in html(mail)
    assert len(attached(mail)) == 1


async def test_a_picture_that_is_too_large_stays_here(room: Room) -> None:
    room.painter.page = b"x" * (MOST_PICTURE + 1)
    assert "cid:" not in html(await room.mail(await room.add()))


async def test_a_mail_says_why_the_pages_stay_here(room: Room) -> None:
    small = await room.mail(await room.add(), small=True)
    large = await room.mail(await room.add(content=b"x" * (MOST_BYTES + 1)))
    fax = await room.add()
    await room.spool.remove(fax.pdf)
    lost = await room.mail(fax)
    for mail, why in (
        (small, "the mail server takes no mail of this size"),
        (large, "the file is larger than the 12 MB that go by mail"),
        (lost, "the file could not be read"),
    ):
        assert attached(mail) == []
        assert f"not attached: {why}" in text(mail)
        assert "https://pages.example/fax/a1b2c3d4e5f6" in text(mail)


async def test_a_fax_without_pdf_goes_as_it_came(room: Room) -> None:
    fax = await room.add(pdf="", why="its pages cannot be shown")
    mail = await room.mail(fax)
    assert attached(mail) == [("image/tiff", "2026-11-22-0708-37060000001-a1b2c3d4.tif")]
    assert "there is no PDF of them: its pages cannot be shown." in text(mail)
    given = await room.notices.give(delivery(fax))
    assert (given.name, given.media_type) == ("2026-11-22-0708-37060000001-a1b2c3d4.tif", "image/tiff")
    posting = await room.notices.post(delivery(fax, channel="webhook", receiver=HOOK))
    assert posting.document == given


@pytest.mark.parametrize(
    ("change", "says"),
    [
        pytest.param({"deleted_at": AT, "deleted_by": "ona"}, "ona deleted the fax", id="deleted"),
        pytest.param(
            {"file": "", "pdf": "", "pages": 0, "state": State.FAILED}, "no page of the fax arrived", id="empty"
        ),
    ],
)
async def test_there_may_be_nothing_to_send(room: Room, change: dict[str, object], says: str) -> None:
    fax = await room.add(**change)  # type: ignore[arg-type]  # fields of a fax
    with pytest.raises(NothingToSend, match=says):
        await room.mail(fax)
    with pytest.raises(NothingToSend, match=says):
        await room.notices.give(delivery(fax))
    with pytest.raises(NothingToSend, match=says):
        await room.notices.post(delivery(fax, receiver=HOOK))


async def test_a_fax_that_is_gone_is_nothing_to_send(room: Room) -> None:
    with pytest.raises(NothingToSend, match="not there any more"):
        await room.notices.give(delivery(CAME))


@pytest.mark.parametrize(
    ("number", "at", "name"),
    [
        ("+37060000001", AT, "2026-11-22-0708-37060000001-a1b2c3d4.pdf"),
        ("", AT, "2026-11-22-0708-unknown-a1b2c3d4.pdf"),
        ("anonymous", AT, "2026-11-22-0708-unknown-a1b2c3d4.pdf"),
        ("../../etc/+1٣", AT, "2026-11-22-0708-1-a1b2c3d4.pdf"),
        ("9" * 50, datetime(2026, 12, 31, 22, 1, tzinfo=UTC), f"2027-01-01-0001-{'9' * 20}-a1b2c3d4.pdf"),
    ],
    ids=["known", "withheld", "letters", "odd", "long, and another day here"],
)
async def test_names_of_files_are_ours(room: Room, number: str, at: datetime, name: str) -> None:
    assert (await room.notices.give(delivery(await room.add(number=number, at=at)))).name == name


async def test_a_folder_gets_the_file(room: Room) -> None:
    fax = await room.add()
    target = room.folder / "faxes"
    await asyncio.to_thread(target.mkdir)
    result = await FolderCarrier({KIND: room.notices}).carry(delivery(fax, receiver=str(target)))
    assert isinstance(result, Accepted)
    file = target / "2026-11-22-0708-37060000001-a1b2c3d4.pdf"
    assert await asyncio.to_thread(file.read_bytes) == b"%PDF pages"


@asynccontextmanager
async def listening(heard: list[tuple[str, bytes]]) -> AsyncIterator[str]:
    async def take(request: web.Request) -> web.Response:
        heard.append((request.headers.get("Switchroom-Signature", ""), await request.read()))
        return web.Response(text="stored")

    app = web.Application()
    app.router.add_post("/hook", take)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    finally:
        await runner.cleanup()


async def test_a_web_hook_gets_facts_and_file_signed_as_its_box_says(room: Room) -> None:
    heard: list[tuple[str, bytes]] = []
    async with listening(heard) as url:
        box = {"billing": {"deliver": [{"webhook": url, "secret": "correct horse"}]}}
        room.site = Site.model_validate({**SITE.model_dump(by_alias=True, exclude_unset=True), "faxboxes": box})
        fax = await room.add(text="INVOICE")
        result = await HookCarrier({KIND: room.notices}).carry(delivery(fax, channel="webhook", receiver=url))
    assert result == Accepted("the web-hook answered 200: stored")
    ((signature, body),) = heard
    assert re.fullmatch(r"t=\d+,sha256=[0-9a-f]{64}", signature)
    assert b'name="fax"' in body and b"%PDF pages" in body


async def test_the_facts_for_a_web_hook(room: Room) -> None:
    posting = await room.notices.post(delivery(await room.add(text="INVOICE"), channel="webhook", receiver=HOOK))
    assert (posting.url, posting.part, posting.secret) == (HOOK, "fax", "correct horse")
    assert posting.facts == {
        "id": "a1b2c3d4e5f6", "delivery": "d1d2d3d4", "box": "billing", "box_name": "Billing",
        "received_at": "2026-11-22T05:08:00+00:00", "number": "+37060000001", "name": "Ona Petraitė",
        "station": "+370 600 00001", "dialled": "+37052000009", "call": "c1", "pages": 3, "partial": False, "why": "",
        "seconds": 72.4, "rate": 14_400, "dpi": [204, 196], "resolution": "fine", "ecm": True, "t38": False,
        "facts": {"intent": "invoice"}, "menus": ["main", "billing"], "text": "INVOICE",
        "link": "https://pages.example/fax/a1b2c3d4e5f6", "document": "2026-11-22-0708-37060000001-a1b2c3d4.pdf",
    }  # fmt: skip


async def test_a_web_hook_that_the_site_names_no_more_gets_nothing(room: Room) -> None:
    gone = delivery(await room.add(), channel="webhook", receiver="http://127.0.0.1:9/old")
    result = await HookCarrier({KIND: room.notices}).carry(gone)
    assert result == Refused("fax box billing names this web-hook no more")


async def test_a_confirmation_has_the_report(room: Room) -> None:
    room.customers.name = ""
    room.faxes.calls = [call(1, Result.SENT, 3)]
    mail = await room.mail(await room.add(SENT), REPORT)
    assert mail["Subject"] == "Fax to Žalgirio biuras (+37052112345) was delivered"
    assert attached(mail) == [("application/pdf", "report-2026-11-22-0708-37052112345-0f1e2d3c.pdf")]


async def test_a_confirmation_goes_without_a_report_that_was_not_made(room: Room) -> None:
    mail = await room.mail(await room.add(replace(SENT, report="", state=State.FAILED, pages=0)), REPORT)
    assert attached(mail) == []
    assert "There is no transmission report: it could not be made." in text(mail)


async def test_nothing_is_confirmed_before_its_end(room: Room) -> None:
    with pytest.raises(NothingToSend, match="still under way"):
        await room.mail(await room.add(SENT, state=State.SENDING), REPORT)


async def test_a_report_shows_page_one_and_says_what_became_of_it(room: Room) -> None:
    fax = await room.add(SENT, tiff=STANDARD, state=State.FAILED, pages=0)
    confirmation = Confirmation(room.spool, asyncio.Semaphore(1))
    report = await confirmation.report(fax, BUSY, SITE)
    (page,) = read_pdf(report)
    words = " ".join(page.split())
    for said in (
        "Not delivered: 0 of 3 pages",
        "The line was busy. The number was called 2 times.",
        "Page 1",
        "Invoice 2026/1187",
    ):
        assert said in words
    assert await confirmation.report(fax, BUSY, SITE) == report


async def test_a_report_comes_without_a_picture_too(room: Room) -> None:
    fax = await room.add(SENT)
    lost = Confirmation(room.spool, asyncio.Semaphore(1), Painter(error=PaperLost("it hung")))
    assert "no picture of page 1" in read_pdf(await lost.report(fax, (), SITE))[0]
