"""The site's own tests, run before it is published: how many passed, and which did not.

Owns where they run: a few beside the event loop, many in a process of their own, so that calls are not kept waiting.
Run as `python -m server.studio.testing.draft_tests` it is that process.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import sys
from dataclasses import dataclass

from callrouter.menu_tests.run import RunTooLong, TestResult, run_tests
from config.schema import Site

#: More than so many get a process of their own.
FEW = 100
#: So long may they take, seconds.
LONGEST = 150.0
#: Calls on the same machine go first.
POLITENESS = 5
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


NO_TESTS = Tried()


async def try_all(site: Site) -> Tried:
    """Run every test of the site, beside the event loop; tests that cannot be run count as failed."""
    if not site.tests:
        return NO_TESTS
    try:
        async with asyncio.timeout(LONGEST):
            return await (asyncio.to_thread(_run, site) if len(site.tests) <= FEW else _run_apart(site))
    except (TimeoutError, RunTooLong):
        why = "they take too long"
    except (OSError, EOFError, pickle.UnpicklingError):
        why = "their process died"
    return Tried(0, (f"the {len(site.tests)} tests could not be run: {why}",))


async def _run_apart(site: Site) -> Tried:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __name__,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        limit=LARGEST,
    )  # fmt: skip
    try:
        said, _ = await process.communicate(await asyncio.to_thread(pickle.dumps, site))
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    tried = pickle.loads(said)  # noqa: S301  our own process wrote it
    if not isinstance(tried, Tried):
        raise EOFError
    return tried


def _run(site: Site) -> Tried:
    report = run_tests(site)
    return Tried(len(report.results) - len(report.failed), tuple(_sentence(one) for one in report.failed))


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

        site = pickle.load(sys.stdin.buffer)  # noqa: S301  our own parent wrote it
        pickle.dump(draft_tests._run(site), answer)


if __name__ == "__main__":
    main()
