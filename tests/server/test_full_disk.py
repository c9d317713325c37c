"""A full disk while prompts are rendered and while a server goes over: the old version is heard, and it is said why."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.attendant import snapshot
from ivr.prompt_book import NotSpeakable
from ivr.speech.store import PromptStore
from server import live_site
from server.data_folder import note_of, read_note, write_note
from server.studio.publishing import publish as publishing
from tests.fixtures.full_disk import full_after
from tests.server.moving_house import House
from tests.server.web.publishing import Bureau, settings_of

KEY_3 = ("{1: billing, 2: sales}", "{1: billing, 2: sales, 3: billing}")


async def publish(bureau: Bureau) -> publishing.Published:
    return await publishing.publish(bureau.room, who="admin", why="", clock=bureau.office.clock)


async def test_while_prompts_are_rendered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bureau: Bureau) -> None:
    folder = tmp_path / "rendered"
    store = PromptStore(folder, wanted_engine="tones", most_workers=1)
    monkeypatch.setattr(live_site, "PromptStore", lambda _folder, known: store)
    bureau.write(KEY_3)
    with full_after(4_000), pytest.raises(NotSpeakable, match="cannot be stored: make room on the disk"):
        await publish(bureau)
    assert list(folder.iterdir()) == []
    assert (bureau.live.served.publication.number, bureau.store.newest_number()) == (1, 1)
    done = await publish(bureau)
    assert (done.publication.number, done.trouble) == (2, "")


@pytest.mark.parametrize("name", ["snapshot", "note"])
async def test_while_a_server_goes_over(bureau: Bureau, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    settings, served = settings_of(bureau), bureau.live.served
    settings.snapshot.parent.mkdir(parents=True, exist_ok=True)
    snapshot.write(settings.snapshot, snapshot.Snapshot(served.site, served.book, settings.drop))
    write_note(settings.data, note_of(served.site))
    moving = House().moving(settings, bureau.office.clock, served.site)
    bureau.live.move_with(moving)
    written = {"snapshot": snapshot.write, "note": write_note}[name]
    full = [50]

    def write(*arguments: object) -> None:
        with full_after(full.pop() if full else 1 << 30):  # there is room again when the old one is put back
            written(*arguments)  # type: ignore[operator]  # one of two

    place = {"snapshot": "ivr.attendant.snapshot.write", "note": "server.moving.write_note"}[name]
    monkeypatch.setattr(place, write)
    bureau.write(KEY_3)
    done = await publish(bureau)
    assert "publication 2 cannot be served" in str(done.trouble)
    assert "too large" in str(done.trouble)
    assert bureau.live.now().version == served.site.version
    # whoever comes now has the old version, whole; and nothing lies about
    assert snapshot.read(settings.snapshot).site.menus == served.site.menus
    assert read_note(settings.data) == note_of(served.site)
    assert list(settings.data.rglob(".*.new")) == []
    again = await publish(bureau)
    assert (again.publication.number, again.trouble) == (2, "")
    assert set(snapshot.read(settings.snapshot).site.menus["main"].keys) == {"1", "2", "3"}
