"""What a document looks like as a fax: each thing where it was, as large as it was, and nothing squashed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fax.documents.model import Cover, Limits, Resolution
from tests.fax.documents.papers import (
    Size,
    at_mm,
    box_mm,
    fax,
    full_page,
    height_mm,
    pdf,
    photograph,
    picture,
    read_fax,
    square,
    words,
)

WIDTH_MM = 1_728 / 204 * 25.4
COVER = Cover("Acme UAB", "Jonas", "+370 5 200 0000", "Alice", "Invoice", "Sunday, 22 November 2026, 14:05")


def png(image: Image.Image, folder: Path, **settings: object) -> Path:
    path = folder / "picture.png"
    image.save(path, **settings)  # type: ignore[arg-type]
    return path


@pytest.mark.parametrize("resolution", Resolution)
@pytest.mark.parametrize(
    ("size_mm", "at", "expected"),
    [
        pytest.param((210.0, 297.0), (20, 200), (22.57, 47, 50, 50), id="A4"),
        pytest.param((215.9, 279.4), (20, 200), (19.93, 29.31, 49.83, 49.83), id="US letter, a little smaller"),
        pytest.param((297.0, 210.0), (20, 10), (12.57, 20, 50, 50), id="landscape, turned"),
        pytest.param((297.0, 420.0), (20, 200), (14.49, 123.2, 36.22, 36.22), id="A3, made smaller"),
        pytest.param((420.0, 297.0), (20, 10), (7.24, 14.49, 36.22, 36.22), id="A3 landscape, both"),
        pytest.param((85.0, 55.0), (1, 1), (66.08, 4, 50, 50), id="a business card"),
        pytest.param((100.0, 800.0), (20, 20), (77.58, 730, 50, 50), id="a long strip"),
    ],
)
def test_a_square_stays_square(
    tmp_path: Path, resolution: Resolution, size_mm: Size, at: Size, expected: tuple[float, float, float, float]
) -> None:
    (page,) = fax(tmp_path, pdf(square(*at, 50), size_mm=size_mm), resolution)
    left, top, width, height = box_mm(page, resolution)
    dot = 25.4 / resolution.lines_per_inch
    assert (left, top) == (pytest.approx(expected[0], abs=0.3), pytest.approx(expected[1], abs=0.3 + dot))
    assert width == pytest.approx(expected[2], rel=0.01)
    assert height == pytest.approx(expected[3], rel=0.01, abs=dot)
    assert at_mm(page, left + 1, top + 1, width - 2, height - 2, resolution).all()


@pytest.mark.parametrize("resolution", Resolution)
def test_words_are_strokes_where_they_stood(tmp_path: Path, resolution: Resolution) -> None:
    (page,) = fax(tmp_path, pdf(lambda canvas: words(canvas, "Invoice 2026/1187", (100, 50), 11)), resolution)
    left, top, width, height = box_mm(page, resolution)
    assert (left, top + height) == (pytest.approx(102.9, abs=0.5), pytest.approx(247.1, abs=0.6))
    assert (width, height) == (pytest.approx(31.5, abs=0.6), pytest.approx(2.9, abs=0.6))
    assert 0.15 < at_mm(page, left, top, width, height, resolution).mean() < 0.4


def test_a_page_keeps_its_length(tmp_path: Path) -> None:
    sizes = [(210.0, 297.0), (100.0, 150.0), (210.0, 500.0), (297.0, 210.0), (90.0, 20.0)]
    pages = fax(tmp_path, pdf(*[words] * 5, size_mm=sizes))
    expected = [297, 150, 500, 297, 50]
    assert [height_mm(page) for page in pages] == pytest.approx(expected, abs=0.1)


def test_a_page_longer_than_a_metre_is_whole_on_two(tmp_path: Path) -> None:
    first, second = fax(tmp_path, pdf(square(20, 1_050, 50), size_mm=(150.0, 1_600.0)), limits=Limits(longest_mm=520))[
        :2
    ]
    whole = np.concatenate([first, second])
    assert box_mm(whole)[1:] == pytest.approx((500, 50, 50), rel=0.01)
    assert first[-1].any()
    assert second[0].any()


def test_a_photograph_between_words_is_dots_and_the_words_are_not(tmp_path: Path) -> None:
    def draw(canvas) -> None:  # type: ignore[no-untyped-def]
        words(canvas, "above", (30, 250))
        picture(canvas, photograph(), (30, 100), (150, 120))
        words(canvas, "below", (30, 80))

    plain = fax(tmp_path, pdf(lambda canvas: words(canvas, "above", (30, 250))))[0]
    (page,) = fax(tmp_path, pdf(draw))
    assert (at_mm(page, 0, 30, 210, 25) == at_mm(plain, 0, 30, 210, 25)).all()
    dots = at_mm(page, 35, 80, 140, 110)
    assert 0.3 < dots.mean() < 0.7
    assert (dots[:, 1:] != dots[:, :-1]).mean() > 0.2
    assert not at_mm(page, 0, 200, 210, 8).any()


def test_what_was_filled_into_a_form_is_sent(tmp_path: Path) -> None:
    def form(canvas, value: str) -> None:  # type: ignore[no-untyped-def]
        canvas.acroForm.textfield(name="name", value=value, x=100, y=600, width=200, height=30, borderWidth=0)

    (empty,) = fax(tmp_path, pdf(lambda canvas: form(canvas, "")))
    (filled,) = fax(tmp_path, pdf(lambda canvas: form(canvas, "Jonas")))
    assert filled.sum() > empty.sum() + 300


def test_forty_pages_come_in_their_order(tmp_path: Path) -> None:
    pages = fax(tmp_path, pdf(*[square(20, 5 * number, 10) for number in range(40)]))
    assert [box_mm(page)[1] for page in pages] == pytest.approx([287 - 5 * number for number in range(40)], abs=0.2)


def test_the_cover_sheet_is_page_one(tmp_path: Path) -> None:
    document = pdf(full_page, full_page)
    bare = fax(tmp_path, document)
    first, *rest = fax(tmp_path, document, cover=COVER)
    assert len(rest) == 2
    assert all((page == other).all() for page, other in zip(rest, bare, strict=True))
    assert height_mm(first) == pytest.approx(297, abs=0.1)
    assert 0.005 < first.mean() < 0.1


def test_the_same_document_gives_the_same_bytes(tmp_path: Path) -> None:
    fax(tmp_path, pdf(full_page), cover=COVER)
    once = (tmp_path / "fax.tif").read_bytes()
    fax(tmp_path, pdf(full_page), cover=COVER)
    assert (tmp_path / "fax.tif").read_bytes() == once


@pytest.mark.parametrize("resolution", Resolution)
def test_a_fax_that_is_sent_on_keeps_each_dot(tmp_path: Path, resolution: Resolution) -> None:
    pages = fax(tmp_path, pdf(full_page, square(20, 20, 60)), resolution)
    (tmp_path / "fax.tif").rename(tmp_path / "received.tif")
    again = fax(tmp_path, tmp_path / "received.tif", resolution)
    assert all((page == other).all() for page, other in zip(again, pages, strict=True))


def test_a_coarse_fax_that_is_sent_on_finely_has_each_line_twice(tmp_path: Path) -> None:
    (coarse,) = fax(tmp_path, pdf(full_page), Resolution.STANDARD)
    (tmp_path / "fax.tif").rename(tmp_path / "received.tif")
    (fine,) = fax(tmp_path, tmp_path / "received.tif", Resolution.FINE)
    assert (fine == coarse.repeat(2, axis=0)).all()


@pytest.mark.parametrize(
    "way", ["group3", "group4", "tiff_lzw", "jpeg", "tiff_adobe_deflate", "packbits", None], ids=str
)
def test_a_tiff_of_any_compression_is_read(tmp_path: Path, way: str | None) -> None:
    mode = "L" if way == "jpeg" else "1"
    image = Image.new(mode, (1_654, 2_339), 255)
    image.paste(0, (200, 300, 800, 900))
    path = tmp_path / "scan.tif"
    image.save(path, compression=way, dpi=(200, 200), save_all=True, append_images=[image])
    pages = fax(tmp_path, path)
    assert len(pages) == 2
    for page in pages:
        assert box_mm(page)[2:] == pytest.approx((76.2, 76.2), rel=0.01)


@pytest.mark.parametrize(
    ("mode", "ink", "paper"),
    [
        pytest.param("1", 0, 1, id="1 bit"),
        pytest.param("L", 0, 255, id="grey"),
        pytest.param("RGB", (120, 0, 0), (255, 255, 255), id="colours"),
        pytest.param("RGBA", (0, 0, 0, 255), (0, 0, 0, 0), id="transparent paper"),
        pytest.param("LA", (0, 255), (0, 0), id="grey and transparent"),
        pytest.param("P", 0, 215, id="a palette"),
        pytest.param("I;16", 0, 65_535, id="16 bits"),
    ],
)
def test_a_png_of_any_kind_is_read(tmp_path: Path, mode: str, ink: object, paper: object) -> None:
    image = Image.new(mode, (800, 1_000), paper)  # type: ignore[arg-type]
    if mode == "P":
        image.putpalette([value for grey in range(256) for value in (min(grey * 255 // 215, 255),) * 3])
    image.paste(ink, (100, 200, 300, 400))  # type: ignore[arg-type]
    (page,) = fax(tmp_path, png(image, tmp_path, dpi=(100, 100)))
    left, top, width, height = box_mm(page)
    assert (width, height) == (pytest.approx(50.8, rel=0.01), pytest.approx(50.8, rel=0.01))
    assert (left, top) == (pytest.approx((WIDTH_MM - 203.2) / 2 + 25.4, abs=0.2), pytest.approx(50.8, abs=0.2))


@pytest.mark.parametrize("orientation", [1, 3, 6, 8], ids=lambda value: f"orientation {value}")
def test_a_telephone_s_photograph_is_upright(tmp_path: Path, orientation: int) -> None:
    upright = Image.new("L", (600, 800), 255)
    upright.paste(0, (0, 0, 600, 100))  # a bar at the top
    turn = {1: 0, 3: 180, 6: 90, 8: 270}[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "photo.jpg"
    upright.rotate(turn, expand=True).save(path, exif=exif, dpi=(100, 100), quality=95)
    (page,) = fax(tmp_path, path)
    assert box_mm(page)[1:] == pytest.approx((0, 152.4, 25.4), abs=0.4)


def test_a_picture_that_does_not_say_its_size_comes_from_a_screen(tmp_path: Path) -> None:
    image = Image.new("L", (384, 384), 0)
    assert box_mm(fax(tmp_path, png(image, tmp_path))[0])[2:] == pytest.approx((101.6, 101.6), rel=0.01)


def test_a_large_photograph_is_made_smaller_and_turned(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    photograph(4_000, 3_000).save(path, quality=90, dpi=(72, 72))
    (page,) = fax(tmp_path, path)
    assert box_mm(page) == pytest.approx((0, 0, WIDTH_MM, WIDTH_MM * 4 / 3), rel=0.03, abs=4)


def test_text_comes_with_its_letters_in_columns(tmp_path: Path) -> None:
    text = "Prekė        Kaina\nŽąsų taukai   5,00\nЩётка         7,50\n\fSecond page\n"
    first, second = fax(tmp_path, text.encode())
    assert box_mm(first)[0] == pytest.approx(22.7, abs=0.6)
    assert box_mm(first)[1] == pytest.approx(20.5, abs=1.5)
    assert second.any()
    assert read_fax(tmp_path / "fax.tif", Resolution.FINE)[0].shape == (2_292, 1_728)
