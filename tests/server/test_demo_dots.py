"""The demo's eye: every dot counts, in TIFF and in PDF, and only a line at the top may be more than was sent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from reportlab.pdfgen.canvas import Canvas

from fax.paper.pdf import to_pdf
from server.demo import dots

WIDTH, HEIGHT, HEADER = 1728, 300, 32
Pages = list[Image.Image]


def pages(count: int = 3) -> Pages:
    """Draw pages as they are sent."""
    drawn = [Image.new("1", (WIDTH, HEIGHT), 1) for _ in range(count)]
    for number, page in enumerate(drawn, 1):
        ImageDraw.Draw(page).text((200, 100), f"page {number}", fill=0)
    return drawn


def one_dot(drawn: Pages) -> Pages:
    """Return pages of which the second has one more dot, in its last row."""
    drawn[1].putpixel((WIDTH - 1, drawn[1].height - 1), 0)
    return drawn


def headed(drawn: Pages) -> Pages:
    """Return pages as a fax modem sends them, with a line above each."""
    taller = [Image.new("1", (page.width, page.height + HEADER), 1) for page in drawn]
    for page, original in zip(taller, drawn, strict=True):
        ImageDraw.Draw(page).text((30, 4), "Acme", fill=0)
        page.paste(original, (0, HEADER))
    return taller


def write(file: Path, drawn: Pages) -> Path:
    drawn[0].save(file, save_all=True, append_images=drawn[1:], compression="group3", dpi=(204, 196))
    return file


@pytest.mark.parametrize(
    ("found", "header", "said"),
    [
        pytest.param(pages, False, [], id="as they were sent"),
        pytest.param(lambda: one_dot(pages()), False, ["page 2 has 1 other dots"], id="one dot"),
        pytest.param(lambda: pages(2), False, ["2 pages instead of 3"], id="a page is missing"),
        pytest.param(lambda: [*pages(2), pages(2)[0]], False, ["page 3 has"], id="a page comes twice"),
        pytest.param(list, False, ["0 pages instead of 3"], id="nothing"),
        pytest.param(lambda: headed(pages()), True, [], id="a line above each page"),
        pytest.param(pages, True, [], id="no line, where one may be"),
        pytest.param(lambda: headed(one_dot(pages())), True, ["page 2 has 1 other dots"], id="one dot below the line"),
        pytest.param(lambda: headed(pages()), False, ["page 1 is", "page 2 is", "page 3 is"], id="a line too many"),
        pytest.param(
            lambda: [*headed(pages())[:2], pages()[2]], True, ["page 3 is"], id="a line above some pages only"
        ),
        pytest.param(
            lambda: headed(headed(headed(pages()))), True, ["page 1 is", "page 2 is", "page 3 is"], id="a high line"
        ),
        pytest.param(lambda: [page.crop((0, 0, WIDTH, 299)) for page in pages()], True,
                     ["page 1 is", "page 2 is", "page 3 is"], id="a row is missing"),
    ],
)  # fmt: skip
def test_what_is_not_as_it_was_sent(tmp_path: Path, found: Callable[[], Pages], header: bool, said: list[str]) -> None:
    drawn = found()
    read = dots.of_tiff(write(tmp_path / "found.tif", drawn)) if drawn else []
    other = dots.differences(read, dots.of_tiff(write(tmp_path / "wanted.tif", pages())), header=header)
    assert [text[: len(begins)] for text, begins in zip(other, said, strict=True)] == said


def test_a_pdf_of_a_fax_shows_its_dots(tmp_path: Path) -> None:
    tiff = write(tmp_path / "fax.tif", pages())
    to_pdf(tiff, tmp_path / "fax.pdf")
    assert dots.differences(dots.of_pdf(tmp_path / "fax.pdf"), dots.of_tiff(tiff)) == []


def test_a_dot_more_in_a_pdf_is_seen(tmp_path: Path) -> None:
    to_pdf(write(tmp_path / "other.tif", one_dot(pages())), tmp_path / "fax.pdf")
    assert dots.differences(dots.of_pdf(tmp_path / "fax.pdf"), pages()) == ["page 2 has 1 other dots"]


def test_a_pdf_of_words_has_no_pages_of_a_fax(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "words.pdf"))
    canvas.drawString(100, 100, "no fax")
    canvas.save()
    assert dots.of_pdf(tmp_path / "words.pdf") == []


@pytest.mark.parametrize("content", [b"", b"no picture at all", None], ids=["empty", "no picture", "no file"])
def test_what_cannot_be_read_has_no_pages(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "file"
    if content is not None:
        file.write_bytes(content)
    assert dots.of_tiff(file) == dots.of_pdf(file) == []
