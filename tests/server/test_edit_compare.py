"""What the second of two admins sees of both texts."""

from __future__ import annotations

import pytest

from server.studio.editor.compare import MOST_LINES, side_by_side

TEN = [str(number) for number in range(10)]


@pytest.mark.parametrize(
    ("theirs", "yours", "shown"),
    [
        pytest.param([], [], ((), ()), id="nothing"),
        pytest.param(["a"], [], ((("a", True),), ()), id="all of it is gone"),
        pytest.param(
            TEN,
            [*TEN[:5], "five", *TEN[6:]],
            (
                tuple((line, line == "5") for line in ("…", *TEN[2:9], "…")),
                tuple((line, line == "five") for line in ("…", "2", "3", "4", "five", "6", "7", "8", "…")),
            ),
            id="one line in the middle",
        ),
        pytest.param(
            TEN,
            [*TEN, "10"],
            (
                tuple((line, False) for line in ("…", "7", "8", "9")),
                tuple((line, line == "10") for line in ("…", "7", "8", "9", "10")),
            ),
            id="one line more",
        ),
    ],
)
def test_what_differs_is_marked(theirs: list[str], yours: list[str], shown: object) -> None:
    assert side_by_side("\n".join(theirs), "\n".join(yours)) == shown


def test_texts_that_are_too_long_are_shown_without_marks() -> None:
    theirs, yours = side_by_side("a\n" * MOST_LINES, "b\n" * MOST_LINES)
    assert len(theirs) == len(yours) == MOST_LINES
    assert not any(other for _, other in (*theirs, *yours))
