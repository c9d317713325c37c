"""A caller of a real server is forgotten while it serves: nothing of the number is left in its folder."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from callrouter.calls import fold
from crm_bridge.model import NotPossible
from tests.asterisk.house import SALES, house
from tests.asterisk.talking import joined

pytestmark = [pytest.mark.asterisk]


async def test_a_caller_is_forgotten_while_the_server_goes_on(tmp_path: Path) -> None:
    async with house(tmp_path / "data") as home:
        office, customers = home.switchroom.privacy_office, home.switchroom.customer_room.customers
        ann = await home.operator("ann")
        call = await home.call(SALES)
        ringing = await ann.incoming()
        await ringing.answer()
        await joined(call, ringing)
        (going_on,) = home.switchroom.chronicle.calls.values()
        number = going_on.ani
        async with asyncio.timeout(30):
            while True:
                if (customer := await customers.find_caller(number)) is not None:
                    break
                await asyncio.sleep(0.1)
        with pytest.raises(NotPossible, match="on the phone"):
            await office.erasures.ask(customer.id, customer.numbers[0], "dpo")
        await call.hang_up()
        end = await home.watch.ended()

        erasure = await office.erasures.ask(customer.id, customer.numbers[0], "dpo")
        async with asyncio.timeout(90):
            while True:
                ended = await office.erasures.get(erasure.id)
                if ended.ended_at is not None:
                    break
                await asyncio.sleep(0.1)
        record = fold(await home.story(end.call))
        assert record is not None
        assert (record.ani, record.outcome, record.answered_by) == (erasure.pseudonym, "answered", "ann")
        assert await customers.find_caller(number) is None
        digits = customer.numbers[0].removeprefix("+").encode()
        assert ended.stays == {}
    left = [path.name for path in (tmp_path / "data").rglob("*") if path.is_file() and digits in path.read_bytes()]
    assert left == []
