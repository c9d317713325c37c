"""`setup`: brings in all that tests and demo need, so that neither has to wait."""

from __future__ import annotations

import asyncio
from pathlib import Path

from config.load import require_site
from ivr import prompt_book
from ivr.speech.store import PromptStore
from pbx.installation import default_cache
from server import telephone
from server.terminal import foreseen, progress, put

ROOT = Path(__file__).resolve().parents[2]


def run() -> int:
    """Bring in Asterisk and render the sample site's prompts; quick when it is all there."""
    with foreseen():
        return asyncio.run(_set_up())


async def _set_up() -> int:
    site = require_site(ROOT / "config" / "acme")
    cache = default_cache()
    with progress() as show:
        asterisk = await telephone.installation(site, cache, show)
        store = PromptStore(cache / "prompts")
        _, report = await prompt_book.render(
            site, store, cache / "none", lambda done, total, _: show("rendering prompts", done / total)
        )
    put(f"Asterisk {asterisk.version} ({asterisk.origin}), {report.rendered + report.reused} prompts: all is there.")
    for spoken, reason in report.failed:
        put(f"not rendered: ({spoken.language}) {spoken.text}: {reason}")
    return 1 if report.failed else 0
