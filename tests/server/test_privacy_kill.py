"""kill -9 in the middle of forgetting: the next start goes on, and in the end nothing is left."""

from __future__ import annotations

import asyncio
import shutil
import sys
from pathlib import Path

import pytest

from tests.server.privacy_house import NAME, filled, open_house

__all__ = ["filled"]  # a fixture: pytest finds it here by name

CHILD = Path(__file__).with_name("privacy_child.py")
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("after", "count"),
    [
        pytest.param("", 1, id="before the customer is gone"),
        pytest.param("calls", 1, id="files of voicemails gone, rows not"),
        pytest.param("files that wait", 2, id="half the journal masked"),
        pytest.param("searched", 1, id="certificate drawn, end not written"),
    ],
)
async def test_what_was_interrupted_is_brought_to_its_end(filled: Path, tmp_path: Path, after: str, count: int) -> None:
    folder = tmp_path / "house"
    await asyncio.to_thread(shutil.copytree, filled, folder)
    async with open_house(folder) as house:
        erasure = (await house.office.erasures.ask(await house.fill(), NAME, "dpo")).id
    child = await asyncio.create_subprocess_exec(
        sys.executable, str(CHILD), str(folder), erasure, after, str(count), cwd=ROOT, env={"PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert child.stdout is not None
    async with asyncio.timeout(60):
        while (line := await child.stdout.readline()) != b"there\n":
            assert line, "the child came to its end"
    child.kill()
    await child.wait()

    async with open_house(folder) as house:
        before = await house.office.erasures.get(erasure)
        assert before.ended_at is None
        assert before.step == after
        async with house.office.working():
            await house.until(erasure, lambda one: one.ended_at is not None, pass_time=True)
        ended = await house.office.erasures.get(erasure)
        assert house.left() == {}
        assert ended.stays == {}
        assert (ended.counts["customers"], ended.counts["voicemails"], ended.counts["faxes"]) == (2, 2, 2)
        assert await house.spool.exists(ended.certificate)
