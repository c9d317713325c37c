"""What a certificate counts is the same however often forgetting was interrupted: nothing twice, nothing left out."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from crm_bridge import erasing_store
from ledger.errors import DatabaseUnavailable
from server import privacy_steps
from tests.server.privacy_house import NAME, House, filled, open_house

__all__ = ["filled"]  # a fixture: pytest finds it here by name


async def forgotten(house: House) -> dict[str, int]:
    """Forget the person, whatever goes wrong on the way, and return what was counted."""
    erasure = (await house.office.erasures.ask(await house.fill(), NAME, "dpo")).id
    async with house.office.working():
        await house.until(erasure, lambda one: one.ended_at is not None, pass_time=True)
    assert house.left() == {}
    return dict((await house.office.erasures.get(erasure)).counts)


@pytest.fixture
async def undisturbed(filled: Path, tmp_path: Path) -> dict[str, int]:
    folder = tmp_path / "undisturbed"
    await asyncio.to_thread(shutil.copytree, filled, folder)
    async with open_house(folder) as house:
        return await forgotten(house)


async def test_every_step_that_is_done_twice_counts_once(
    filled: Path, tmp_path: Path, undisturbed: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    failed: list[str] = []
    change = erasing_store.change

    async def away(session: AsyncSession, id_: str, **values: Any) -> None:
        step = values.get("step")
        if step is not None and step not in failed:
            failed.append(step)
            raise DatabaseUnavailable
        await change(session, id_, **values)

    async def breaks(paths: Any, needles: Any) -> int:
        monkeypatch.setattr(privacy_steps, "overwrite", overwrite)
        await overwrite(paths, needles)
        raise OSError("the disk went away when the logs were done")

    overwrite = privacy_steps.overwrite
    monkeypatch.setattr(erasing_store, "change", away)
    monkeypatch.setattr(privacy_steps, "overwrite", breaks)
    folder = tmp_path / "disturbed"
    await asyncio.to_thread(shutil.copytree, filled, folder)
    async with open_house(folder) as house:
        assert await forgotten(house) == undisturbed
    assert failed[:2] == ["customer", "calls"]
    assert len(failed) == 9
    assert undisturbed["call records without name and number"] > 0
    assert undisturbed["places in logs"] > 0
