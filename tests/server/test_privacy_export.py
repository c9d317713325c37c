"""What a person is given is everything: also what came in files, what waits for others, and who looked."""

from __future__ import annotations

import asyncio
import json
import shutil
import zipfile
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from crm_bridge import importing_bring, store_interactions
from crm_bridge.exchange.plan import Wishes
from crm_bridge.importing import KIND, Imports
from crm_bridge.importing_model import LIMITS, Rule
from crm_bridge.model import Details, Interaction, MatterKind, Phone, Relation
from ledger.jobs import Jobs, JobState
from server.privacy_export import SHOWN
from tests.crm_bridge.exchange import here
from tests.fixtures.journal_of_calls import START
from tests.server.privacy_house import NAME, ONA, House, filled, open_house

__all__ = ["filled"]  # a fixture: pytest finds it here by name


@pytest.fixture
async def house(filled: Path, tmp_path: Path) -> AsyncIterator[House]:
    folder = tmp_path / "house"
    await asyncio.to_thread(shutil.copytree, filled, folder)
    async with open_house(folder) as opened:
        yield opened


async def exported(house: House, customer: str) -> dict[str, str]:
    """Have everything gathered, and return the pages and lists by name."""
    export = await house.office.exports.ask(customer, "dpo")
    await house.office.exports.run(await Jobs(house.db, house.clock).get(f"privacy.export {export.id}"))
    done = await house.office.exports.get(export.id)

    def read() -> dict[str, str]:
        with zipfile.ZipFile(house.spool.path_of(done.file)) as archive:
            names = [name for name in archive.namelist() if name.endswith((".json", ".html"))]
            return {name: archive.read(name).decode() for name in names}

    return await asyncio.to_thread(read)


async def test_everything_is_in_it(house: House) -> None:
    ona = await house.fill()
    files, matters, merging = house.room.files, house.room.matters, house.room.merging
    await matters.add_matter(ona, MatterKind.ORDER, "sushi", "ann", amount=500, currency="JPY")
    friend = await files.add(Details("Petras Petraitis"), "ann")
    file = await files.get(ona)
    await files.change(ona, file.version, replace(file.details, relations=(Relation(friend.id, "lawyer"),)), "ann")
    third = await files.add(Details("Third Ona", phones=(Phone("", "+37069999999"),)), "ann")
    await house.room.privacy.looked(third.id, "nosy")
    await merging.merge(ona, third.id, "ann")
    imports = Imports(house.room.cabinet, house.folder / "imports", LIMITS, here, importing_bring.here(here))
    path = house.folder / "up.part"
    path.write_text(f"Name,Phone,Tags\n{NAME},{ONA},owes us money{'x' * 200}\n")
    draft = await imports.take(path, "debtors.csv", "sue")
    await imports.begin(draft.id, Wishes(), Rule.ADD)
    for job in await Jobs(house.db, house.clock).list_in(JobState.WAITING, kind=KIND):
        await imports.handlers()[KIND](job)
    assert await imports.told(draft.id) + await imports.told(draft.id, taken=True)

    found = await exported(house, third.id)  # by the id of one who was merged: it is the same person

    known: dict[str, Any] = json.loads(found["customer.json"])
    assert known["customer"]["id"] == ona
    assert [(one["name"], one["role"]) for one in known["concerned"]] == [("Petras Petraitis", "lawyer")]
    assert "nosy" in {look["by"] for look in known["looked_at_by"]}
    (row,) = known["imports"]
    assert (row["file"], row["by"], row["row"]) == ("debtors.csv", "sue", 2) and "owes us money" in str(row["cells"])
    (told,) = json.loads(found["other-systems.json"])
    assert (told["receiver"], told["state"], told["what"]) == ("shop", "waiting", "call_ended")
    page = found["overview.html"]
    assert "500 JPY" in page and "5.00 JPY" not in page
    for words in ("lawyer", "Petras Petraitis", "nosy", "debtors.csv", "owes us money", "Call ended", "shop"):
        assert words in page, words


async def test_all_contacts_are_counted_and_the_newest_are_shown(house: House) -> None:
    ona = await house.fill()
    many = 2 * SHOWN + 1
    contacts = [  # the newest have the ids that come first
        Interaction(f"x{many - n:05}", START + timedelta(hours=n), ona, f"x{many - n:05}", ONA, talked=float(n))
        for n in range(many)
    ]
    async with house.db.writing() as session:
        await store_interactions.put(session, contacts)
    found = await exported(house, ona)
    every = json.loads(found["interactions.json"])
    assert len(every) > many
    heading, _, rows = found["overview.html"].partition("<h2>Contacts")[2].partition("</section>")[0].partition("</h2>")
    assert f">{len(every)}<" in heading and f"The newest {SHOWN} are shown" in rows
    longest = many - 1
    assert f">{longest // 60}:{longest % 60:02}<" in rows and rows.count("<tr>") == SHOWN + 1
