"""A real Chromium for tests: the machine's own, or Debian's, brought in without root; knows no page of ours."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from pbx import debian
from pbx.installation import default_cache

#: The browser without windows; it needs a third of the libraries.
PACKAGES = ("chromium-headless-shell", "fonts-inter")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
START_SECONDS = 60.0


@dataclass(frozen=True)
class Chromium:
    """A browser that can be started, and the environment it needs."""

    program: Path
    environment: dict[str, str]


async def chromium(cache: Path | None = None) -> Chromium:
    """Return the machine's Chromium, or the one in the cache, bringing it in first if need be."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if (found := shutil.which(name)) is not None:
            return Chromium(Path(found), dict(os.environ))
    root = (cache or default_cache()).absolute() / "chromium"
    # Of this machine's own release: the program runs with the C library that is here.
    await debian.unpack(PACKAGES, suite=_release(), into=root, progress=lambda progress: None)
    return _look_at(root)


@asynccontextmanager
async def running_browser(folder: Path, found: Chromium) -> AsyncIterator[Browser]:
    """Start it with a new profile in `folder`, and end it however the test ends."""
    environment = found.environment | {"HOME": str(folder), "XDG_CACHE_HOME": str(folder)}
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=found.program,
            args=list(FLAGS),
            env={**environment},
            chromium_sandbox=False,
            timeout=START_SECONDS * 1000,
        )
        try:
            yield browser
        finally:
            await browser.close()


def _look_at(root: Path) -> Chromium:
    program = root / "usr/lib/chromium/chromium-headless-shell"
    # Some libraries lie in folders of their own below the usual one.
    libraries = sorted({str(file.parent) for file in root.glob("**/lib/*-linux-gnu/**/lib*.so*")})
    fonts = root / "fonts.conf"
    fonts.write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">\n'
        f"<fontconfig><dir>{root}/usr/share/fonts</dir><cachedir>{root}/var/cache/fontconfig</cachedir></fontconfig>\n"
    )
    environment = {"LD_LIBRARY_PATH": os.pathsep.join(libraries), "FONTCONFIG_FILE": str(fonts)}
    return Chromium(program, {**os.environ, **environment})


def _release() -> str:
    """Return the name of this machine's Debian release."""
    lines = Path("/etc/os-release").read_text().splitlines()
    facts = dict(line.split("=", 1) for line in lines if "=" in line)
    return facts["VERSION_CODENAME"].strip('"')
