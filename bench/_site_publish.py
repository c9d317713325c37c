"""How long an admin waits who publishes a large site in which 20 texts changed, spoken by the real engines.

Owns the prompts that were there before: whole files without a sound, since to speak ten thousand
texts takes long.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Final

from config.load import require_site
from config.versions.store import Publication, VersionStore
from ivr import phrases
from ivr.speech.prompt_files import ALAW, NOTE, ULAW, WAV, Note, write_prompt
from ivr.speech.store import PromptStore
from ledger.clock import SystemClock
from server import live_site
from server.live_site import Served
from server.progress import silent
from server.settings import Settings
from server.studio.publishing import publish as publishing
from server.studio.room import StudioRoom

#: The goal, seconds from pressing the button until the server could serve it.
LIMIT_SECONDS: Final = 5.0
CHANGED: Final = 20
#: How the changed texts are worded, first and then again, in the languages of the site.
_WELCOME: Final = (
    ('"This is place {}. ', '"Welcome to place number {}, where it is. '),
    ('"Čia vieta {}. ', '"Sveiki atvykę į vietą, kurios numeris {}. '),
)
_HERE: Final = (
    ('"Welcome to place number {}, where it is. ', '"Good to hear you at place number {}, here it is. '),
    ('"Sveiki atvykę į vietą, kurios numeris {}. ', '"Malonu jus girdėti vietoje, kurios numeris {}. '),
)
#: A prompt of before: 0.1 s of nothing.
_SAMPLES: Final = 800


async def measured(folder: Path, draft: Path) -> dict[str, float]:
    """Publish the site in `draft`, then measure publishing it with changed texts; leaves the changed draft.

    First as the page does, in the server's process; then as the command does, for a server in another process.
    """
    settings = Settings(draft, folder / "data", cache=folder / "cache")
    (folder / "data").mkdir()
    prompts = _speak_before(draft, settings.prompts)
    clock, store = SystemClock(), VersionStore(settings.versions)
    live = await live_site.at_start(store, settings, clock, silent)
    live.move_with(_Nobody())
    by_page = StudioRoom.of(settings, live)
    spoken = _change(draft, settings, _WELCOME)
    by_page_seconds = await _publish(by_page, publishing.tell_of(by_page))
    assert live.served.publication.number == store.newest_number(), live.trouble
    _change(draft, settings, _HERE)
    by_command_seconds = await _publish(replace(by_page, live=None), _served(settings))
    return {
        "publish_prompts": float(prompts),
        "publish_prompts_spoken": float(spoken),
        "publish_seconds": by_page_seconds,
        "publish_by_command_seconds": by_command_seconds,
        "publish_limit_seconds": LIMIT_SECONDS,
    }


def _change(draft: Path, settings: Settings, words: tuple[tuple[str, str], ...]) -> int:
    """Word texts of the draft otherwise; return how many are to be spoken."""
    menus = draft / "menus.yaml"
    text = menus.read_text(encoding="utf-8")
    for menu in range(CHANGED // len(words)):
        for was, now in words:
            text = text.replace(was.format(menu), now.format(menu), 1)
    menus.write_text(text, encoding="utf-8")
    missing = PromptStore(settings.prompts).missing(phrases.everything(require_site(draft)))
    assert len(missing) == CHANGED, f"{len(missing)} texts are to be spoken"
    return len(missing)


async def _publish(room: StudioRoom, tell: publishing.Tell) -> float:
    """Return the seconds that it took, a server's getting ready for it included."""
    began = time.perf_counter()
    done = await publishing.publish(room, who="bench", why="", clock=SystemClock(), tell=tell)
    took = time.perf_counter() - began
    assert done.is_new and not done.tried.failed and not done.trouble
    return took


def _served(settings: Settings) -> publishing.Tell:
    """Return what a running server does before it goes over: read the version, and find its sounds."""

    async def tell(publication: Publication) -> str:
        await live_site.load(VersionStore(settings.versions), publication, settings)
        return ""

    return tell


class _Nobody:
    """No parts go along: there is no telephone here."""

    async def prepare(self, new: Served) -> None:
        pass

    async def go_back(self, old: Served) -> None:
        pass

    def switch(self, new: Served) -> None:
        pass

    async def settle(self, new: Served, old: Served) -> None:
        pass


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
