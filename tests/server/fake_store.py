"""A store of prompts in memory: a second of sound for every text, none for those it was told to refuse."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from ivr.speech.spoken import Spoken
from ivr.speech.store import Progress, RenderReport


@dataclass
class FakeStore:
    """`refused` are texts that no engine speaks; while `held` is clear, nothing is made."""

    folder: Path = Path("prompts")
    refused: set[str] = field(default_factory=set)
    made: list[Spoken] = field(default_factory=list)
    held: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.held.set()

    def path_of(self, spoken: Spoken) -> Path:
        return self.folder / f"{spoken.language}-{abs(hash(spoken.normal())):x}"

    def duration(self, spoken: Spoken) -> float | None:
        return 1.0 if spoken in self.made else None

    async def render(self, items: Iterable[Spoken], progress: Progress | None = None) -> RenderReport:
        await self.held.wait()
        wanted = list(dict.fromkeys(items))
        failed = [(item, "nobody can say that") for item in wanted if item.text in self.refused]
        good = [item for item in wanted if item.text not in self.refused]
        new = [item for item in good if item not in self.made]
        for count, item in enumerate(new, start=1):
            self.made.append(item)
            if progress is not None:
                progress(count, len(new), item)
        return RenderReport(len(new), len(good) - len(new), failed)
