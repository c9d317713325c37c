"""Going over to another version: in which order, and what is known at the start only stays as it was."""

from __future__ import annotations

import pytest

from ivr.attendant import snapshot
from server.data_folder import note_of, read_note, write_note
from server.studio.publishing import publish as publishing
from tests.server.moving_house import GOING_OVER, House, watched
from tests.server.web.publishing import Bureau, settings_of

KEY_3 = ("{1: billing, 2: sales}", "{1: billing, 2: sales, 3: billing}")


@pytest.fixture
def bureau(bureau: Bureau) -> Bureau:
    """Have on disk what a server leaves that serves the first version."""
    settings, served = settings_of(bureau), bureau.live.served
    settings.snapshot.parent.mkdir(parents=True, exist_ok=True)
    snapshot.write(settings.snapshot, snapshot.Snapshot(served.site, served.book, settings.drop))
    write_note(settings.data, note_of(served.site))
    return bureau


async def test_what_can_fail_comes_first_and_then_all_at_once(bureau: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    house = House()
    watched(house, monkeypatch)
    bureau.live.move_with(house.moving(settings_of(bureau), bureau.office.clock, bureau.live.now()))
    bureau.write(KEY_3)
    done = await publishing.publish(bureau.room, who="admin", why="", clock=bureau.office.clock)
    assert (done.trouble, tuple(house.steps)) == ("", GOING_OVER)


async def test_commands_stay_with_the_database_that_the_server_works_with(bureau: Bureau) -> None:
    before = bureau.live.now()
    bureau.live.move_with(House().moving(settings_of(bureau), bureau.office.clock, before))
    bureau.write(("company: {", 'database: "postgresql://127.0.0.1/other"\ncompany: {country: LV, '))
    done = await publishing.publish(bureau.room, who="admin", why="", clock=bureau.office.clock)
    assert done.trouble == ""
    note = read_note(settings_of(bureau).data)
    assert (note.database, note.country) == (None, before.company.country)
