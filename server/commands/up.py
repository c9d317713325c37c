"""`up`: the server for real use, until somebody stops it."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import structlog
import uvloop

from server.settings import Settings
from server.switchroom import running
from server.terminal import environment, foreseen, log_to, progress, put

log = structlog.get_logger(__name__)


def run(site: Path, data: Path, drain: float) -> int:
    """Serve until SIGTERM or SIGINT, then let the calls in progress end."""
    log_to()
    with foreseen():
        return uvloop.run(_serve(Settings(site, data, drain=drain, environment=environment())))


async def _serve(settings: Settings) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    with progress() as show:
        server = running(settings, show=show)
        switchroom = await server.__aenter__()
    try:
        put(f"Switchroom serves {switchroom.site.company.name} (site version {switchroom.site.version}).")
        put(f"  phones register at {settings_address(switchroom.site.pbx.bind, switchroom.telephone.plan.ports.sip)}")
        await stop.wait()
        log.info("stopping: no new calls; those in progress may end", seconds=settings.drain)
        left = await switchroom.drain()
        log.info("stopped", calls_left=left)
    finally:
        await server.__aexit__(None, None, None)
    return 0


def settings_address(host: str, port: int) -> str:
    """Write an address as people type it."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
