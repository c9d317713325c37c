"""The outline that the page draws."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.voicemail.sound.sounds import RATE, Sound, header, record, silence, tone
from voicemail.sound.errors import NoSound
from voicemail.sound.telephone_wav import BLOCK
from voicemail.sound.waveform import peaks


@pytest.mark.parametrize(
    ("sound", "count", "expected"),
    [
        pytest.param(np.repeat([1_000.0, -4_000.0, 2_000.0, 0.0], RATE), 4, [25, 100, 50, 0], id="loudest is 100"),
        pytest.param(np.repeat([20.0, 40.0], RATE), 2, [6, 12], id="a quiet line is drawn low"),
        pytest.param(silence(1), 3, [0, 0, 0], id="silence"),
        pytest.param(np.array([500.0, -1_000.0, 250.0]), 400, [50, 100, 25], id="fewer samples than bars"),
        pytest.param(np.array([1_000.0]), 1, [100], id="one sample"),
    ],
)
def test_heights(tmp_path: Path, sound: Sound, count: int, expected: list[int]) -> None:
    drawn = peaks(record(tmp_path / "message.wav", sound), count)
    assert drawn == pytest.approx(expected, abs=2)  # µ-law rounds


@pytest.mark.parametrize("samples", [BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 777])
@pytest.mark.parametrize("count", [1, 7, 400])
def test_blocks_leave_no_trace(tmp_path: Path, samples: int, count: int) -> None:
    values = np.random.default_rng(samples).integers(-32_768, 32_767, samples).astype("<i2")
    path = tmp_path / "message.wav"
    path.write_bytes(header(2 * samples) + values.tobytes())
    edges = [number * samples // count for number in range(count)]
    loudest = np.maximum.reduceat(np.abs(values.astype(np.int32)), edges)
    assert peaks(path, count) == [int(height) * 100 // int(loudest.max()) for height in loudest]


def test_a_file_that_ends_early_is_drawn_silent_from_there(tmp_path: Path) -> None:
    path = tmp_path / "message.wav"
    path.write_bytes(header(0))
    with pytest.raises(NoSound):
        peaks(path)


@pytest.mark.parametrize("count", [0, -1, 4_001])
def test_a_senseless_number_of_bars_is_refused(tmp_path: Path, count: int) -> None:
    with pytest.raises(ValueError, match="bars"):
        peaks(record(tmp_path / "message.wav", tone(1, 440)), count)
