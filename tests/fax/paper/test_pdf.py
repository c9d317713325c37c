"""The PDF of a fax: the same dots, the right size on paper, the same bytes each time, and nothing cut."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

import img2pdf  # type: ignore[import-untyped]  # publishes no types
import numpy as np
import pypdfium2  # type: ignore[import-untyped]  # publishes no types
import pytest
from PIL import Image
from PIL.TiffImagePlugin import AppendingTiffWriter

from fax.paper.errors import NotAFax, PdfNotWritten
from fax.paper.model import PdfMade
from fax.paper.pdf import to_pdf
from tests.fax.paper.papers import (
    ALL_RECEIVED,
    FINE,
    STANDARD,
    Dots,
    Tags,
    chain,
    dots_of,
    letter,
    one_page,
    strip_of,
    write,
)

_MM = 25.4 / 72


def images_of(pdf: Path) -> list[Dots]:
    """Read the one image of each page as the viewer decodes it; True is paper. It must fill its page."""
    found = []
    with pypdfium2.PdfDocument(pdf) as document:
        for page in document:
            (image,) = page.get_objects()
            assert image.get_bounds() == pytest.approx((0, 0, *page.get_size()), abs=0.01)
            found.append(image.get_bitmap().to_numpy() > 0)
    return found


def sizes_of(pdf: Path) -> list[tuple[float, float]]:
    """Return width and height of each page in millimetres."""
    with pypdfium2.PdfDocument(pdf) as document:
        return [(page.get_width() * _MM, page.get_height() * _MM) for page in document]


def same(tiff: Path, pdf: Path) -> bool:
    """Whether a PDF has the pages of a TIFF, dot by dot."""
    ours, theirs = images_of(pdf), dots_of(tiff)
    return len(ours) == len(theirs) and all(np.array_equal(one, other) for one, other in zip(ours, theirs, strict=True))


@pytest.mark.parametrize("tiff", ALL_RECEIVED, ids=lambda path: path.stem)
def test_real_faxes_keep_every_dot_and_their_size(tmp_path: Path, tiff: Path) -> None:
    pdf = tmp_path / "fax.pdf"
    made = to_pdf(tiff, pdf)
    content = pdf.read_bytes()
    assert made == PdfMade(len(dots_of(tiff)), len(content), hashlib.sha256(content).hexdigest(), partial=False)
    assert same(tiff, pdf)
    assert all(size == pytest.approx((215.2, 279.8), abs=0.5) for size in sizes_of(pdf))
    assert list(tmp_path.iterdir()) == [pdf], "no draft is left"
    assert content.count(b"/CCITTFaxDecode") == made.pages


@pytest.mark.parametrize("width", [1728, 2048, 2432, 1729, 33], ids=str)
@pytest.mark.parametrize(
    ("coding", "tags"),
    [
        pytest.param("group3", {292: 0}, id="G3 1-D"),
        pytest.param("group3", {292: 4}, id="G3 1-D, filled to bytes"),
        pytest.param("group3", {292: 1}, id="G3 2-D"),
        pytest.param("group3", {292: 5, 266: 2}, id="G3 2-D, bits from behind"),
        pytest.param("group4", {}, id="G4"),
        pytest.param("group4", {266: 2}, id="G4, bits from behind"),
        pytest.param("tiff_ccitt", {}, id="RLE"),
        pytest.param("packbits", {}, id="PackBits"),
        pytest.param(None, {}, id="uncompressed"),
    ],
)
def test_every_coding_keeps_every_dot(tmp_path: Path, width: int, coding: str | None, tags: dict[int, object]) -> None:
    tiff = write(tmp_path / "fax.tif", [letter(width, 300), letter(width, 200, "second")], coding, tags=tags)
    made = to_pdf(tiff, tmp_path / "fax.pdf")
    assert (made.pages, made.partial) == (2, False)
    assert same(tiff, tmp_path / "fax.pdf")


@pytest.mark.parametrize(
    ("coding", "tags", "big_endian"),
    [
        pytest.param("group3", {292: 1}, True, id="numbers from the other end"),
        pytest.param("group3", {262: 0}, False, id="ones are ink"),
        pytest.param("group4", {262: 0}, True, id="ones are ink, numbers from the other end"),
        *(pytest.param("group4", {274: turn}, False, id=f"lies turned {turn}") for turn in range(2, 9)),
    ],
)
def test_every_way_to_write_it_keeps_every_dot(
    tmp_path: Path, coding: str, tags: dict[int, object], big_endian: bool
) -> None:
    tiff = write(tmp_path / "fax.tif", [letter(400, 300)], coding, tags=tags, big_endian=big_endian)
    to_pdf(tiff, tmp_path / "fax.pdf")
    assert same(tiff, tmp_path / "fax.pdf")


@pytest.mark.parametrize("coding", ["group3", "group4", "packbits"])
def test_strips_are_put_together(tmp_path: Path, coding: str) -> None:
    tiff = write(tmp_path / "fax.tif", [letter()], coding, strip_size=5_000)
    with Image.open(tiff) as image:
        assert len(image.tag_v2[273]) > 40  # type: ignore[attr-defined]  # of a TIFF
    assert not to_pdf(tiff, tmp_path / "fax.pdf").partial
    assert same(tiff, tmp_path / "fax.pdf")


@pytest.mark.parametrize(
    ("width", "height", "dpi", "size"),
    [
        pytest.param(1728, 1145, (204, 98), (215.2, 296.8), id="A4 standard"),
        pytest.param(2048, 2292, (204, 196), (255.0, 297.0), id="B4 fine"),
        pytest.param(2432, 3244, (204, 196), (302.8, 420.4), id="A3 fine"),
        pytest.param(1728, 300, (204, 98), (215.2, 77.8), id="a slip"),
        pytest.param(1728, 29_000, (204, 98), (215.2, 7516.3), id="a roll of seven metres"),
        pytest.param(1728, 2292, None, (215.2, 297.0), id="no density is fine"),
    ],
)
def test_pages_are_as_large_as_they_were(
    tmp_path: Path, width: int, height: int, dpi: tuple[float, float] | None, size: tuple[float, float]
) -> None:
    tiff = write(tmp_path / "fax.tif", [letter(width, height)], "group4", dpi=dpi)
    to_pdf(tiff, tmp_path / "fax.pdf")
    ((wide, high),) = sizes_of(tmp_path / "fax.pdf")
    unit = 1.0
    if size[1] > 5_080:  # 200 inches are the most that a PDF can say in points; longer pages have a larger unit
        with pypdfium2.PdfDocument(tmp_path / "fax.pdf") as document:
            assert document.get_version() == 16
        unit = high / size[1]
        assert wide * size[1] / size[0] == pytest.approx(high, rel=0.001)
    assert (wide / unit, high / unit) == pytest.approx(size, abs=0.5)
    assert same(tiff, tmp_path / "fax.pdf")


def test_densities_are_not_rounded(tmp_path: Path) -> None:
    (tmp_path / "fax.tif").write_bytes(
        one_page(1728, 100, bytes(21_600), {282: (5, [8031, 100]), 283: (5, [385, 10]), 296: (3, [3])})
    )
    to_pdf(tmp_path / "fax.tif", tmp_path / "fax.pdf")
    assert sizes_of(tmp_path / "fax.pdf") == [pytest.approx((215.17, 25.97), abs=0.01)]


def test_pages_of_different_density_each_keep_their_own(tmp_path: Path) -> None:
    tiff = tmp_path / "fax.tif"
    for dpi in ((204, 98), (204, 391)):
        with AppendingTiffWriter(str(tiff)) as file:
            letter(1728, dpi[1] * 11).copy().save(file, "TIFF", compression="group3", dpi=dpi)
    to_pdf(tiff, tmp_path / "fax.pdf")
    assert sizes_of(tmp_path / "fax.pdf") == [pytest.approx((215.2, 279.4), abs=0.1)] * 2
    assert same(tiff, tmp_path / "fax.pdf")


def test_the_same_fax_makes_the_same_bytes(tmp_path: Path) -> None:
    other = tmp_path / "elsewhere" / "renamed.tif"
    other.parent.mkdir()
    shutil.copyfile(FINE, other)
    os.utime(other, (0, 0))
    assert to_pdf(FINE, tmp_path / "1.pdf") == to_pdf(other, tmp_path / "2.pdf")
    assert (tmp_path / "1.pdf").read_bytes() == (tmp_path / "2.pdf").read_bytes()
    assert to_pdf(FINE, tmp_path / "1.pdf") == to_pdf(other, tmp_path / "2.pdf"), "over one that is there"


@pytest.mark.parametrize("tiff", ALL_RECEIVED, ids=lambda path: path.stem)
def test_it_is_no_larger_than_what_img2pdf_makes_on_its_own(tmp_path: Path, tiff: Path) -> None:
    made = to_pdf(tiff, tmp_path / "fax.pdf")
    assert made.bytes <= len(img2pdf.convert(tiff, nodate=True))


def test_a_fax_cut_in_its_last_page_gives_the_pages_before(tmp_path: Path) -> None:
    tiff = tmp_path / "fax.tif"
    tiff.write_bytes(FINE.read_bytes()[:-3_000])
    made = to_pdf(tiff, tmp_path / "fax.pdf")
    assert (made.pages, made.partial) == (1, True)
    assert np.array_equal(images_of(tmp_path / "fax.pdf")[0], dots_of(FINE)[0])


@pytest.mark.parametrize(
    ("coding", "number"),
    [
        pytest.param("tiff_ccitt", 2, id="RLE"),
        pytest.param("packbits", 32773, id="PackBits"),
        pytest.param(None, 1, id="uncompressed"),
    ],
)
def test_a_page_whose_dots_end_keeps_the_rows_before(tmp_path: Path, coding: str | None, number: int) -> None:
    """A strip that is all there, but holds fewer rows than it should: no page is thrown away for its last lines."""
    strip = strip_of(write(tmp_path / "whole.tif", [letter()], coding))
    tags: Tags = {259: (3, [number]), 262: (3, [1])}
    (tmp_path / "fax.tif").write_bytes(one_page(1728, 1078, strip[: len(strip) // 2], tags))
    made = to_pdf(tmp_path / "fax.tif", tmp_path / "fax.pdf")
    assert (made.pages, made.partial) == (1, True)
    (ours,), (whole,) = images_of(tmp_path / "fax.pdf"), dots_of(tmp_path / "whole.tif")
    assert ours.shape == whole.shape
    assert np.array_equal(ours[:360], whole[:360])
    assert ours[-10:].all(), "what could not be read is paper, not ink"


@pytest.mark.parametrize(
    ("coding", "tags"),
    [
        pytest.param("group4", {259: (3, [4])}, id="G4"),
        pytest.param("group3", {259: (3, [3]), 292: (4, [0])}, id="G3 1-D"),
    ],
)
def test_a_fax_coding_that_breaks_off_keeps_the_rows_before(tmp_path: Path, coding: str, tags: Tags) -> None:
    strip = strip_of(write(tmp_path / "whole.tif", [letter()], coding))
    (tmp_path / "fax.tif").write_bytes(one_page(1728, 1078, strip[: len(strip) // 2], {**tags, 262: (3, [1])}))
    assert to_pdf(tmp_path / "fax.tif", tmp_path / "fax.pdf").pages == 1
    (ours,), (whole,) = images_of(tmp_path / "fax.pdf"), dots_of(tmp_path / "whole.tif")
    assert ours.shape == whole.shape
    assert np.array_equal(ours[:270], whole[:270])


def test_uncompressed_strips_are_put_together(tmp_path: Path) -> None:
    dots = np.random.default_rng(7).bytes(4 * 8)
    offsets = [8 + 8 * number for number in (3, 1, 0, 2)]
    tags: Tags = {273: (4, offsets), 278: (4, [4]), 279: (4, [8] * 4)}
    (tmp_path / "fax.tif").write_bytes(one_page(16, 16, dots, tags))
    to_pdf(tmp_path / "fax.tif", tmp_path / "fax.pdf")
    assert same(tmp_path / "fax.tif", tmp_path / "fax.pdf")


def test_lines_full_of_noise_are_a_page_all_the_same(tmp_path: Path) -> None:
    noise = np.random.default_rng(7).bytes(20_000)
    (tmp_path / "fax.tif").write_bytes(one_page(1728, 1000, noise, {259: (3, [3]), 292: (4, [0])}))
    made = to_pdf(tmp_path / "fax.tif", tmp_path / "fax.pdf")
    assert made.pages == 1
    assert images_of(tmp_path / "fax.pdf")[0].shape == (1000, 1728)


def test_a_fax_without_one_row_is_none(tmp_path: Path) -> None:
    (tmp_path / "fax.tif").write_bytes(one_page(1728, 1000, bytes(8), {259: (3, [32773])}))
    with pytest.raises(NotAFax, match="not one row of the pages can be read"):
        to_pdf(tmp_path / "fax.tif", tmp_path / "fax.pdf")
    assert not (tmp_path / "fax.pdf").exists()


def test_500_pages(tmp_path: Path) -> None:
    (tmp_path / "fax.tif").write_bytes(chain(500))
    assert to_pdf(tmp_path / "fax.tif", tmp_path / "fax.pdf").pages == 500
    assert same(tmp_path / "fax.tif", tmp_path / "fax.pdf")


def test_a_disk_that_does_not_take_it_is_told(tmp_path: Path) -> None:
    with pytest.raises(PdfNotWritten, match="the PDF cannot be written: no such file or directory"):
        to_pdf(STANDARD, tmp_path / "gone" / "fax.pdf")
