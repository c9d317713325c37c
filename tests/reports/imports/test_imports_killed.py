"""An import that is killed with -9 and begun again comes to what one that is left alone comes to."""

from __future__ import annotations

import asyncio
import shutil
import sys
from pathlib import Path

import pytest

from ledger.database import Database
from tests.reports.imports.files import log_of, records, take, write

ROOT = Path(__file__).resolve().parents[3]


async def killed_after(pieces: int, database: Path, file: Path) -> int:
    """Import in a process that is killed after so many pieces; return how many lines it had told of."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.reports.imports.import_child", str(database), str(file),
        cwd=ROOT, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert child.stdout is not None
    lines = 0
    try:
        async with asyncio.timeout(60):
            for _ in range(pieces):
                lines = int(await child.stdout.readline() or lines)
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()
    return lines


@pytest.mark.timeout(180)
async def test_a_killed_import_goes_on_and_no_contact_is_half(migrated: Path, tmp_path: Path) -> None:
    file, database, whole = write(tmp_path / "queue_log", log_of(30)), tmp_path / "killed.db", tmp_path / "whole.db"
    for path in (database, whole):
        shutil.copy(migrated, path)
    async with await Database.open(whole, migrate=False) as db:
        await take(db, file)
        expected = await records(db)
    assert await killed_after(5, database, file) >= 35
    async with await Database.open(database, migrate=False) as db:
        now = await records(db)
        assert 0 < len(now) < len(expected)
        assert all(expected[name] == record for name, record in now.items())
        rest = await take(db, file)
        assert await records(db) == expected
    assert 35 <= rest.known_lines < 80
    assert rest.known_lines + rest.lines == 80
