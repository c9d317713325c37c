"""How long a waiting caller waits once an agent is free: until the caller's leg is awake, and until the phone rings.

The server, its Asterisk and the phones are real. An agent who was paused becomes ready while the caller listens to
music; from that moment `wake` lasts until WAIT FOR DIGIT has returned in the caller's leg, `dial` until Asterisk
tells that it dials, and `ring` until the phone's process has told us of the INVITE.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import uvloop

from callrouter.agents import AgentState, Deed
from callrouter.ami.events import DialBegun
from callrouter.ami.port import Notice
from callrouter.calls import Call
from callrouter.events import Event
from ivr.agi.leg import WAKE
from ivr.agi.session import AgiSession
from pbx.installation import default_cache
from pbx.softphone import Phones
from pbx.softphone_phone import Phone
from server.settings import Settings
from server.switchroom import Switchroom, running
from server.terminal import log_to

SITE: Final = Path(__file__).parent / "site"
LINE: Final = "+37052130001"
AGENT: Final = "una"
ROUNDS: Final = 40
#: Not counted: in the first rounds Asterisk and Python still make room for what they need.
WARM_UP: Final = 3
#: The goal for 95 of 100 callers.
LIMIT_MS: Final = 10.0
#: For anything a round waits for, seconds.
DEADLINE: Final = 10.0


@dataclass
class Moment:
    """Something that happens elsewhere, and when it last did."""

    at: float = 0.0
    _happened: asyncio.Event = field(default_factory=asyncio.Event)

    def happens(self) -> None:
        """Note the time."""
        self.at = time.perf_counter()
        self._happened.set()

    def forget(self) -> None:
        """Wait for the next time."""
        self._happened.clear()

    async def come(self) -> float:
        """Wait until it happens, and return when it did; raises TimeoutError."""
        async with asyncio.timeout(DEADLINE):
            await self._happened.wait()
        return self.at


@dataclass(frozen=True)
class Moments:
    """What a round waits for."""

    waits: Moment = field(default_factory=Moment)
    awake: Moment = field(default_factory=Moment)
    dialled: Moment = field(default_factory=Moment)
    changed: Moment = field(default_factory=Moment)

    def hear_asterisk(self, notice: Notice) -> None:
        if isinstance(notice, DialBegun):
            self.dialled.happens()

    def hear_calls(self, _event: Event, _call: Call | None) -> None:
        self.changed.happens()


@dataclass(frozen=True)
class Round:
    """Milliseconds from the agent's becoming ready."""

    wake: float
    dial: float
    ring: float


@contextmanager
def _hearing_legs(moments: Moments) -> Iterator[None]:
    """Note when a leg begins to wait for a key and when it is woken: it tells nobody."""
    original = AgiSession.wait_for_digit

    async def noted(session: AgiSession, seconds: float) -> str:
        moments.waits.happens()
        key = await original(session, seconds)
        if key == WAKE:
            moments.awake.happens()
        return key

    AgiSession.wait_for_digit = noted  # type: ignore[method-assign,assignment]  # put back below
    try:
        yield
    finally:
        AgiSession.wait_for_digit = original  # type: ignore[method-assign]  # as it was


async def measure(rounds: int) -> list[Round]:
    """Start everything, let so many callers wait one after the other, and stop everything."""
    moments = Moments()
    with tempfile.TemporaryDirectory(prefix="switchroom-bench-") as folder, _hearing_legs(moments):
        settings = Settings(SITE, Path(folder), cache=default_cache(), asterisk_dies_with_us=True, drain=1.0)
        async with running(settings) as switchroom, Phones() as phones:
            switchroom.link.subscribe(moments.hear_asterisk)
            switchroom.chronicle.watch(moments.hear_calls)
            server = f"127.0.0.1:{switchroom.telephone.plan.ports.sip}"
            agent = await phones.register(AGENT, switchroom.telephone.secrets.phones[AGENT], server)
            caller = await phones.caller("+37060000001", "Jonas", server=server)
            switchroom.roster.do(AGENT, Deed.LOG_IN)
            switchroom.roster.do(AGENT, Deed.PAUSE)
            made = [await _round(switchroom, moments, caller, agent) for _ in range(WARM_UP + rounds)]
    return made[WARM_UP:]


async def _round(switchroom: Switchroom, moments: Moments, caller: Phone, agent: Phone) -> Round:
    """Let one caller wait, be woken and be answered; leave agent and phone as they were."""
    moments.waits.forget()
    call = await caller.call(LINE)
    await moments.waits.come()
    moments.awake.forget()
    moments.dialled.forget()

    began = time.perf_counter()
    switchroom.roster.do(AGENT, Deed.RESUME)
    incoming = await agent.incoming(DEADLINE)
    rang = time.perf_counter()
    awake, dialled = await moments.awake.come(), await moments.dialled.come()

    await incoming.answer()
    switchroom.roster.do(AGENT, Deed.PAUSE)  # begins when the call is over
    await call.hang_up()
    async with asyncio.timeout(DEADLINE):
        while (
            switchroom.roster.agents[AGENT].state is not AgentState.PAUSED
            or switchroom.roster.phone_trouble(AGENT)
            or switchroom.chronicle.calls
        ):
            moments.changed.forget()
            await moments.changed.come()
    return Round(*((moment - began) * 1000 for moment in (awake, dialled, rang)))


def run() -> dict[str, float]:
    """Return median and 95th percentile of all three in milliseconds; the goal is for the 95th of `wake`."""
    log_to(level="warning")
    rounds = uvloop.run(measure(ROUNDS))
    figures: dict[str, float] = {"rounds": len(rounds)}
    for name, times in {
        "wake": [r.wake for r in rounds],
        "dial": [r.dial for r in rounds],
        "ring": [r.ring for r in rounds],
    }.items():
        times.sort()
        figures[f"{name}_p50_ms"] = times[len(times) // 2]
        figures[f"{name}_p95_ms"] = times[int(len(times) * 0.95)]
    figures["limit_ms"] = LIMIT_MS
    figures["ratio"] = figures["wake_p95_ms"] / LIMIT_MS
    figures["ok"] = float(figures["wake_p95_ms"] <= LIMIT_MS)
    return figures


if __name__ == "__main__":
    print(json.dumps({name: round(value, 3) for name, value in run().items()}))
