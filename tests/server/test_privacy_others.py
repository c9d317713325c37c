"""Who once had a number keeps what came over it, when whoever has it now is forgotten: only the number goes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from callrouter.messages import LeftMessage
from crm_bridge import store_interactions
from crm_bridge.model import Details, Phone
from server.privacy_certificate import draw
from tests.fixtures.journal_of_calls import START, answered_call
from tests.fixtures.journal_of_calls import store as put
from tests.server.privacy_house import SITE, House, open_house
from tests.voicemail.house import write_wav

NUMBER = "+37060000055"


async def had_it_before(house: House) -> tuple[str, str]:
    """Let a customer call, give the number up, and another have it now."""
    files = house.room.files
    ona = await files.add(Details("Ona Senoji", phones=(Phone("", NUMBER),)), "ann")
    await put(house.db, answered_call("c10", ani=NUMBER, at=START))
    await house.caught_up()
    ona = await files.get(ona.id)
    await files.change(ona.id, ona.version, replace(ona.details, phones=()), "ann")
    return ona.id, (await files.add(Details("Jonas Naujasis", phones=(Phone("", NUMBER),)), "ann")).id


async def was_given_by_hand(house: House) -> tuple[str, str]:
    """Let a customer call from the phone of another."""
    jonas = await house.room.files.add(Details("Jonas Naujasis", phones=(Phone("", NUMBER),)), "ann")
    ona = await house.room.files.add(Details("Ona Senoji"), "ann")
    await put(house.db, answered_call("c10", ani=NUMBER, at=START))
    await house.caught_up()
    await house.room.files.assign("c10", ona.id, "ann")
    return ona.id, jonas.id


async def was_said_to_be_nobodys(house: House) -> tuple[None, str]:
    """Let somebody call of whom it is only known who it was not."""
    jonas = await house.room.files.add(Details("Jonas Naujasis", phones=(Phone("", NUMBER),)), "ann")
    await put(house.db, answered_call("c10", ani=NUMBER, at=START))
    await house.caught_up()
    await house.room.files.assign("c10", None, "ann")
    return None, jonas.id


STORIES = {"before": had_it_before, "by hand": was_given_by_hand, "nobody's": was_said_to_be_nobodys}


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
async def test_what_is_anothers_stays_without_the_number(
    tmp_path: Path, story: Callable[[House], Awaitable[tuple[str | None, str]]]
) -> None:
    async with open_house(tmp_path) as house:
        ona, jonas = await story(house)
        await put(house.db, answered_call("c11", ani="", at=START))
        for name, call in (("theirs", "c10"), ("his", "")):
            sound = write_wav(tmp_path / f"{name}.wav")
            left = LeftMessage("billing", sound, house.clock.now(), 3.0, call, "+37052000000", NUMBER, "")
            await house.voicemail.keep(left)
        await house.caught_up()
        preview = await house.office.erasures.preview(jonas)
        assert (preview.counts["voicemails"], preview.counts["voicemails of others"]) == (1, 1)
        assert preview.counts["calls of others"] == 1

        await house.forget(jonas, name="Jonas Naujasis")

        (erasure,) = await house.office.erasures.list_newest()
        assert (erasure.counts["voicemails"], erasure.counts["voicemails of others"]) == (1, 1)
        assert erasure.counts["calls of others"] == 1
        assert b"%PDF" in draw(erasure, SITE)
        (message,) = await house.rows("voicemail_messages")
        assert (message["call"], message["ani"]) == ("c10", erasure.pseudonym)
        for rebuilt in (False, True):
            if rebuilt:
                await house.rebuilt()
            async with house.db.reading() as session:
                contact = await store_interactions.find(session, "c10")
            assert contact is not None
            assert (contact.customer, contact.number, dict(contact.facts)) == (ona, "", {"intent": "invoice"}), rebuilt
        (record,) = [row for row in await house.rows("reports_calls") if row["call"] == "c10"]
        assert record["ani"] == erasure.pseudonym


async def test_a_number_that_nobody_wrote_of_before_is_still_theirs(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await put(house.db, answered_call("c10", ani=NUMBER, at=START))
        await house.caught_up()  # which makes a customer of the number
        jonas = await house.room.files.add(Details("Jonas Naujasis", phones=(Phone("", NUMBER),)), "ann")
        await house.forget(jonas.id, name="Jonas Naujasis")
        (erasure,) = await house.office.erasures.list_newest()
        assert erasure.counts.get("calls of others", 0) == 0
        (record,) = await house.rows("reports_calls")
        assert (record["ani"], record["ani_name"]) == (erasure.pseudonym, erasure.pseudonym)
