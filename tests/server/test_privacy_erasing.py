"""Who is forgotten is nowhere any more, byte for byte, and every figure stays as it was."""

from __future__ import annotations

import asyncio
import random
import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from callrouter import events as ev
from crm_bridge.model import NotPossible, NotValid
from ledger.forgetting_disk import count_in_tables
from reports.asking import Ask, Facts
from reports.catalogue import build
from reports.period import days_between
from reports.rules import Definition
from tests.fixtures.journal_of_calls import START, abandoned_call, answered_call
from tests.fixtures.journal_of_calls import store as put
from tests.ledger.postgres import server
from tests.server.privacy_house import JONAS, MAIL, NAME, OFFICE, ONA, TRACES, House, filled, open_house

__all__ = ["filled"]  # a fixture: pytest finds it here by name


@pytest.fixture
async def house(filled: Path, tmp_path: Path) -> AsyncIterator[House]:
    folder = tmp_path / "house"
    await asyncio.to_thread(shutil.copytree, filled, folder)
    async with open_house(folder) as opened:
        yield opened


async def figures(house: House) -> Any:
    day = days_between(START.date(), START.date(), ZoneInfo("Europe/Vilnius"))
    facts = Facts(house.db, house.journal)
    return await build("day", Ask(day, Definition(), house.clock.now()), facts)


async def outlines(house: House) -> list[tuple[object, ...]]:
    """Return the records without what tells who called."""
    mine = {"ani", "ani_name", "keys", "facts"}
    return [tuple(v for n, v in row.items() if n not in mine) for row in await house.rows("reports_calls")]


async def test_nothing_is_left_in_any_file_and_every_figure_stays(house: House) -> None:
    ona = await house.fill()
    assert set(TRACES) <= {trace for traces in house.left().values() for trace in traces}
    report, records, shape = await figures(house), await outlines(house), await skeleton(house)

    await house.forget(ona)

    assert house.left() == {}
    assert await figures(house) == report
    assert await outlines(house) == records
    assert await skeleton(house) == shape
    (erasure,) = await house.office.erasures.list_newest()
    assert erasure.stays == {}
    assert erasure.customer == ""
    for what, count in {
        "customers": 2, "notes": 1, "voicemails": 2, "recordings": 2, "transcripts": 1, "faxes": 2, "exports": 0,
        "files of imports": 1, "files that waited to be taken in": 2, "events that waited for other systems": 1,
    }.items():  # fmt: skip
        assert erasure.counts.get(what, 0) == count, (what, erasure.counts)
    # Others are as they were: whoever shares a number keeps the calls from it.
    jonas = await house.room.customers.find_caller(JONAS)
    assert jonas is not None
    assert jonas.name == "Jonas Kitas"
    anis = {row["call"]: row["ani"] for row in await house.rows("reports_calls")}
    assert {call: ani for call, ani in anis.items() if ani != erasure.pseudonym} == {
        "c2": JONAS, "c4": JONAS, "c5": OFFICE, "c6": "",
    }  # fmt: skip
    assert [path.name for path in sorted((house.folder / "drop").iterdir())] == ["left-2.json", "left-2.wav"]
    assert JONAS in (house.folder / "asterisk" / "log" / "asterisk.log").read_text()


async def test_what_is_derived_comes_out_the_same_when_it_is_derived_anew(house: House) -> None:
    await house.forget(await house.fill())
    before = await derived(house)
    await house.rebuilt()
    assert await derived(house) == before
    assert house.left() == {}, "and nobody is known by the numbers any more"


async def derived(house: House) -> list[dict[str, object]]:
    """Return all that is derived; whose a call from a shared number is may be certain once one of two is gone."""
    contacts = [row for row in await house.rows("crm_interactions") if row["number"] != OFFICE]
    return [*await house.rows("reports_calls"), *contacts]


async def skeleton(house: House) -> list[tuple[object, ...]]:
    """Return the journal without what was said, but for what is told of customers while we look."""
    rows = await house.rows("journal")
    names = ("seq", "id", "at", "kind", "call", "agent", "department")
    return [tuple(row[name] for name in names) for row in rows if row["kind"] != "customer_changed"]


async def test_what_happened_is_still_told_in_the_stories(house: House) -> None:
    await house.forget(await house.fill())
    (erasure,) = await house.office.erasures.list_newest()
    entries = {entry.kind: entry for entry in await house.journal.of_call("c1")}
    assert entries["call_offered"].data["ani"] == entries["call_offered"].data["ani_name"] == erasure.pseudonym
    assert entries["call_offered"].data["did"] == "+37052000000"
    assert entries["call_answered"].agent == "alice"
    told = [entry.data for entry in await house.journal.of_call("c1")]
    assert [d["keys"] for d in told if "keys" in d] == [erasure.pseudonym, "1"]
    assert [d["value"] for d in told if "value" in d] == ["invoice", erasure.pseudonym]
    assert [e.data["to"] for e in await house.journal.of_call("c2") if "to" in e.data] == [erasure.pseudonym]


async def test_a_preview_counts_and_changes_nothing(house: House) -> None:
    ona = await house.fill()
    before = {name: await house.rows(name) for name in ("crm_customers", "journal", "voicemail_messages", "faxes")}
    preview = await house.office.erasures.preview(ona)
    assert preview.name == NAME
    assert preview.shared == 1
    assert (preview.counts["voicemails"], preview.counts["faxes"], preview.counts["customers"]) == (2, 2, 2)
    assert before == {name: await house.rows(name) for name in before}


