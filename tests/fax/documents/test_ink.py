"""Which dot of a grey page is black."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from fax.documents.ink import Grey, ink
from tests.fax.documents.papers import photograph


def page(tone: int = 255) -> Grey:
    return np.full((800, 1_728), tone, np.uint8)


def lettered(paper: int, tone: int) -> Image.Image:
    """Return a page of words, their edges soft as a renderer or a scanner makes them."""
    image = Image.new("L", (1_728 * 2, 1_600), paper)
    draw = ImageDraw.Draw(image)
    for line in range(20):
        draw.text((80, 40 + 76 * line), "Žalgirio g. 90, Vilnius " * 4, fill=tone, font_size=52)
    return image.resize((1_728, 800), Image.Resampling.BOX)


def share_of_change(black: np.ndarray) -> float:
    """Return how often ink and paper change along a line: dots change often, strokes seldom."""
    return float((black[:, 1:] != black[:, :-1]).mean())


def test_one_bit_stays_as_it_is() -> None:
    bits = np.random.default_rng(1).random((999, 1_728)) < 0.5
    assert (ink(np.where(bits, 0, 255).astype(np.uint8)) == bits).all()


@pytest.mark.parametrize(
    ("paper", "tone"),
    [
        pytest.param(255, 0, id="black"),
        pytest.param(255, 128, id="grey"),
        pytest.param(255, 170, id="light grey"),
        pytest.param(232, 30, id="on tinted paper"),
        pytest.param(200, 20, id="on recycled paper"),
    ],
)
def test_letters_are_strokes_whatever_their_tone(paper: int, tone: int) -> None:
    wanted = np.asarray(lettered(255, 0)) < 128
    got = ink(np.asarray(lettered(paper, tone)))
    assert (got != wanted).mean() < 0.02
    assert (got & wanted).sum() > 0.98 * wanted.sum()


def test_the_grain_of_a_scan_is_no_ink() -> None:
    noise = np.random.default_rng(2).normal(0, 5, (800, 1_728))
    scan = np.clip(np.asarray(lettered(222, 25).filter(ImageFilter.GaussianBlur(0.7))) + noise, 0, 255).astype(np.uint8)
    wanted = np.asarray(lettered(255, 0)) < 128
    near = np.asarray(Image.fromarray(wanted).convert("L").filter(ImageFilter.MaxFilter(5))) > 0
    got = ink(scan)
    assert not got[~near].any()
    assert (got & wanted).sum() > 0.95 * wanted.sum()


@pytest.mark.parametrize("phase", [0.0, 0.25, 0.5, 0.75], ids=str)
@pytest.mark.parametrize("tone", [0, 90], ids=["black", "grey"])
def test_a_hair_line_stays_wherever_it_falls(phase: float, tone: int) -> None:
    grey = page()
    grey[400] = 255 - (1 - phase) * (255 - tone)
    grey[401] = 255 - phase * (255 - tone)
    assert ink(grey)[400:402].any(axis=0).all()


def test_a_photograph_keeps_its_tones_from_black_to_white() -> None:
    image = np.asarray(photograph(1_600, 800))
    grey = page()
    grey[:, 64:1_664] = image
    black = ink(grey)[:, 64:1_664]
    for left in range(0, 1_600, 160):
        expected = 1 - image[:, left : left + 160].mean() / 255
        assert black[:, left : left + 160].mean() == pytest.approx(expected, abs=0.03)
    assert share_of_change(black) > 0.2


def test_letters_beside_a_photograph_stay_strokes() -> None:
    grey = np.asarray(lettered(255, 0)).copy()
    alone = ink(grey)
    grey[:, 864:] = 255
    grey[100:700, 1_000:1_600] = np.asarray(photograph(600, 600))
    black = ink(grey)
    assert (black[:, :860] == alone[:, :860]).all()
    assert share_of_change(black[100:700, 1_000:1_600]) > 0.2


def test_a_light_tint_is_paper_and_a_dark_one_is_dots() -> None:
    grey = page()
    grey[100:200] = 228
    grey[400:500] = 128
    black = ink(grey)
    assert not black[:350].any()
    assert black[410:490].mean() == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("lines", [1, 15, 16, 17, 1_000], ids=str)
def test_a_page_of_any_length_keeps_it(lines: int) -> None:
    grey = np.full((lines, 1_728), 255, np.uint8)
    grey[-1, -100:] = 100
    black = ink(grey)
    assert black.shape == (lines, 1_728)
    assert black[-1, -100:].any()
