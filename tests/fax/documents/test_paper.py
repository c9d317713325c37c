"""Where a page lands on the paper of a fax."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fax.documents.errors import Damaged, TooLarge
from fax.documents.model import Limits, Resolution
from fax.documents.paper import WIDTH, WIDTH_MM, place

LIMITS = Limits()
MM = st.floats(0.01, 5_080)


@pytest.mark.parametrize(
    ("size_mm", "resolution", "turned", "left", "width", "lines"),
    [
        pytest.param((210, 297), Resolution.FINE, False, 20, 1_687, 2_292, id="A4 keeps its size"),
        pytest.param((210, 297), Resolution.STANDARD, False, 20, 1_687, 1_146, id="half the lines"),
        pytest.param((210, 297), Resolution.SUPERFINE, False, 20, 1_687, 4_572, id="twice the lines"),
        pytest.param((297, 210), Resolution.FINE, True, 20, 1_687, 2_292, id="landscape is turned"),
        pytest.param((210, 148), Resolution.FINE, False, 20, 1_687, 1_142, id="a low page that fits is not"),
        pytest.param((297, 420), Resolution.FINE, False, 0, 1_728, 2_348, id="A3 is made smaller"),
        pytest.param((420, 297), Resolution.FINE, True, 0, 1_728, 2_348, id="A3 landscape, both"),
        pytest.param((215.9, 279.4), Resolution.FINE, False, 0, 1_728, 2_149, id="US letter is 0.3 % too wide"),
        pytest.param((85, 55), Resolution.FINE, False, 522, 683, 424, id="a business card stays small"),
        pytest.param((0.001, 0.001), Resolution.FINE, False, 863, 1, 1, id="a dot"),
    ],
)
def test_a_page_is_placed(
    size_mm: tuple[float, float], resolution: Resolution, turned: bool, left: int, width: int, lines: int
) -> None:
    placing = place(*size_mm, resolution, LIMITS)
    assert (placing.turned, placing.left, placing.width, placing.lines) == (turned, left, width, lines)


@given(MM, MM, st.sampled_from(Resolution))
def test_nothing_is_squashed_and_nothing_is_cut(width_mm: float, height_mm: float, resolution: Resolution) -> None:
    placing = place(width_mm, height_mm, resolution, LIMITS)
    assert 0 <= placing.left <= placing.left + placing.width <= WIDTH
    across, down = (height_mm, width_mm) if placing.turned else (width_mm, height_mm)
    scale = min(1.0, WIDTH_MM / across)
    assert placing.width == pytest.approx(across * scale * 204 / 25.4, abs=1)
    assert placing.lines == pytest.approx(down * scale * resolution.lines_per_inch / 25.4, abs=1)
    covered = 0
    for start, lines in placing.pieces:
        assert start == covered
        covered += lines
    assert covered >= placing.lines


def test_a_page_longer_than_a_metre_goes_on_on_the_next() -> None:
    placing = place(100, 2_500, Resolution.FINE, LIMITS)
    assert [start for start, _ in placing.pieces] == [0, 7_717, 15_434]
    assert sum(lines for _, lines in placing.pieces) == placing.lines


def test_a_short_page_gets_paper_that_a_machine_can_hold() -> None:
    assert place(85, 10, Resolution.FINE, LIMITS).pieces == ((0, 386),)


@pytest.mark.parametrize("size_mm", [(0, 297), (210, -1), (float("nan"), 297), (210, float("inf"))], ids=str)
def test_what_is_no_size_is_damaged(size_mm: tuple[float, float]) -> None:
    with pytest.raises(Damaged, match="no size"):
        place(*size_mm, Resolution.FINE, LIMITS)


def test_a_page_longer_than_all_the_paper_is_refused() -> None:
    with pytest.raises(TooLarge, match="longer than all the paper"):
        place(1, 1e9, Resolution.FINE, LIMITS)
