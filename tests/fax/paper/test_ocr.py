"""The words on a fax: a tesseract of our own that says what it was asked, and the real one where it is installed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from fax.paper.errors import PaperLost
from fax.paper.model import NotInstalled, PaperText
from fax.paper.ocr import MOST_CHARACTERS, text_of
from tests.fax.paper.papers import STANDARD, write

Install = Callable[[str], Path]
LISTING = 'if [ "$1" = --list-langs ]; then echo "List of available languages (2):"; echo eng; echo lit; exit; fi'


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Have a shell script be the only tesseract there is; returns its folder."""

    def install(script: str) -> Path:
        program = tmp_path / "bin" / "tesseract"
        program.parent.mkdir()
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
        return program.parent

    return install


def test_without_tesseract_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert text_of(STANDARD) == NotInstalled("tesseract is not installed")


def test_without_the_language_it_says_so(installed: Install) -> None:
    installed(LISTING)
    assert text_of(STANDARD, ("deu", "fra")) == NotInstalled("tesseract has no data for deu, fra")


def test_each_page_is_shown_with_square_dots(installed: Install) -> None:
    folder = installed(f'{LISTING}\necho "$@" >> "$(dirname "$0")/asked"; head -c 15 | head -n 2 | tail -n 1')
    assert text_of(STANDARD, ("lit", "deu", "eng")) == PaperText(("1728 2244",) * 2, complete=True)
    assert (folder / "asked").read_text() == "stdin stdout -l lit+eng --dpi 204 --psm 3\n" * 2


@pytest.mark.parametrize(
    ("script", "pages"),
    [
        pytest.param("exit 1", ("", ""), id="fails"),
        pytest.param("exec sleep 60", ("", ""), id="hangs"),
        pytest.param(
            '[ -e "$0.once" ] && echo second || { touch "$0.once"; exit 3; }', ("", "second"), id="fails once"
        ),
    ],
)
def test_a_page_that_cannot_be_read_does_not_cost_the_others(
    installed: Install, script: str, pages: tuple[str, ...]
) -> None:
    installed(f"{LISTING}\n{script}")
    assert text_of(STANDARD, page_deadline=1) == PaperText(pages, complete=False)


def test_when_time_runs_out_what_was_read_is_kept(installed: Install) -> None:
    installed(f"{LISTING}\necho first; sleep 0.5")
    assert text_of(STANDARD, seconds=0.4).complete is False  # type: ignore[union-attr]  # it is installed


def test_the_text_of_a_page_is_bounded(installed: Install) -> None:
    installed(f"{LISTING}\nyes | head -c 100000")
    text = text_of(STANDARD)
    assert isinstance(text, PaperText)
    assert [len(page) for page in text.pages] == [MOST_CHARACTERS] * 2


def test_a_tesseract_that_does_not_run_is_told(installed: Install) -> None:
    installed("exit 127")
    with pytest.raises(PaperLost, match="tesseract does not run: CalledProcessError"):
        text_of(STANDARD)


@pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed")
def test_a_letter_can_be_found_by_its_words(tmp_path: Path) -> None:
    page = Image.new("L", (1728, 2244), 255)
    draw = ImageDraw.Draw(page)
    draw.text((100, 200), "Invoice 2026-1147 from Baltic Paper", 0, font=ImageFont.load_default(44))
    draw.text((100, 280), "Please pay within fourteen days.", 0, font=ImageFont.load_default(44))
    standard = page.resize((1728, 1078), Image.Resampling.BOX).point(lambda grey: 255 * (grey > 128)).convert("1")
    text = text_of(write(tmp_path / "fax.tif", [standard]))
    assert isinstance(text, PaperText)
    assert text.pages[0].split("\n") == [
        "Invoice 2026-1147 from Baltic Paper",
        "",
        "Please pay within fourteen days.",
    ]