@pytest.mark.parametrize("typed", ["", "Ona", NAME.upper(), f"{NAME}x"])
async def test_nobody_is_forgotten_without_the_name(house: House, typed: str) -> None:
    ona = await house.fill()
    with pytest.raises(NotValid):
        await house.office.erasures.ask(ona, typed, "dpo")
    assert await house.office.erasures.list_newest() == []


async def test_asked_twice_it_is_done_once(house: House) -> None:
    ona = await house.fill()
    first = await house.office.erasures.ask(ona, NAME, "dpo")
    assert await house.office.erasures.ask(ona, f"  {NAME} ", "other") == first


@pytest.mark.parametrize("number", [ONA, "8 612 34567"])
async def test_who_is_on_the_phone_is_forgotten_later(house: House, number: str) -> None:
    ona = await house.fill()
    offered = ev.CallOffered(at=house.clock.now(), call="now", did="+37052000000", ani=number)
    await house.chronicle.tell(offered)
    with pytest.raises(NotPossible, match="on the phone"):
        await house.office.erasures.ask(ona, NAME, "dpo")
    assert (await house.office.erasures.preview(ona)).why_not


async def test_a_call_that_begins_meanwhile_is_waited_for(house: House) -> None:
    ona = await house.fill()
    erasure = await house.office.erasures.ask(ona, NAME, "dpo")
    await house.chronicle.tell(ev.CallOffered(at=house.clock.now(), call="now", did="+37052000000", ani=ONA))
    async with house.office.working():
        await house.until(erasure.id, lambda erasure: "on the phone" in erasure.waits)
        await house.chronicle.tell(ev.CallEnded(at=house.clock.now(), call="now", outcome="abandoned"))
        await house.caught_up()
        await house.until(erasure.id, lambda erasure: erasure.ended_at is not None, pass_time=True)
    assert house.left() == {}


async def test_who_was_merged_is_forgotten_with_the_other(house: House) -> None:
    await house.fill()
    (twin,) = [row["id"] for row in await house.rows("crm_customers") if row["merged_into"]]
    with pytest.raises(NotPossible, match="merged"):
        await house.office.erasures.ask(str(twin), "Onutė Žilvinaitė", "dpo")


async def test_a_call_from_a_shared_number_is_theirs_once_somebody_said_so(house: House) -> None:
    ona = await house.fill()
    await house.room.files.assign("c5", ona, "ann")
    await house.forget(ona)
    (erasure,) = await house.office.erasures.list_newest()
    anis = {row["call"]: row["ani"] for row in await house.rows("reports_calls")}
    # By a pseudonym of its own: that number is not one of theirs.
    assert str(anis["c5"]).startswith(f"{erasure.pseudonym}-")
    assert {row["id"]: row["customer"] for row in await house.rows("crm_interactions")}["c5"] is None


async def test_a_generated_day_keeps_every_figure(house: House) -> None:
    """Two hundred calls of a few people, one of whom is forgotten: what is counted knows nothing of that."""
    ona = await house.fill()
    chance = random.Random(7)  # the same day each time
    for n in range(200):
        who = {"ani": chance.choice([ONA, "8 612 34567", JONAS, OFFICE, "anonymous", "+49301234567"])}
        at = START + timedelta(seconds=chance.randrange(8 * 3600))
        make = chance.choice([answered_call, abandoned_call])
        await put(house.db, make(f"day{n}", at=at, **who))
    await house.caught_up()
    report, records = await figures(house), await outlines(house)
    await house.forget(ona)
    assert await figures(house) == report
    assert await outlines(house) == records
    await house.rebuilt()
    assert await figures(house) == report
    assert house.left() == {}


async def test_what_is_not_in_the_journal_yet_is_waited_for_and_a_fault_is_said(house: House) -> None:
    erasure = await house.office.erasures.ask(await house.fill(), NAME, "dpo")
    left = house.folder / "journal" / "left.jsonl"
    left.write_text("{}\n")
    (file,) = [str(row["file"]) for row in await house.rows("voicemail_messages") if row["call"] == "c1"]
    sound = house.spool.path_of(file)
    sound.rename(house.folder / "elsewhere")
    sound.mkdir()  # which cannot be removed as a file
    async with house.office.working():
        await house.until(erasure.id, lambda one: "tried again" in one.waits, pass_time=True)
        sound.rmdir()
        await house.until(erasure.id, lambda one: "not in the database yet" in one.waits, pass_time=True)
        left.unlink()
        await house.until(erasure.id, lambda one: one.ended_at is not None, pass_time=True)
    assert house.left() == {}


async def test_what_others_wrote_about_this_one_is_said_and_stays_theirs(house: House) -> None:
    ona = await house.fill()
    jonas = await house.room.customers.find_caller(JONAS)
    assert jonas is not None
    await house.room.matters.add_note(jonas.id, f"write to {MAIL} as well", "ann")
    await house.forget(ona)
    (erasure,) = await house.office.erasures.list_newest()
    assert erasure.stays == {"the table crm_notes": 1}


@pytest.mark.postgres
async def test_on_a_server_of_databases_too(tmp_path: Path) -> None:
    url = server().new_database()
    try:
        async with open_house(tmp_path, url) as house:
            ona = await house.fill()
            report = await figures(house)
            await house.forget(ona)
            assert await figures(house) == report
            assert await count_in_tables(house.db, TRACES) == {}
            assert house.left() == {}
            (erasure,) = await house.office.erasures.list_newest()
            assert erasure.stays == {}
    finally:
        server().drop_database(url)
