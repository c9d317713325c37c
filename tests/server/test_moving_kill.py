"""Killed while it publishes and goes over: the next start serves the old version or the new, and never half of one."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.load import require_site
from config.versions.store import VersionStore
from ivr.attendant import snapshot
from ivr.prompt_book import PromptBook
from ledger.clock import ManualClock
from server.data_folder import note_of, read_note, write_note
from server.live_site import LiveSite, at_start
from server.progress import silent
from server.settings import Settings
from tests.server.fake_store import FakeStore
from tests.server.moving_house import GOING_OVER, House, watched
from tests.server.web.publishing import DRAFT

#: Another database and country than those of a server that runs are for its next start, not for the commands of now.
NEW = DRAFT.replace("company: {name: Acme & Sons", 'database: "/nowhere/x.db"\ncompany: {country: LV, name: Acme & Co')
AT = datetime(2026, 11, 24, 10, tzinfo=UTC)
PUBLISHING = (
    "folder made", "copied site.yaml", "manifest written", "folders synced", "version in place", "version synced",
    "publication written", "publication in place", "publication synced",
)  # fmt: skip
STEPS = (*PUBLISHING, *GOING_OVER[:2], "half a snapshot", "snapshot", "half a note", *GOING_OVER[3:])
#: From here on the new version is in force, whoever serves it.
IN_FORCE = "publication in place"
#: So long a killed process may take, seconds.
DEADLINE = 20.0


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose server serves its first version, and a draft beside it."""
    data = tmp_path_factory.mktemp("served")
    draft = data / "draft"
    draft.mkdir()
    (draft / "site.yaml").write_text(DRAFT)
    site, store, settings = require_site(draft), VersionStore(data / "site"), Settings(draft, data)
    store.publish(store.keep(draft, site), who="ann", why="", at=AT, expected=0)
    settings.snapshot.parent.mkdir(parents=True)
    snapshot.write(settings.snapshot, snapshot.Snapshot(site, PromptBook({}, {}, data), settings.drop))
    write_note(data, note_of(site))
    return data


@pytest.fixture
def data(served: Path, tmp_path: Path, voices: FakeStore) -> Path:
    return Path(shutil.copytree(served, tmp_path / "data"))


async def publish_and_go_over(data: Path, house: House) -> LiveSite:
    """Do what a server does whose admin publishes: store the version, then go over to it."""
    settings, clock = Settings(data / "draft", data), ManualClock()
    store = VersionStore(settings.versions, step=house.done)
    live = await at_start(store, settings, clock, silent)
    live.move_with(house.moving(settings, clock, live.now()))
    (settings.site / "site.yaml").write_text(NEW)
    store.publish(store.keep(settings.site, require_site(settings.site)), who="ann", why="", at=AT, expected=1)
    await live.look()
    return live


def killed(run: Callable[[], object]) -> int:
    """Run this in a copy of this process and return the signal that ended it; a copy that hangs is ended as well."""
    pid = os.fork()
    if pid == 0:
        try:
            run()
        finally:
            os._exit(1)
    late = threading.Timer(DEADLINE, os.kill, (pid, signal.SIGTERM))
    late.start()
    _, status = os.waitpid(pid, 0)
    late.cancel()
    late.join()
    return -os.waitstatus_to_exitcode(status)


def test_these_are_all_steps(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house = House()
    watched(house, monkeypatch)
    live = asyncio.run(publish_and_go_over(data, house))
    assert (live.served.publication.number, live.trouble) == (2, "")
    assert tuple(house.steps) == PUBLISHING + GOING_OVER == tuple(step for step in STEPS if "half" not in step)


@pytest.mark.parametrize("step", STEPS)
def test_a_kill_at_any_step_leaves_one_whole_version_to_the_next_start(
    data: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def at(done: str) -> None:
        if done == step:
            os.kill(os.getpid(), signal.SIGKILL)

    def child() -> None:
        house, replace = House(at), Path.replace

        def before_its_name(path: Path, target: Path) -> Path:
            """Be killed where a file is written, and has not its name yet."""
            at({"snapshot.json": "half a snapshot", "site.json": "half a note"}.get(target.name, ""))
            return replace(path, target)

        monkeypatch.setattr(Path, "replace", before_its_name)
        watched(house, monkeypatch)
        asyncio.run(publish_and_go_over(data, house))

    first = note_of(require_site(data / "draft"))
    assert killed(child) == signal.SIGKILL

    store, settings = VersionStore(data / "site"), Settings(data / "draft", data)
    old, in_force = store.publications()[0], STEPS.index(step) >= STEPS.index(IN_FORCE)
    # the emergency attendant, which serves until the next start, and the commands have one of them, whole
    shot, note = snapshot.read(settings.snapshot), read_note(data)
    done = STEPS[: STEPS.index(step) + 1]
    wanted = tuple("Acme & Co" if part in done else "Acme & Sons" for part in ("snapshot", "note"))
    assert (shot.site.company.name, note.company) == wanted
    assert (note.database, note.country) == (first.database, first.country)
    for _ in range(2):  # the next start, and the one after it
        live = asyncio.run(at_start(VersionStore(data / "site"), settings, ManualClock(), silent))
        assert (live.served.publication.number, live.trouble) == (2 if in_force else 1, "")
        assert (live.now().version == old.version) is not in_force
        assert live.now() == require_site(live.served.folder).model_copy(update={"version": live.now().version})
    # and publishing goes on as if nothing had been
    draft = require_site(settings.site)
    made = store.publish(store.keep(settings.site, draft), who="ann", why="", at=AT)
    store.require_whole(made.version)
    assert list((data / "site").rglob(".new-*")) == []
