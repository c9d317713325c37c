"""`up`: the server for real use, until somebody stops it."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
from contextlib import AsyncExitStack
from pathlib import Path

import structlog
import uvloop

from config.versions.store import VersionStore
from server.accounts import Accounts
from server.commands.publish import publish as publish_folder
from server.data_folder import OTHERS, make_private
from server.live_site import unpublished
from server.settings import Settings
from server.switchroom import Switchroom, running
from server.terminal import Foreseen, environment, foreseen, log_to, progress, put, remark
from server.web.app import serving

log = structlog.get_logger(__name__)


def run(site: Path, data: Path, drain: float, *, publish: bool = False) -> int:
    """Serve until SIGTERM or SIGINT, then let the calls in progress end."""
    log_to()
    os.umask(OTHERS)  # Asterisk, which writes down what callers say, has it from us
    with foreseen():
        make_private(data)
        if publish:
            publish_before(site, data)
        return uvloop.run(_serve(Settings(site, data, drain=drain, environment=environment())))


def publish_before(site: Path, data: Path) -> None:
    """Publish the folder; where that cannot be, callers are served with what was published before, if anything was.

    Raises Foreseen.
    """
    try:
        publish_folder(site, data, why="", although_tests_fail=False, json=False)
    except Foreseen as error:
        if not VersionStore(data / "site").newest_number():
            raise
        remark(f"{error}\nwhat was published before is served")


async def _serve(settings: Settings) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        with progress() as show:
            switchroom = await stack.enter_async_context(running(settings, show=show))
            web = switchroom.site.web
            address = await stack.enter_async_context(serving(switchroom, web.bind, web.port))
        await announce(switchroom, address)
        # What was made at the start stays: a collection need not look at it again in the middle of a call.
        gc.collect()
        gc.freeze()
        await stop.wait()
        log.info("stopping: no new calls; those in progress may end", seconds=settings.drain)
        left = await switchroom.drain()
        log.info("stopped", calls_left=left)
    return 0


async def announce(switchroom: Switchroom, address: str) -> None:
    """Say where phones and pages are, and once who may log in."""
    site = switchroom.site
    put(f"Switchroom serves {site.company.name} (site version {site.version}).")
    put(f"  phones register at {_typed(site.pbx.bind, switchroom.telephone.plan.ports.sip)}")
    put(f"  pages are at {address}")
    if switchroom.live.trouble:
        remark(f"an older version is served: {switchroom.live.trouble}")
    folder, data = switchroom.settings.site, switchroom.settings.data
    differs = await unpublished(switchroom.live, switchroom.settings)
    if differs is None:
        remark(f"the folder cannot be published as it is: ./switchroom check {folder}")
    elif differs:
        commands = f"./switchroom diff {folder} --data {data}, ./switchroom publish {folder} --data {data}"
        remark(f"the folder has changes that are not published: {commands}")
    password = await Accounts(switchroom.database, switchroom.clock).ensure_admin()
    if password is not None:
        put(f"  log in as admin with the password {password} (it is not shown again)")


def _typed(host: str, port: int) -> str:
    """Write an address as people type it."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
