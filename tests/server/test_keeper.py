"""The keeper of Asterisk, with an Asterisk that ends and starts as the test wants."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from ledger.clock import ManualClock
from pbx.errors import StartFailed
from pbx.supervisor import ExitReport
from server.keeper import Keeper

KILLED = ExitReport(None, 9, False, ())
STOPPED = ExitReport(0, None, True, ())


class Fragile:
    """Ends after so many seconds each time; its attempts to start succeed or fail as foretold, then always."""

    def __init__(self, clock: ManualClock, runs: Sequence[float], starts: Sequence[bool] = ()) -> None:
        self._clock = clock
        self._runs = list(runs)
        self._starts = list(starts)

    async def start(self) -> None:
        if self._starts and not self._starts.pop(0):
            raise StartFailed("a port is in use")

    async def wait(self) -> ExitReport:
        if not self._runs:
            return STOPPED
        self._clock.advance(self._runs.pop(0))
        return KILLED


@pytest.mark.parametrize(
    ("runs", "starts", "pauses"),
    [
        pytest.param([], [], [], id="stopped on purpose"),
        pytest.param([3600.0], [], [], id="the first restart comes at once"),
        pytest.param([3600.0, 3600.0], [], [], id="and so does one a long time later"),
        pytest.param([1.0, 1.0, 1.0], [], [1.0, 2.0], id="one that ends again and again is waited for"),
        pytest.param([1.0, 1.0, 3600.0, 1.0], [], [1.0, 1.0], id="after a sound run the patience is back"),
        pytest.param([1.0], [False, False, True], [1.0, 2.0], id="one that does not start is tried again"),
        pytest.param([1.0], [False] * 8, [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0], id="at least every minute"),
    ],
)
async def test_asterisk_is_started_again(runs: list[float], starts: list[bool], pauses: list[float]) -> None:
    clock = ManualClock()
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    keeper = Keeper(Fragile(clock, runs, starts), clock, sleep=sleep, chance=lambda: 1.0)
    async with asyncio.timeout(20):
        await keeper.keep()
    assert slept == pauses
    assert keeper.restarts == len(runs)
