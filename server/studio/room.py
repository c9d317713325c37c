"""What the admin's pages and commands work on: the draft, the versions, the places of what they need.

Owns where things are, and what there is of each only once: what was read of them, the run of the draft's tests.
Publishing, editing and each page have files of their own beside this one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from config.load import Loaded, load_site
from config.schema import Site
from server.live_site import LiveSite
from server.settings import Settings
from server.studio.overview.sites import Sites
from server.studio.testing.job import TestsJob


@dataclass(frozen=True)
class StudioRoom:
    """The admin's work room. The draft is the folder that the server was started with; `site` is what is served now."""

    draft: Path
    data: Path
    #: Rendered prompts, shared by all versions and by whoever listens to one beforehand.
    prompts: Path
    site: Callable[[], Site]
    #: What ${ENV:NAME} in the site refers to.
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    #: What the server serves, and how it goes over to another version; None where no server runs.
    live: LiveSite | None = None
    #: Held by whoever writes into the draft: who compares it with what the admin saw must be the only one then.
    writing: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False, compare=False)

    @classmethod
    def of(cls, settings: Settings, live: LiveSite) -> StudioRoom:
        """Return the room of a server."""
        return cls(settings.site, settings.data, settings.prompts, live.now, settings.environment, live)

    @property
    def versions(self) -> Path:
        """Where published versions are kept."""
        return self.data / "site"

    @cached_property
    def sites(self) -> Sites:
        """The draft and what callers hear as pages show them, read once for all pages."""
        return Sites(self.draft, self.versions, self.site, self.environment, self.live)

    @cached_property
    def tests(self) -> TestsJob:
        """The run of the draft's tests, for all who ask how they stand and for publishing."""
        return TestsJob()

    async def load_draft(self) -> Loaded:
        """Load the draft as it is on disk now, with all findings."""
        return await asyncio.to_thread(load_site, self.draft, self.environment)
