"""Somebody with two numbers is forgotten, and every report is as it was but for who called."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from callrouter import events as ev
from reports.asking import Ask, Facts
from reports.catalogue import REPORTS
from reports.forms.as_json import json_of
from reports.period import days_between
from reports.rules import Definition
from tests.fixtures.journal_of_calls import START, Caller, abandoned_call, answered_call
from tests.fixtures.journal_of_calls import store as put
from tests.server.privacy_house import ALSO_ONA, JONAS, OFFICE, ONA, House, filled, open_house

__all__ = ["filled"]  # a fixture: pytest finds it here by name

#: A day on which nobody else calls.
DAY = START + timedelta(days=14)
#: Who called at which hour of that day, and whether somebody answered.
CALLS = (
    (0, ONA, True), (1, ALSO_ONA, True), (2, ALSO_ONA, False), (3, ONA, True), (4, JONAS, False), (5, OFFICE, True),
    (6, "anonymous", False), (7, JONAS, True), (8, JONAS, True),
)  # fmt: skip
#: What tells who it was, also where it stands in an address.
WHO = re.compile(r"(%2B|\+)37060000001|(%2B|\+)37061234567|erased(?: |%20|\+)[a-z]{12}(-[a-z])?|\bOna\b")


async def documents(house: House) -> Mapping[str, object]:
    """Return every report of the day, without who called."""
    ask = Ask(days_between(DAY.date(), DAY.date(), ZoneInfo("Europe/Vilnius")), Definition(), DAY + timedelta(days=9))
    facts = Facts(house.db, house.journal)
    return {
        name: json.loads(WHO.sub("somebody", json.dumps(json_of(await report.build(ask, facts)))))
        for name, report in REPORTS.items()
    }


async def test_every_report_is_as_it_was(filled: Path, tmp_path: Path) -> None:
    folder = tmp_path / "house"
    await asyncio.to_thread(shutil.copytree, filled, folder)
    async with open_house(folder) as house:
        ona = await house.fill()
        for hour, ani, is_answered in CALLS:
            make = answered_call if is_answered else abandoned_call
            await put(house.db, make(f"d{hour}", ani=ani, at=DAY + timedelta(hours=hour)))
        entered = (
            Caller("d9", ani=ALSO_ONA, at=DAY + timedelta(hours=9))
            .menu("contract")
            .tell(ev.KeysPressed, keys="4711998", menu="contract")
        )
        await put(house.db, entered.joins().rings("alice").answered().released().ends("answered"))
        await house.caught_up()
        before = await documents(house)
        await house.forget(ona)
        after = await documents(house)
        assert after == before
        await house.rebuilt()
        assert await documents(house) == before
        # What is compared is there: one line of each number, and nobody by name.
        assert len(before) == len(REPORTS)
