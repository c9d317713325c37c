"""Pages as pictures and files over HTTP: with the right headers, few drawn at once, and gone when they are gone."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import aiohttp
import pytest
from PIL import Image

from fax.model import State
from fax.paper.errors import NotAFax, PaperLost
from fax.web.pictures import Pictures
from ledger.spool import Spool
from ledger.web.visit import Refusal
from tests.fax.house import TWO_PAGES
from tests.fax.web.fax_house import FaxHouse
from tests.server.web.conftest import Browser


@pytest.fixture
async def alice(browser: Browser) -> aiohttp.ClientSession:
    return await browser("alice")


@pytest.mark.parametrize("width", [240, 900, 1600])
async def test_a_page_is_a_picture_of_that_width(alice: aiohttp.ClientSession, faxes: FaxHouse, width: int) -> None:
    id_ = await faxes.receive()
    async with alice.get(f"/fax/{id_}/page/2?width={width}") as answer:
        picture = Image.open(io.BytesIO(await answer.read()))
    assert picture.format == "PNG" and picture.width == width
    assert 1.2 < picture.height / picture.width < 1.6  # as high as the paper was, whatever the resolution
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    async with alice.get(f"/fax/{id_}/page/2?width={width}", headers={"If-None-Match": answer.headers["ETag"]}) as same:
        assert same.status == 304
    async with alice.get(f"/fax/{id_}/page/1?width={width}") as other:
        assert other.headers["ETag"] != answer.headers["ETag"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/page/3", 404),
        ("/page/0", 404),
        ("/page/-1", 404),
        ("/page/٣", 404),
        ("/page/99999", 404),
        ("/page/1?width=901", 400),
        ("/page/1?width=٩٠٠", 400),
        ("/pdf?download=perhaps", 400),
        ("/report", 404),
    ],
)
async def test_what_there_is_not(alice: aiohttp.ClientSession, faxes: FaxHouse, path: str, status: int) -> None:
    id_ = await faxes.receive()
    async with alice.get(f"/fax/{id_}{path}") as answer:
        assert answer.status == status


async def test_files_have_names_of_ours(alice: aiohttp.ClientSession, faxes: FaxHouse) -> None:
    id_ = await faxes.receive(name='"; rm -rf', number="+370 600 00001")
    fax = await faxes.home.service.get(id_)
    name = f"fax-2026-01-05-from-37060000001-{id_[:8]}"
    expected = {
        "/pdf": (f'inline; filename="{name}.pdf"', "application/pdf", fax.pdf),
        "/pdf?download=1": (f'attachment; filename="{name}.pdf"', "application/pdf", fax.pdf),
        "/tiff": (f'attachment; filename="{name}.tif"', "image/tiff", fax.file),
    }
    for path, (disposition, kind, file) in expected.items():
        async with alice.get(f"/fax/{id_}{path}") as answer:
            assert (answer.headers["Content-Disposition"], answer.headers["Content-Type"]) == (disposition, kind)
            assert await answer.read() == await faxes.home.spool.read(file)
    assert await faxes.home.spool.read(fax.file) == TWO_PAGES.read_bytes()


async def test_the_report_of_a_sent_fax(alice: aiohttp.ClientSession, faxes: FaxHouse) -> None:
    id_ = await faxes.order()
    await faxes.home.until(id_, lambda fax: bool(fax.report))
    async with alice.get(f"/fax/{id_}/report") as answer:
        assert (await answer.read()).startswith(b"%PDF") and "-report.pdf" in answer.headers["Content-Disposition"]


async def test_of_a_sent_fax_the_pages_are_those_that_go_out(alice: aiohttp.ClientSession, faxes: FaxHouse) -> None:
    id_ = await faxes.order(State.SENT)
    for page, status in ((1, 200), (2, 200), (3, 404)):
        async with alice.get(f"/fax/{id_}/page/{page}?width=240") as answer:
            assert answer.status == status


async def test_a_file_that_is_gone_is_said(alice: aiohttp.ClientSession, faxes: FaxHouse) -> None:
    id_ = await faxes.receive()
    fax = await faxes.home.service.get(id_)
    for name in (fax.file, fax.pdf):
        await faxes.home.spool.remove(name)
    for path in ("/page/1", "/pdf", "/tiff"):
        async with alice.get(f"/fax/{id_}{path}") as answer:
            assert answer.status == 404 and "not there any more" in await answer.text()


# ---- drawing


class Drawer:
    """Draws when it is told to, and counts."""

    def __init__(self, size: int = 10) -> None:
        self.may = asyncio.Event()
        self.begun = asyncio.Semaphore(0)
        self.drawn: list[tuple[int, int]] = []
        self.now, self.most, self.size = 0, 0, size
        self.wrong: Exception | None = None

    async def __call__(self, _tiff: Path, page: int, width: int) -> bytes:
        self.now += 1
        self.most = max(self.most, self.now)
        self.begun.release()
        try:
            await self.may.wait()
        finally:
            self.now -= 1
        if self.wrong is not None:
            raise self.wrong
        self.drawn.append((page, width))
        return b"x" * self.size


@pytest.fixture
async def spool(tmp_path: Path) -> Spool:
    return await Spool.open(tmp_path / "spool")


FILE = f"{'a' * 32}.tif"


async def test_two_are_drawn_at_once_and_each_only_once(spool: Spool) -> None:
    draw = Drawer()
    pictures = Pictures(spool, draw)
    wanted = [asyncio.create_task(pictures.get(FILE, 1 + n % 5, 240)) for n in range(20)]
    for _ in range(2):
        await draw.begun.acquire()
    draw.may.set()
    await asyncio.gather(*wanted)
    assert draw.most == 2 and sorted(draw.drawn) == [(page, 240) for page in range(1, 6)]


async def test_who_goes_away_leaves_the_drawing_to_the_next(spool: Spool) -> None:
    draw = Drawer()
    pictures = Pictures(spool, draw)
    first, second = [asyncio.create_task(pictures.get(FILE, 1, 240)) for _ in range(2)]
    await draw.begun.acquire()
    first.cancel()
    draw.may.set()
    assert await second == b"x" * 10 and draw.drawn == [(1, 240)]


async def test_what_is_remembered_is_bounded(spool: Spool) -> None:
    draw = Drawer()
    draw.may.set()
    pictures = Pictures(spool, draw, room=45)
    for page in (1, 2, 3, 4, 1, 5, 1, 2):
        await pictures.get(FILE, page, 240)
    assert [page for page, _ in draw.drawn] == [1, 2, 3, 4, 5, 2]  # the second went, the first was looked at again


@pytest.mark.parametrize(
    ("wrong", "status", "said"),
    [
        (NotAFax("there is no page in it"), 404, "there is no page in it"),
        (PaperLost("it hung"), 503, "takes too long"),
    ],
    ids=["no fax", "lost"],
)
async def test_what_cannot_be_drawn_is_said(spool: Spool, wrong: Exception, status: int, said: str) -> None:
    draw = Drawer()
    draw.wrong = wrong
    draw.may.set()
    with pytest.raises(Refusal, match=said) as refused:
        await Pictures(spool, draw).get(FILE, 1, 240)
    assert refused.value.status == status
