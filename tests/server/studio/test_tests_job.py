"""The run of a draft's tests, for pages and for publishing: one of each version, which ends though pages go on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from threading import Event

import pytest

from callrouter.menu_tests.run import TestReport, run_tests
from config.load import require_site
from config.schema import Site
from server.studio.testing import job as job_module
from server.studio.testing.draft_tests import NO_TESTS, Tried
from server.studio.testing.job import BROKEN_OFF, TestsJob
from tests.server.web.publishing import DRAFT


@pytest.fixture
def site(tmp_path: Path) -> Site:
    (tmp_path / "site.yaml").write_text(DRAFT)
    return require_site(tmp_path)


@pytest.fixture
async def job() -> AsyncIterator[TestsJob]:
    made = TestsJob()
    yield made
    made.close()


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Event:
    """Let no run end until this is set."""
    opened = Event()

    def run(site: Site, names: tuple[str, ...]) -> TestReport:
        assert opened.wait(20)
        return run_tests(site, names)

    monkeypatch.setattr(job_module, "run_tests", run)
    return opened


async def test_a_result_is_known_once_its_run_is_over_and_only_of_its_version(
    job: TestsJob, site: Site, gate: Event
) -> None:
    assert await job.known(site) is None
    standing = job.start(site)
    waiting = asyncio.create_task(job.known(site))
    await asyncio.sleep(0)
    assert standing.is_running and not waiting.done()
    gate.set()
    report = await waiting
    assert report is not None and report is standing.report and report is await job.known(site)
    assert Tried.of(report).failed == () and Tried.of(report) != NO_TESTS
    assert job.start(site) is standing
    assert await job.known(site.model_copy(update={"version": "another"})) is None


async def test_a_run_somebody_waits_for_ends_though_a_page_goes_on_to_another_version(
    job: TestsJob, site: Site, gate: Event
) -> None:
    first = job.start(site)
    waiting = asyncio.create_task(job.known(site))
    await asyncio.sleep(0)
    other = job.start(site.model_copy(update={"version": "another"}))
    third = job.start(site.model_copy(update={"version": "a third"}))
    gate.set()
    assert await waiting is first.report is not None
    await job.wait(20)
    assert (other.trouble, third.trouble, third.is_running) == (BROKEN_OFF, "", False)


async def test_whoever_stops_waiting_for_a_version_that_nobody_looks_at_ends_its_run(
    job: TestsJob, site: Site, gate: Event
) -> None:
    first = job.start(site)
    waiting = asyncio.create_task(job.known(site))
    await asyncio.sleep(0)
    job.start(site.model_copy(update={"version": "another"}))
    waiting.cancel()
    gate.set()
    await asyncio.gather(waiting, return_exceptions=True)
    await job.wait(20)
    assert first.report is None
