"""What a fax's TIFF holds: real ones, every way to write one, and files that lie."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fax.paper.errors import NotAFax, PaperError, TooLarge, TooManyPages
from fax.paper.model import Compression, Limits, PageInfo
from fax.paper.tiff import look
from tests.fax.paper.papers import (
    BROKEN_OFF,
    FINE,
    STANDARD,
    SUPER_FINE,
    Tags,
    chain,
    directory,
    head,
    letter,
    one_page,
    page_tags,
    write,
)


@pytest.mark.parametrize(
    ("file", "pages", "height", "y_dpi", "word", "height_mm"),
    [
        pytest.param(STANDARD, 2, 1078, 98, "standard", 279.4, id="standard"),
        pytest.param(FINE, 2, 2156, 196, "fine", 279.4, id="fine"),
        pytest.param(SUPER_FINE, 2, 4312, 391, "super fine", 280.1, id="super fine"),
        pytest.param(BROKEN_OFF, 1, 4312, 391, "super fine", 280.1, id="a line that broke after page one"),
    ],
)
def test_real_faxes(file: Path, pages: int, height: int, y_dpi: float, word: str, height_mm: float) -> None:
    paper = look(file)
    assert paper.pages == (PageInfo(1728, height, 204, y_dpi, Compression.G3_2D),) * pages
    assert paper.bytes == file.stat().st_size
    assert not paper.partial
    assert paper.pages[0].resolution == word
    assert paper.pages[0].width_mm == pytest.approx(215.2, abs=0.1)
    assert paper.pages[0].height_mm == pytest.approx(height_mm, abs=0.1)


@pytest.mark.parametrize(
    ("width", "width_mm"),
    [pytest.param(1728, 215, id="A4"), pytest.param(2048, 255, id="B4"), pytest.param(2432, 303, id="A3")],
)
@pytest.mark.parametrize(
    ("coding", "options", "compression"),
    [
        pytest.param("group3", 0, Compression.G3_1D, id="G3 1-D"),
        pytest.param("group3", 5, Compression.G3_2D, id="G3 2-D"),
        pytest.param("group4", None, Compression.G4, id="G4"),
        pytest.param("tiff_ccitt", None, Compression.RLE, id="RLE"),
        pytest.param("packbits", None, Compression.PACKBITS, id="PackBits"),
        pytest.param(None, None, Compression.NONE, id="uncompressed"),
    ],
)
def test_widths_and_codings(
    tmp_path: Path, width: int, width_mm: float, coding: str | None, options: int | None, compression: Compression
) -> None:
    tags: dict[int, object] = {} if options is None else {292: options}
    paper = look(write(tmp_path / "fax.tif", [letter(width, 400)] * 2, coding, tags=tags))
    assert paper.pages == (PageInfo(width, 400, 204, 98, compression),) * 2
    assert paper.pages[0].width_mm == pytest.approx(width_mm, abs=0.5)


@pytest.mark.parametrize(
    ("tags", "dpi"),
    [
        pytest.param({282: (5, [204, 1]), 283: (5, [98, 1])}, (204, 98), id="to an inch"),
        pytest.param({282: (5, [8031, 100]), 283: (5, [77, 1]), 296: (3, [3])}, (203.99, 195.58), id="to a centimetre"),
        pytest.param({282: (4, [204]), 283: (3, [391])}, (204, 391), id="whole numbers"),
        pytest.param({282: (5, [204, 0]), 283: (5, [98, 1])}, (204, 196), id="divided by zero"),
        pytest.param({282: (5, [0, 1]), 283: (5, [98, 1])}, (204, 196), id="none across"),
        pytest.param({282: (5, [1, 1]), 283: (5, [1, 1]), 296: (3, [1])}, (204, 196), id="only a ratio"),
        pytest.param({282: (5, [72, 1]), 283: (5, [40_000, 1])}, (204, 196), id="nonsense"),
        pytest.param({282: (2, [1]), 283: (5, [98, 1])}, (204, 196), id="words"),
        pytest.param({282: (4, []), 283: (4, [])}, (204, 196), id="nothing"),
    ],
)
def test_densities(tmp_path: Path, tags: Tags, dpi: tuple[float, float]) -> None:
    (tmp_path / "fax.tif").write_bytes(one_page(tags=tags))
    (page,) = look(tmp_path / "fax.tif").pages
    assert (page.x_dpi, page.y_dpi) == pytest.approx(dpi, abs=0.01)


def test_numbers_may_be_written_from_either_end(tmp_path: Path) -> None:
    dots = b"\x0f" * 8
    tags = directory(page_tags(16, 4, 8, len(dots)), 16, order=">")
    (tmp_path / "fax.tif").write_bytes(head(16, ">") + dots + tags)
    assert look(tmp_path / "fax.tif").pages == (PageInfo(16, 4, 204, 196, Compression.NONE),)


def test_a_page_that_lies_on_its_side_is_said_upright(tmp_path: Path) -> None:
    (tmp_path / "fax.tif").write_bytes(one_page(16, 4, tags={274: (3, [6])}))
    assert look(tmp_path / "fax.tif").pages == (PageInfo(4, 16, 196, 204, Compression.NONE),)


def test_other_densities_are_told_as_numbers() -> None:
    assert PageInfo(2432, 3400, 300, 300, Compression.G4).resolution == "300 × 300 dpi"


@pytest.mark.parametrize(
    ("content", "error", "why"),
    [
        pytest.param(b"", NotAFax, "the file is empty", id="empty"),
        pytest.param(b"II", NotAFax, "the file is no TIFF", id="two bytes"),
        pytest.param(b"%PDF-1.7\n" * 9, NotAFax, "the file is no TIFF", id="another kind"),
        pytest.param(b"II+\0\x08\0\0\0" + bytes(90), NotAFax, "the file is a BigTIFF, which no fax is", id="BigTIFF"),
        pytest.param(b"II*\0\x08", NotAFax, "the file ends too early", id="half a head"),
        pytest.param(head(8), NotAFax, "the file ends too early", id="only a head"),
        pytest.param(head(0) + bytes(90), NotAFax, "the file holds no page", id="zero pages"),
        pytest.param(head(90_000) + bytes(90), NotAFax, "the file ends too early", id="a directory behind the end"),
        pytest.param(head(8) + b"\xff" * 90, NotAFax, "a directory of the file is garbage", id="garbage"),
        pytest.param(one_page(width=0), NotAFax, "the file holds no complete page", id="no width"),
        pytest.param(one_page(tags={279: (4, [9_000])}), NotAFax, "no complete page", id="a page behind the end"),
        pytest.param(
            one_page(tags={273: (4, [2**32 - 1])}), NotAFax, "no complete page", id="a page far behind the end"
        ),
        pytest.param(
            one_page(tags={279: (4, [0])}), NotAFax, "the file holds no complete page", id="a page of no bytes"
        ),
        pytest.param(
            one_page(tags={278: (4, [1])}), NotAFax, "the file holds no complete page", id="strips are missing"
        ),
        pytest.param(
            one_page(65_535, 65_535),
            TooLarge,
            "page 1 has 65,535 × 65,535 dots; 3,500 × 30,000 are the most",
            id="bomb",
        ),
        pytest.param(one_page(2**32 - 1, 1), TooLarge, "4,294,967,295 × 1 dots", id="bomb of 32 bits"),
        pytest.param(one_page(30_001, 3_000, tags={274: (3, [3])}), TooLarge, "page 1 has", id="bomb upside down"),
        pytest.param(one_page(tags={259: (3, [5])}), NotAFax, "page 1 is coded as LZW, which no fax is", id="LZW"),
        pytest.param(one_page(tags={259: (3, [7])}), NotAFax, "page 1 is coded as JPEG, which no fax is", id="JPEG"),
        pytest.param(one_page(tags={259: (3, [34_661])}), NotAFax, "coded as JBIG", id="JBIG"),
        pytest.param(one_page(tags={259: (3, [999])}), NotAFax, "coded as number 999", id="unknown coding"),
        pytest.param(one_page(tags={258: (3, [8])}), NotAFax, "page 1 is not black on white", id="greys"),
        pytest.param(one_page(tags={277: (3, [3])}), NotAFax, "page 1 is not black on white", id="colours"),
        pytest.param(one_page(tags={262: (3, [3])}), NotAFax, "page 1 is not black on white", id="a palette"),
        pytest.param(one_page(tags={324: (4, [8])}), NotAFax, "page 1 is cut into tiles", id="tiles"),
        pytest.param(chain(501), TooManyPages, "the file has more than 500 pages", id="501 pages"),
        pytest.param(chain(10_000), TooManyPages, "the file has more than 500 pages", id="10,000 pages"),
    ],
)
def test_what_is_no_fax_is_told_at_once(tmp_path: Path, content: bytes, error: type[PaperError], why: str) -> None:
    (tmp_path / "fax.tif").write_bytes(content)
    begun = time.process_time()
    with pytest.raises(error, match=why) as caught:
        look(tmp_path / "fax.tif")
    assert type(caught.value) is error
    assert time.process_time() - begun < 0.5


@pytest.mark.parametrize(
    ("content", "pages"),
    [
        pytest.param(chain(3, back_to=1), 3, id="a circle back to page one"),
        pytest.param(chain(1, back_to=1), 1, id="a page that follows itself"),
        pytest.param(chain(3)[:-60], 2, id="cut in the last directory"),
        pytest.param(chain(3)[:-170], 2, id="cut before the last directory"),
        pytest.param(chain(3)[:-20], 3, id="cut where the last directory says what follows"),
        pytest.param(chain(2) + chain(1)[8:], 2, id="something behind the end does not matter"),
    ],
)
def test_complete_pages_are_kept(tmp_path: Path, content: bytes, pages: int) -> None:
    (tmp_path / "fax.tif").write_bytes(content)
    paper = look(tmp_path / "fax.tif")
    assert len(paper.pages) == pages
    assert paper.partial == (content != chain(2) + chain(1)[8:])


def test_500_pages_are_a_fax(tmp_path: Path) -> None:
    (tmp_path / "fax.tif").write_bytes(chain(500))
    assert len(look(tmp_path / "fax.tif").pages) == 500


def test_many_pages_cannot_be_the_same_dots(tmp_path: Path) -> None:
    strip = directory(page_tags(1728, 1000, 0, 0), 0)
    size = 216_000
    place = [8 + size + number * len(strip) for number in range(200)]
    content = head(place[0]) + bytes(size)
    for number, at in enumerate(place):
        following = place[number + 1] if number < 199 else 0
        content += directory(page_tags(1728, 1000, 8, size), at, following=following)
    (tmp_path / "fax.tif").write_bytes(content)
    with pytest.raises(NotAFax, match="the pages of the file lie on top of each other"):
        look(tmp_path / "fax.tif")


@pytest.mark.parametrize(
    ("limits", "error", "why"),
    [
        pytest.param(Limits(most_bytes=12_461), TooLarge, "the file has 12,462 bytes; 12,461 are the most", id="bytes"),
        pytest.param(Limits(most_pages=1), TooManyPages, "more than 1 pages", id="pages"),
        pytest.param(Limits(most_width=1727), TooLarge, "page 1 has 1,728 × 1,078 dots", id="width"),
        pytest.param(Limits(most_height=1077), TooLarge, "page 1 has 1,728 × 1,078 dots", id="height"),
        pytest.param(Limits(most_dots=2 * 1728 * 1078 - 1), TooLarge, "more than 3,725,567 dots together", id="dots"),
    ],
)
def test_limits(limits: Limits, error: type[PaperError], why: str) -> None:
    with pytest.raises(error, match=why):
        look(STANDARD, limits)


def test_what_is_not_there_or_no_file_is_no_fax(tmp_path: Path) -> None:
    with pytest.raises(NotAFax, match="the file cannot be read: no such file or directory"):
        look(tmp_path / "fax.tif")
    with pytest.raises(NotAFax, match="this is not a file"):
        look(tmp_path)


@given(cut=st.integers(0, STANDARD.stat().st_size))
@settings(max_examples=60, deadline=None)
def test_a_file_cut_anywhere_has_its_complete_pages_or_is_no_fax(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    path = tmp_path_factory.mktemp("cut") / "fax.tif"
    path.write_bytes(STANDARD.read_bytes()[:cut])
    try:
        paper = look(path)
    except NotAFax:
        assert cut < STANDARD.stat().st_size / 2
    else:
        assert (len(paper.pages), paper.partial) in ((1, True), (2, False), (2, True))


@given(places=st.lists(st.tuples(st.integers(0, 12_461), st.integers(0, 255)), min_size=1, max_size=20))
@settings(max_examples=150, deadline=None)
def test_noise_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, places: list[tuple[int, int]]) -> None:
    content = bytearray(STANDARD.read_bytes())
    for place, value in places:
        content[place] = value
    path = tmp_path_factory.mktemp("noise") / "fax.tif"
    path.write_bytes(content)
    with suppress(PaperError):
        assert 1 <= len(look(path).pages) <= 2
