"""Pages as pictures: square dots, upright, readable when small, bounded when long."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from fax.paper.errors import NoSuchPage
from fax.paper.model import Compression, PageInfo
from fax.paper.pictures import MOST_DOTS, picture, size_of
from tests.fax.paper.papers import FINE, STANDARD, SUPER_FINE, letter, one_page, write


def drawn(png: bytes) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(png)) as image:
        assert image.format == "PNG"
        return np.asarray(image.convert("L"))


@pytest.mark.parametrize("width", [160, 800, 1728, 2400])
@pytest.mark.parametrize("tiff", [STANDARD, FINE, SUPER_FINE], ids=lambda path: path.stem)
def test_a_circle_is_round(tiff: Path, width: int) -> None:
    grey = drawn(picture(tiff, 1, width))
    assert grey.shape == (pytest.approx(width * 279.7 / 215.2, abs=width / 300), width)
    ring = grey[int(len(grey) * 0.17) : int(len(grey) * 0.65)]  # between the heading and the lines below
    rows, columns = np.nonzero(ring < 128)
    assert np.ptp(rows) == pytest.approx(np.ptp(columns), rel=0.025)


def test_each_page_is_its_own() -> None:
    assert picture(FINE, 1, 400) != picture(FINE, 2, 400)


@pytest.mark.parametrize("page", [0, 3, -1])
def test_there_is_no_such_page(page: int) -> None:
    with pytest.raises(NoSuchPage, match=f"there is no page {page} among 2"):
        picture(STANDARD, page, 400)


@pytest.mark.parametrize("width", [15, 4_001])
def test_widths_are_bounded(width: int) -> None:
    with pytest.raises(ValueError, match="a picture is from 16 to 4000 dots wide"):
        picture(STANDARD, 1, width)


def test_thin_lines_do_not_fade_away_when_small(tmp_path: Path) -> None:
    page = Image.new("1", (1728, 2200), 1)
    page.paste(0, (100, 1000, 1600, 1003))
    small = drawn(picture(write(tmp_path / "fax.tif", [page], dpi=(204, 196)), 1, 216))
    assert 40 < small.min() < 140, "an eighth of the size: a grey line, but a line"
    assert small.max() == 255


def test_ink_is_black_and_paper_white() -> None:
    levels, counts = np.unique(drawn(picture(SUPER_FINE, 1, 1728)), return_counts=True)
    assert (levels.min(), levels.max()) == (0, 255)
    assert len(levels) <= 16
    assert counts[-1] > counts.sum() * 0.9


def test_a_page_that_lies_on_its_side_stands_up(tmp_path: Path) -> None:
    stripe = b"\xff\xff" + bytes(2 * 31)  # the first row is ink
    (tmp_path / "fax.tif").write_bytes(one_page(16, 32, stripe, {274: (3, [6]), 283: (5, [204, 1])}))
    grey = drawn(picture(tmp_path / "fax.tif", 1, 32))
    assert grey.shape == (16, 32)
    assert (grey[:, -1] == 0).all(), "what is the first row of the file is the right edge of the page"
    assert (grey[:, 0] == 255).all()


def test_a_roll_of_paper_gets_a_narrower_picture() -> None:
    page = PageInfo(1728, 29_000, 204, 98, Compression.G4)
    width, height = size_of(page, 1728)
    assert width * height == pytest.approx(MOST_DOTS, rel=0.01)
    assert height / width == pytest.approx(page.height_mm / page.width_mm, rel=0.01)


def test_a_roll_of_paper_can_be_drawn(tmp_path: Path) -> None:
    tiff = write(tmp_path / "fax.tif", [letter(1728, 29_000)], "group4")
    assert drawn(picture(tiff, 1, 100)).shape == (3_493, 100)
