"""Going over to another version: in which order, and what a kill at any point leaves to the next start."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from config.schema import Site
from ivr.attendant import snapshot
from server import live_site
from server.data_folder import note_of, read_note, write_note
from server.live_site import at_start
from server.moving import Moving
from server.progress import silent
from server.studio.publishing import publish as publishing
from tests.server.fake_store import FakeStore
from tests.server.web.publishing import Bureau, open_bureau, settings_of

KEY_3 = ("{1: billing, 2: sales}", "{1: billing, 2: sales, 3: billing}")
#: What is done when a server goes over, in this order.
STEPS = (
    "words of closures", "asterisk", "snapshot", "note", "desks", "roster", "waiting room", "journal",
    "closures told", "phones", "schedules",
)  # fmt: skip


class Killed(BaseException):
    """The process ends here; nothing of ours catches it."""


@dataclass
class House:
    """All parts that move, which only write down that they were asked to; killed when one of them has done its work."""

    killed_after: str = ""
    steps: list[str] = field(default_factory=list)

    def done(self, step: str) -> None:
        self.steps.append(step)
        if step == self.killed_after:
            raise Killed

    def part(self, **methods: str) -> Any:  # Any: each stands for another class
        """Return a part whose methods are these steps."""

        def slow(step: str) -> Any:
            async def run(*_: object) -> SimpleNamespace:
                self.done(step)
                return SimpleNamespace(phones={})

            return run

        def quick(step: str) -> Any:
            return lambda *_, **__: self.done(step)

        made = {name: (slow if name in _SLOW else quick)(step) for name, step in methods.items()}
        return SimpleNamespace(**made, older_sites=lambda: ())

    def moving(self, bureau: Bureau, at_start: Site) -> Moving:
        closures = self.part(follow="words of closures", tell_attendant="closures told")
        return Moving(
            at_start, settings_of(bureau), bureau.office.clock, self.part(tell="journal"), self.part(follow="asterisk"),
            self.part(state="phones"), self.part(use="roster"), self.part(use="waiting room"),
            self.part(open="desks"), self.part(plan="schedules"), closures,
        )  # fmt: skip


_SLOW = frozenset({"follow", "tell_attendant", "state", "plan"})


@pytest.fixture
async def bureau(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bureau]:
    store = FakeStore()
    monkeypatch.setattr(live_site, "PromptStore", lambda _folder: store)
    async with open_bureau(tmp_path) as opened:
        settings, served = settings_of(opened), opened.live.served
        settings.snapshot.parent.mkdir(parents=True, exist_ok=True)
        snapshot.write(settings.snapshot, snapshot.Snapshot(served.site, served.book, settings.drop))
        write_note(settings.data, note_of(served.site))
        yield opened


def watched(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Count the writing of the two files among the steps."""
    write, note = snapshot.write, write_note

    def write_snapshot(path: Path, shot: snapshot.Snapshot) -> None:
        write(path, shot)
        house.done("snapshot")

    def write_the_note(*arguments: Any) -> None:  # Any: as they are
        note(*arguments)
        house.done("note")

    monkeypatch.setattr(snapshot, "write", write_snapshot)
    monkeypatch.setattr("server.moving.write_note", write_the_note)


async def test_what_can_fail_comes_first_and_then_all_at_once(bureau: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    house = House()
    watched(house, monkeypatch)
    bureau.live.move_with(house.moving(bureau, bureau.live.now()))
    bureau.write(KEY_3)
    done = await publishing.publish(bureau.room, who="admin", why="", clock=bureau.office.clock)
    assert (done.trouble, tuple(house.steps)) == ("", STEPS)


@pytest.mark.parametrize("step", STEPS)
async def test_a_kill_at_any_step_leaves_what_was_published_to_the_next_start(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    house, old = House(killed_after=step), bureau.live.now()
    watched(house, monkeypatch)
    bureau.live.move_with(house.moving(bureau, old))
    bureau.write(KEY_3)
    with pytest.raises(Killed):
        await publishing.publish(bureau.room, who="admin", why="", clock=bureau.office.clock)
    assert tuple(house.steps) == STEPS[: STEPS.index(step) + 1]

    settings = settings_of(bureau)
    anew = await at_start(bureau.store, settings, bureau.office.clock, silent)
    assert (anew.served.publication.number, anew.trouble) == (2, "")
    # the emergency attendant, which serves until then, and the commands have the old version or the new
    versions = (old.version, anew.now().version)
    assert snapshot.read(settings.snapshot).site.version in versions
    assert read_note(settings.data) == note_of(old)
    json.loads(settings.snapshot.read_text())


async def test_commands_stay_with_the_database_that_the_server_works_with(bureau: Bureau) -> None:
    before = bureau.live.now()
    bureau.live.move_with(House().moving(bureau, before))
    bureau.write(("company: {", 'database: "postgresql://127.0.0.1/other"\ncompany: {country: LV, '))
    done = await publishing.publish(bureau.room, who="admin", why="", clock=bureau.office.clock)
    assert done.trouble == ""
    note = read_note(settings_of(bureau).data)
    assert (note.database, note.country) == (None, before.company.country)
