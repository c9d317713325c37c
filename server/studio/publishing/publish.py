"""Publishing: from a draft to what callers hear, and back again.

Owns the order: check, test, render, keep, put in force, have the server go over. Where versions are kept is in
`config.versions.store`, how a server goes over in `server.live_site`; the command line and the pages both come here.

NotPublished
├── DraftUnusable   the draft has mistakes; carries all findings
├── DraftChanged    the draft is another than whoever publishes has seen
├── FailingTests    the site's own tests fail; carries them
├── WhyMissing      publishing in spite of failing tests needs a reason
└── NothingBefore   there is no version to go back to
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from config.errors import SiteUnusable
from config.findings import Finding
from config.load import require_site
from config.schema import Site
from config.versions.digests import Digests
from config.versions.store import NoSuchVersion, Publication, PublishedMeanwhile, VersionStore, version_id
from ivr.prompt_book import PromptBook
from ledger.clock import Clock
from server import live_site
from server.live_site import Made
from server.progress import Show, silent
from server.studio.room import StudioRoom
from server.studio.testing.draft_tests import NO_TESTS, Tester, Tried, tester_of


class NotPublished(Exception):
    """Nothing was published; the text says why."""


class DraftUnusable(NotPublished):
    """The draft has mistakes."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        self.findings = findings
        errors = [finding for finding in findings if finding.severity == "error"]
        super().__init__("\n".join(["the site has mistakes:", *(str(finding) for finding in errors)]))


class DraftChanged(NotPublished):
    """The draft was saved since you looked at it: look at what changes now, and publish again."""

    def __init__(self) -> None:
        super().__init__((type(self).__doc__ or "").removesuffix("."))


class FailingTests(NotPublished):
    """The site's own tests fail."""

    def __init__(self, tried: Tried) -> None:
        self.tried = tried
        head = f"{len(tried.failed)} of the site's {tried.count} tests fail:"
        super().__init__("\n".join([head, *tried.failed[:20]]))


class WhyMissing(NotPublished):
    """Publishing in spite of failing tests needs a reason: say why."""

    def __init__(self) -> None:
        super().__init__((type(self).__doc__ or "").removesuffix("."))


class NothingBefore(NotPublished):
    """There is no version to go back to."""

    def __init__(self) -> None:
        super().__init__((type(self).__doc__ or "").removesuffix("."))


#: Has a running server go over to what was published: '' when it serves it, None where none runs, else why not.
Tell = Callable[[Publication], Awaitable[str | None]]


@dataclass(frozen=True)
class Published:
    """What came of it. `is_new` is False where what was to be published is in force already."""

    publication: Publication
    is_new: bool
    site: Site
    warnings: tuple[Finding, ...] = ()
    tried: Tried = NO_TESTS
    #: Why the server serves it not, '' where it does, None where none runs.
    trouble: str | None = None


def tell_of(room: StudioRoom) -> Tell:
    """Return what has the server of this process go over."""

    async def tell(publication: Publication) -> str | None:
        if room.live is None:
            return None
        await room.live.look()
        return "" if room.live.served.publication.number >= publication.number else room.live.trouble

    return tell


async def publish(
    room: StudioRoom,
    *,
    who: str,
    why: str,
    clock: Clock,
    show: Show = silent,
    tell: Tell | None = None,
    although_tests_fail: bool = False,
    expected: int | None = None,
    seen: str = "",
) -> Published:
    """Publish the draft and see the running server, if any, go over to it.

    `expected` is the number of the publication, and `seen` the id of the draft, that whoever publishes has looked at.
    Raises NotPublished, NotSpeakable, VersionError (somebody else published meanwhile, among others), OSError: then all
    is as before.
    """
    store, tell, digests = VersionStore(room.versions), tell or tell_of(room), Digests()
    show("checking the site", None)
    async with tester_of(room.draft) as tester:
        loaded = await room.load_draft()
        if loaded.site is None:
            raise DraftUnusable(loaded.findings)
        site, warnings = loaded.site, loaded.findings
        before = await asyncio.to_thread(store.current)
        if before is not None and expected not in (None, before.number):
            raise PublishedMeanwhile(before)
        draft = await asyncio.to_thread(version_id, room.draft, site, digests)
        if seen not in ("", draft):
            raise DraftChanged
        if before is not None and before.version == draft:
            return Published(before, False, site, warnings, trouble=await tell(before))
        tried, book = await _ready(room, site, tester, why, show, although_tests_fail=although_tests_fail)
    show("keeping the version", None)
    version = await asyncio.to_thread(store.keep, room.draft, site, loaded.digests, digests)
    if not room.draft.is_dir():  # kept, it is a folder, whose recordings are looked for
        await _require_loadable(room, store, version)
    put = partial(store.publish, version, who=who, why=_told(why, tried), at=clock.now())
    publication = await asyncio.to_thread(put, expected=before.number if before is not None else 0)
    show("the server goes over to it", None)
    if room.live is not None:
        room.live.know(Made(site, book, loaded.digests))
    return Published(publication, True, site, warnings, tried, await tell(publication))


