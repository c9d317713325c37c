"""A back-test in a process beside the server: what is said of one that dies, is stopped, or is asked for twice."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from callrouter.backtest.run import Wish
from config.schema import Site
from server.studio.backtesting import job as backtest_job
from server.studio.backtesting.job import Asked, BacktestJob

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
SITE = Site.model_validate({"company": {"name": "Acme"}, "numbers": {}})
ASKED = Asked("a", "b", 7, NOW)
WISH = Wish(SITE, SITE, NOW - timedelta(days=7), NOW)


async def over(job: BacktestJob) -> None:
    async with asyncio.timeout(20):
        while job.is_running:  # noqa: ASYNC110 - a process that ends is no event of ours
            await asyncio.sleep(0.01)


async def test_a_process_that_dies_is_told_and_another_can_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backtest_job, "WORKER", "tests.no_such_worker")
    job = BacktestJob("sqlite+aiosqlite://")
    for _ in range(2):
        assert job.start(ASKED, WISH)
        assert not job.start(ASKED, WISH), "one at a time"
        await over(job)
        standing = job.standing
        assert standing is not None and not standing.is_running
        assert standing.trouble == "it could not be finished; the server's log says why. Try again"


async def test_one_that_is_stopped_is_forgotten() -> None:
    job = BacktestJob("sqlite+aiosqlite://")
    await job.cancel()
    assert job.start(ASKED, WISH)
    async with asyncio.timeout(20):
        await job.cancel()
    assert job.standing is None and not job.is_running
