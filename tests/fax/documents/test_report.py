"""The transmission report: what is on it, that it is seen without colours, and that it always comes."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from fax.documents.model import Attempt, Outcome, Report, Resolution
from fax.documents.report import draw
from tests.fax.documents.papers import photograph
from tests.fax.documents.test_text import read


def png(image: Image.Image) -> bytes:
    with io.BytesIO() as file:
        image.save(file, "PNG")
        return file.getvalue()


REPORT = Report(
    outcome=Outcome.SENT,
    said="The receiver’s machine confirmed every page.",
    reference="F-2026-1122-0007",
    company="Acme & Co <UAB>",
    subject="Invoice 2026/1187 – Žalgirio g. 90",
    at="Sunday, 22 November 2026, 14:05 (Europe/Vilnius)",
    our_number="+370 5 200 0000",
    our_station="ACME VILNIUS",
    their_number="+370 5 211 2345",
    their_station="OFFICE & CO",
    pages_sent=7,
    pages=7,
    resolution=Resolution.FINE,
    bits_per_second=14_400,
    seconds=192.4,
    ecm=True,
    attempts=(
        Attempt("22 Nov 2026, 13:45", Outcome.FAILED, "The line was busy.", 0, 4.2),
        Attempt("22 Nov 2026, 14:05", Outcome.SENT, "", 7, 192.4),
    ),
    picture=png(photograph(300, 424)),
)
FAILED = replace(
    REPORT,
    outcome=Outcome.FAILED,
    said="Nobody answered.",
    pages_sent=0,
    bits_per_second=None,
    seconds=None,
    ecm=None,
    their_station="",
    attempts=REPORT.attempts[:1],
)


def seen(pdf: bytes, page: int = 0) -> np.ndarray:
    """Return a page as colours, 2 dots a point."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return np.asarray(document[page].render(scale=2).to_pil().convert("RGB")).astype(int)
    finally:
        document.close()


def test_everything_is_on_it() -> None:
    (page,) = read(draw(REPORT))
    text = " ".join(page.split())
    for words in (
        *("Transmission report", "Acme & Co <UAB>", "Delivered: 7 of 7 pages", "confirmed every page"),
        *("Sunday, 22 November 2026, 14:05", "Žalgirio g. 90", "F-2026-1122-0007"),
        *("+370 5 200 0000", "ACME VILNIUS", "+370 5 211 2345", "OFFICE & CO"),
        *("3 min 12 s", "14,400 bit/s", "Fine, 204 × 196 dpi", "On (ECM)"),
        *("13:45", "Failed. The line was busy.", "4 s", "Sent", "Page 1 of 1"),
    ):
        assert words in text


def test_what_is_not_known_is_a_dash() -> None:
    (page,) = read(draw(FAILED))
    text = " ".join(page.split())
    for words in ("Not delivered: 0 of 7 pages", "Duration –", "Speed –", "Error correction –", "Station identifier –"):
        assert words in text


@pytest.mark.parametrize(
    ("report", "headline", "colour"),
    [
        pytest.param(REPORT, "Delivered: 7 of 7 pages", (0x1A, 0x7F, 0x37), id="success is green"),
        pytest.param(FAILED, "Not delivered: 0 of 7 pages", (0xB4, 0x23, 0x18), id="failure is red"),
        pytest.param(
            replace(FAILED, outcome=Outcome.PARTIAL, pages_sent=3),
            "Delivered in part: 3 of 7 pages",
            (0x9A, 0x67, 0x00),
            id="a part is amber",
        ),
    ],
)
def test_the_result_is_said_in_words_shape_and_colour(
    report: Report, headline: str, colour: tuple[int, int, int]
) -> None:
    made = draw(report)
    assert headline in read(made)[0]
    banner = seen(made)[190:330]
    assert (abs(banner - colour).sum(axis=2) < 12).sum() > 1_500
    disc = banner[:, 130:200]
    white = (disc.min(axis=2) > 250) & (np.arange(70) > 5)
    assert white.sum() > 40, "a white sign is in the disc"


def test_the_signs_differ_without_their_colours() -> None:
    discs = []
    for outcome in Outcome:
        grey = seen(draw(replace(REPORT, outcome=outcome, said="x")))[190:330, 130:200].mean(axis=2)
        discs.append(grey > 250)
    assert all((discs[a] != discs[b]).sum() > 60 for a, b in ((0, 1), (1, 2), (0, 2)))


def test_the_picture_of_page_one_is_where_it_belongs() -> None:
    with_picture, without = seen(draw(REPORT)), seen(draw(replace(REPORT, picture=b"")))
    different = (abs(with_picture - without).sum(axis=2) > 60).nonzero()
    assert different[0].size > 10_000
    assert different[1].min() > 740, "on the right"


@pytest.mark.parametrize(
    "picture",
    [
        pytest.param(b"", id="none"),
        pytest.param(b"\x89PNG\r\n\x1a\n", id="broken"),
        pytest.param(REPORT.picture[:2_000], id="half"),
        pytest.param(png(Image.new("1", (20_000, 20_000))), id="a bomb"),
    ],
)
def test_a_report_comes_without_its_picture(picture: bytes) -> None:
    assert "no picture of page 1" in read(draw(replace(REPORT, picture=picture)))[0]


@pytest.mark.parametrize("size", [(1, 1), (2_000, 40), (40, 20_000)], ids=str)
def test_a_picture_of_any_shape_fits(size: tuple[int, int]) -> None:
    assert len(read(draw(replace(REPORT, picture=png(Image.new("1", size)))))) == 1


def test_many_attempts_go_on_with_their_head() -> None:
    attempts = tuple(Attempt(f"try {number}", Outcome.FAILED, "Busy.", 0, 1) for number in range(1, 131))
    pages = read(draw(replace(FAILED, attempts=attempts)))
    assert all("Result" in page for page in pages)
    assert f"Page 1 of {len(pages)}" in pages[0]
    text = " ".join(" ".join(pages).split())
    assert "31 try 31 " in text
    assert "130 try 130 " in text
    assert "30 try 30 " not in text, "the last hundred"


def test_the_same_facts_give_the_same_bytes() -> None:
    assert draw(REPORT) == draw(replace(REPORT))


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=3_000))
def test_any_words_do(words: str) -> None:
    attempts = (Attempt(words, Outcome.FAILED, words, 0),)
    texts = {
        "said": words,
        "company": words,
        "subject": words,
        "at": words,
        "their_station": words,
        "our_station": words,
    }
    numbers = {"reference": words, "our_number": words, "their_number": words}
    assert read(draw(replace(REPORT, **texts, **numbers, attempts=attempts)))


def test_the_longest_words_are_cut_and_fit() -> None:
    words = "W" * 5_000
    texts = dict.fromkeys(("said", "company", "subject", "at", "their_station", "our_station"), words)
    numbers = dict.fromkeys(("reference", "our_number", "their_number"), words)
    assert "…" in read(draw(replace(REPORT, **texts, **numbers, attempts=())))[0]
