"""Who has a number, asked of slow, silent and broken systems: nobody waits longer than the deadline."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from crm_bridge.connectors.lookups import AT_ONCE, KNOWN, NOBODY, SILENT, Lookups
from crm_bridge.connectors.model import Found
from crm_bridge.connectors.wire import NoAnswer
from ledger.clock import ManualClock
from ledger.delivery_model import Later

NUMBER = "+37060000001"
ONA = Found("crm", "7", "Ona", "Acme", "Contacts")


@dataclass
class FakeSystem:
    """Knows who it is told; says so when it is let."""

    found: list[Found] = field(default_factory=lambda: [ONA])
    fault: Exception | None = None
    slow: bool = False
    release: asyncio.Event = field(default_factory=asyncio.Event)
    asked: list[str] = field(default_factory=list)

    async def find(self, number: str) -> list[Found]:
        self.asked.append(number)
        if self.slow:
            await self.release.wait()
        if self.fault is not None:
            raise self.fault
        return self.found


async def test_what_is_known_is_not_asked_again_until_it_is_old() -> None:
    clock, crm = ManualClock(), FakeSystem()
    ours = Lookups(clock)
    for _ in range(3):
        assert await ours.look_up(NUMBER, {"crm": crm}) == [ONA]
    assert len(crm.asked) == 1
    clock.advance(KNOWN + 1)
    assert await ours.look_up(NUMBER, {"crm": crm}) == [ONA]
    assert len(crm.asked) == 2
    ours.forget(NUMBER)
    await ours.look_up(NUMBER, {"crm": crm})
    assert len(crm.asked) == 3


@pytest.mark.parametrize(
    ("fault", "lasts"),
    [
        pytest.param(None, NOBODY, id="nobody has it"),
        pytest.param(NoAnswer(Later("no answer")), SILENT, id="no answer"),
        pytest.param(RuntimeError("ours"), SILENT, id="a fault of ours"),
    ],
)
async def test_that_nobody_is_known_is_believed_for_a_while(fault: Exception | None, lasts: float) -> None:
    clock, crm = ManualClock(), FakeSystem(found=[], fault=fault)
    ours = Lookups(clock)
    for _ in range(3):
        assert await ours.look_up(NUMBER, {"crm": crm}) == []
    assert len(crm.asked) == 1
    clock.advance(lasts + 1)
    await ours.look_up(NUMBER, {"crm": crm})
    assert len(crm.asked) == 2


async def test_a_slow_system_delays_nobody_and_is_asked_once() -> None:
    slow, quick = FakeSystem(slow=True), FakeSystem(found=[Found("desk", "9")])
    ours = Lookups(ManualClock())
    loop = asyncio.get_running_loop()
    began = loop.time()
    both = {"crm": slow, "desk": quick}
    answers = await asyncio.gather(*(ours.look_up(NUMBER, both, deadline=0.1) for _ in range(5)))
    assert loop.time() - began < 1.0
    assert answers == [[Found("desk", "9")]] * 5
    assert len(slow.asked) == 1
    slow.release.set()
    assert await ours.look_up(NUMBER, both) == [ONA, Found("desk", "9")]
    assert len(slow.asked) == 1
    await ours.close()


async def test_no_more_is_asked_at_once_than_may_be() -> None:
    slow = FakeSystem(slow=True)
    ours = Lookups(ManualClock())
    numbers = [f"+3706{n:07d}" for n in range(AT_ONCE + 20)]
    await asyncio.gather(*(ours.look_up(number, {"crm": slow}, deadline=0.05) for number in numbers))
    assert (len(slow.asked), ours.left_out) == (AT_ONCE, 20)
    await ours.close()


async def test_no_more_is_remembered_than_may_be() -> None:
    crm = FakeSystem()
    ours = Lookups(ManualClock(), remembered=3)
    for n in (1, 2, 3, 1, 4):
        await ours.look_up(f"+3706000000{n}", {"crm": crm})
    assert len(crm.asked) == 4
    await ours.look_up("+37060000001", {"crm": crm})  # asked for last, so it was kept
    assert len(crm.asked) == 4
    await ours.look_up("+37060000002", {"crm": crm})
    assert len(crm.asked) == 5


async def test_who_gives_up_waiting_spoils_it_for_nobody() -> None:
    slow = FakeSystem(slow=True)
    ours = Lookups(ManualClock())
    one = asyncio.create_task(ours.look_up(NUMBER, {"crm": slow}))
    two = asyncio.create_task(ours.look_up(NUMBER, {"crm": slow}))
    await asyncio.sleep(0)
    one.cancel()
    slow.release.set()
    assert await two == [ONA]
    assert one.cancelled() or (await asyncio.gather(one, return_exceptions=True))
