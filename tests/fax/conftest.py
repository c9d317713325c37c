"""What the tests of fax/ share: every test that asks for `db` runs on SQLite and on PostgreSQL.

The same paper makes the same PDF and the same pictures: a process of its own looks at it for the first test, and the
others are handed what it found. Tests of these processes, and of what becomes of them, have them.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from fax.paper import aside
from fax.paper.model import Limits
from ledger.process import Line
from tests.fixtures.databases import database_url, db

__all__ = ["database_url", "db"]  # fixtures: pytest finds them here by name

_LOOKED_AT: dict[str, tuple[Line, bytes, bytes | None]] = {}


@pytest.fixture(scope="module", autouse=True)
def paper_is_looked_at_once(request: pytest.FixtureRequest) -> Iterator[None]:
    if request.path.parent.name in ("paper", "documents") or request.path.name == "test_trouble.py":
        yield
        return
    ask = aside._ask

    async def remember(
        what: str, tiff: Path, limits: Limits, deadline: float, most_content: int = 0, **more: object
    ) -> tuple[Line, bytes]:
        pdf = more.get("pdf")
        asked = {name: value for name, value in more.items() if name not in ("pdf", "seconds")}
        seen = hashlib.sha256(await asyncio.to_thread(tiff.read_bytes)).hexdigest()
        key = json.dumps([what, seen, asdict(limits), asked], default=str)
        if key not in _LOOKED_AT:
            said, content = await ask(what, tiff, limits, deadline, most_content, **more)
            made = None if pdf is None else await asyncio.to_thread(Path(str(pdf)).read_bytes)
            _LOOKED_AT[key] = said, content, made
        said, content, made = _LOOKED_AT[key]
        if made is not None:
            await asyncio.to_thread(Path(str(pdf)).write_bytes, made)
        return said, content

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(aside, "_ask", remember)
        yield
