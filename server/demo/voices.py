"""What the callers of the demo say: sentences spoken by a voice, as files that a phone can play."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ivr.speech.spoken import Spoken
from ivr.speech.store import PromptStore


async def render(folder: Path, sentences: Mapping[str, str]) -> dict[str, Path]:
    """Return a WAV file for each sentence, by its key. Raises RuntimeError for one that no voice says."""
    store = PromptStore(folder)
    spoken = {key: Spoken(text, "en", None) for key, text in sentences.items()}
    report = await store.render(spoken.values())
    if report.failed:
        raise RuntimeError(f"no voice says {report.failed[0][0].text!r}: {report.failed[0][1]}")
    return {key: store.path_of(said).with_suffix(".wav") for key, said in spoken.items()}
