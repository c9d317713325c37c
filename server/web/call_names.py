"""The customers' names for the rows of calls: whose a call is where that is said or written, else by its number.

Owns that no news of a call waits for a name: what is not known is looked up beside it, and told when it is there.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Collection

import structlog

from callrouter.calls import Call
from crm_bridge.service import Customers
from crm_bridge.web.words import IN_LIST, name_of, shown
from ledger.clock import Clock
from ledger.errors import LedgerError
from server.web.customer_names import CustomerNames

log = structlog.get_logger(__name__)
#: So many names are remembered, and as many calls wait for theirs at most.
MOST = 2_000
#: Calls in one look-up.
AT_ONCE = 100


class CallNames:
    """Names of whose calls these are. `found` is told of calls that have got a name since they were asked for."""

    def __init__(self, customers: Customers, clock: Clock, found: Callable[[Collection[Call]], None]) -> None:
        self._customers = customers
        self._by_number = CustomerNames(customers, clock)
        self._found = found
        self._known: dict[str, str] = {}
        self._wanted: dict[str, Call] = {}
        self._looking: asyncio.Task[None] | None = None

    def known(self, call: str) -> str:
        """Return a call's name as far as it was looked up, '' for none."""
        return self._known.get(call, "")

    def ask(self, call: Call) -> None:
        """Have a call's name looked up, if that was not done."""
        if call.id in self._known or (call.id not in self._wanted and len(self._wanted) >= MOST):
            return
        self._wanted[call.id] = call
        if self._looking is None:
            self._looking = asyncio.get_running_loop().create_task(self._look())
            self._looking.add_done_callback(self._looked)

    async def learn(self, calls: Collection[Call]) -> None:
        """Look up the names of these calls now; what cannot be looked up stays unknown."""
        try:
            said = await self._customers.of_contacts({call.id for call in calls})
            others = {call.id: (call.ani, call.did) for call in calls if call.id not in said}
            by_number = await self._by_number(set(others.values()))
        except LedgerError as error:
            log.warning("the names of callers were not looked up", error=type(error).__name__)
            return
        names = {id_: name_of(one) if one is not None and one.name else "" for id_, one in said.items()}
        self._known.update(names | {id_: shown(by_number[caller], IN_LIST) for id_, caller in others.items()})
        while len(self._known) > MOST:
            del self._known[next(iter(self._known))]

    def forget(self) -> None:
        """Forget all names: somebody wrote into a customer's file."""
        self._known.clear()
        self._by_number.forget()

    async def close(self) -> None:
        """Look nothing up any more."""
        self._wanted.clear()
        if (looking := self._looking) is not None:
            looking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await looking

    async def _look(self) -> None:
        while self._wanted:
            some = list(self._wanted.values())[:AT_ONCE]
            await self.learn(some)
            # One who has changed meanwhile is told as it is now.
            now = [self._wanted.pop(call.id) for call in some if call.id in self._wanted]
            if named := [call for call in now if self.known(call.id)]:
                self._found(named)

    def _looked(self, task: asyncio.Task[None]) -> None:
        self._looking = None
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("names of callers are not looked up", exc_info=error)
