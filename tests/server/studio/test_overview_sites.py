"""The draft and what callers hear: each as it is on disk, told apart by version, read again only when it changes."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.findings import Position
from config.load import require_site
from config.versions.store import VersionStore
from server.studio.overview.sites import Seen
from server.studio.room import StudioRoom
from tests.server.studio.studios import ACME


@pytest.fixture
def room(tmp_path: Path) -> StudioRoom:
    draft = tmp_path / "draft"
    shutil.copytree(ACME, draft)
    site = require_site(ACME)
    return StudioRoom(draft, tmp_path / "data", tmp_path / "prompts", lambda: site)


async def test_a_draft_is_read_again_when_it_changes_and_not_before(room: StudioRoom) -> None:
    sites = room.sites
    first = await sites.draft()
    assert await sites.draft() is first and first.errors == 0
    (room.draft / "more.yaml").write_text("menus: {more: {say: Hello, keys: {1: nowhere}}}\n")
    second = await sites.draft()
    assert (second.site, second.errors > 0, second.version) == (None, True, "")
    (room.draft / "more.yaml").unlink()
    assert (await sites.draft()).version == first.version


async def test_what_callers_hear_is_what_was_published(room: StudioRoom) -> None:
    sites = room.sites
    assert await sites.publication() is None
    unpublished = await sites.published()
    assert unpublished.site is room.site() and unpublished.root is None

    draft = await sites.draft()
    assert draft.site is not None
    store = VersionStore(room.versions)
    version = store.keep(room.draft, draft.site)
    store.publish(version, who="ann", why="", at=datetime.now(UTC))
    publication = await sites.publication()
    assert publication is not None and publication.version == draft.version
    published = await sites.published()
    assert (published.folder, published.version) == (store.folder_of(version), version)
    assert published.root is not None


@pytest.mark.parametrize(
    ("position", "address"),
    [
        (Position("/site/menus.yaml", 12, 3), "/site/edit?file=menus.yaml&line=12&column=3"),
        (Position("/site", 4, 2), "/site/edit?file=site&line=4&column=2"),  # the draft is a single file
        (Position("elsewhere.yaml", 1, 1), "/site/edit?file=elsewhere.yaml&line=1&column=1"),
        (None, "/site/edit"),
    ],
)
def test_a_place_leads_to_the_editor(position: Position | None, address: str) -> None:
    assert Seen(Path("/site"), None, None).edit(position) == address
