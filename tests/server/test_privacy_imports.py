"""Nobody who is forgotten comes back through a file that was brought in, and no word of an import keeps them."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from callrouter import events as ev
from crm_bridge import importing_bring
from crm_bridge.exchange.plan import Wishes
from crm_bridge.importing import KIND, Imports
from crm_bridge.importing_forgetting import REFUSED
from crm_bridge.importing_model import LIMITS, Import, Rule, State
from crm_bridge.model import Details, Phone
from ledger.jobs import Jobs, JobState
from ledger.spool import Spool
from tests.crm_bridge.exchange import here
from tests.fixtures.journal_of_calls import START, Caller
from tests.fixtures.journal_of_calls import store as put
from tests.server.privacy_house import JONAS, NAME, ONA, House, filled, open_house

__all__ = ["filled"]  # a fixture: pytest finds it here by name


@pytest.fixture
async def house(filled: Path, tmp_path: Path) -> AsyncIterator[House]:
    folder = tmp_path / "house"
    await asyncio.to_thread(shutil.copytree, filled, folder)
    async with open_house(folder) as opened:
        yield opened


def imports_of(house: House) -> Imports:
    return Imports(house.room.cabinet, house.folder / "imports", LIMITS, here, importing_bring.here(here))


async def promise(house: House, content: str, name: str = "list.csv", wishes: Wishes | None = None) -> Import:
    """Bring a file and begin; its job waits."""
    path, imports = house.folder / "up.part", imports_of(house)
    path.write_text(content)
    wishes = wishes or Wishes()
    draft = await imports.take(path, name, "sue", wishes)
    return await imports.begin(draft.id, wishes, Rule.SKIP)


async def work(house: House) -> None:
    """Do the jobs of imports that wait."""
    for job in await Jobs(house.db, house.clock).list_in(JobState.WAITING, kind=KIND):
        await imports_of(house).handlers()[KIND](job)


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(f"{NAME},{ONA}", id="taken in"),
        pytest.param(f"{NAME},nonsense", id="taken in part"),
        pytest.param(f'{NAME},{ONA}"x', id="refused"),
    ],
)
async def test_an_import_that_waits_and_names_the_person_is_refused(house: House, row: str) -> None:
    ona = await house.fill()
    promised = await promise(house, f"Name,Phone\nSomebody Else,+37060009999\n{row}\n")
    await house.forget(ona)
    await work(house)
    assert house.left() == {}
    refused = await imports_of(house).get(promised.id)
    assert (refused.state, refused.why, refused.file) == (State.FAILED, REFUSED, "")


async def test_one_of_which_nobody_can_tell_is_waited_for(house: House) -> None:
    """A number with blanks in it is in no search of a file's bytes; whoever was brought goes with the person."""
    ona = await house.fill()
    await promise(house, "Name,Phone\nO. from abroad,+370 600-00001\n,nonsense +370 600-00001\n")
    erasure = await house.office.erasures.ask(ona, NAME, "dpo")
    async with house.office.working():
        await house.until(erasure.id, lambda one: "being imported" in one.waits)
        assert (await house.office.erasures.get(erasure.id)).step == ""
        await work(house)
        await house.until(erasure.id, lambda one: one.ended_at is not None, pass_time=True)
    assert house.left() == {}
    assert house.left(("O. from abroad",)) == {}
    (ended,) = await house.office.erasures.list_newest()
    assert (ended.counts["customers"], ended.stays) == (3, {})


async def test_who_is_brought_in_while_all_else_goes_on_is_forgotten_as_well(house: House) -> None:
    ona = await house.fill()
    erasure = await house.office.erasures.ask(ona, NAME, "dpo")
    left = house.folder / "journal" / "left.jsonl"
    left.write_text("{}\n")  # holds up the step behind that of the imports
    async with house.office.working():
        await house.until(erasure.id, lambda one: one.step == "files that wait")
        await promise(house, "Name,Phone\nOna from abroad,+370 600-00001;+370 611-11222\n")
        await work(house)
        left.unlink()
        await house.until(erasure.id, lambda one: one.ended_at is not None, pass_time=True)
    assert house.left() == {}
    assert house.left(("Ona from abroad", "61111222")) == {}
    (ended,) = await house.office.erasures.list_newest()
    assert (ended.counts["customers"], ended.stays) == (3, {})


@pytest.mark.parametrize(
    ("content", "name", "wishes"),
    [
        pytest.param("Name,Phone\nJonas Kitas,\n", f"{NAME}.csv", None, id="a file called after her"),
        pytest.param(f"{NAME},+370 600-00001\nElse,\n", "list.csv", Wishes(header=True), id="a row read as headings"),
        pytest.param(f"Name,Phone,Tags\n{NAME},,{'x' * 300}\n", "list.csv", None, id="a row set aside, without number"),
    ],
)
async def test_what_files_columns_and_rows_set_aside_say_goes(
    house: House, content: str, name: str, wishes: Wishes | None
) -> None:
    ona = await house.fill()
    await promise(house, content, name, wishes)
    await work(house)
    await house.forget(ona)
    assert house.left() == {}


async def test_a_short_number_goes_wherever_it_is_named(house: House) -> None:
    """Six digits are a whole number on the Faroe Islands, and part of many others."""
    number = "+298211234"
    who = await house.room.files.add(Details("Rannva Dalsgaard", phones=(Phone("", number),)), "ann")
    named = Caller("f1", ani=JONAS, at=START + timedelta(hours=2))
    named.tell(ev.CallTransferred, to=number)
    await put(house.db, named.ends("answered"))
    await house.caught_up()
    await house.forget(who.id, name="Rannva Dalsgaard")
    assert house.left(("298211234", "Rannva")) == {}


async def test_what_a_dead_process_left_of_an_export_goes(house: House) -> None:
    ona = await house.fill()
    export = await house.office.exports.ask(ona, "dpo")
    name = Spool.name_for(f"export {export.id}", ".zip")
    for left in (name, f"{name}.part"):
        (house.folder / "spool" / "unfinished" / left).write_text(NAME)
    erasure = await house.office.erasures.ask(ona, NAME, "dpo")
    await house.office.erasures.run(await Jobs(house.db, house.clock).get(f"privacy.erase {erasure.id}"))
    assert house.left() == {}
