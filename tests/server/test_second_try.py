"""`./switchroom test`: what gets a second try, and what does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.commands import test as command

CONFIG = """
[tool.pytest.ini_options]
markers = ["asterisk", "browser", "postgres"]
"""
#: Fails so many times, and passes then.
TEST = """
import pathlib, pytest

{mark}
@pytest.mark.parametrize("n", range({count}))
def test_{name}(n):
    here = pathlib.Path(__file__).with_suffix(f".{{n}}")
    tries = len(here.read_text()) if here.exists() else 0
    here.write_text("x" * (tries + 1))
    assert tries >= {fails}
"""
FINE = "def test_fine():\n    pass\n"


@pytest.mark.parametrize(
    ("mark", "count", "fails", "status", "tries"),
    [
        pytest.param("asterisk", 1, 1, 0, 2, id="phones at the second try"),
        pytest.param("browser", 3, 1, 0, 2, id="three with a browser"),
        pytest.param("asterisk", 1, 2, 1, 2, id="fails again"),
        pytest.param("asterisk", 4, 1, 1, 1, id="too many"),
        pytest.param("postgres", 1, 1, 1, 1, id="nothing of real time"),
    ],
)
def test_few_failures_of_real_time_are_tried_once_more(
    mark: str, count: int, fails: int, status: int, tries: int,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setattr(command, "WHOLE", (("-m", "not asterisk", "--cache-clear"), ("-m", "asterisk")))
    monkeypatch.setattr(command, "FILE_BY_FILE", ())
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    (tmp_path / "tests").mkdir()
    (tmp_path / "pyproject.toml").write_text(CONFIG)
    (tmp_path / "tests" / "test_quick.py").write_text(FINE)
    (tmp_path / "tests" / "test_phones.py").write_text(f"import pytest\n\n@pytest.mark.asterisk\n{FINE}")
    (tmp_path / "tests" / "test_it.py").write_text(
        TEST.format(mark=f"@pytest.mark.{mark}", name="it", count=count, fails=fails)
    )
    assert command.run([], tmp_path) == status
    assert (tmp_path / "tests" / "test_it.0").read_text() == "x" * tries
    said = capfd.readouterr().err
    assert ("PASSED AT THE SECOND TRY ONLY" in said) is (status == 0 and tries == 2)
    assert ("test_it.py::test_it[0]" in said.partition("Once more, alone")[2]) is (tries == 2)


def test_a_run_that_broke_down_is_not_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "WHOLE", (("--no-such-option",), ("-m", "asterisk")))
    (tmp_path / "tests").mkdir()
    assert command.run([], tmp_path) == 4
