"""The site's own tests, run before it is published: how many passed, and which did not.

Owns where they run: a few beside the event loop, many in a process of their own, so that calls are not kept waiting.
Run as `python -m server.studio.testing.draft_tests` it is that process.
"""

from __future__ import annotations

import asyncio
import gc
import os
import pickle
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from callrouter.menu_tests.run import RunTooLong, TestReport, TestResult, run_tests
from config.reading.uncollected import uncollected
from config.schema import Site
from config.versions.files import yaml_files

#: More than so many get a process of their own.
FEW = 100
#: A draft of more bytes has many tests, as it seems: its process starts while the draft is still read.
LARGE = 64 << 10
#: So long may they take, seconds.
LONGEST = 150.0
#: Calls on the same machine go first, then the prompts that are spoken meanwhile, which take longer.
POLITENESS = 15
#: A test that fails in many ways is told to this length; its own page has all.
LONGEST_SENTENCE = 300
#: What the process says is no longer, bytes.
LARGEST = 16 << 20


@dataclass(frozen=True)
class Tried:
    """What became of a site's tests; `failed` has a sentence for each that did not pass."""

    passed: int = 0
    failed: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        return self.passed + len(self.failed)

    @classmethod
    def of(cls, report: TestReport) -> Tried:
        """Tell how a run came out."""
        failed = report.failed
        return cls(len(report.results) - len(failed), tuple(_sentence(one) for one in failed))

    @classmethod
    def unknown(cls, count: int, why: str) -> Tried:
        """Tell of tests that could not be run: they count as failed."""
        return cls(0, (f"the {count} tests could not be run: {why}",))


NO_TESTS = Tried()


class Tester:
    """Runs the tests of one draft, once."""

    def __init__(self, process: Process | None = None) -> None:
        self._process = process

    async def try_all(self, site: Site) -> Tried:
        """Run every test of the site, beside the event loop; tests that cannot be run count as failed."""
        if not site.tests:
            return NO_TESTS
        try:
            async with asyncio.timeout(LONGEST):
                return await (asyncio.to_thread(_run, site) if len(site.tests) <= FEW else self._run_apart(site))
        except (TimeoutError, RunTooLong):
            return Tried.unknown(len(site.tests), "they take too long")
        except (OSError, EOFError, pickle.UnpicklingError):
            return Tried.unknown(len(site.tests), "their process died")

    async def close(self) -> None:
        """End the process."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            if self._process.stdin is not None:
                self._process.stdin.close()
            await self._process.wait()

    async def _run_apart(self, site: Site) -> Tried:
        if self._process is None:
            self._process = await _start()
        said, _ = await self._process.communicate(await asyncio.to_thread(pickle.dumps, site))
        tried = pickle.loads(said)  # noqa: S301  our own process wrote it
        if not isinstance(tried, Tried):
            raise EOFError
        return tried


@asynccontextmanager
async def tester_of(draft: Path) -> AsyncIterator[Tester]:
    """Give what runs the tests of a draft that is about to be read; its process is gone afterwards."""
    tester = Tester()
    if await asyncio.to_thread(_is_large, draft):
        with suppress(OSError):  # tried once more when it is needed
            tester = Tester(await _start())
    try:
        yield tester
    finally:
        await tester.close()


def _is_large(draft: Path) -> bool:
    try:
        return sum(file.stat().st_size for file in yaml_files(draft).values()) > LARGE
    except OSError:  # whoever reads it next says what is wrong
        return False


async def _start() -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", __name__,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        limit=LARGEST,
    )  # fmt: skip


def _run(site: Site) -> Tried:
    return Tried.of(run_tests(site))


def _sentence(result: TestResult) -> str:
    said = f"{result.test.name}: {'; '.join(str(failure) for failure in result.failures)}"
    return said if len(said) <= LONGEST_SENTENCE else said[: LONGEST_SENTENCE - 1] + "…"


def main() -> None:
    """Run the tests of the site on standard input, and answer on standard output."""
    # Libraries print as they like: that must not land in the answer.
    with os.fdopen(os.dup(1), "wb") as answer:
        os.dup2(2, 1)
        os.nice(POLITENESS)
        # By its full name: here this module is called __main__, which the other end is not.
        from server.studio.testing import draft_tests

        with uncollected():
            site = pickle.load(sys.stdin.buffer)  # noqa: S301  our own parent wrote it
        gc.freeze()  # all of a site stays: to look for garbage in it would take a fifth of the time
        pickle.dump(draft_tests._run(site), answer)


if __name__ == "__main__":
    main()
