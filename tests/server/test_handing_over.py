"""What a server has made while it published is what it serves, and nothing is read twice for it."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path

import pytest

from config.load import require_site
from config.schema import Site
from config.versions import digests
from config.versions.digests import Digests
from ivr import phrases
from ivr.speech.spoken import Spoken
from server import live_site
from server.studio.publishing import publish as publishing
from server.studio.publishing.publish import Published
from tests.server.web.publishing import Bureau

KEY_3 = ("{1: billing, 2: sales}", "{1: billing, 2: sales, 3: billing}")
KEY_2 = ("{1: billing, 2: sales}", "{1: billing, 2: billing}")


async def _publish(bureau: Bureau) -> Published:
    return await publishing.publish(bureau.room, who="admin", why="", clock=bureau.office.clock)


async def test_a_server_takes_what_it_has_just_made_unless_the_files_are_others(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []
    require = require_site

    def watched(path: Path, env: Mapping[str, str]) -> Site:
        read.append(path)
        return require(path, env)

    monkeypatch.setattr(live_site, "require_site", watched)
    bureau.write(KEY_3)
    folder = bureau.store.folder_of((await _publish(bureau)).publication.version)
    assert (read, bureau.live.served.folder, bureau.live.served.book.recordings) == (
        [], folder, (folder / "recordings").absolute()
    )  # fmt: skip
    bureau.write(KEY_2, ("press: [2]", "press: [1]"))
    other = (await bureau.room.load_draft()).site
    assert other is not None
    bureau.live.know(live_site.Made(other, bureau.live.served.book, {"site.yaml": "0" * 64}))
    await publishing.go_back(bureau.room, "1", who="admin", why="", clock=bureau.office.clock)
    assert read == [bureau.store.folder_of(bureau.live.now().version)]
    assert bureau.live.now().menus["main"].keys.keys() == {"1", "2"}


async def test_what_a_site_says_is_gathered_beside_the_event_loop(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_the_loop, everything = [], phrases.everything

    def watched(site: Site) -> list[Spoken]:
        on_the_loop.append(threading.current_thread() is threading.main_thread())
        return everything(site)

    monkeypatch.setattr(phrases, "everything", watched)
    bureau.write(KEY_3)
    await _publish(bureau)
    assert on_the_loop == [False]  # published; what is served is the same


def test_a_file_is_read_once_unless_it_was_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, known = tmp_path / "hello.wav", Digests()
    file.write_bytes(b"one")
    first = known.of(file)
    file.write_bytes(b"two")
    assert known.of(file) != first, "what was written a moment ago is read again, whatever its times say"
    monkeypatch.setattr(digests, "_SETTLED", -1)
    settled = known.of(file)
    monkeypatch.setattr(digests, "digest_of", lambda *_: first)
    assert known.of(file) == settled
    file.write_bytes(b"three")
    assert known.of(file) == first
