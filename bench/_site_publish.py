"""How long an admin waits who publishes a large site in which 20 texts changed, spoken by the real engines.

Owns the prompts that were there before: whole files without a sound, since to speak ten thousand
texts takes long.
"""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from bench import _big_site
from config.load import require_site
from config.versions.store import Publication, VersionStore
from ivr import phrases
from ivr.speech.prompt_files import ALAW, NOTE, ULAW, WAV, Note, write_prompt
from ivr.speech.store import PromptStore
from ledger.clock import SystemClock
from server import live_site
from server.settings import Settings
from server.studio.publishing import publish as publishing
from server.studio.room import StudioRoom

#: The goal, seconds from pressing the button until the server could serve it.
LIMIT_SECONDS: Final = 5.0
CHANGED: Final = 20
#: A prompt of before: 0.1 s of nothing.
_SAMPLES: Final = 800


async def measured(folder: Path, draft: Path) -> dict[str, float]:
    """Publish the site in `draft`, change texts in it, and measure publishing it again; leaves the changed draft."""
    settings = Settings(draft, folder / "data", cache=folder / "cache")
    (folder / "data").mkdir()
    prompts = _speak_before(draft, settings.prompts)
    await _publish(settings)
    menus = draft / "menus.yaml"
    text = menus.read_text(encoding="utf-8")
    half = CHANGED // len(_big_site.LANGUAGES)
    for menu in range(half):
        text = text.replace(f'"This is place {menu}. ', f'"Welcome to place number {menu}, where it is. ', 1)
        text = text.replace(f'"Čia vieta {menu}. ', f'"Sveiki atvykę į vietą, kurios numeris {menu}. ', 1)
    menus.write_text(text, encoding="utf-8")
    missing = PromptStore(settings.prompts).missing(phrases.everything(require_site(draft)))
    assert len(missing) == CHANGED, f"{len(missing)} texts are to be spoken"
    seconds = await _publish(settings)
    return {
        "publish_prompts": float(prompts),
        "publish_prompts_spoken": float(len(missing)),
        "publish_seconds": seconds,
        "publish_limit_seconds": LIMIT_SECONDS,
    }


async def _publish(settings: Settings) -> float:
    """Return the seconds that it took, a server's getting ready for it included."""

    def nothing() -> Any:  # Any: no site is served here
        raise AssertionError("no site is served here")

    room = StudioRoom(settings.site, settings.data, settings.prompts, nothing)
    began = time.perf_counter()
    done = await publishing.publish(room, who="bench", why="", clock=SystemClock(), tell=_served(settings))
    took = time.perf_counter() - began
    assert done.is_new and not done.tried.failed
    return took


def _served(settings: Settings) -> Callable[[Publication], Awaitable[str]]:
    """Return what a running server does before it goes over: read the version, and find its sounds."""

    async def tell(publication: Publication) -> str:
        await live_site.load(VersionStore(settings.versions), publication, settings)
        return ""

    return tell


def _speak_before(draft: Path, folder: Path) -> int:
    """Put a whole prompt there for every text of the site; return how many that are."""
    store, quiet = PromptStore(folder), b"\xff" * _SAMPLES
    wanted = {spoken.normal() for spoken in phrases.everything(require_site(draft))}
    first = None
    for spoken in wanted:
        stem = store.path_of(spoken)
        note = Note(spoken.text, spoken.language, spoken.voice, "bench", _SAMPLES, _SAMPLES / 8_000)
        if first is None:
            write_prompt(stem, wav=bytes(44 + 2 * _SAMPLES), ulaw=quiet, alaw=quiet, note=note)
            first = stem
            continue
        # The sound of the first under other names: ten thousand times waiting for the disk is no part of this.
        for suffix in (WAV, ULAW, ALAW):
            stem.with_suffix(suffix).hardlink_to(first.with_suffix(suffix))
        stem.with_suffix(NOTE).write_text(json.dumps(asdict(note)), encoding="utf-8")
    return len(wanted)
