"""Which version of the site is served, and going over to another one while calls go on.

Owns that order: load, prepare all that can fail, then switch in one moment; what fails leaves the old one serving.
What goes along is in `moving`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import structlog

from config.errors import ConfigError, SiteUnusable
from config.load import require_site
from config.recordings import FOLDER
from config.schema import Site
from config.versions.files import yaml_digests
from config.versions.model import VersionUnusable
from config.versions.store import Publication, VersionDamaged, VersionStore, version_id
from ivr import prompt_book
from ivr.prompt_book import NotSpeakable, PromptBook, PromptError
from ivr.speech.store import PromptStore
from ledger.clock import Clock
from pbx.errors import PbxError
from server.progress import Show
from server.settings import Settings

log = structlog.get_logger(__name__)

#: How often it is looked whether something was published, seconds; whoever publishes tells us at once.
LOOK = 2.0
#: What could not be served is tried again after so long, seconds.
TRY_AGAIN = 60.0
#: So many versions are tried at a start, should the newest be damaged.
MOST_TRIED = 10
#: Who publishes the folder of a new installation.
FIRST = "the first start"
#: Who publishes the folder of one that always follows it, such as the demo.
LATER = "the start"


@dataclass(frozen=True)
class Served:
    """A version that can be served: who published it, where its files are, and its sounds."""

    publication: Publication
    folder: Path
    site: Site
    book: PromptBook


@dataclass(frozen=True)
class Made:
    """A site and its sounds as this process has just made them, and what the files held that they were made of."""

    site: Site
    book: PromptBook
    #: As SHA-256 by their names.
    digests: Mapping[str, str]


class Movers(Protocol):
    """Bring the parts of a running server from one version to another."""

    async def prepare(self, new: Served) -> None:
        """Do all that can fail; raises what the parts raise."""

    async def go_back(self, old: Served) -> None:
        """Undo what was prepared, as far as it can be; raises nothing foreseen."""

    def switch(self, new: Served) -> None:
        """Let new calls have it, in one moment; cannot fail."""

    async def settle(self, new: Served, old: Served) -> None:
        """Do what follows. The new one is served by then, whatever becomes of this."""


class LiveSite:
    """The version that is served. `trouble` says why it is not the newest, '' while it is."""

    def __init__(
        self, store: VersionStore, settings: Settings, served: Served, clock: Clock, trouble: str = ""
    ) -> None:
        self.store = store
        self.served = served
        #: Parts read some of it at the start only.
        self.at_start = served.site
        self.trouble = trouble
        self._settings = settings
        self._clock = clock
        self._movers: Movers | None = None
        self._one_at_a_time = asyncio.Lock()
        self._failed = (0, 0.0)
        self._made: Made | None = None

    def now(self) -> Site:
        """Return the site that is served now."""
        return self.served.site

    def move_with(self, movers: Movers) -> None:
        """Go over to other versions from now on, with these."""
        self._movers = movers

    def know(self, made: Made) -> None:
        """Take a publication for this, should its files be the very same: to read a large site again takes long."""
        self._made = made

    async def look(self, *, told: bool = True) -> None:
        """Go over to the newest publication if it is not served yet; what failed is tried again at once if `told`."""
        async with self._one_at_a_time:
            try:
                newest = await asyncio.to_thread(self.store.newest_number)
            except OSError as error:
                self._cannot_look(error)
                return
            if newest <= self.served.publication.number:
                self.trouble = ""
                return
            if self._movers is None:
                return
            number, at = self._failed
            if newest == number and not told and self._clock.monotonic() - at < TRY_AGAIN:
                return
            publication = await asyncio.to_thread(self.store.current)
            if publication is None or publication.number <= self.served.publication.number:
                self._fail(newest, f"publication {newest} cannot be read")
                return
            await self._go_over(publication, newest, self._movers)

    async def _go_over(self, publication: Publication, newest: int, movers: Movers) -> None:
        old = self.served
        try:
            new = await load(self.store, publication, self._settings, made=self._made, known=old.book)
            await movers.prepare(new)
        except Exception as error:  # whatever it is: calls go on by the version of before, and it is told
            if not isinstance(error, (ConfigError, PromptError, PbxError, OSError)):
                log.exception("going over to another version was broken off", kind=type(error).__name__)
            why = str(error) or type(error).__name__
            self._fail(newest, f"publication {publication.number} cannot be served: {why}")
            await movers.go_back(old)
            return
        movers.switch(new)
        self.served, self.trouble, self._failed, self._made = new, "", (0, 0.0), None
        log.info("another version of the site is served", version=new.site.version, publication=publication.number)
        await movers.settle(new, old)

    def _cannot_look(self, error: OSError) -> None:
        """Say so once; it is looked again every other second."""
        trouble = f"what was published cannot be looked at: {error}"
        if trouble != self.trouble:
            log.error("published versions cannot be looked at; what is served goes on", error=str(error))
        self.trouble = trouble

    def _fail(self, number: int, why: str) -> None:
        self._failed = number, self._clock.monotonic()
        self.trouble = why
        serving = self.served.publication.number
        log.error("what was published is not served; the version of before is", why=why, publication_served=serving)


async def load(
    store: VersionStore,
    publication: Publication,
    settings: Settings,
    show: Show | None = None,
    made: Made | None = None,
    known: PromptBook | None = None,
) -> Served:
    """Load a published version with its sounds, rendering those that are missing; or take what was `made` of its files.

    `known` is the book of what is served now. Raises VersionError, NotSpeakable, OSError.
    """
    folder = await asyncio.to_thread(store.require_whole, publication.version)
    if made is not None and await asyncio.to_thread(yaml_digests, folder) == made.digests:
        site = made.site.model_copy(update={"version": publication.version})
        return Served(publication, folder, site, made.book.beside((folder / FOLDER).absolute()))
    try:
        site = await asyncio.to_thread(require_site, folder, settings.environment)
    except SiteUnusable as error:
        raise VersionUnusable(_unusable(error, folder, settings)) from error
    site = site.model_copy(update={"version": publication.version})
    return Served(publication, folder, site, await render(site, settings.prompts, folder, show, known))


def _unusable(error: SiteUnusable, folder: Path, settings: Settings) -> str:
    """Say what is wrong with a version, and that it is mended in the draft: kept files must stay as they are."""
    wrong = [str(one).removeprefix(f"{folder}/") for one in error.findings if one.severity == "error"]
    mend = f"mend {settings.site} and publish: ./switchroom publish {settings.site} --data {settings.data}"
    return "\n".join(["the published site cannot be used by this Switchroom:", *wrong, mend])


async def render(
    site: Site, prompts: Path, folder: Path, show: Show | None = None, known: PromptBook | None = None
) -> PromptBook:
    """Render what the site says, with the recordings in this folder. Raises NotSpeakable, naming the texts.

    What is said in a book that is `known` is seen to be there, and not read again.
    """
    # Of a large site this takes milliseconds, which calls in progress do not have.
    lengths = await asyncio.to_thread(known.lengths) if known is not None else None
    book, report = await prompt_book.render(
        site,
        PromptStore(prompts, known=lengths),
        (folder / FOLDER).absolute(),
        (lambda done, total, spoken: show(f"rendering prompts ({spoken.language})", done / total)) if show else None,
    )
    if report.failed:
        said = [f"({spoken.language}) {spoken.text[:60]!r}: {reason}" for spoken, reason in report.failed]
        raise NotSpeakable("\n".join(["these texts cannot be spoken:", *said[:10]]))
    return book


async def at_start(
    store: VersionStore, settings: Settings, clock: Clock, show: Show, *, publish: bool = False
) -> LiveSite:
    """Return what is served from a start on: the newest publication that can be; without any, the folder is published.

    With `publish` the folder is published whenever it has changed. Raises what `load` raises for the newest where none
    can be served.
    """
    if publish or not await asyncio.to_thread(store.newest_number):
        await _publish_folder(store, settings, clock, show)
    for name in await asyncio.to_thread(store.damaged):
        log.error("a publication cannot be read and is left out", file=name)
    newest = await asyncio.to_thread(store.newest_number)
    publications = await asyncio.to_thread(store.publications)
    trouble: Exception = VersionDamaged("its file cannot be read: publish the site again (./switchroom publish)")
    tried: set[str] = set()
    for publication in reversed(publications):
        if publication.version in tried:
            continue
        if len(tried) == MOST_TRIED:
            break
        tried.add(publication.version)
        try:
            served = await load(store, publication, settings, show)
        except (ConfigError, PromptError, OSError) as error:
            log.error("a published version cannot be served", publication=publication.number, why=str(error))
            if publication is publications[-1]:
                trouble = error
            continue
        why = "" if publication.number == newest else f"publication {newest} cannot be served: {trouble}"
        return LiveSite(store, settings, served, clock, why)
    raise trouble


async def unpublished(live: LiveSite, settings: Settings) -> bool | None:
    """Tell whether the folder has changes that are not published; None if it cannot be loaded."""

    def differs() -> bool | None:
        try:
            return version_id(settings.site, require_site(settings.site, settings.environment)) != live.now().version
        except (ConfigError, OSError):
            return None

    return await asyncio.to_thread(differs)


async def _publish_folder(store: VersionStore, settings: Settings, clock: Clock, show: Show) -> None:
    site = await asyncio.to_thread(require_site, settings.site, settings.environment)
    before = await asyncio.to_thread(store.current)
    if before is not None and before.version == await asyncio.to_thread(version_id, settings.site, site):
        return
    await render(site, settings.prompts, settings.site, show)
    version = await asyncio.to_thread(store.keep, settings.site, site)
    who, expected = (FIRST, 0) if before is None else (LATER, before.number)
    await asyncio.to_thread(lambda: store.publish(version, who=who, why="", at=clock.now(), expected=expected))
