"""kill -9 while a report is made, and while it is mailed: the next start brings each receiver one mail.

Mail itself allows no more than this: where the mail server has the whole mail and we die before we hear that, it is
sent again, under the same Message-ID.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path

import pytest

from ledger.clock import ManualClock
from ledger.database import Database
from ledger.deliveries import Deliveries
from ledger.delivery_model import Delivery, DeliveryState
from ledger.jobs import Jobs
from ledger.spool import Spool
from reports.issued import Order, State
from reports.issued_work import Work
from reports.issuing import Issuing
from reports.period import days_between
from tests.reports.issued_child import SITE, issuing_in
from tests.reports.issued_house import BOSS, CHIEF, Desk
from tests.reports.town import DEFINITION, FIRST, LAST, NOW, ZONE, settle
from tests.smtp_house import Hang, Manner, RoughServer

ROOT = Path(__file__).parents[2]
ORDER = Order("departments", days_between(FIRST, LAST, ZONE), "csv", DEFINITION, by="sue")
#: The leases of a killed process are over by then.
LATER = NOW + timedelta(minutes=1)
SECONDS = 60.0

pytestmark = pytest.mark.timeout(180)


async def ordered(migrated: Path, folder: Path, *to: str, made: bool) -> str:
    """Order a report, and make it if so wanted; return its id."""
    await asyncio.to_thread(shutil.copy, migrated, folder / "issued.db")
    clock = ManualClock(NOW)
    async with await Database.open(folder / "issued.db", migrate=False) as db:
        spool, jobs, deliveries = await Spool.open(folder / "spool"), Jobs(db, clock), Deliveries(db, clock)
        work = Work(db, spool, deliveries, clock, Desk())
        issuing = Issuing(db, spool, jobs, deliveries, lambda: SITE, clock, lambda: DEFINITION, work)
        id_ = await issuing.order(replace(ORDER, to=to))
        if made:
            await work.make(await jobs.get(f"report make {id_}"))
        else:
            await settle(db, 60)
        return id_


async def child(folder: Path, port: int) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.reports.issued_child", str(folder), str(port),
        cwd=ROOT, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def gone(pid: int) -> None:
    """Wait until a process has ended that is not our child."""
    try:
        watched = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    ended, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.add_reader(watched, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(watched)
        os.close(watched)


async def brought(folder: Path, post: RoughServer, id_: str) -> list[tuple[str, str]]:
    """Start anew, wait until all was accepted, and return what mails came whole: to whom, and their ids."""
    news = asyncio.Event()

    async def tried(_delivery: Delivery) -> None:
        news.set()

    async with asyncio.timeout(SECONDS), issuing_in(folder, post.port, LATER, lambda _url: Desk(), tried) as issuing:
        while not (mails := await issuing.mails([id_])) or {mail.state for mail in mails} != {DeliveryState.ACCEPTED}:
            await news.wait()
            news.clear()
        assert (await issuing.get(id_)).state is State.READY
    came = [message_from_bytes(body) for heard in post.heard for body in heard.bodies]
    return sorted((str(mail["To"]), str(mail["Message-ID"])) for mail in came)


async def test_killed_while_it_is_made(migrated: Path, tmp_path: Path) -> None:
    id_ = await ordered(migrated, tmp_path, BOSS, CHIEF, made=False)
    async with RoughServer() as post:
        dying = await child(tmp_path, post.port)
        assert dying.stdout is not None
        async with asyncio.timeout(SECONDS):
            maker = int(await dying.stdout.readline())
            dying.kill()
            await dying.wait()
            await gone(maker)
        mails = await brought(tmp_path, post, id_)
        assert [receiver for receiver, _ in mails] == [BOSS, CHIEF]
        kept = [path for path in (tmp_path / "spool").rglob("*") if path.is_file()]
        assert len(kept) == 2  # the file and its document, and nothing of the first try


@pytest.mark.parametrize(
    ("step", "good", "mails"),
    [
        pytest.param("data", "354 Go ahead", 1, id="before the mail has gone"),
        pytest.param("body", "250 2.0.0 Taken", 2, id="before the answer: as the same mail again"),
    ],
)
async def test_killed_while_it_is_mailed(migrated: Path, tmp_path: Path, step: str, good: Manner, mails: int) -> None:
    id_ = await ordered(migrated, tmp_path, BOSS, made=True)
    async with RoughServer() as post:
        post.behave(**{step: Hang()})
        dying = await child(tmp_path, post.port)
        async with asyncio.timeout(SECONDS):
            await post.hung.wait()
        dying.kill()
        await dying.wait()
        await post.gone(SECONDS)
        post.behave(**{step: good})
        came = await brought(tmp_path, post, id_)
        assert len(came) == mails
        assert [receiver for receiver, _ in set(came)] == [BOSS]