async def go_back(
    room: StudioRoom,
    wanted: str | None = None,
    *,
    who: str,
    why: str,
    clock: Clock,
    show: Show = silent,
    tell: Tell | None = None,
    expected: int | None = None,
) -> Published:
    """Publish an older version again: that of a number or an id, or left out, the one before what is in force.

    Raises NotPublished, VersionError, NotSpeakable, OSError: then all is as before.
    """
    store, tell = VersionStore(room.versions), tell or tell_of(room)
    before = await asyncio.to_thread(store.current)
    if before is None:
        raise NothingBefore
    if expected not in (None, before.number):
        raise PublishedMeanwhile(before)
    to = await asyncio.to_thread(store.find, wanted) if wanted else await asyncio.to_thread(_one_before, store, before)
    site = await _require_loadable(room, store, to.version)
    if to.version == before.version:
        return Published(before, False, site, trouble=await tell(before))
    await live_site.render(site, room.prompts, await asyncio.to_thread(store.folder_of, to.version), show)
    put = partial(store.publish, to.version, who=who, why=why.strip(), at=clock.now(), back_to=to.number)
    publication = await asyncio.to_thread(put, expected=before.number)
    show("the server goes over to it", None)
    return Published(publication, True, site, trouble=await tell(publication))


def _told(why: str, tried: Tried) -> str:
    """Return why it was published; that tests failed is told to whoever reads it later, by whatever way it came."""
    if not tried.failed:
        return why.strip()
    return f"although {len(tried.failed)} of {tried.count} tests fail: {why.strip()}"


async def _ready(
    room: StudioRoom, site: Site, tester: Tester, why: str, show: Show, *, although_tests_fail: bool
) -> tuple[Tried, PromptBook]:
    """Run the site's tests, and meanwhile render what it says."""
    show("running the site's tests", None)
    known = room.live.served.book if room.live is not None else None
    rendering = asyncio.create_task(
        live_site.render(site, room.prompts, room.draft, show, known), name="publish: prompts"
    )
    try:
        report = await room.tests.known(site)  # a page may have run them for this very site
        tried = Tried.of(report) if report is not None else await tester.try_all(site)
        if tried.failed and not although_tests_fail:
            raise FailingTests(tried)
        if tried.failed and not why.strip():
            raise WhyMissing
        return tried, await rendering
    except BaseException:
        rendering.cancel()
        await asyncio.gather(rendering, return_exceptions=True)
        raise


def _one_before(store: VersionStore, current: Publication) -> Publication:
    """Return the newest publication of another version; what was gone back from is not gone back to."""
    known = {one.number: one for one in store.publications()}
    left = current if current.back_to is None else known.get(current.back_to, current)
    for one in sorted(known.values(), key=lambda one: -one.number):
        if one.number < left.number and one.version != current.version:
            return one
    raise NothingBefore


async def _require_loadable(room: StudioRoom, store: VersionStore, version: str) -> Site:
    folder = await asyncio.to_thread(store.require_whole, version)
    try:
        return await asyncio.to_thread(require_site, folder, room.environment)
    except SiteUnusable as error:
        raise DraftUnusable(error.findings) from error


__all__ = [
    "DraftChanged",
    "DraftUnusable",
    "FailingTests",
    "NoSuchVersion",
    "NotPublished",
    "NothingBefore",
    "Published",
    "PublishedMeanwhile",
    "WhyMissing",
    "go_back",
    "publish",
    "tell_of",
]  # fmt: skip
